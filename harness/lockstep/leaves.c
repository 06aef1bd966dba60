// SPDX-License-Identifier: GPL-2.0-only
/* The table of present leaves; see leaves.h. Linear probing, backward-shift deletion. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/leaves.h"

#define INITIAL_SLOTS 1024u

/*
 * Leaves come in runs, of a split's children above all: sixteen neighbours share
 * a cache line of slots.
 */
static uint32_t leaf_hash(const struct leaf *leaf)
{
	uint64_t nth = leaf->gfn >> 9 * (leaf->level - 1);
	uint64_t x = (nth >> 4) * 4 + leaf->level;

	x ^= (uint64_t)leaf->root << 48 ^ (uint64_t)leaf->as_id << 44;
	x *= 0x9e3779b97f4a7c15ULL;
	return x >> 32 << 4 | (nth & 15);
}

static bool same_key(const struct leaf *a, const struct leaf *b)
{
	return a->gfn == b->gfn && a->level == b->level && a->as_id == b->as_id &&
	       a->root == b->root;
}

static int table_alloc(struct leaf_table *table, uint32_t nr_slots)
{
	uint32_t *slots = calloc(nr_slots, sizeof(*slots));
	struct tracked_leaf *leaves;

	if (!slots)
		return -ENOMEM;
	leaves = realloc(table->leaves, nr_slots / 2 * sizeof(*leaves));
	if (!leaves) {
		free(slots);
		return -ENOMEM;
	}
	free(table->slots);
	table->leaves = leaves;
	table->slots = slots;
	table->max = nr_slots / 2;
	table->mask = nr_slots - 1;
	return 0;
}

int leaf_table_init(struct leaf_table *table)
{
	*table = (struct leaf_table){ 0 };
	return table_alloc(table, INITIAL_SLOTS);
}

void leaf_table_free(struct leaf_table *table)
{
	free(table->leaves);
	free(table->slots);
}

/* The slot that holds @key, or the empty one where it belongs. */
static uint32_t find_slot(const struct leaf_table *table, const struct leaf *key)
{
	uint32_t i = leaf_hash(key) & table->mask;

	while (table->slots[i] && !same_key(&table->leaves[table->slots[i] - 1].leaf, key))
		i = (i + 1) & table->mask;
	return i;
}

void leaf_table_reset(struct leaf_table *table)
{
	if (table->nr > table->max / 8) {
		memset(table->slots, 0, (table->mask + 1ul) * sizeof(*table->slots));
		table->nr = 0;
	}
	/* From the end, so that a removal never moves another leaf. */
	while (table->nr)
		leaf_table_remove(table, &table->leaves[table->nr - 1]);
}

struct tracked_leaf *leaf_table_find(struct leaf_table *table, const struct leaf *key)
{
	uint32_t index = table->slots[find_slot(table, key)];

	return index ? &table->leaves[index - 1] : NULL;
}

static void table_grow(struct leaf_table *table)
{
	if (table_alloc(table, (table->mask + 1) * 2)) {
		fputs("zaplock: out of memory for leaves\n", stderr);
		abort();
	}
	for (uint32_t i = 0; i < table->nr; i++)
		table->slots[find_slot(table, &table->leaves[i].leaf)] = i + 1;
}

struct tracked_leaf *leaf_table_add(struct leaf_table *table, const struct leaf *leaf)
{
	struct tracked_leaf *added;

	if (table->nr == table->max)
		table_grow(table);
	table->slots[find_slot(table, leaf)] = table->nr + 1;
	added = &table->leaves[table->nr++];
	*added = (struct tracked_leaf){ .leaf = *leaf };
	return added;
}

void leaf_table_remove(struct leaf_table *table, struct tracked_leaf *leaf)
{
	uint32_t hole = find_slot(table, &leaf->leaf);
	uint32_t index = leaf - table->leaves, last = --table->nr;

	/* Close the gap in the probe sequence. */
	for (uint32_t i = (hole + 1) & table->mask; table->slots[i]; i = (i + 1) & table->mask) {
		uint32_t home = leaf_hash(&table->leaves[table->slots[i] - 1].leaf) & table->mask;

		if (((i - home) & table->mask) >= ((i - hole) & table->mask)) {
			table->slots[hole] = table->slots[i];
			hole = i;
		}
	}
	table->slots[hole] = 0;
	if (index != last) {
		table->slots[find_slot(table, &table->leaves[last].leaf)] = index + 1;
		table->leaves[index] = table->leaves[last];
	}
}

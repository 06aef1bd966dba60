// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hash table of present leaves: open addressing, linear probing, removal by
 * shifting back, so that it needs no tombstones however long the trace is.
 */
#include <stdlib.h>

#include "harness/trace/leaves.h"

static size_t home(const struct trace_leaves *leaves, unsigned as_id, uint64_t gfn, unsigned level)
{
	uint64_t h = (gfn << 3 | level) * 2 + as_id;

	h *= 0x9e3779b97f4a7c15ULL;
	return (h >> 20) & (leaves->size - 1);
}

static size_t home_of(const struct trace_leaves *leaves, const struct trace_leaf *leaf)
{
	return home(leaves, leaf->as_id, leaf->gfn, leaf->level);
}

void leaves_free(struct trace_leaves *leaves)
{
	free(leaves->slot);
	*leaves = (struct trace_leaves){ 0 };
}

/* The slot that holds the key, or the empty one where it belongs. */
static struct trace_leaf *probe(struct trace_leaves *leaves, unsigned as_id, uint64_t gfn,
				unsigned level)
{
	for (size_t i = home(leaves, as_id, gfn, level);; i = (i + 1) & (leaves->size - 1)) {
		struct trace_leaf *leaf = &leaves->slot[i];

		if (!leaf->level ||
		    (leaf->gfn == gfn && leaf->level == level && leaf->as_id == as_id))
			return leaf;
	}
}

struct trace_leaf *leaves_find(struct trace_leaves *leaves, unsigned as_id, uint64_t gfn,
			       unsigned level)
{
	struct trace_leaf *leaf = leaves->size ? probe(leaves, as_id, gfn, level) : NULL;

	return leaf && leaf->level ? leaf : NULL;
}

static bool grow(struct trace_leaves *leaves)
{
	struct trace_leaves bigger = { .nr = leaves->nr };

	bigger.size = leaves->size ? leaves->size * 2 : 1024;
	bigger.slot = calloc(bigger.size, sizeof(*bigger.slot));
	if (!bigger.slot)
		return false;
	for (size_t i = 0; i < leaves->size; i++) {
		struct trace_leaf *leaf = &leaves->slot[i];

		if (leaf->level)
			*probe(&bigger, leaf->as_id, leaf->gfn, leaf->level) = *leaf;
	}
	free(leaves->slot);
	*leaves = bigger;
	return true;
}

struct trace_leaf *leaves_put(struct trace_leaves *leaves, const struct trace_leaf *leaf)
{
	struct trace_leaf *slot;

	if (leaves->nr >= leaves->size / 4 * 3 && !grow(leaves))
		return NULL;
	slot = probe(leaves, leaf->as_id, leaf->gfn, leaf->level);
	if (!slot->level) {
		if (leaves->nr == LEAVES_MAX)
			return NULL;
		leaves->nr++;
	}
	*slot = *leaf;
	return slot;
}

void leaves_remove(struct trace_leaves *leaves, struct trace_leaf *leaf)
{
	size_t mask = leaves->size - 1, hole = leaf - leaves->slot;

	for (size_t i = (hole + 1) & mask; leaves->slot[i].level; i = (i + 1) & mask) {
		size_t at = home_of(leaves, &leaves->slot[i]);

		/* May it move to the hole, which lies between its home and where it is? */
		if (((i - at) & mask) >= ((i - hole) & mask)) {
			leaves->slot[hole] = leaves->slot[i];
			hole = i;
		}
	}
	leaves->slot[hole].level = 0;
	leaves->nr--;
}

struct trace_leaf *leaves_next(struct trace_leaves *leaves, struct trace_leaf *leaf)
{
	size_t i = leaf ? leaf - leaves->slot + 1 : 0;

	while (i < leaves->size && !leaves->slot[i].level)
		i++;
	return i < leaves->size ? &leaves->slot[i] : NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The table of present leaves; see leaves.h. Pages are found by linear probing and stay until a reset. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/leaves.h"

#define INITIAL_LEAVES	1024u
#define INITIAL_PAGES	64u
#define NEIGHBOURS	512u

static uint64_t space_of(const struct leaf *leaf)
{
	return (uint64_t)leaf->root << 16 | leaf->as_id << 8 | leaf->level;
}

static uint64_t prefix_of(const struct leaf *leaf)
{
	return leaf->gfn >> 9 * leaf->level;
}

static unsigned neighbour(const struct leaf *leaf)
{
	return leaf->gfn >> 9 * (leaf->level - 1) & (NEIGHBOURS - 1);
}

static int resize(void **array, size_t nr, size_t size)
{
	void *bigger = realloc(*array, nr * size);

	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	return 0;
}

/* The slot that holds the page, or the empty one where it belongs. */
static uint32_t find_slot(const struct leaf_table *table, uint64_t space, uint64_t prefix)
{
	uint32_t i = (space ^ prefix << 4) * 0x9e3779b97f4a7c15ULL >> 40 & table->mask;

	for (; table->slots[i]; i = (i + 1) & table->mask) {
		const struct leaf_page *page = &table->pages[table->slots[i] - 1];

		if (page->space == space && page->prefix == prefix)
			break;
	}
	return i;
}

/* Room for @max pages, and slots for twice as many. */
static int pages_alloc(struct leaf_table *table, uint32_t max)
{
	uint32_t *slots = calloc(max * 2, sizeof(*slots));

	if (!slots || resize((void **)&table->pages, max, sizeof(*table->pages))) {
		free(slots);
		return -ENOMEM;
	}
	memset(&table->pages[table->nr_pages], 0, (max - table->nr_pages) * sizeof(*table->pages));
	free(table->slots);
	table->slots = slots;
	table->max_pages = max;
	table->mask = max * 2 - 1;
	for (uint32_t i = 0; i < table->nr_pages; i++) {
		const struct leaf_page *page = &table->pages[i];

		table->slots[find_slot(table, page->space, page->prefix)] = i + 1;
	}
	return 0;
}

int leaf_table_init(struct leaf_table *table)
{
	*table = (struct leaf_table){ .max = INITIAL_LEAVES };
	if (!pages_alloc(table, INITIAL_PAGES) &&
	    !resize((void **)&table->leaves, table->max, sizeof(*table->leaves)))
		return 0;
	leaf_table_free(table);
	return -ENOMEM;
}

void leaf_table_free(struct leaf_table *table)
{
	free(table->leaves);
	free(table->pages);
	free(table->slots);
}

static uint32_t *index_of(struct leaf_table *table, const struct tracked_leaf *leaf)
{
	return &table->pages[leaf->page].index[neighbour(&leaf->leaf)];
}

/* Pages that nobody uses have a clear index. */
void leaf_table_reset(struct leaf_table *table)
{
	for (uint32_t i = 0; i < table->nr; i++)
		*index_of(table, &table->leaves[i]) = 0;
	memset(table->slots, 0, (table->mask + 1ul) * sizeof(*table->slots));
	table->nr = table->nr_pages = table->last = 0;
}

static struct leaf_page *page_find(struct leaf_table *table, uint64_t space, uint64_t prefix)
{
	struct leaf_page *page = &table->pages[table->last];
	uint32_t index;

	if (table->nr_pages && page->space == space && page->prefix == prefix)
		return page;
	index = table->slots[find_slot(table, space, prefix)];
	if (!index)
		return NULL;
	table->last = index - 1;
	return &table->pages[table->last];
}

struct tracked_leaf *leaf_table_find(struct leaf_table *table, const struct leaf *key)
{
	const struct leaf_page *page = page_find(table, space_of(key), prefix_of(key));
	uint32_t index = page ? page->index[neighbour(key)] : 0;

	return index ? &table->leaves[index - 1] : NULL;
}

static __attribute__((noreturn)) void out_of_memory(void)
{
	fputs("zaplock: out of memory for leaves\n", stderr);
	abort();
}

static struct leaf_page *page_add(struct leaf_table *table, uint64_t space, uint64_t prefix)
{
	struct leaf_page *page;

	if (table->nr_pages == table->max_pages && pages_alloc(table, table->max_pages * 2))
		out_of_memory();
	table->last = table->nr_pages++;
	table->slots[find_slot(table, space, prefix)] = table->nr_pages;
	page = &table->pages[table->last];
	page->space = space;
	page->prefix = prefix;
	return page;
}

struct tracked_leaf *leaf_table_add(struct leaf_table *table, const struct leaf *leaf)
{
	uint64_t space = space_of(leaf), prefix = prefix_of(leaf);
	struct leaf_page *page = page_find(table, space, prefix);
	struct tracked_leaf *added;

	if (!page)
		page = page_add(table, space, prefix);
	if (table->nr == table->max) {
		table->max *= 2;
		if (resize((void **)&table->leaves, table->max, sizeof(*table->leaves)))
			out_of_memory();
	}
	added = &table->leaves[table->nr++];
	*added = (struct tracked_leaf){ .leaf = *leaf, .page = page - table->pages };
	page->index[neighbour(leaf)] = table->nr;
	return added;
}

void leaf_table_remove(struct leaf_table *table, struct tracked_leaf *leaf)
{
	struct tracked_leaf *last = &table->leaves[--table->nr];

	*index_of(table, leaf) = 0;
	if (leaf == last)
		return;
	*index_of(table, last) = leaf - table->leaves + 1;
	*leaf = *last;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The leaves that a target has present, as its events tell: a dense array, so
 * that a sweep costs what is present, and above it an index in the shape of
 * page tables, 512 neighbours a page, since leaves come and go in runs. Keyed by
 * (as_id, root, gfn, level).
 */
#ifndef ZAPLOCK_LOCKSTEP_LEAVES_H
#define ZAPLOCK_LOCKSTEP_LEAVES_H

#include "harness/lockstep/target.h"

struct tracked_leaf {
	struct leaf leaf;
	struct spte_view view;
	uint32_t step;		/* ordinal of the op that installed it or changed its memtype or pfn */
	uint32_t seen;		/* ordinal of the last snapshot that showed it */
	uint32_t page;		/* index of its leaf_page */
	/* In a group, threads (bits) that ... */
	uint32_t asked : SCHED_THREADS;	/* ... run an op that asks it to be gone */
	uint32_t owed : SCHED_THREADS;	/* ... have ended one, and it is still there */
	uint32_t ran : SCHED_THREADS;	/* ... of those, have entered the guest with it */
	bool reported : 1;	/* part of a finding, or undefined: not stale anew until R-MT changes again */
};

/* Where the leaves of 512 neighbouring gfn ranges of one level stand. */
struct leaf_page {
	uint64_t space;		/* root, as_id and level */
	uint64_t prefix;	/* gfn without the bits that choose among the neighbours */
	uint32_t index[512];	/* into leaves + 1, 0 = not present */
};

struct leaf_table {
	struct tracked_leaf *leaves;	/* dense */
	struct leaf_page *pages;
	uint32_t *slots;		/* open addressing: index into pages + 1, 0 = empty */
	uint32_t nr, max;		/* leaves */
	uint32_t nr_pages, max_pages, mask;
	uint32_t last;			/* page of the last look-up */
};

/* 0 or -ENOMEM. */
int leaf_table_init(struct leaf_table *table);
void leaf_table_free(struct leaf_table *table);
void leaf_table_reset(struct leaf_table *table);

struct tracked_leaf *leaf_table_find(struct leaf_table *table, const struct leaf *key);
/* Adds a leaf that is not there. The pointer holds until the next add or remove. Aborts without memory. */
struct tracked_leaf *leaf_table_add(struct leaf_table *table, const struct leaf *leaf);
void leaf_table_remove(struct leaf_table *table, struct tracked_leaf *leaf);

static inline uint64_t leaf_pages(const struct leaf *leaf)
{
	return level_pages(leaf->level);
}

#endif

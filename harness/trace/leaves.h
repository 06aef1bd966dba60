/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The leaf SPTEs that are present, as the trace showed them: a hash table by
 * (as_id, gfn, level). Roots are not told apart, an SPTE event does not say.
 */
#ifndef ZAPLOCK_TRACE_LEAVES_H
#define ZAPLOCK_TRACE_LEAVES_H

#include "oracle/oracle.h"

#define LEAVES_MAX	(1u << 21)	/* 8 GiB in 4K pages; about 160 MB of table */

enum leaf_standing {
	LEAF_UNKNOWN,		/* not judged */
	LEAF_RIGHT,
	LEAF_WRONG,		/* and reported */
};

struct trace_leaf {
	uint64_t gfn;
	uint64_t spte;
	unsigned long line;	/* that installed it */
	uint8_t as_id;
	uint8_t level;		/* 1 to 3; 0: empty slot of the table */
	uint8_t standing;	/* enum leaf_standing */
	bool ram;		/* its pfn is known not to be MMIO */
	bool mmio;		/* its pfn is known to be MMIO */
};

struct trace_leaves {
	struct trace_leaf *slot;
	size_t nr, size;	/* size: 0 or a power of two */
};

void leaves_free(struct trace_leaves *leaves);
/* NULL: not there. Pointers hold until the next add or remove. */
struct trace_leaf *leaves_find(struct trace_leaves *leaves, unsigned as_id, uint64_t gfn,
			       unsigned level);
/* The leaf of @key, replaced by *leaf if it was there. NULL: LEAVES_MAX reached, or no memory. */
struct trace_leaf *leaves_put(struct trace_leaves *leaves, const struct trace_leaf *leaf);
void leaves_remove(struct trace_leaves *leaves, struct trace_leaf *leaf);

/* for (leaf = NULL; (leaf = leaves_next(leaves, leaf)); ) */
struct trace_leaf *leaves_next(struct trace_leaves *leaves, struct trace_leaf *leaf);

#endif

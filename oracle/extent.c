// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extents: how far zaps on account of an op may reach (R-ZAPSET; the table of
 * rules B.4). Which op has which extent stands with the op.
 */
#include "oracle/internal.h"

/* Does any page of [gfn, gfn + npages) match? Whole aligned blocks at a time. */
static bool match_touches(uint64_t base, uint64_t mask, uint64_t gfn, uint64_t npages)
{
	uint64_t end = gfn + npages;

	while (gfn < end) {
		uint64_t pages = block_pages(gfn, end);

		if (!((gfn ^ base) & mask & ~(pages - 1)))
			return true;
		gfn += pages;
	}
	return false;
}

bool extent_touches(const struct extent *extent, uint64_t gfn, uint64_t npages)
{
	switch (extent->kind) {
	case EXTENT_EVERYTHING:
		return true;
	case EXTENT_NOTHING:
		return false;
	case EXTENT_RANGE:
		return gfn < extent->end && extent->start < gfn + npages;
	case EXTENT_MATCH:
		for (unsigned i = 0; i < extent->nr_match; i++)
			if (match_touches(extent->match[i].base, extent->match[i].mask,
					  gfn, npages))
				return true;
		return false;
	}
	return false;
}

void extent_all(struct oracle *o, struct oracle_result *r, enum rule_id rule)
{
	r->extent.kind = EXTENT_EVERYTHING;
	note(o, rule);
}

void extent_none(struct oracle *o, struct oracle_result *r, enum rule_id rule)
{
	r->extent.kind = EXTENT_NOTHING;
	note(o, rule);
}

void extent_range(struct oracle *o, struct oracle_result *r, enum rule_id rule,
		  uint64_t start, uint64_t end)
{
	r->extent.kind = EXTENT_RANGE;
	r->extent.start = start;
	r->extent.end = end;
	note(o, rule);
}

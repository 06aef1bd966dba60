// SPDX-License-Identifier: GPL-2.0-only
/*
 * The type that enabled MTRRs give each page, from the match formula and the
 * overlap rules (SDM 11.11.2.3, 11.11.4.1; APM 7.7.2, 7.7.4; rules A.2, A.3).
 *
 * Nothing here turns a pair into [base, base + size) unless its mask says
 * so: base bits that the mask does not cover count for nothing, and a mask
 * with holes matches many ranges. Pairs whose masks are contiguous become a
 * map of at most 17 runs,
 *
 *	gfn 0       end0        end1     end2              end3 = 2^40
 *	    |-- mt0 --|--- mt1 ---|- mt2 --|------- mt3 -------|
 *
 * found without a branch by SSE2, which every x86-64 has. As soon as one mask has a hole the runs may be as
 * many as the pages, and every question goes to the pairs (cubes.c).
 */
#include "oracle/internal.h"

struct mtrr_pair mtrr_pair_make(uint64_t base, uint64_t mask, unsigned maxphyaddr)
{
	uint64_t within = gfn_mask(maxphyaddr);
	struct mtrr_pair pair = {
		/* No page at or above MAXPHYADDR exists to match. */
		.mask = (mask >> PAGE_SHIFT & within) | (GFN_LIMIT - 1 - within),
		.type = base & MTRR_PHYSBASE_TYPE,
	};

	pair.base = base >> PAGE_SHIFT & within & pair.mask;
	return pair;
}

/* Contiguous: the don't-care bits are the lowest ones. */
bool mtrr_mask_holed(const struct mtrr_pair *pair)
{
	uint64_t dont_care = GFN_LIMIT - 1 - pair->mask;

	return dont_care & (dont_care + 1);
}

/*
 * The type of a page that variable ranges of @types (a bit a type) match, by
 * A.3 step 3. *look, if given, is the deciding case.
 */
struct mt mtrr_fold(unsigned types, uint8_t def_type, uint8_t *look)
{
	const unsigned wt_wb = 1u << MT_WT | 1u << MT_WB;
	struct mt mt = { .rule = RULE_MT_7 };
	uint8_t rule;

	if (!types) {
		mt.type = def_type;
		rule = RULE_LOOK_NONE;
	} else if (!(types & (types - 1))) {
		mt.type = __builtin_ctz(types);
		rule = RULE_LOOK_SINGLE;
	} else if (types & 1u << MT_UC) {
		mt.type = MT_UC;
		rule = RULE_LOOK_UC;
	} else if (types == wt_wb) {
		mt.type = MT_WT;
		rule = RULE_LOOK_WT_WB;
	} else {
		mt.type = MT_WB;
		mt.undefined = 1;
		rule = RULE_LOOK_UNDEFINED;
	}
	if (look)
		*look = rule;
	return mt;
}

static unsigned types_at(const struct mtrr_map *map, uint64_t gfn)
{
	unsigned types = 0;

	for (unsigned i = 0; i < map->nr_pairs; i++)
		if ((gfn & map->pair[i].mask) == map->pair[i].base)
			types |= 1u << map->pair[i].type;
	return types;
}

/* Where every pair's range starts and ends, sorted; returns how many there are. */
static unsigned bounds_collect(const struct mtrr_map *map, uint64_t bound[2 * NR_VAR_MTRR])
{
	unsigned nr = 0;

	for (unsigned i = 0; i < map->nr_pairs; i++) {
		const struct mtrr_pair *pair = &map->pair[i];
		uint64_t ends[2] = { pair->base, pair->base + GFN_LIMIT - pair->mask };

		for (unsigned e = 0; e < 2; e++) {
			unsigned at = nr++;

			for (; at && bound[at - 1] > ends[e]; at--)
				bound[at] = bound[at - 1];
			bound[at] = ends[e];
		}
	}
	return nr;
}

static void runs_build(struct mtrr_map *map)
{
	uint64_t bound[MAX_LOOK_BOUNDS + 1];
	unsigned nr_bounds = bounds_collect(map, bound);
	uint64_t start = 0;
	unsigned nr = 0;

	bound[nr_bounds] = GFN_LIMIT;
	for (unsigned i = 0; start < GFN_LIMIT; start = bound[i++]) {
		struct look_run run = { .end = bound[i] };
		uint8_t look;

		if (run.end == start)
			continue;
		run.mt = mtrr_fold(types_at(map, start), map->def_type, &look);
		run.hit = 1ULL << look;
		if (nr && mt_same(map->run[nr - 1].mt, run.mt) && map->run[nr - 1].hit == run.hit)
			nr--;
		map->run[nr++] = run;
	}
	for (unsigned i = 0; i < MAX_LOOK_BOUNDS; i++)
		map->end[i] = i < nr && map->run[i].end < INT32_MAX ? map->run[i].end : INT32_MAX;
}

void mtrr_map_build(struct mtrr_state *mtrr, unsigned maxphyaddr)
{
	struct mtrr_map *map = &mtrr->map;

	map->valid = true;
	map->holed = false;
	map->quick.pages = 0;
	map->fixed = mtrr->def_type & MTRR_DEF_TYPE_FE;
	map->def_type = mtrr->def_type & MTRR_DEF_TYPE_TYPE;
	map->nr_pairs = 0;
	for (unsigned i = 0; i < NR_VAR_MTRR; i++) {
		struct mtrr_pair *pair = &map->pair[map->nr_pairs];

		if (!(mtrr->mask[i] & MTRR_PHYSMASK_V))
			continue;
		*pair = mtrr_pair_make(mtrr->base[i], mtrr->mask[i], maxphyaddr);
		map->holed |= mtrr_mask_holed(pair);
		map->nr_pairs++;
	}
	if (map->holed)
		return;
	runs_build(map);
	map->quick.start = map->fixed ? GFN_1M : 0;
	map->quick.pages = INT32_MAX - map->quick.start;
}

/*
 * Below 1M: the byte of the fixed MTRR that covers @gfn, and how far bytes of
 * that type go on. Bytes 0-7 cover 64K each, 8-23 16K, 24-87 4K (A.1).
 */
static unsigned fixed_index(uint64_t gfn)
{
	if (gfn < 0x80)
		return gfn >> 4;
	if (gfn < 0xc0)
		return 8 + ((gfn - 0x80) >> 2);
	return 24 + (gfn - 0xc0);
}

static uint64_t fixed_end(unsigned index)
{
	if (index < 8)
		return (index + 1) * 0x10;
	if (index < 24)
		return 0x80 + (index - 7) * 4;
	return 0xc0 + (index - 23);
}

static struct mt_run fixed_look(const struct mtrr_state *mtrr, uint64_t gfn)
{
	unsigned index = fixed_index(gfn), next = index + 1;
	uint8_t type = mtrr->fixed[index / 8] >> (index % 8 * 8);

	while (next < NR_FIXED_MTRR_RANGES &&
	       (uint8_t)(mtrr->fixed[next / 8] >> (next % 8 * 8)) == type)
		next++;
	return (struct mt_run){
		.end = fixed_end(next - 1),
		.mt = { .type = type, .rule = RULE_MT_7 },
	};
}

/* With a holed mask: the largest uniform block around @gfn. */
static struct mt_run holed_look(const struct mtrr_map *map, uint64_t gfn, uint8_t *look)
{
	struct mt_run run = { .mt = mtrr_fold(types_at(map, gfn), map->def_type, look) };
	uint64_t floor = map->fixed ? GFN_1M : 0;
	uint64_t pages = 1;

	while (pages < GFN_LIMIT) {
		uint64_t block = gfn & -(pages * 2);
		unsigned seen;

		if (block < floor)
			break;
		seen = cubes_seen(map, block, pages * 2);
		if (seen & (seen - 1))
			break;
		pages *= 2;
	}
	run.end = (gfn & -pages) + pages;
	return run;
}

/*
 * R-LOOK for one page and the run it stands in; the map must be valid. *look
 * is the deciding case.
 */
struct mt_run mtrr_look(const struct mtrr_state *mtrr, uint64_t gfn, uint8_t *look)
{
	const struct mtrr_map *map = &mtrr->map;
	const struct look_run *run = map->run;

	if (quick_has(&map->quick, gfn)) {
		run = quick_run(map, gfn);
	} else if (map->fixed && gfn < GFN_1M) {
		*look = RULE_LOOK_FIXED;
		return fixed_look(mtrr, gfn);
	} else if (map->holed) {
		return holed_look(map, gfn, look);
	} else {
		while (run->end <= gfn)
			run++;
	}
	*look = __builtin_ctzll(run->hit);
	return (struct mt_run){ run->end, run->mt };
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which types do MTRRs with holed masks give anywhere in a block of pages,
 * exactly, without walking its pages (rules A.2, A.3)?
 *
 * Within a naturally aligned block of 2^k pages a pair either matches no page,
 * or all, or those whose low k bits agree with its base where its mask has
 * ones: a cube. A page's type depends only on the set of cubes it is in, so
 * we ask which sets occur.
 *
 *   - A bit on which two cubes insist with different values splits the block:
 *     each half loses at least one cube. With n cubes that gives at most 2^n
 *     parts (n <= 8, or 9 when two epochs differ in one pair).
 *   - Without such a bit every choice of bits to fulfil can be made freely:
 *     the sets that occur are { cubes whose bits are all within M }, and it is
 *     enough to take for M the unions of cubes' bits.
 *   - A cube that can no longer change the outcome is dropped.
 */
#include "oracle/internal.h"

#define MAX_CUBES	(2 * NR_VAR_MTRR)

struct cube {
	uint64_t care, want;	/* page offset in it iff (offset & care) == want */
	uint8_t types[2];	/* by side: the type bits that it contributes */
};

struct cubes {
	unsigned nr;
	uint8_t all[2];		/* type bits that match the whole block, by side */
	struct cube cube[MAX_CUBES];
};

struct search {
	const struct fold_side *side;
	unsigned seen;		/* of side 1 */
	bool differ;		/* some page's two sides differ */
	bool want_differ;	/* stop as soon as it does */
};

static struct mt side_result(const struct fold_side *side, unsigned types)
{
	return side->map ? mtrr_fold(types, side->map->def_type, NULL) : side->mt;
}

static void visit(struct search *s, unsigned types0, unsigned types1)
{
	struct mt mt0 = side_result(&s->side[0], types0);
	struct mt mt1 = side_result(&s->side[1], types1);

	s->seen |= mt_seen(mt1);
	s->differ |= !mt_same(mt0, mt1);
}

static bool done(const struct search *s)
{
	return s->want_differ && s->differ;
}

/* UC decides on its own; a type that is already there adds nothing. */
static bool contributes(const struct cubes *c, const struct cube *cube)
{
	for (unsigned i = 0; i < 2; i++)
		if (!(c->all[i] & 1u << MT_UC) && (cube->types[i] & ~c->all[i]))
			return true;
	return false;
}

static void drop_idle(struct cubes *c)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < c->nr; i++)
		if (contributes(c, &c->cube[i]))
			c->cube[nr++] = c->cube[i];
	c->nr = nr;
}

/* Adds a cube, or its types to the whole block or to an equal cube. */
static void cubes_add(struct cubes *c, const struct cube *cube)
{
	uint8_t *types = c->all;

	if (cube->care) {
		unsigned i = 0;

		while (i < c->nr && (c->cube[i].care != cube->care ||
				     c->cube[i].want != cube->want))
			i++;
		if (i == c->nr) {
			assert(c->nr < MAX_CUBES);
			c->cube[c->nr++] = *cube;
			return;
		}
		types = c->cube[i].types;
	}
	types[0] |= cube->types[0];
	types[1] |= cube->types[1];
}

/* No two cubes contradict each other: take every union of their bits. */
static void search_free(struct search *s, const struct cubes *c)
{
	for (unsigned choice = 0; choice < 1u << c->nr && !done(s); choice++) {
		uint64_t met = 0;
		unsigned types0 = c->all[0], types1 = c->all[1];

		for (unsigned i = 0; i < c->nr; i++)
			if (choice >> i & 1)
				met |= c->cube[i].care;
		for (unsigned i = 0; i < c->nr; i++) {
			if (c->cube[i].care & ~met)
				continue;
			types0 |= c->cube[i].types[0];
			types1 |= c->cube[i].types[1];
		}
		visit(s, types0, types1);
	}
}

static void search_block(struct search *s, struct cubes *c)
{
	uint64_t ones = 0, zeroes = 0, bit;

	drop_idle(c);
	for (unsigned i = 0; i < c->nr; i++) {
		ones |= c->cube[i].want;
		zeroes |= c->cube[i].care & ~c->cube[i].want;
	}
	bit = ones & zeroes;
	bit &= -bit;
	if (!bit) {
		search_free(s, c);
		return;
	}
	for (unsigned half = 0; half < 2 && !done(s); half++) {
		struct cubes part = { .all = { c->all[0], c->all[1] } };

		for (unsigned i = 0; i < c->nr; i++) {
			struct cube cube = c->cube[i];

			if ((cube.care & bit) && !!(cube.want & bit) != half)
				continue;
			cube.care &= ~bit;
			cube.want &= ~bit;
			cubes_add(&part, &cube);
		}
		search_block(s, &part);
	}
}

static void add_pairs(struct cubes *c, const struct mtrr_map *map, unsigned side,
		      uint64_t gfn, uint64_t npages)
{
	for (unsigned i = 0; map && i < map->nr_pairs; i++) {
		const struct mtrr_pair *pair = &map->pair[i];
		struct cube cube = {
			.care = pair->mask & (npages - 1),
			.want = pair->base & (npages - 1),
		};

		if (((gfn ^ pair->base) & pair->mask) & ~(npages - 1))
			continue;
		cube.types[side] = 1u << pair->type;
		cubes_add(c, &cube);
	}
}

/* One naturally aligned block. */
static void search_aligned(struct search *s, uint64_t gfn, uint64_t npages)
{
	struct cubes c = { .nr = 0 };

	add_pairs(&c, s->side[0].map, 0, gfn, npages);
	add_pairs(&c, s->side[1].map, 1, gfn, npages);
	search_block(s, &c);
}

/* Does any page of [gfn, gfn + npages) differ between the sides? Fixed ranges are not looked at. */
bool cubes_differ(const struct fold_side side[2], uint64_t gfn, uint64_t npages)
{
	struct search s = { .side = side, .want_differ = true };
	uint64_t end = gfn + npages, pages;

	for (; gfn < end && !s.differ; gfn += pages) {
		pages = block_pages(gfn, end);
		search_aligned(&s, gfn, pages);
	}
	return s.differ;
}

/* The set of memtypes (mt_seen) that variable ranges give within [gfn, gfn + npages). */
unsigned cubes_seen(const struct mtrr_map *map, uint64_t gfn, uint64_t npages)
{
	const struct fold_side side[2] = { { .map = NULL }, { .map = map } };
	struct search s = { .side = side };
	uint64_t end = gfn + npages, pages;

	for (; gfn < end; gfn += pages) {
		pages = block_pages(gfn, end);
		search_aligned(&s, gfn, pages);
	}
	return s.seen;
}

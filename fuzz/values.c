// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values worth writing: MTRR pairs and types (rules A.1, A.2) with a share of
 * misaligned bases, holed masks and illegal types, fixed bytes, PAT, and the
 * gpas that they meet at.
 */
#include "fuzz/values.h"

static uint64_t mtrr_type(struct gen *g)
{
	static const uint8_t types[64] = {
		MT_WB, MT_WB, MT_WB, MT_WB, MT_WB, MT_WB, MT_WB, MT_WB,
		MT_WB, MT_WB, MT_WB, MT_WB, MT_WB, MT_WB, MT_WB, MT_WB,
		MT_WB, MT_WB, MT_WB, MT_WB, MT_WB, MT_WB, MT_WT, MT_WT,
		MT_UC, MT_UC, MT_UC, MT_UC, MT_UC, MT_UC, MT_UC, MT_UC,
		MT_UC, MT_UC, MT_UC, MT_UC, MT_UC, MT_UC, MT_UC, MT_UC,
		MT_WT, MT_WT, MT_WT, MT_WT, MT_WT, MT_WT, MT_WC, MT_WC,
		MT_WC, MT_WC, MT_WC, MT_WC, MT_WC, MT_WP, MT_WP, MT_WP,
		MT_WP, MT_WP, MT_UC, MT_WB, MT_UC_MINUS, 2, 3, 0x16,
	};

	return RNG_PICK(g->rng, types);
}

/* A pair's size as a power of two: pages, the 1 MiB border, huge pages, slots, everything. */
static unsigned range_shift(struct gen *g)
{
	static const uint8_t shifts[32] = {
		12, 12, 12, 12, 13, 14, 15, 16, 16, 17, 18, 19, 20, 20, 20, 21,
		21, 21, 21, 22, 22, 23, 24, 26, 28, 30, 30, 30, 31, 32, 33, 63,
	};

	return RNG_PICK(g->rng, shifts);
}

uint64_t gen_gpa(struct gen *g)
{
	uint64_t r = rng_next(g->rng);
	uint64_t gpa = g->hot[r % GEN_NR_HOT];

	/* Every second one a page nearby, few of them on the other side of a 2M border. */
	if (r & 0x100)
		gpa += (r >> 9 & 15) << PAGE_SHIFT;
	else if ((r & 0xfe00) == 0x200)
		gpa ^= 1ULL << (21 + (r >> 20) % 10);
	return gpa & g->pa_mask;
}

struct pair gen_pair(struct gen *g)
{
	unsigned shift = range_shift(g);
	uint64_t hot = gen_gpa(g);
	uint64_t mask = shift < 52 ? ~((1ULL << shift) - 1) & g->pa_mask : 0;
	uint64_t base = hot & mask;
	unsigned odd = rng_below(g->rng, 64);

	if (odd < 4)		/* misaligned: starts below its base (A.2) */
		base = hot;
	else if (odd < 7)	/* holed */
		mask &= ~(1ULL << (12 + rng_below(g->rng, 28)));
	else if (odd < 8)
		mask &= rng_next(g->rng);
	else if (odd < 9)	/* beyond MAXPHYADDR, or reserved bits: #GP */
		mask |= 1ULL << (rng_below(g->rng, 2) ? 52 : 3);
	else if (odd < 10)
		base |= 1ULL << (rng_below(g->rng, 2) ? 52 : 8 + rng_below(g->rng, 4));
	return (struct pair){ base | mtrr_type(g), mask | MTRR_PHYSMASK_V };
}

uint64_t gen_fixed_value(struct gen *g)
{
	uint64_t value = mtrr_type(g) * 0x0101010101010101ULL;
	unsigned shift;

	if (rng_next(g->rng) & 1)
		return value;
	shift = 8 * rng_below(g->rng, 8);
	return (value & ~(0xffULL << shift)) | mtrr_type(g) << shift;
}

uint64_t gen_def_type(struct gen *g)
{
	uint64_t r = rng_next(g->rng);
	uint64_t value = mtrr_type(g);

	if (r & 0xf)
		value |= MTRR_DEF_TYPE_E;
	if (r & 0x30)
		value |= MTRR_DEF_TYPE_FE;
	if ((r & 0xfc0) == 0xfc0)
		value |= 1ULL << (rng_below(g->rng, 64));
	return value;
}

static uint64_t pat_value(struct gen *g)
{
	static const uint64_t values[] = {
		PAT_RESET_VALUE, 0x0407050600070106ULL /* Linux's */, 0, 0x0606060606060606ULL,
		0x0007010600070106ULL, 0x0606060606060600ULL,
	};
	uint64_t value = RNG_PICK(g->rng, values);
	unsigned shift = 8 * rng_below(g->rng, 8);

	if (rng_next(g->rng) & 1)
		value = (value & ~(0xffULL << shift)) |
			(uint64_t)rng_below(g->rng, 9) << shift;
	return value;
}

uint32_t gen_fixed_msr(struct gen *g)
{
	static const uint16_t msrs[] = {
		0x250, 0x250, 0x258, 0x259, 0x259, 0x268, 0x268, 0x269,
		0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f, 0x26f, 0x258,
	};

	return RNG_PICK(g->rng, msrs);
}

uint32_t gen_msr(struct gen *g)
{
	static const uint32_t odd[] = {
		MSR_MTRRCAP, 0x1f2, 0x1f3, 0x210, 0x211, 0x220, 0x251, 0x257, 0x25a, 0x270, 0x278,
		0x27f, 0x2f8, 0x2fe, 0x300,
	};
	unsigned r = rng_below(g->rng, 32);

	if (r < 14)	/* few pairs, so that edits meet each other */
		return 0x200 + (r & 1) + 2 * (r < 10 ? r >> 2 : rng_below(g->rng, NR_VAR_MTRR));
	if (r < 22)
		return gen_fixed_msr(g);
	if (r < 28)
		return MSR_MTRR_DEF_TYPE;
	return r < 30 ? MSR_PAT : r < 31 ? MSR_EFER : RNG_PICK(g->rng, odd);
}

uint64_t gen_msr_value(struct gen *g, uint32_t msr)
{
	struct pair pair;

	if (msr == MSR_MTRR_DEF_TYPE)
		return gen_def_type(g);
	if (msr == MSR_PAT)
		return pat_value(g);
	if (msr == MSR_EFER)
		return rng_next(g->rng) & (EFER_SCE | EFER_LME | EFER_LMA | EFER_NX);
	if (msr >= MSR_MTRR_PHYSBASE(0) && msr < MSR_MTRR_PHYSBASE(NR_VAR_MTRR)) {
		pair = gen_pair(g);
		if (!(msr & 1))
			return pair.base;
		return rng_below(g->rng, 8) ? pair.mask : pair.mask & ~MTRR_PHYSMASK_V;
	}
	return gen_fixed_value(g);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * MTRR look-up (SDM 11.11.2.2, 11.11.2.3, 11.11.4.1; rules A.1 to A.3), in the
 * profile linux-6.1 with non-coherent DMA, where R-MT row 7 is the look-up.
 * Rows first; then random MTRRs, holed masks included, against the formula
 * applied page by page.
 */
#include "oracle/tests/rig.h"

static struct rig the_rig, *rig = &the_rig;

static void begin(unsigned def_type, bool fixed)
{
	struct machine machine = rig_machine();

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	honor(rig, def_type, fixed);
}

static void pair_raw(unsigned n, uint64_t base, uint64_t mask)
{
	wrmsr(rig, MSR_MTRR_PHYSBASE(n), base);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	wrmsr(rig, MSR_MTRR_PHYSMASK(n), mask | MTRR_PHYSMASK_V);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
}

/* Every boundary of the 88 fixed ranges, with a type that tells neighbours apart. */
static void test_fixed_ranges(void **state)
{
	static const unsigned types[5] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB };
	uint64_t gfn = 0;
	unsigned range = 0;

	begin(MT_WB, true);
	for (unsigned m = 0; m < 11; m++) {
		uint32_t msr = m == 0 ? 0x250 : m < 3 ? 0x257 + m : 0x265 + m;
		uint64_t value = 0;

		for (unsigned b = 0; b < 8; b++)
			value |= (uint64_t)types[(m * 8 + b) % 5] << (8 * b);
		wrmsr(rig, msr, value);
		assert_int_equal(rig->r.outcome.kind, OUT_OK);
	}
	while (gfn < 0x100) {
		uint64_t pages = gfn < 0x80 ? 16 : gfn < 0xc0 ? 4 : 1;

		for (uint64_t g = gfn; g < gfn + pages; g++) {
			struct mt_run run = oracle_memtype(&rig->o, 0, g, EPOCH_NOW);

			assert_mt(run.mt, types[range % 5], 0);
			assert_int_equal(run.end, gfn + pages);
		}
		gfn += pages;
		range++;
	}
	assert_int_equal(range, 88);
	assert_mt(mt_at(rig, 0, 0x100), MT_WB, 0);
}

static void test_fixed_beats_variable_below_1m(void **state)
{
	begin(MT_WB, true);
	set_pair(rig, 0, 0, 2 << 20, MT_WC);
	for (unsigned m = 0x268; m <= 0x26f; m++)
		wrmsr(rig, m, 0x0404040404040404);
	assert_mt(mt_at(rig, 0, 0), MT_UC, 0);		/* fixed byte 0 */
	assert_mt(mt_at(rig, 0, 0xff), MT_WT, 0);
	assert_mt(mt_at(rig, 0, 0x100), MT_WC, 0);
	assert_mt(mt_at(rig, 0, 0x1ff), MT_WC, 0);
	assert_mt(mt_at(rig, 0, 0x200), MT_WB, 0);
	/* FE=0: the variable pair alone. */
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_E | MT_WB);
	assert_mt(mt_at(rig, 0, 0), MT_WC, 0);
	assert_mt(mt_at(rig, 0, 0xff), MT_WC, 0);
}

static void test_disabled_is_uc(void **state)
{
	begin(MT_WB, true);
	set_pair(rig, 0, 0, 1ULL << 30, MT_WT);
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_FE | MT_WB);
	assert_mt(mt_at(rig, 0, 0), MT_UC, 0);
	assert_mt(mt_at(rig, 0, 0x100000), MT_UC, 0);
	assert_rule(mt_at(rig, 0, 0).rule, RULE_MT_5);
}

struct match_row {
	uint64_t base, mask;	/* PHYSBASE without type, PHYSMASK without V */
	uint64_t in[3], out[3];	/* gpas; 0 padding repeats row 0 of each */
};

static void test_match_formula(void **state)
{
	static const struct match_row rows[] = {
		/* 2G at 2G */
		{ 0x80000000, 0xff80000000, { 0x80000000, 0xfffff000, 0x90000000 },
		  { 0x7ffff000, 0x100000000, 0 } },
		/* one page */
		{ 0x12345000, 0xfffffff000, { 0x12345000 }, { 0x12344000, 0x12346000, 0 } },
		/* misaligned: 1M of mask, base 512K up; starts at base AND mask */
		{ 0x40080000, 0xfffff00000, { 0x40000000, 0x400ff000, 0x40080000 },
		  { 0x3ffff000, 0x40100000, 0x40170000 } },
		/* a hole at bit 20: 1M at 0x40000000 and at 0x40100000, not beyond */
		{ 0x40000000, 0xffffe00000, { 0x40000000, 0x401ff000 }, { 0x40200000 } },
		{ 0x40000000, 0xffffd00000, { 0x40000000, 0x40200000, 0x402ff000 },
		  { 0x40100000, 0x40300000, 0x3ffff000 } },
		/* only bit 12: every second page */
		{ 0x1000, 0x1000, { 0x1000, 0x3000, 0xfffffff000 }, { 0, 0x2000, 0xffffffe000 } },
		/* mask 0: everything */
		{ 0, 0, { 0, 0x12345000, 0xfffffff000 }, { ~0ULL, ~0ULL, ~0ULL } },
		{ 0xabcde000, 0, { 0, 0x12345000, 0xfffffff000 }, { ~0ULL, ~0ULL, ~0ULL } },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (unsigned n = 0; n < NR_VAR_MTRR; n += 7) {
			begin(MT_UC, false);
			pair_raw(n, rows[i].base | MT_WP, rows[i].mask);
			for (unsigned k = 0; k < 3; k++) {
				uint64_t in = rows[i].in[k] ? rows[i].in[k] : rows[i].in[0];
				uint64_t out = rows[i].out[k] ? rows[i].out[k] : rows[i].out[0];

				assert_mt(mt_at(rig, 0, in >> PAGE_SHIFT), MT_WP, 0);
				if (out != ~0ULL)
					assert_mt(mt_at(rig, 0, out >> PAGE_SHIFT), MT_UC, 0);
			}
			/* V=0: nothing. */
			wrmsr(rig, MSR_MTRR_PHYSMASK(n), rows[i].mask);
			assert_mt(mt_at(rig, 0, rows[i].in[0] >> PAGE_SHIFT), MT_UC, 0);
		}
}

/* A.3 step 3 for every pair of types. */
static void test_overlap_of_two(void **state)
{
	static const unsigned types[5] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB };

	for (unsigned a = 0; a < 5; a++)
		for (unsigned b = 0; b < 5; b++) {
			unsigned ta = types[a], tb = types[b], want = MT_WB;
			bool undefined = true;
			struct mt mt;

			if (ta == tb || ta == MT_UC || tb == MT_UC) {
				want = ta == tb ? ta : MT_UC;
				undefined = false;
			} else if (ta + tb == MT_WT + MT_WB) {
				want = MT_WT;
				undefined = false;
			}
			begin(MT_WP, false);
			set_pair(rig, 1, 0x40000000, 1 << 21, ta);
			set_pair(rig, 6, 0x40100000, 1 << 20, tb);
			mt = mt_at(rig, 0, 0x40100);
			assert_mt(mt, want, 0);
			assert_int_equal(mt.undefined, undefined);
			mt = mt_at(rig, 0, 0x400ff);
			assert_mt(mt, ta, 0);
			assert_int_equal(mt.undefined, 0);
		}
}

static void test_overlap_of_many(void **state)
{
	static const struct { unsigned types[4], nr, want; bool undefined; } rows[] = {
		{ { MT_WC, MT_WP, MT_WT, MT_UC }, 4, MT_UC, false },
		{ { MT_WB, MT_WT, MT_UC }, 3, MT_UC, false },
		{ { MT_WB, MT_WT, MT_WB, MT_WT }, 4, MT_WT, false },
		{ { MT_WB, MT_WB, MT_WB }, 3, MT_WB, false },
		{ { MT_WC, MT_WC }, 2, MT_WC, false },
		{ { MT_WB, MT_WT, MT_WP }, 3, MT_WB, true },
		{ { MT_WB, MT_WT, MT_WC }, 3, MT_WB, true },
		{ { MT_WP, MT_WC, MT_WP }, 3, MT_WB, true },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mt mt;

		begin(MT_UC, false);
		for (unsigned n = 0; n < rows[i].nr; n++)
			set_pair(rig, n, 0, 1ULL << (21 + n), rows[i].types[n]);
		mt = mt_at(rig, 0, 0x1ff);
		assert_mt(mt, rows[i].want, 0);
		assert_int_equal(mt.undefined, rows[i].undefined);
	}
}

/* A.2 and A.3 again, the slow way and from the registers alone. */
struct naive {
	uint64_t def_type, base[8], mask[8], fixed[11];
	unsigned maxphyaddr;
};

static struct mt naive_look(const struct naive *m, uint64_t gfn)
{
	uint64_t a = gfn << 12, within = ((1ULL << m->maxphyaddr) - 1) & ~0xfffULL;
	bool has[8] = { false };
	unsigned distinct = 0, only = 0;

	if ((m->def_type & 0x400) && a < 0x100000) {
		unsigned byte;

		if (a < 0x80000)
			byte = a / 0x10000;
		else if (a < 0xc0000)
			byte = 8 + (a - 0x80000) / 0x4000;
		else
			byte = 24 + (a - 0xc0000) / 0x1000;
		return (struct mt){ .type = ((const uint8_t *)m->fixed)[byte] };
	}
	for (unsigned i = 0; i < 8; i++)
		if ((m->mask[i] & 0x800) &&
		    (a & m->mask[i] & within) == (m->base[i] & m->mask[i] & within))
			has[m->base[i] & 7] = true;
	for (unsigned t = 0; t < 8; t++)
		if (has[t]) {
			distinct++;
			only = t;
		}
	if (!distinct)
		return (struct mt){ .type = m->def_type & 0xff };
	if (distinct == 1)
		return (struct mt){ .type = only };
	if (has[MT_UC])
		return (struct mt){ .type = MT_UC };
	if (distinct == 2 && has[MT_WT] && has[MT_WB])
		return (struct mt){ .type = MT_WT };
	return (struct mt){ .type = MT_WB, .undefined = 1 };
}

static uint64_t seed;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static unsigned rnd_type(void)
{
	static const uint8_t types[5] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB };

	return types[rnd() % 5];
}

/* Small worlds: all that matters lies in the low 2^(12 + bits) bytes. */
static uint64_t rnd_msr_value(const struct naive *m, uint32_t msr, unsigned bits, unsigned holes)
{
	uint64_t world = ((1ULL << bits) - 1) << 12, all = ((1ULL << m->maxphyaddr) - 1) & ~0xfffULL;
	uint64_t value = 0;

	if (msr == MSR_MTRR_DEF_TYPE)
		return MTRR_DEF_TYPE_E | (rnd() & MTRR_DEF_TYPE_FE) | rnd_type();
	if (msr >= 0x250) {
		for (unsigned b = 0; b < 64; b += 8)
			value |= (uint64_t)rnd_type() << b;
		return value;
	}
	if (!(msr & 1))
		return (rnd() & world) | rnd_type();
	if (rnd() % 100 < holes)
		value = (rnd() | rnd()) & world;
	else
		value = world & ~((1ULL << (12 + rnd() % (bits + 1))) - 1);
	return (all & ~world) | value | (rnd() % 8 ? MTRR_PHYSMASK_V : 0);
}

static void naive_set(struct naive *m, uint32_t msr, uint64_t value)
{
	if (msr == MSR_MTRR_DEF_TYPE)
		m->def_type = value;
	else if (msr >= 0x268)
		m->fixed[3 + msr - 0x268] = value;
	else if (msr >= 0x258)
		m->fixed[1 + msr - 0x258] = value;
	else if (msr == 0x250)
		m->fixed[0] = value;
	else if (msr & 1)
		m->mask[(msr - 0x200) / 2] = value;
	else
		m->base[(msr - 0x200) / 2] = value;
}

static uint32_t rnd_msr(void)
{
	static const uint32_t fixed[11] = {
		0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
	};

	switch (rnd() % 8) {
	case 0:
		return MSR_MTRR_DEF_TYPE;
	case 1:
		return fixed[rnd() % 11];
	default:
		return 0x200 + rnd() % 16;
	}
}

static enum mt_match naive_matches(const struct naive *m, uint64_t gfn, uint64_t n, struct mt obs)
{
	bool same = false, undefined = false, wrong = false, mixed = false;
	unsigned other = 0;

	for (uint64_t g = gfn; g < gfn + n; g++) {
		struct mt mt = naive_look(m, g);

		if (mt.undefined) {
			undefined |= obs.type != MT_WB || obs.ipat;
		} else if (mt.type == obs.type && !obs.ipat) {
			same = true;
		} else {
			mixed |= wrong && other != mt.type;
			wrong = true;
			other = mt.type;
		}
	}
	if (wrong)
		return same || mixed ? MT_MIXED : MT_DIFFERS;
	return undefined ? MT_UNDEFINED : MT_MATCHES;
}

static void check_ranges(const struct naive *was, const struct naive *is, unsigned bits)
{
	uint64_t pages = 1ULL << bits;

	for (unsigned k = 0; k < 4; k++) {
		uint64_t n = 1ULL << rnd() % (bits + 1);
		uint64_t gfn = rnd() % pages & -n;
		struct mt obs = { .type = rnd_type(), .ipat = rnd() % 8 == 0 };
		bool changed = false;

		if (k == 3) {	/* not a leaf's shape */
			gfn = rnd() % pages;
			n = 1 + rnd() % (pages - gfn);
		}
		assert_int_equal(oracle_matches(&rig->o, 0, gfn, n, obs, EPOCH_NOW),
				 naive_matches(is, gfn, n, obs));
		assert_int_equal(oracle_matches(&rig->o, 0, gfn, n, obs, EPOCH_BEFORE),
				 naive_matches(was, gfn, n, obs));
		for (uint64_t g = gfn; g < gfn + n; g++) {
			struct mt a = naive_look(was, g), b = naive_look(is, g);

			changed |= a.type != b.type || a.undefined != b.undefined;
		}
		assert_int_equal(oracle_memtype_changed(&rig->o, 0, gfn, n), changed);
	}
}

static void check_pages(const struct naive *m, enum epoch epoch, unsigned bits)
{
	uint64_t pages = 1ULL << bits;

	for (uint64_t gfn = 0; gfn < pages;) {
		struct mt_run run = oracle_memtype(&rig->o, 0, gfn, epoch);

		assert_true(run.end > gfn);
		for (; gfn < run.end && gfn < pages; gfn++) {
			struct mt want = naive_look(m, gfn);

			if (run.mt.type != want.type || run.mt.undefined != want.undefined)
				fail_msg("gfn 0x%llx: got %u, want %u", (unsigned long long)gfn,
					 run.mt.type, want.type);
		}
	}
}

static void fuzz(unsigned holes)
{
	const unsigned bits = 10;

	for (unsigned round = 0; round < 60; round++) {
		struct naive is = { .maxphyaddr = 40 };

		begin(MT_WB, false);
		is.def_type = MTRR_DEF_TYPE_E | MT_WB;
		for (unsigned step = 0; step < 40; step++) {
			struct naive was = is;
			uint32_t msr = rnd_msr();
			uint64_t value = rnd_msr_value(&is, msr, bits, holes);

			naive_set(&is, msr, value);
			wrmsr(rig, msr, value);
			assert_int_equal(rig->r.outcome.kind, OUT_OK);
			if (rnd() % 4)
				check_pages(&is, EPOCH_NOW, bits);
			if (rnd() % 2)
				check_pages(&was, EPOCH_BEFORE, bits);
			check_ranges(&was, &is, bits);
			if (rnd() % 4 == 0) {
				/* An op without effect: both epochs are now. */
				rdmsr(rig, msr);
				assert_false(oracle_memtype_changed(&rig->o, 0, 0, 1 << bits));
				check_pages(&is, EPOCH_BEFORE, bits);
			}
		}
	}
}

static void test_random_contiguous(void **state)
{
	fuzz(0);
}

static void test_random_holed(void **state)
{
	fuzz(60);
}

/* Masks that split every page of a 1G leaf: answered without walking its pages. */
static void test_holed_1g_leaf(void **state)
{
	const uint64_t n = 1ULL << 18;
	struct mt uc = { .type = MT_UC }, wb = { .type = MT_WB };

	begin(MT_UC, false);
	/* Together the two cover every page: WB throughout. */
	pair_raw(0, 0x0000 | MT_WB, 0x1000);
	pair_raw(1, 0x1000 | MT_WB, 0x1000);
	assert_int_equal(oracle_matches(&rig->o, 0, 0, n, wb, EPOCH_NOW), MT_MATCHES);
	assert_int_equal(oracle_matches(&rig->o, 0, 0, n, uc, EPOCH_NOW), MT_DIFFERS);
	/* One page in 2^18 is left out. */
	pair_raw(1, 0x1000 | MT_WB, 0x1000);
	pair_raw(2, 0x3ffff000 | MT_UC, 0xfffffff000);
	assert_int_equal(oracle_matches(&rig->o, 0, 0, n, wb, EPOCH_NOW), MT_MIXED);
	assert_int_equal(oracle_matches(&rig->o, 0, n, n, wb, EPOCH_NOW), MT_MATCHES);
	assert_true(oracle_memtype_changed(&rig->o, 0, 0, n));
	assert_false(oracle_memtype_changed(&rig->o, 0, n, n));
	assert_mt(mt_at(rig, 0, n - 1), MT_UC, 0);
	assert_mt(mt_at(rig, 0, n - 2), MT_WB, 0);
}

static void test_nonconforming(void **state)
{
	begin(MT_UC, false);
	set_pair(rig, 0, 0x40000000, 1 << 30, MT_WB);
	assert_false(oracle_nonconforming(&rig->o, 0, 0x40000, 512));
	pair_raw(1, 0x80080000 | MT_WB, 0xfffff00000);		/* misaligned */
	assert_true(oracle_nonconforming(&rig->o, 0, 0x80000, 1));
	assert_true(oracle_nonconforming(&rig->o, 0, 0x80000, 512));
	assert_false(oracle_nonconforming(&rig->o, 0, 0x80100, 1));
	assert_false(oracle_nonconforming(&rig->o, 1, 0x80000, 1));	/* the other vCPU */
	pair_raw(2, 0xc0000000 | MT_WB, 0xffffd00000);		/* a hole */
	assert_true(oracle_nonconforming(&rig->o, 0, 0xc0200, 1));
	assert_true(oracle_nonconforming(&rig->o, 0, 0xc0100, 1));	/* in the hole */
	assert_false(oracle_nonconforming(&rig->o, 0, 0xc0300, 1));
	assert_true(oracle_nonconforming(&rig->o, 0, 0xc0000, 512));
	wrmsr(rig, MSR_MTRR_DEF_TYPE, 0);
	assert_true(oracle_nonconforming(&rig->o, 0, 0xc0200, 1));	/* up to this step */
	rdmsr(rig, MSR_MTRRCAP);
	assert_false(oracle_nonconforming(&rig->o, 0, 0xc0200, 1));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed_ranges),
		cmocka_unit_test(test_fixed_beats_variable_below_1m),
		cmocka_unit_test(test_disabled_is_uc),
		cmocka_unit_test(test_match_formula),
		cmocka_unit_test(test_overlap_of_two),
		cmocka_unit_test(test_overlap_of_many),
		cmocka_unit_test(test_random_contiguous),
		cmocka_unit_test(test_random_holed),
		cmocka_unit_test(test_holed_1g_leaf),
		cmocka_unit_test(test_nonconforming),
	};

	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 0x5eed;
	printf("seed 0x%llx\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

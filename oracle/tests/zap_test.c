// SPDX-License-Identifier: GPL-2.0-only
/*
 * The zap contract of rules B.4: what a step changed (`changed`, both epochs),
 * whom it asks, how far zaps may reach, and the class of the change.
 */
#include "oracle/tests/rig.h"

static struct rig the_rig, *rig = &the_rig;

static void begin(enum profile profile)
{
	struct machine machine = rig_machine();

	rig_reset(rig, &machine, profile);
}

static bool touches(uint64_t gfn, uint64_t npages)
{
	return extent_touches(&rig->r.extent, gfn, npages);
}

static void test_extent_touches(void **state)
{
	struct extent everything = { .kind = EXTENT_EVERYTHING };
	struct extent nothing = { .kind = EXTENT_NOTHING };
	struct extent range = { .kind = EXTENT_RANGE, .start = 0x80, .end = 0xa0 };
	/* Pages with bits 4 and 0 set, of 16 pages at 0x100. */
	struct extent match = {
		.kind = EXTENT_MATCH, .nr_match = 1, .match = { { 0x101, 0xfffff1 } },
	};

	assert_true(extent_touches(&everything, 5, 1));
	assert_false(extent_touches(&nothing, 0, GFN_LIMIT));
	assert_false(extent_touches(&range, 0x7f, 1));
	assert_true(extent_touches(&range, 0x7f, 2));
	assert_true(extent_touches(&range, 0x9f, 1));
	assert_false(extent_touches(&range, 0xa0, 1));
	assert_true(extent_touches(&range, 0, 512));
	for (uint64_t gfn = 0x80; gfn < 0x180; gfn++)
		for (uint64_t n = 1; n < 5; n++) {
			bool want = false;

			for (uint64_t g = gfn; g < gfn + n; g++)
				want |= (g & 0xfffff1) == 0x101;
			assert_int_equal(extent_touches(&match, gfn, n), want);
		}
	assert_true(extent_touches(&match, 0, 512));
	assert_false(extent_touches(&match, 512, 512));
}

static void test_fixed_extents(void **state)
{
	static const struct { uint32_t msr; uint64_t start, end; } rows[] = {
		{ 0x250, 0x00, 0x80 }, { 0x258, 0x80, 0xa0 }, { 0x259, 0xa0, 0xc0 },
		{ 0x268, 0xc0, 0xc8 }, { 0x269, 0xc8, 0xd0 }, { 0x26a, 0xd0, 0xd8 },
		{ 0x26b, 0xd8, 0xe0 }, { 0x26c, 0xe0, 0xe8 }, { 0x26d, 0xe8, 0xf0 },
		{ 0x26e, 0xf0, 0xf8 }, { 0x26f, 0xf8, 0x100 },
	};

	begin(PROFILE_LINUX_6_1);
	honor(rig, MT_WB, true);
	for (unsigned i = 0; i < 11; i++) {
		wrmsr(rig, rows[i].msr, 0x0606060606060606);
		assert_int_equal(rig->r.extent.kind, EXTENT_RANGE);
		assert_int_equal(rig->r.extent.start, rows[i].start);
		assert_int_equal(rig->r.extent.end, rows[i].end);
		assert_int_equal(rig->r.change, CHANGE_FIXED);
		assert_int_equal(rig->r.changed, 1);
		assert_true(oracle_memtype_changed(&rig->o, 0, rows[i].start, 1));
		assert_true(oracle_memtype_changed(&rig->o, 0, rows[i].end - 1, 1));
		assert_false(oracle_memtype_changed(&rig->o, 0, rows[i].end, 1));
		/* The same again changes nothing. */
		wrmsr(rig, rows[i].msr, 0x0606060606060606);
		assert_int_equal(rig->r.change, CHANGE_NONE);
		assert_int_equal(rig->r.changed, 0);
	}
}

static void test_variable_extents(void **state)
{
	begin(PROFILE_LINUX_6_1);
	honor(rig, MT_WB, false);
	wrmsr(rig, MSR_MTRR_PHYSBASE(0), 0x40000000 | MT_UC);
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);	/* V=0 */
	assert_int_equal(rig->r.change, CHANGE_PHYSBASE_EDIT_V0);
	assert_int_equal(rig->r.changed, 0);
	wrmsr(rig, MSR_MTRR_PHYSMASK(0), 0xffffe00000);
	assert_int_equal(rig->r.change, CHANGE_PHYSMASK_EDIT_V0);
	wrmsr(rig, MSR_MTRR_PHYSMASK(0), 0xffffe00800);
	assert_int_equal(rig->r.change, CHANGE_PHYSMASK_SET_V);
	assert_int_equal(rig->r.extent.kind, EXTENT_MATCH);
	assert_int_equal(rig->r.extent.nr_match, 1);
	assert_true(touches(0x40000, 1));
	assert_true(touches(0x401ff, 1));
	assert_false(touches(0x40200, 1));
	assert_false(rig->r.nonconforming);
	assert_int_equal(rig->r.changed, 1);
	assert_true(oracle_memtype_changed(&rig->o, 0, 0x40000, 512));
	assert_false(oracle_memtype_changed(&rig->o, 0, 0x40200, 512));
	/* Moving it with V=1: old and new range. */
	wrmsr(rig, MSR_MTRR_PHYSBASE(0), 0x80000000 | MT_UC);
	assert_int_equal(rig->r.change, CHANGE_PHYSBASE_EDIT_V1);
	assert_true(rig->r.nonconforming);
	assert_int_equal(rig->r.extent.nr_match, 2);
	assert_true(touches(0x40000, 512));
	assert_true(touches(0x80000, 512));
	assert_false(touches(0x80200, 512));
	/* Growing it with V=1. */
	wrmsr(rig, MSR_MTRR_PHYSMASK(0), 0xffffc00800);
	assert_int_equal(rig->r.change, CHANGE_PHYSMASK_EDIT_V1);
	assert_true(rig->r.nonconforming);
	assert_true(touches(0x80200, 512));
	/* Clearing V is conforming. */
	wrmsr(rig, MSR_MTRR_PHYSMASK(0), 0xffffc00000);
	assert_int_equal(rig->r.change, CHANGE_PHYSMASK_CLEAR_V);
	assert_false(rig->r.nonconforming);
	assert_int_equal(rig->r.extent.nr_match, 1);
	assert_true(touches(0x80000, 1));
	assert_true(oracle_memtype_changed(&rig->o, 0, 0x80000, 512));
	/* With E=0 nothing has effect. */
	wrmsr(rig, MSR_MTRR_PHYSMASK(0), 0xffffc00800);
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MT_WB);
	wrmsr(rig, MSR_MTRR_PHYSBASE(0), 0x40000000 | MT_WC);
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
	assert_false(rig->r.nonconforming);
	assert_int_equal(rig->r.changed, 0);
}

static void test_def_type(void **state)
{
	begin(PROFILE_LINUX_6_1);
	dma(rig, true);
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MT_WB);		/* E=0 before and after */
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
	assert_int_equal(rig->r.change, CHANGE_DEFTYPE_TYPE);
	assert_int_equal(rig->r.changed, 0);
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_E | MT_WB);
	assert_int_equal(rig->r.extent.kind, EXTENT_EVERYTHING);
	assert_int_equal(rig->r.change, CHANGE_DEFTYPE_ENABLE);
	assert_true(oracle_memtype_changed(&rig->o, 0, 0x12345, 1));
	assert_false(oracle_memtype_changed(&rig->o, 1, 0x12345, 1));
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_E | MT_WC);
	assert_int_equal(rig->r.change, CHANGE_DEFTYPE_TYPE);
	assert_true(oracle_memtype_changed(&rig->o, 0, 0x12345, 1));
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_E | MTRR_DEF_TYPE_FE | MT_WC);
	assert_int_equal(rig->r.change, CHANGE_DEFTYPE_FE);
	assert_true(oracle_memtype_changed(&rig->o, 0, 0xff, 1));	/* fixed bytes are 0 */
	assert_false(oracle_memtype_changed(&rig->o, 0, 0x100, 1));
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_FE | MT_UC);
	assert_int_equal(rig->r.change, CHANGE_DEFTYPE_DISABLE);
	assert_false(oracle_memtype_changed(&rig->o, 0, 0xff, 1));	/* UC before, UC now */
	assert_true(oracle_memtype_changed(&rig->o, 0, 0x100, 1));
}

/* CD, DMA and MTRR events by profile: everything, nothing, and what changed. */
static void test_events_by_profile(void **state)
{
	for (unsigned p = 1; p < NR_PROFILES; p++) {
		bool mtrrs = p <= PROFILE_LINUX_6_7;
		bool ss_rc = p == PROFILE_LINUX_6_11_RC;	/* PAT honored by self-snoop */

		begin(p);
		cr0_delta(rig, CR0_CD, 0);			/* no DMA: not honored */
		assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
		assert_int_equal(rig->r.changed, 0);
		cr0_delta(rig, 0, CR0_CD);
		wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_E | MT_WB);
		assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
		wrmsr(rig, MSR_MTRR_DEF_TYPE, 0);
		dma(rig, true);
		assert_int_equal(rig->r.change, CHANGE_DMA_FIRST_ON);
		assert_int_equal(rig->r.extent.kind, ss_rc ? EXTENT_NOTHING : EXTENT_EVERYTHING);
		assert_int_equal(rig->r.changed, ss_rc ? 0 : 3);
		assert_int_equal(rig->r.acting, 1);		/* only vCPU 0 has run */
		dma(rig, true);
		assert_int_equal(rig->r.change, CHANGE_DMA_COUNT);
		assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
		assert_int_equal(rig->r.changed, 0);
		dma(rig, false);
		assert_int_equal(rig->r.change, CHANGE_DMA_COUNT);
		wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_E | MT_WT);
		assert_int_equal(rig->r.extent.kind, mtrrs ? EXTENT_EVERYTHING : EXTENT_NOTHING);
		assert_int_equal(rig->r.changed, mtrrs);
		cr0_delta(rig, CR0_CD, 0);
		assert_int_equal(rig->r.extent.kind, mtrrs ? EXTENT_EVERYTHING : EXTENT_NOTHING);
		assert_int_equal(rig->r.changed, mtrrs);
		/* While CD=1 a row above the MTRRs wins: they change nothing. */
		set_pair(rig, 0, 0x40000000, 1 << 21, MT_UC);
		assert_int_equal(rig->r.changed, 0);
		assert_int_equal(rig->r.extent.kind,
				 !mtrrs || p == PROFILE_YAN_V4 ? EXTENT_NOTHING : EXTENT_MATCH);
		cr0_delta(rig, 0, CR0_CD);
		assert_int_equal(rig->r.changed, mtrrs);
		assert_int_equal(oracle_memtype_changed(&rig->o, 0, 0x40000, 1), mtrrs);
		assert_int_equal(oracle_memtype_changed(&rig->o, 0, 0, 1), mtrrs);
		dma(rig, false);
		assert_int_equal(rig->r.change, CHANGE_DMA_LAST_OFF);
		assert_int_equal(rig->r.extent.kind, ss_rc ? EXTENT_NOTHING : EXTENT_EVERYTHING);
		dma(rig, false);
		assert_int_equal(rig->r.outcome.kind, OUT_ERRNO);
		assert_int_equal(rig->r.outcome.value, ENOENT);
	}
}

/* P6: with the quirk disabled DMA makes no difference; neither does it on NPT. */
static void test_dma_where_it_does_not_matter(void **state)
{
	struct machine machine = rig_machine();

	machine.quirks_off = QUIRK_IGNORE_GUEST_PAT;
	rig_reset(rig, &machine, PROFILE_LINUX_6_16);
	dma(rig, true);
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
	assert_int_equal(rig->r.changed, 0);
	machine.vendor = VENDOR_AMD;
	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	dma(rig, true);
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_E | MT_WT);
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
}

/* CD toggles change what rows 3 and 4 differ from row 7 in, and no more. */
static void test_cd_toggle_is_exact(void **state)
{
	begin(PROFILE_LINUX_6_7);	/* CD=1: WB, IPAT 0 */
	honor(rig, MT_WB, false);
	set_pair(rig, 0, 0x40000000, 1 << 21, MT_UC);
	cr0_delta(rig, CR0_CD, 0);
	assert_int_equal(rig->r.changed, 1);
	assert_false(oracle_memtype_changed(&rig->o, 0, 0, 512));
	assert_true(oracle_memtype_changed(&rig->o, 0, 0x40000, 1));
	assert_mt(oracle_memtype(&rig->o, 0, 0x40000, EPOCH_BEFORE).mt, MT_UC, 0);
	assert_mt(oracle_memtype(&rig->o, 0, 0x40000, EPOCH_NOW).mt, MT_WB, 0);
	cr0_delta(rig, CR0_NW, 0);	/* NW=1 with CD=1 is like NW=0 */
	assert_int_equal(rig->r.changed, 0);
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
	assert_mt(oracle_memtype(&rig->o, 0, 0x40000, EPOCH_BEFORE).mt, MT_WB, 0);
}

static void test_host_events(void **state)
{
	begin(PROFILE_LINUX_6_1);
	honor(rig, MT_WB, false);
	OP(.kind = OP_SREGS, .vcpu = 0, .arg = SREGS_CR0, .v = { RUNNING_CR0 | CR0_CD });
	assert_int_equal(rig->r.changed, 1);
	assert_int_equal(rig->r.change, CHANGE_CR0_CD_SET);
	assert_int_equal(rig->r.extent.kind, EXTENT_EVERYTHING);
	assert_true(rig->r.host_only);
	OP(.kind = OP_QUIRK, .arg = QUIRK_CD_NW_CLEARED, .v = { 0 });
	assert_int_equal(rig->r.change, CHANGE_QUIRK_OFF);
	assert_true(rig->r.host_only);
	assert_int_equal(rig->r.changed, 1);	/* vCPU 1 has CD=0 */
	assert_mt(mt_at(rig, 0, 0), MT_UC, 1);
	OP(.kind = OP_QUIRK, .arg = QUIRK_CD_NW_CLEARED, .v = { 1 });
	assert_int_equal(rig->r.changed, 1);
	OP(.kind = OP_SETMSR, .vcpu = 1, .arg = MSR_MTRR_DEF_TYPE, .v = { 0x806 });
	assert_int_equal(rig->r.acting, 2);
	assert_int_equal(rig->r.changed, 2);
	OP(.kind = OP_SETCPUID, .vcpu = 1, .arg = CPUID_MAXPHYADDR, .v = { 0, 36 });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_true(rig->r.host_only);
	assert_false(oracle_memtype_changed(&rig->o, 1, 0, 1));
}

/* Rejected or blocked: nothing changes and nothing is zapped (H.1). */
static void test_rejected(void **state)
{
	begin(PROFILE_LINUX_6_1);
	honor(rig, MT_WB, false);
	wrmsr(rig, MSR_MTRR_DEF_TYPE, 0x802);
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
	assert_int_equal(rig->r.changed, 0);
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
	assert_int_equal(rig->r.change, CHANGE_NONE);
	assert_mt(mt_at(rig, 0, 0), MT_WB, 0);
	cr0_delta(rig, CR0_NW, 0);
	assert_int_equal(rig->r.changed, 0);
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
}

static void test_pat_is_not_in_the_spte(void **state)
{
	begin(PROFILE_LINUX_6_16);
	dma(rig, true);
	wrmsr(rig, MSR_PAT, 0);
	assert_int_equal(rig->r.change, CHANGE_PAT);
	assert_int_equal(rig->r.changed, 0);
	assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extent_touches),
		cmocka_unit_test(test_fixed_extents),
		cmocka_unit_test(test_variable_extents),
		cmocka_unit_test(test_def_type),
		cmocka_unit_test(test_events_by_profile),
		cmocka_unit_test(test_dma_where_it_does_not_matter),
		cmocka_unit_test(test_cd_toggle_is_exact),
		cmocka_unit_test(test_host_events),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_pat_is_not_in_the_spte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSR validity and read-back, KVM's look-up, and which range each event zaps
 * under each policy. Expected values are worked out from arch/x86/kvm/mtrr.c,
 * vmx_get_mt_mask() and kvm_post_set_cr0() of the kernels named, by hand.
 */
#include "harness/targets/model/tests/rig.h"

#define WB8	0x0606060606060606ULL
#define ALL	((1ULL << 52) - 1)	/* gpa_to_gfn(~0ULL) */

static const struct {
	uint32_t msr;
	uint64_t value;
	bool accepted;
} msr_rows[] = {
	{ MSR_MTRRCAP, 0x508, false },
	{ MSR_MTRR_DEF_TYPE, 0xc06, true },
	{ MSR_MTRR_DEF_TYPE, 0x400, true },	/* FE without E */
	{ MSR_MTRR_DEF_TYPE, 0x206, false },
	{ MSR_MTRR_DEF_TYPE, 0x1806, false },
	{ MSR_MTRR_DEF_TYPE, 0xc02, false },
	{ MSR_MTRR_DEF_TYPE, 0xc07, false },
	{ MSR_MTRR_FIX64K_00000, WB8, true },
	{ MSR_MTRR_FIX64K_00000, 0x0606060606060706ULL, false },
	{ MSR_MTRR_FIX4K_F8000, 0x1e, false },	/* AMD's RdMem and WrMem */
	{ MSR_MTRR_PHYSBASE(0), 0xfffffff006ULL, true },
	{ MSR_MTRR_PHYSBASE(0), 0x10000000006ULL, false },
	{ MSR_MTRR_PHYSBASE(0), 0x106, false },
	{ MSR_MTRR_PHYSBASE(0), 0x3, false },
	{ MSR_MTRR_PHYSMASK(7), 0xfffffff800ULL, true },
	{ MSR_MTRR_PHYSMASK(7), 0xfffffff801ULL, false },
	{ MSR_MTRR_PHYSMASK(7), 0x1fffffff800ULL, false },
	{ MSR_MTRR_PHYSBASE(8), 0, false },
	{ 0x251, 0, false },
	{ 0x2f8, 0, false },
	{ MSR_PAT, PAT_RESET_VALUE, true },
	{ MSR_PAT, 0x0007040600070402ULL, false },
	{ MSR_PAT, 0x0807040600070406ULL, false },
	{ MSR_SMRR_PHYSBASE, 0, false },
	{ MSR_EFER, EFER_LME | EFER_LMA | EFER_NX, true },
	{ MSR_EFER, EFER_LMA | EFER_NX, false },	/* LME cannot go while paging */
	{ MSR_EFER, 1ULL << 12, false },
};

static void msr_validity(void **state)
{
	struct rig rig;

	for (unsigned p = 0; p < model_nr_policies; p++) {
		rig_open(&rig, model_policies[p].name);
		for (unsigned i = 0; i < sizeof(msr_rows) / sizeof(msr_rows[0]); i++) {
			enum outcome_kind kind;
			uint64_t before = 0;

			rig_reset(&rig);
			if (msr_rows[i].msr == MSR_PAT)
				before = rdmsr(&rig, 0, MSR_PAT);
			kind = wrmsr(&rig, 0, msr_rows[i].msr, msr_rows[i].value);
			if ((kind == OUT_OK) != msr_rows[i].accepted)
				fail_msg("%s: wrmsr 0x%x 0x%llx: outcome %d", model_policies[p].name,
					 msr_rows[i].msr, (unsigned long long)msr_rows[i].value, kind);
			if (kind == OUT_OK)
				assert_int_equal(rdmsr(&rig, 0, msr_rows[i].msr), msr_rows[i].value);
			else if (msr_rows[i].msr == MSR_PAT)
				assert_int_equal(rdmsr(&rig, 0, MSR_PAT), before);
		}
		rig_close(&rig);
	}
}

/* v6.1 keeps the bits above MAXPHYADDR of its time: raising it later shows them. */
static void mask_readback_after_cpuid(void **state)
{
	static const struct { const char *policy; uint64_t read; } rows[] = {
		{ "linux-6.1", 0x1fffffff800ULL }, { "linux-6.16", 0xfffffff800ULL },
	};

	for (unsigned i = 0; i < 2; i++) {
		struct op cpuid = { .kind = OP_SETCPUID, .vcpu = 1, .arg = CPUID_MAXPHYADDR, .v = { 0, 41 } };
		struct op set = { .kind = OP_SETMSR, .vcpu = 1, .arg = MSR_MTRR_PHYSMASK(0),
				  .v = { 0xfffffff800ULL } };
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		assert_int_equal(rig_op(&rig, set), OUT_OK);
		assert_int_equal(rig_op(&rig, cpuid), OUT_OK);	/* the vCPU has not run yet */
		assert_int_equal(rdmsr(&rig, 1, MSR_MTRR_PHYSMASK(0)), rows[i].read);
		assert_int_equal(rig_op(&rig, cpuid), OUT_OK);	/* the same again */
		cpuid.v[1] = 42;
		assert_int_equal(rig_op(&rig, cpuid), OUT_ERRNO);
		assert_int_equal(rig.out.value, EINVAL);
		rig_close(&rig);
	}
}

struct pairs {
	struct { uint64_t base, mask; } pair[3];	/* in order of their MSRs */
	uint64_t def_type;
};

#define MASK_4G	0xff00000800ULL		/* V, and a range of that size */
#define MASK_1G	0xffc0000800ULL
#define MASK_2M	0xffffe00800ULL

static void set_pairs(struct rig *rig, const struct pairs *p)
{
	for (unsigned n = 0; n < 3; n++) {
		assert_int_equal(wrmsr(rig, 0, MSR_MTRR_PHYSBASE(n), p->pair[n].base), OUT_OK);
		assert_int_equal(wrmsr(rig, 0, MSR_MTRR_PHYSMASK(n), p->pair[n].mask), OUT_OK);
	}
	assert_int_equal(wrmsr(rig, 0, MSR_MTRR_DEF_TYPE, p->def_type), OUT_OK);
}

/* kvm_mtrr_get_guest_memory_type() of v6.1, followed by hand. */
static const struct {
	struct pairs pairs;
	uint64_t gpa;
	unsigned type;
} look_rows[] = {
	{ { .def_type = 0xc05 }, 0x5000000, MT_WP },
	{ { .def_type = 0x006 }, 0x5000000, MT_UC },			/* E=0 */
	{ { { { G1 | MT_WC, MASK_1G } }, 0x806 }, G1, MT_WC },
	{ { { { G1 | MT_WC, MASK_1G } }, 0x806 }, 2 * G1, MT_WB },
	/* The same base: UC has the smaller value, comes second and wins. */
	{ { { { G1 | MT_WB, MASK_1G }, { G1 | MT_UC, MASK_1G } }, 0x806 }, G1, MT_UC },
	{ { { { G1 | MT_UC, MASK_1G }, { G1 | MT_WB, MASK_1G } }, 0x806 }, G1, MT_UC },
	/* UC at the higher base comes first and loses: SDM says UC. */
	{ { { { MT_WB, MASK_4G }, { G1 | MT_UC, MASK_1G } }, 0x800 }, G1, MT_WB },
	/* UC at the lower base comes second and wins. */
	{ { { { MT_UC, MASK_4G }, { G1 | MT_WB, MASK_1G } }, 0x806 }, G1, MT_UC },
	{ { { { MT_WB, MASK_4G }, { G1 | MT_WT, MASK_1G } }, 0x800 }, G1, MT_WT },
	{ { { { MT_WT, MASK_4G }, { G1 | MT_WB, MASK_1G } }, 0x800 }, G1, MT_WT },
	{ { { { MT_WP, MASK_4G }, { G1 | MT_WC, MASK_1G } }, 0x800 }, G1, MT_WB },
	/* WC first, then WB: undefined to KVM, it never comes to the UC. */
	{ { { { G1 | MT_WC, MASK_1G }, { 0x20000000 | MT_WB, 0xff80000800ULL }, { MT_UC, MASK_4G } }, 0x806 },
	  G1, MT_WB },
	/* An unaligned base: [base, base | ~mask], not below it. */
	{ { { { (G1 + M2) | MT_WC, MASK_1G } }, 0x806 }, G1, MT_WB },
	{ { { { (G1 + M2) | MT_WC, MASK_1G } }, 0x806 }, G1 + M2, MT_WC },
	/* A mask with a hole covers it too. */
	{ { { { MT_WC, 0xffbfe00800ULL } }, 0x806 }, M2, MT_WC },
	{ { { { MT_WC, 0xffbfe00800ULL } }, 0x806 }, G1, MT_WC },
	/* Mask 0 covers everything. */
	{ { { { MT_WC, 0x800 } }, 0x806 }, 2 * G1, MT_WC },
};

static void look_up(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	for (unsigned i = 0; i < sizeof(look_rows) / sizeof(look_rows[0]); i++) {
		unsigned type;

		rig_reset(&rig);
		set_pairs(&rig, &look_rows[i].pairs);
		type = model_mtrr_type(rig.m, &rig.m->vm.vcpus[0], look_rows[i].gpa >> PAGE_SHIFT);
		if (type != look_rows[i].type)
			fail_msg("row %u: type %u", i, type);
	}
	rig_close(&rig);
}

static void fixed_ranges(void **state)
{
	static const struct { uint32_t msr; unsigned byte; uint64_t gfn, end; } rows[] = {
		{ MSR_MTRR_FIX64K_00000, 0, 0x00, 0x10 }, { MSR_MTRR_FIX64K_00000, 7, 0x70, 0x80 },
		{ MSR_MTRR_FIX16K_80000, 1, 0x84, 0x88 }, { MSR_MTRR_FIX16K_A0000, 7, 0xbc, 0xc0 },
		{ MSR_MTRR_FIX4K_C0000, 0, 0xc0, 0xc1 }, { MSR_MTRR_FIX4K_F8000, 7, 0xff, 0x100 },
	};
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig_reset(&rig);
		wrmsr(&rig, 0, rows[i].msr, (uint64_t)MT_WP << 8 * rows[i].byte);
		wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0xc06);
		for (uint64_t gfn = 0; gfn < 0x104; gfn++) {
			unsigned type = model_mtrr_type(rig.m, &rig.m->vm.vcpus[0], gfn);
			bool in = rows[i].gfn <= gfn && gfn < rows[i].end;

			assert_int_equal(type, in ? MT_WP : gfn < 0x100 ? MT_UC : MT_WB);
		}
	}
	rig_close(&rig);
}

/* kvm_mtrr_check_gfn_range_consistency() */
static const struct {
	struct pairs pairs;
	uint64_t gpa, size;
	bool consistent;
} huge_rows[] = {
	{ { .def_type = 0x000 }, 0, G1, true },
	{ { .def_type = 0x806 }, 0, G1, true },
	{ { .def_type = 0xc00 }, 0, M2, true },		/* all fixed UC, default UC */
	{ { .def_type = 0xc06 }, 0, M2, false },	/* fixed UC, default WB */
	{ { .def_type = 0xc06 }, M2, M2, true },
	{ { { { G1 | MT_UC, MASK_1G } }, 0x806 }, G1, G1, true },
	{ { { { G1 | MT_UC, MASK_2M } }, 0x806 }, G1, G1, false },
	{ { { { G1 | MT_WB, MASK_2M } }, 0x806 }, G1, G1, true },
	{ { { { G1 | MT_UC, MASK_2M } }, 0x806 }, G1 + M2, M2, true },
	/* Two pairs that together cover it, of one type that is not the default: met upside down. */
	{ { { { G1 | MT_UC, 0xffe0000800ULL }, { (G1 + G1 / 2) | MT_UC, 0xffe0000800ULL } }, 0x806 }, G1, G1, false },
	/* Overlap whose outcome is uniform, but whose types differ. */
	{ { { { G1 | MT_WB, MASK_1G }, { G1 | MT_UC, MASK_1G } }, 0x806 }, G1, M2, false },
};

static void consistency(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	for (unsigned i = 0; i < sizeof(huge_rows) / sizeof(huge_rows[0]); i++) {
		rig_reset(&rig);
		set_pairs(&rig, &huge_rows[i].pairs);
		if (model_mtrr_consistent(rig.m, &rig.m->vm.vcpus[0], huge_rows[i].gpa >> PAGE_SHIFT,
					  huge_rows[i].size >> PAGE_SHIFT) != huge_rows[i].consistent)
			fail_msg("row %u", i);
	}
	rig_close(&rig);
}

/* Ranges of kvm_zap_gfn_range(), by event and policy. start == end: none. */
enum ev { EV_DEFTYPE, EV_FIXED, EV_FIXED_FE0, EV_VAR, EV_VAR_E0, EV_MASK_V0, EV_BASE_MOVED, EV_CD, EV_CD_QUIRK_OFF,
	  EV_DMA_ON, EV_DMA_OFF, EV_PAT, NR_EVS };

static void trigger(struct rig *rig, enum ev ev)
{
	host(rig, OP_DMA, 1, 0, 0, 0);
	wrmsr(rig, 0, MSR_MTRR_PHYSBASE(0), G1 | MT_UC);
	wrmsr(rig, 0, MSR_MTRR_PHYSMASK(0), MASK_1G);
	wrmsr(rig, 0, MSR_MTRR_DEF_TYPE, ev == EV_VAR_E0 ? 0 : ev == EV_FIXED_FE0 ? 0x806 : 0xc06);
	switch (ev) {
	case EV_DEFTYPE:
		wrmsr(rig, 0, MSR_MTRR_DEF_TYPE, 0xc06);
		break;
	case EV_FIXED:
	case EV_FIXED_FE0:
		wrmsr(rig, 0, MSR_MTRR_FIX16K_A0000, WB8);
		break;
	case EV_VAR:
	case EV_VAR_E0:
		wrmsr(rig, 0, MSR_MTRR_PHYSMASK(0), 0xffe0000800ULL);
		break;
	case EV_MASK_V0:
		wrmsr(rig, 0, MSR_MTRR_PHYSMASK(0), 0xffffe00000ULL);
		break;
	case EV_BASE_MOVED:
		wrmsr(rig, 0, MSR_MTRR_PHYSBASE(0), 2 * G1);
		break;
	case EV_CD_QUIRK_OFF:
		host(rig, OP_QUIRK, QUIRK_CD_NW_CLEARED, 0, 0, 0);
		/* fallthrough */
	case EV_CD:
		cr0_bits(rig, 0, CR0_CD, 0);
		break;
	case EV_DMA_ON:
		host(rig, OP_DMA, 0, 0, 0, 0);
		host(rig, OP_DMA, 1, 0, 0, 0);
		break;
	case EV_DMA_OFF:
		host(rig, OP_DMA, 0, 0, 0, 0);
		break;
	case EV_PAT:
		wrmsr(rig, 0, MSR_PAT, WB8);
		break;
	default:
		fail();
	}
}

#define NONE		{ 0, 0 }
#define EVERYTHING	{ 0, ALL }
#define ALL_GFNS	{ 0, ~0ULL }	/* CR0.CD, up to v6.10 */
#define MTRR_6_1	[EV_DEFTYPE] = EVERYTHING, [EV_FIXED] = { 0xa0, 0xc0 }, [EV_FIXED_FE0] = NONE, \
			[EV_VAR] = { 0x40000, 0x60000 }, [EV_VAR_E0] = NONE, \
			[EV_MASK_V0] = { 0x40000, 0x40200 }, [EV_BASE_MOVED] = { 0x80000, 0xc0000 }
static const struct {
	const char *policy;
	struct zap_range range[NR_EVS];
} zap_rows[] = {
	{ "linux-5.15", { MTRR_6_1, [EV_CD_QUIRK_OFF] = ALL_GFNS } },
	{ "linux-6.1", { MTRR_6_1, [EV_CD_QUIRK_OFF] = ALL_GFNS } },
	{ "linux-6.7", { MTRR_6_1, [EV_CD_QUIRK_OFF] = ALL_GFNS, [EV_DMA_ON] = EVERYTHING,
			 [EV_DMA_OFF] = EVERYTHING } },
	/* CD with the quirk: default WB, so the fixed ranges (they differ from WB) and the UC pair; shortest first. */
	{ "yan-v4", { MTRR_6_1, [EV_CD] = { 0, 0x100 }, [EV_CD_QUIRK_OFF] = EVERYTHING,
		      [EV_DMA_ON] = EVERYTHING, [EV_DMA_OFF] = EVERYTHING } },
	{ "linux-6.11", { [EV_DMA_ON] = EVERYTHING, [EV_DMA_OFF] = EVERYTHING } },
	{ "linux-6.11-rc", { NONE } },		/* the host has self-snoop */
	{ "linux-6.16", { [EV_DMA_ON] = EVERYTHING, [EV_DMA_OFF] = EVERYTHING } },
};

static void zap_ranges(void **state)
{
	for (unsigned i = 0; i < sizeof(zap_rows) / sizeof(zap_rows[0]); i++) {
		struct rig rig;

		rig_open(&rig, zap_rows[i].policy);
		for (enum ev ev = 0; ev < NR_EVS; ev++) {
			const struct zap_range *want = &zap_rows[i].range[ev];
			const struct event *got;

			rig_reset(&rig);
			trigger(&rig, ev);
			got = event_of(&rig, EV_ZAP_RANGE, 0);
			if (want->start == want->end ? !!got :
			    !got || got->gfn != want->start || got->end != want->end)
				fail_msg("%s, event %d: zap [0x%llx, 0x%llx)", zap_rows[i].policy, ev,
					 got ? (unsigned long long)got->gfn : 0,
					 got ? (unsigned long long)got->end : 0);
		}
		rig_close(&rig);
	}
}

/* Rules B.10: NPT zaps for nothing up to v6.6, shadow paging on CR0.CD and, in v6.16, on DMA. */
static void zaps_without_ept(void **state)
{
	static const struct { const char *policy; enum vendor vendor; bool tdp; enum ev ev; bool zaps; } rows[] = {
		{ "linux-6.1", VENDOR_AMD, true, EV_DEFTYPE, true },
		{ "linux-6.1", VENDOR_AMD, true, EV_CD_QUIRK_OFF, true },
		{ "linux-6.1", VENDOR_INTEL, false, EV_DEFTYPE, false },
		{ "linux-6.1", VENDOR_INTEL, false, EV_CD_QUIRK_OFF, true },
		{ "linux-6.7", VENDOR_AMD, true, EV_DEFTYPE, false },
		{ "linux-6.7", VENDOR_AMD, true, EV_CD_QUIRK_OFF, false },
		{ "linux-6.7", VENDOR_AMD, true, EV_DMA_OFF, false },
		{ "linux-6.11", VENDOR_AMD, true, EV_DMA_OFF, false },
		{ "linux-6.16", VENDOR_AMD, true, EV_DMA_OFF, false },
		{ "linux-6.16", VENDOR_INTEL, false, EV_DMA_OFF, true },
		{ "linux-6.16", VENDOR_AMD, false, EV_DMA_OFF, true },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		rig.machine.vendor = rows[i].vendor;
		rig.machine.tdp = rows[i].tdp;
		rig_reset(&rig);
		trigger(&rig, rows[i].ev);
		if (!!event_of(&rig, EV_ZAP_RANGE, 0) != rows[i].zaps)
			fail_msg("row %u", i);
		rig_close(&rig);
	}
}

/* Patch 10's CR0.CD zap queues by length, then by descending start; patch 6 skips writes under CD=1. */
static void yan_queue(void **state)
{
	static const struct zap_range want[] = {
		{ 0x0, 0x100 }, { 0x80000, 0x80200 }, { 0x40000, 0x40200 }, { 0x100000, 0x140000 },
	};
	struct rig rig;

	rig_open(&rig, "yan-v4");
	host(&rig, OP_DMA, 1, 0, 0, 0);
	set_pairs(&rig, &(struct pairs){ { { G1 | MT_UC, MASK_2M }, { 4 * G1 | MT_WC, MASK_1G },
					   { 2 * G1 | MT_WP, MASK_2M } }, 0x806 });
	cr0_bits(&rig, 0, CR0_CD, 0);
	assert_int_equal(nr_events(&rig, EV_ZAP_RANGE), 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(event_of(&rig, EV_ZAP_RANGE, i)->gfn, want[i].start);
		assert_int_equal(event_of(&rig, EV_ZAP_RANGE, i)->end, want[i].end);
	}
	wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0x800);
	assert_int_equal(nr_events(&rig, EV_ZAP_RANGE), 0);
	/* Default type UC now, CD=1 maps WB: everything. */
	cr0_bits(&rig, 0, 0, CR0_CD);
	assert_int_equal(nr_events(&rig, EV_ZAP_RANGE), 1);
	assert_int_equal(event_of(&rig, EV_ZAP_RANGE, 0)->end, ALL);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(msr_validity),
		cmocka_unit_test(mask_readback_after_cpuid),
		cmocka_unit_test(look_up),
		cmocka_unit_test(fixed_ranges),
		cmocka_unit_test(consistency),
		cmocka_unit_test(zap_ranges),
		cmocka_unit_test(zaps_without_ept),
		cmocka_unit_test(yan_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

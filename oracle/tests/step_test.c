// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all ops share: who counts (rules B.4, R-UNIF), the epochs, quirks (rules
 * B.9), CPUID, copies of the oracle, explanations; and that any program at all
 * leaves the oracle's own promises intact.
 */
#include "oracle/tests/rig.h"

static struct rig the_rig, *rig = &the_rig;

static uint64_t seed;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void test_counted(void **state)
{
	struct machine machine = rig_machine();

	machine.nr_vcpus = 3;
	machine.start = START_RESET;
	rig_reset(rig, &machine, PROFILE_LINUX_6_7);
	assert_int_equal(oracle_counted(&rig->o), 0);
	OP(.kind = OP_SETMSR, .vcpu = 0, .arg = MSR_PAT, .v = { 0 });
	OP(.kind = OP_PREFAULT, .vcpu = 0, .v = { 0, 0x1000 });
	assert_int_equal(oracle_counted(&rig->o), 0);
	OP(.kind = OP_WRMSR, .vcpu = 0, .arg = MSR_MTRRCAP);	/* faults, but ran */
	assert_int_equal(oracle_counted(&rig->o), 1);
	OP(.kind = OP_CPUID, .vcpu = 1);
	assert_int_equal(rig->r.outcome.kind, OUT_BLOCKED);
	assert_int_equal(oracle_counted(&rig->o), 1);
	OP(.kind = OP_SIPI, .vcpu = 1);		/* not ready for it before INIT */
	OP(.kind = OP_CPUID, .vcpu = 1);
	assert_int_equal(rig->r.outcome.kind, OUT_BLOCKED);
	OP(.kind = OP_INIT, .vcpu = 1);
	OP(.kind = OP_SIPI, .vcpu = 1);
	assert_int_equal(oracle_counted(&rig->o), 1);
	OP(.kind = OP_CPUID, .vcpu = 1);
	assert_int_equal(oracle_counted(&rig->o), 3);
	dma(rig, true);
	assert_int_equal(rig->r.acting, 3);
	assert_int_equal(rig->r.changed, 7);
}

struct quirk_row {
	enum profile profile;
	enum vendor vendor;
	bool tdp, selfsnoop;
	uint32_t quirk;
	bool on;
	enum outcome_kind outcome;
	bool enabled_before, enabled_after;
};

static void test_quirks(void **state)
{
#define CD	QUIRK_CD_NW_CLEARED
#define SLOT	QUIRK_SLOT_ZAP_ALL
#define PAT	QUIRK_IGNORE_GUEST_PAT
#define P6	PROFILE_LINUX_6_16
	static const struct quirk_row rows[] = {
		{ PROFILE_LINUX_5_15, VENDOR_INTEL, true, true, CD, false, OUT_OK, true, false },
		{ PROFILE_LINUX_6_1, VENDOR_INTEL, true, true, CD, false, OUT_OK, true, false },
		{ PROFILE_LINUX_6_1, VENDOR_AMD, true, true, CD, false, OUT_OK, true, false },
		{ PROFILE_LINUX_6_1, VENDOR_INTEL, true, true, CD, true, OUT_OK, true, true },
		{ PROFILE_LINUX_6_1, VENDOR_INTEL, true, true, SLOT, false, OUT_ERRNO, true, true },
		{ PROFILE_LINUX_6_1, VENDOR_INTEL, true, true, PAT, false, OUT_ERRNO, true, true },
		{ PROFILE_LINUX_6_11, VENDOR_INTEL, true, true, PAT, false, OUT_ERRNO, true, true },
		{ PROFILE_LINUX_6_11, VENDOR_INTEL, true, true, SLOT, false, OUT_ANY, true, true },
		{ P6, VENDOR_INTEL, true, true, PAT, false, OUT_OK, true, false },
		{ P6, VENDOR_INTEL, true, false, PAT, false, OUT_ERRNO, true, true },
		{ P6, VENDOR_INTEL, false, true, PAT, false, OUT_ERRNO, true, true },
		{ P6, VENDOR_AMD, false, true, PAT, false, OUT_ERRNO, true, true },
		{ P6, VENDOR_AMD, true, false, PAT, false, OUT_OK, false, false },
		{ P6, VENDOR_AMD, true, true, PAT, true, OUT_OK, false, false },	/* sticky */
		{ P6, VENDOR_INTEL, true, true, CD, true, OUT_OK, false, false },	/* sticky */
		{ P6, VENDOR_INTEL, true, true, CD, false, OUT_OK, false, false },
		{ P6, VENDOR_AMD, true, true, CD, false, OUT_OK, true, false },
		{ P6, VENDOR_INTEL, true, true, SLOT, false, OUT_OK, true, false },
	};
#undef CD
#undef SLOT
#undef PAT
#undef P6

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct quirk_row *row = &rows[i];
		struct machine machine = rig_machine();

		machine.vendor = row->vendor;
		machine.tdp = row->tdp;
		machine.selfsnoop = row->selfsnoop;
		rig_reset(rig, &machine, row->profile);
		assert_int_equal(!(rig->o.quirks_disabled & row->quirk), row->enabled_before);
		OP(.kind = OP_QUIRK, .arg = row->quirk, .v = { row->on });
		if (rig->r.outcome.kind != row->outcome)
			fail_msg("row %u", i);
		if (row->outcome == OUT_ERRNO)
			assert_int_equal(rig->r.outcome.value, EINVAL);
		assert_int_equal(!(rig->o.quirks_disabled & row->quirk), row->enabled_after);
	}
}

/* 6.1 assigns the mask: what was disabled can be enabled again. */
static void test_quirk_assigned(void **state)
{
	struct machine machine = rig_machine();

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	OP(.kind = OP_QUIRK, .arg = QUIRK_CD_NW_CLEARED, .v = { 0 });
	OP(.kind = OP_QUIRK, .arg = QUIRK_CD_NW_CLEARED, .v = { 1 });
	assert_int_equal(rig->r.change, CHANGE_QUIRK_ON);
	assert_int_equal(rig->o.quirks_disabled & QUIRK_CD_NW_CLEARED, 0);
	machine.quirks_off = QUIRK_CD_NW_CLEARED;
	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	assert_int_equal(rig->o.quirks_disabled, QUIRK_CD_NW_CLEARED);
	machine.quirks_off = 0;
	machine.quirks_on = QUIRK_CD_NW_CLEARED;
	rig_reset(rig, &machine, PROFILE_LINUX_6_16);
	assert_int_equal(rig->o.quirks_disabled, 0);
}

static void test_setcpuid(void **state)
{
	struct machine machine = rig_machine();

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	dma(rig, true);
	assert_mt(mt_at(rig, 1, 0), MT_UC, 0);
	OP(.kind = OP_SETCPUID, .vcpu = 1, .arg = CPUID_MTRR, .v = { 0 });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_int_equal(rig->r.changed, 2);
	assert_mt(mt_at(rig, 1, 0), MT_WB, 0);
	assert_mt(oracle_memtype(&rig->o, 1, 0, EPOCH_BEFORE).mt, MT_UC, 0);
	/* A pair of one page at 4G; 32 bits of address: its base bit is no more. */
	OP(.kind = OP_SETMSR, .vcpu = 1, .arg = MSR_MTRR_DEF_TYPE, .v = { 0x806 });
	OP(.kind = OP_SETMSR, .vcpu = 1, .arg = MSR_MTRR_PHYSBASE(0), .v = { 1ULL << 32 | MT_WC });
	OP(.kind = OP_SETMSR, .vcpu = 1, .arg = MSR_MTRR_PHYSMASK(0), .v = { 0xfffffff800 });
	assert_mt(mt_at(rig, 1, 1 << 20), MT_WC, 0);
	assert_mt(mt_at(rig, 1, 0), MT_WB, 0);
	OP(.kind = OP_SETCPUID, .vcpu = 1, .arg = CPUID_MAXPHYADDR, .v = { 0, 32 });
	assert_mt(mt_at(rig, 1, 0), MT_WC, 0);
	assert_true(oracle_memtype_changed(&rig->o, 1, 0, 1));
	assert_mt(oracle_memtype(&rig->o, 1, 0, EPOCH_BEFORE).mt, MT_WB, 0);
	/* Once the vCPU has run nothing is demanded. */
	OP(.kind = OP_CPUID, .vcpu = 1);
	OP(.kind = OP_SETCPUID, .vcpu = 1, .arg = CPUID_MTRR, .v = { 1 });
	assert_int_equal(rig->r.outcome.kind, OUT_ANY);
	assert_int_equal(rig->r.changed, 0);
	assert_false(rig->r.lost);	/* 6.1 refuses what differs */
	rig_reset(rig, &machine, PROFILE_LINUX_5_15);
	OP(.kind = OP_CPUID, .vcpu = 1);
	OP(.kind = OP_SETCPUID, .vcpu = 1, .arg = CPUID_MTRR, .v = { 0 });
	assert_true(rig->r.lost);	/* 5.15 takes it, 5.16 does not */
}

/* Embeddable and copied by assignment: two copies go separate ways. */
static void test_copies(void **state)
{
	struct machine machine = rig_machine();
	static struct rig copy;

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	honor(rig, MT_WB, false);
	assert_mt(mt_at(rig, 0, 0x40000), MT_WB, 0);
	copy = *rig;
	set_pair(rig, 0, 0x40000000, 1 << 21, MT_UC);
	set_pair(&copy, 0, 0x40000000, 1 << 21, MT_WC);
	assert_mt(mt_at(rig, 0, 0x40000), MT_UC, 0);
	assert_mt(mt_at(&copy, 0, 0x40000), MT_WC, 0);
}

static bool says(const struct why *lines, size_t nr, enum rule_id rule, const char *text)
{
	for (size_t i = 0; i < nr; i++)
		if (lines[i].rule == rule && strstr(lines[i].text, text))
			return true;
	return false;
}

static void test_explain(void **state)
{
	struct machine machine = rig_machine();
	struct why lines[16];
	size_t nr;

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	nr = oracle_explain(&rig->o, 0, 0, lines, 16);
	assert_int_equal(nr, 1);
	assert_true(says(lines, nr, RULE_MT_2, "no non-coherent DMA"));
	dma(rig, true);
	nr = oracle_explain(&rig->o, 0, 0, lines, 16);
	assert_true(says(lines, nr, RULE_MT_5, "E=0"));
	assert_true(says(lines, nr, RULE_LOOK_DISABLED, "UC"));
	wrmsr(rig, MSR_MTRR_DEF_TYPE, 0xc06);
	set_pair(rig, 0, 0x40000000, 1 << 21, MT_UC);
	set_pair(rig, 5, 0x40000000, 1 << 22, MT_WT);
	nr = oracle_explain(&rig->o, 0, 0x40000, lines, 16);
	assert_int_equal(nr, 4);
	assert_int_equal(lines[0].rule, RULE_MT_7);
	assert_true(says(lines, nr, RULE_LOOK_UC, "one is UC"));
	assert_true(says(lines, nr, RULE_LOOK, "pair 0 matches: PHYSBASE 0x40000000"));
	assert_true(says(lines, nr, RULE_LOOK, "pair 5 matches"));
	assert_int_equal(oracle_explain(&rig->o, 0, 0x40000, lines, 2), 2);
	assert_int_equal(oracle_explain(&rig->o, 0, 0x40000, lines, 0), 0);
	nr = oracle_explain(&rig->o, 0, 0xb8, lines, 16);
	assert_true(says(lines, nr, RULE_LOOK_FIXED, "0xb8000"));
	nr = oracle_explain(&rig->o, 0, 0x200000, lines, 16);
	assert_true(says(lines, nr, RULE_LOOK_NONE, "default type, WB"));
	assert_true(says(lines, nr, RULE_SLOT_ABSENT, "no memslot"));
	cr0_delta(rig, CR0_CD, 0);
	nr = oracle_explain(&rig->o, 0, 0x40000, lines, 16);
	assert_true(says(lines, nr, RULE_MT_3, "CR0.CD=1"));
}

static struct op rnd_op(const struct machine *machine)
{
	static const uint32_t msrs[] = {
		0xfe, 0x200, 0x201, 0x202, 0x203, 0x20e, 0x20f, 0x250, 0x259, 0x26f, 0x277, 0x2ff,
		MSR_EFER, 0x210, 0x280,
	};
	uint64_t gpa = (rnd() % (1 << 19)) << PAGE_SHIFT;
	struct op op = {
		.kind = rnd() % NR_OPS, .vcpu = rnd() % machine->nr_vcpus,
		.v = { rnd() >> rnd() % 64, rnd() >> rnd() % 64, rnd() & 7 },
	};

	switch (op.kind) {
	case OP_WRMSR:
	case OP_RDMSR:
	case OP_SETMSR:
		op.arg = msrs[rnd() % (sizeof(msrs) / sizeof(*msrs))];
		if (op.arg == 0x2ff)
			op.v[0] = (rnd() & 0xc00) | (rnd() % 8);
		else if (op.arg < 0x210 && op.arg >= 0x200)
			op.v[0] = op.arg & 1 ? ((1ULL << 40) - (1ULL << (12 + rnd() % 22))) | (rnd() & 0x800)
					     : gpa | rnd() % 8;
		break;
	case OP_CR0:
	case OP_CR4:
		op.flags = OP_DELTA;
		op.v[0] = 1ULL << rnd() % 32;
		op.v[1] = 1ULL << rnd() % 32;
		break;
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		op.flags = rnd() % 2 ? OP_VA : 0;
		op.v[0] = gpa;
		break;
	case OP_MAP:
		op.arg = 1 + rnd() % 3;
		op.v[0] = gpa;
		break;
	case OP_INVPCID:
		op.arg = rnd() % 4;
		break;
	case OP_DMA:
		op.arg = rnd() % 2;
		break;
	case OP_QUIRK:
		op.arg = rnd() % 2 ? QUIRK_CD_NW_CLEARED : QUIRK_IGNORE_GUEST_PAT;
		op.v[0] = rnd() % 2;
		break;
	case OP_SLOT:
	case OP_SPLIT:
	case OP_COLLAPSE:
		op.arg = rnd() % 4;
		op.v[0] = gpa;
		op.v[1] = (rnd() % 64) << PAGE_SHIFT;
		op.v[2] = rnd() % 4;
		break;
	case OP_BACKING:
	case OP_INVALIDATE:
	case OP_PREFAULT:
		op.arg = op.kind == OP_BACKING ? rnd() % NR_BACKINGS : 0;
		op.v[0] = gpa;
		op.v[1] = (1 + rnd() % 2048) << PAGE_SHIFT;
		break;
	case OP_SREGS:
		op.arg = SREGS_CR0;
		op.v[0] = RUNNING_CR0 | (rnd() % 2 ? CR0_CD : 0);
		break;
	case OP_SETCPUID:
		op.arg = 1 + rnd() % 3;
		op.v[1] = 32 + rnd() % 9;
		break;
	default:
		break;
	}
	return op;
}

/*
 * For any program: what was R-MT before is what it was; what did not change
 * says so; a rejected op changes nothing; runs and rules stay in bounds.
 */
static void test_any_program(void **state)
{
	enum { PROBES = 24 };

	for (unsigned round = 0; round < 3000; round++) {
		struct machine machine = rig_machine();
		uint64_t gfn[PROBES];

		machine.nr_vcpus = 1 + rnd() % 3;
		machine.start = rnd() % NR_START_MODES;
		machine.vendor = rnd() % 8 ? VENDOR_INTEL : VENDOR_AMD;
		machine.tdp = rnd() % 8;
		machine.slots[0].size = (1 + rnd() % 1024) << 20;
		rig_reset(rig, &machine, 1 + rnd() % (NR_PROFILES - 1));
		for (unsigned i = 0; i < PROBES; i++)
			gfn[i] = rnd() % (1 << (1 + rnd() % 20));
		for (unsigned step = 0; step < 40; step++) {
			struct op op = rnd_op(&machine);
			struct mt was[MAX_VCPUS][PROBES];

			for (unsigned v = 0; v < machine.nr_vcpus; v++)
				for (unsigned i = 0; i < PROBES; i++)
					was[v][i] = mt_at(rig, v, gfn[i]);
			rig_op(rig, op);
			assert_true(rig->r.outcome_rule < NR_RULES);
			assert_true(rig->r.guest_flush_rule < NR_RULES);
			assert_true(rule_set_has(oracle_rules_hit(&rig->o), rig->r.outcome_rule) ||
				    rig->r.outcome.kind == OUT_ANY);
			if (rig->r.outcome.kind != OUT_OK && rig->r.outcome.kind != OUT_ANY)
				assert_int_equal(rig->r.changed, 0);
			for (unsigned v = 0; v < machine.nr_vcpus; v++)
				for (unsigned i = 0; i < PROBES; i++) {
					struct mt_run now = oracle_memtype(&rig->o, v, gfn[i], EPOCH_NOW);
					struct mt before = oracle_memtype(&rig->o, v, gfn[i],
									  EPOCH_BEFORE).mt;
					bool same = before.type == now.mt.type &&
						    before.ipat == now.mt.ipat &&
						    before.undefined == now.mt.undefined;

					assert_memory_equal(&before, &was[v][i], sizeof(before));
					assert_int_equal(oracle_memtype_changed(&rig->o, v, gfn[i], 1),
							 !same);
					assert_true(now.end > gfn[i] && now.end <= GFN_LIMIT);
					if (!same)
						assert_true(rig->r.changed >> v & 1);
				}
		}
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counted),
		cmocka_unit_test(test_quirks),
		cmocka_unit_test(test_quirk_assigned),
		cmocka_unit_test(test_setcpuid),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_any_program),
	};

	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 0x5eed;
	printf("seed 0x%llx\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSR acceptance and read-back, one row a value: SDM 11.11.1, 11.11.2, 11.12.2;
 * rules A.1, A.4, A.7, B.2.
 */
#include "oracle/tests/rig.h"

struct msr_row {
	uint32_t msr;
	uint64_t value;
	enum outcome_kind outcome;
	enum rule_id rule;
};

/* MAXPHYADDR 40, start=running. */
static const struct msr_row rows[] = {
	{ MSR_MTRRCAP, 0x508, OUT_GP, RULE_MSR_MTRRCAP },
	{ MSR_MTRRCAP, 0, OUT_GP, RULE_MSR_MTRRCAP },

	{ MSR_MTRR_DEF_TYPE, 0, OUT_OK, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0xc06, OUT_OK, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0x400, OUT_OK, RULE_MSR_DEFTYPE },	/* FE without E: legal */
	{ MSR_MTRR_DEF_TYPE, 0x801, OUT_OK, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0x804, OUT_OK, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0x805, OUT_OK, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0x802, OUT_GP, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0x803, OUT_GP, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0x807, OUT_GP, RULE_MSR_DEFTYPE },	/* UC- is PAT's only */
	{ MSR_MTRR_DEF_TYPE, 0x808, OUT_GP, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0x886, OUT_GP, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0x906, OUT_GP, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0xa06, OUT_GP, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 0x1806, OUT_GP, RULE_MSR_DEFTYPE },
	{ MSR_MTRR_DEF_TYPE, 1ULL << 63 | 6, OUT_GP, RULE_MSR_DEFTYPE },

	{ MSR_MTRR_FIX64K_00000, 0x0606060606060606, OUT_OK, RULE_MSR_FIXED },
	{ MSR_MTRR_FIX16K_80000, 0x0605040100010405, OUT_OK, RULE_MSR_FIXED },
	{ MSR_MTRR_FIX16K_A0000, 0, OUT_OK, RULE_MSR_FIXED },
	{ MSR_MTRR_FIX4K_C0000, 0x0606060606060602, OUT_GP, RULE_MSR_FIXED },
	{ MSR_MTRR_FIX4K_C0000 + 1, 0x0706060606060606, OUT_GP, RULE_MSR_FIXED },
	{ MSR_MTRR_FIX4K_C0000 + 2, 0x0606060306060606, OUT_GP, RULE_MSR_FIXED },
	{ MSR_MTRR_FIX4K_F8000, 0x1e1e1e1e1e1e1e1e, OUT_GP, RULE_MSR_FIXED },	/* AMD RdMem, WrMem */
	{ MSR_MTRR_FIX4K_F8000, 0x0505050505050505, OUT_OK, RULE_MSR_FIXED },

	{ MSR_MTRR_PHYSBASE(0), 0x80000006, OUT_OK, RULE_MSR_PHYSBASE },
	{ MSR_MTRR_PHYSBASE(7), 0xfffffff001, OUT_OK, RULE_MSR_PHYSBASE },
	{ MSR_MTRR_PHYSBASE(0), 0x10000000006, OUT_GP, RULE_MSR_PHYSBASE },	/* bit 40 */
	{ MSR_MTRR_PHYSBASE(0), 1ULL << 63 | 6, OUT_GP, RULE_MSR_PHYSBASE },
	{ MSR_MTRR_PHYSBASE(0), 0x80000106, OUT_GP, RULE_MSR_PHYSBASE },
	{ MSR_MTRR_PHYSBASE(0), 0x80000806, OUT_GP, RULE_MSR_PHYSBASE },
	{ MSR_MTRR_PHYSBASE(0), 0x80000002, OUT_GP, RULE_MSR_PHYSBASE },
	{ MSR_MTRR_PHYSBASE(0), 0x80000007, OUT_GP, RULE_MSR_PHYSBASE },
	{ MSR_MTRR_PHYSMASK(0), 0xffc0000800, OUT_OK, RULE_MSR_PHYSMASK },
	{ MSR_MTRR_PHYSMASK(7), 0x800, OUT_OK, RULE_MSR_PHYSMASK },		/* matches all */
	{ MSR_MTRR_PHYSMASK(3), 0x5555555800, OUT_OK, RULE_MSR_PHYSMASK },	/* holes are defined */
	{ MSR_MTRR_PHYSMASK(3), 0, OUT_OK, RULE_MSR_PHYSMASK },
	{ MSR_MTRR_PHYSMASK(0), 0x1ffc0000800, OUT_GP, RULE_MSR_PHYSMASK },
	{ MSR_MTRR_PHYSMASK(0), 0xffc0000801, OUT_GP, RULE_MSR_PHYSMASK },
	{ MSR_MTRR_PHYSMASK(0), 0xffc0000c00, OUT_GP, RULE_MSR_PHYSMASK },

	{ 0x210, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x24f, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x251, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x257, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x25a, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x267, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x270, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x276, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x278, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x27f, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x2a0, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x2f8, 0, OUT_GP, RULE_MSR_HOLE },		/* CVE-2016-3713 */
	{ 0x2fe, 0, OUT_GP, RULE_MSR_HOLE },
	{ 0x280, 0, OUT_ANY, RULE_MSR_OTHER },		/* MCi_CTL2 */
	{ 0x29f, 0, OUT_ANY, RULE_MSR_OTHER },
	{ 0x1ff, 0, OUT_ANY, RULE_MSR_OTHER },
	{ 0x300, 0, OUT_ANY, RULE_MSR_OTHER },
	{ 0x10, 0, OUT_ANY, RULE_MSR_OTHER },
	{ MSR_SMRR_PHYSBASE, 6, OUT_GP, RULE_MSR_SMRR },
	{ MSR_SMRR_PHYSMASK, 0, OUT_GP, RULE_MSR_SMRR },

	{ MSR_PAT, PAT_RESET_VALUE, OUT_OK, RULE_MSR_PAT },
	{ MSR_PAT, 0x0007050401000606, OUT_OK, RULE_MSR_PAT },
	{ MSR_PAT, 0x0007040600070402, OUT_GP, RULE_MSR_PAT },
	{ MSR_PAT, 0x0307040600070406, OUT_GP, RULE_MSR_PAT },
	{ MSR_PAT, 0x0007040608070406, OUT_GP, RULE_MSR_PAT },
	{ MSR_PAT, 0x8007040600070406, OUT_GP, RULE_MSR_PAT },

	{ MSR_EFER, EFER_LME, OUT_OK, RULE_MSR_EFER },
	{ MSR_EFER, EFER_LME | EFER_LMA | EFER_NX | EFER_SCE, OUT_OK, RULE_MSR_EFER },
	{ MSR_EFER, 0, OUT_GP, RULE_MSR_EFER },			/* LME under paging */
	{ MSR_EFER, EFER_LME | 1 << 12, OUT_GP, RULE_MSR_EFER },	/* SVME */
	{ MSR_EFER, EFER_LME | 1 << 9, OUT_GP, RULE_MSR_EFER },
};

static void test_rows(void **state)
{
	struct machine machine = rig_machine();
	struct rig the_rig, *rig = &the_rig;

	for (unsigned p = 1; p < NR_PROFILES; p++)
		for (unsigned mtrr = 0; mtrr < 2; mtrr++)
			for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
				const struct msr_row *row = &rows[i];

				machine.cpuid_mtrr = mtrr;	/* gates nothing (B.11) */
				rig_reset(rig, &machine, p);
				wrmsr(rig, row->msr, row->value);
				if (rig->r.outcome.kind != row->outcome)
					fail_msg("msr 0x%x value 0x%llx: %u, want %u", row->msr,
						 (unsigned long long)row->value,
						 rig->r.outcome.kind, row->outcome);
				assert_rule(rig->r.outcome_rule, row->rule);
				if (row->outcome != OUT_OK)
					assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
			}
}

/* The host's ioctl validates alike, and fails instead of injecting. */
static void test_host_rows(void **state)
{
	struct machine machine = rig_machine();
	struct rig the_rig, *rig = &the_rig;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct msr_row *row = &rows[i];

		rig_reset(rig, &machine, PROFILE_LINUX_6_1);
		OP(.kind = OP_SETMSR, .vcpu = 1, .arg = row->msr, .v = { row->value });
		assert_true(rig->r.host_only);
		assert_false(rig->r.enters_guest);
		if (row->msr == MSR_EFER && !row->value) {
			/* set_efer(): only a guest is refused LME under paging. */
			assert_int_equal(rig->r.outcome.kind, OUT_OK);
		} else if (row->outcome == OUT_GP) {
			assert_int_equal(rig->r.outcome.kind, OUT_ERRNO);
			assert_int_equal(rig->r.outcome.value, EINVAL);
		} else {
			assert_int_equal(rig->r.outcome.kind, row->outcome);
		}
	}
}

static void test_read_back(void **state)
{
	struct machine machine = rig_machine();
	struct rig the_rig, *rig = &the_rig;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct msr_row *row = &rows[i];
		uint64_t before;

		rig_reset(rig, &machine, PROFILE_LINUX_6_1);
		before = rdmsr(rig, row->msr)->outcome.value;
		wrmsr(rig, row->msr, row->value);
		rdmsr(rig, row->msr);
		if (row->rule == RULE_MSR_HOLE || row->rule == RULE_MSR_SMRR) {
			assert_int_equal(rig->r.outcome.kind, OUT_GP);
		} else if (row->outcome == OUT_ANY) {
			assert_int_equal(rig->r.outcome.kind, OUT_ANY);
		} else {
			uint64_t want = row->outcome == OUT_OK ? row->value : before;

			if (row->msr == MSR_EFER)
				want |= EFER_LMA;
			assert_int_equal(rig->r.outcome.kind, OUT_OK);
			assert_true(rig->r.outcome.has_value);
			assert_int_equal(rig->r.outcome.value, want);
		}
	}
}

static void test_initial_values(void **state)
{
	struct machine machine = rig_machine();
	struct rig the_rig, *rig = &the_rig;

	rig_reset(rig, &machine, PROFILE_LINUX_6_16);
	assert_int_equal(rdmsr(rig, MSR_MTRRCAP)->outcome.value, 0x508);
	assert_int_equal(rdmsr(rig, MSR_PAT)->outcome.value, 0x0007040600070406);
	assert_int_equal(rdmsr(rig, MSR_EFER)->outcome.value, EFER_LME | EFER_LMA);
	for (uint32_t msr = 0x200; msr <= 0x2ff; msr++) {
		if (msr == MSR_PAT)
			continue;
		rdmsr(rig, msr);
		if (rig->r.outcome.kind == OUT_OK)
			assert_int_equal(rig->r.outcome.value, 0);
	}
}

/* Each vCPU has its own; MAXPHYADDR decides what is reserved. */
static void test_per_vcpu_and_maxphyaddr(void **state)
{
	struct machine machine = rig_machine();
	struct rig the_rig, *rig = &the_rig;

	for (unsigned bits = 32; bits <= 52; bits++) {
		machine.maxphyaddr = bits;
		rig_reset(rig, &machine, PROFILE_LINUX_6_1);
		wrmsr(rig, MSR_MTRR_PHYSBASE(2), 1ULL << (bits - 1) | MT_WT);
		assert_int_equal(rig->r.outcome.kind, OUT_OK);
		wrmsr(rig, MSR_MTRR_PHYSMASK(2), 1ULL << (bits - 1));
		assert_int_equal(rig->r.outcome.kind, OUT_OK);
		wrmsr(rig, MSR_MTRR_PHYSBASE(2), 1ULL << bits | MT_WT);
		assert_int_equal(rig->r.outcome.kind, OUT_GP);
		wrmsr(rig, MSR_MTRR_PHYSMASK(2), 1ULL << bits);
		assert_int_equal(rig->r.outcome.kind, OUT_GP);
		OP(.kind = OP_RDMSR, .vcpu = 1, .arg = MSR_MTRR_PHYSBASE(2));
		assert_int_equal(rig->r.outcome.value, 0);
	}
}

/* KVM_SET_MSRS may part LMA from LME and PG; no rule says where a CPU goes from there. */
static void test_efer_lost(void **state)
{
	struct machine machine = rig_machine();
	struct rig the_rig, *rig = &the_rig;

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	OP(.kind = OP_SETMSR, .arg = MSR_EFER, .v = { EFER_LME | EFER_NX });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_false(rig->r.lost);
	OP(.kind = OP_SETMSR, .arg = MSR_EFER, .v = { 0 });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_true(rig->r.lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_host_rows),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_initial_values),
		cmocka_unit_test(test_per_vcpu_and_maxphyaddr),
		cmocka_unit_test(test_efer_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

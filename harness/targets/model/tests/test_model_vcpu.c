// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers, modes, roots and TLBs. Expected values: x86.c, regs.c and smm.c of
 * v6.1 and v6.12, rules C.2 for what each kernel requests, rules A.6 for INIT.
 */
#include "harness/targets/model/tests/rig.h"

static struct op guest(enum op_kind kind, unsigned vcpu)
{
	return (struct op){ .kind = kind, .vcpu = vcpu };
}

static struct op sregs(uint32_t present, uint64_t cr0, uint64_t cr3, uint64_t cr4, uint64_t efer)
{
	return (struct op){ .kind = OP_SREGS, .arg = present, .v = { cr0, cr3, cr4, efer } };
}

static void cr_validity(void **state)
{
	static const struct {
		enum start_mode start;
		enum op_kind kind;
		uint64_t set, clear;
		bool accepted;
		uint64_t value;
	} rows[] = {
		{ START_RUNNING, OP_CR0, CR0_NW, 0, false, RUNNING_CR0 },
		{ START_RUNNING, OP_CR0, CR0_NW | CR0_CD, 0, true, RUNNING_CR0 | CR0_NW | CR0_CD },
		{ START_RUNNING, OP_CR0, 1ULL << 32, 0, false, RUNNING_CR0 },
		{ START_RUNNING, OP_CR0, 1ULL << 6, CR0_ET, true, RUNNING_CR0 },
		{ START_RUNNING, OP_CR0, 0, CR0_PG, false, RUNNING_CR0 },	/* 64-bit code */
		{ START_RUNNING, OP_CR0, 0, CR0_PE, false, RUNNING_CR0 },
		{ START_PAE32, OP_CR0, 0, CR0_PG, true, RUNNING_CR0 & ~CR0_PG },
		{ START_REAL, OP_CR0, CR0_PG, 0, false, REAL_CR0 },
		{ START_REAL, OP_CR0, CR0_PG | CR0_PE, 0, true, REAL_CR0 | CR0_PG | CR0_PE },
		{ START_RUNNING, OP_CR4, 0, CR4_PAE, false, CR4_PAE },
		{ START_RUNNING, OP_CR4, CR4_LA57, 0, false, CR4_PAE },
		{ START_REAL, OP_CR4, CR4_LA57, 0, true, CR4_LA57 },
		{ START_RUNNING, OP_CR4, CR4_VMXE, 0, false, CR4_PAE },
		{ START_RUNNING, OP_CR4, CR4_PCIDE, 0, true, CR4_PAE | CR4_PCIDE },
		{ START_PAE32, OP_CR4, CR4_PCIDE, 0, false, CR4_PAE },
		{ START_RUNNING, OP_CR4, CR4_SMEP | CR4_PGE, 0, true, CR4_PAE | CR4_SMEP | CR4_PGE },
	};
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum outcome_kind kind;

		rig.machine.start = rows[i].start;
		rig_reset(&rig);
		kind = rows[i].kind == OP_CR0 ? cr0_bits(&rig, 0, rows[i].set, rows[i].clear)
					      : cr4_bits(&rig, 0, rows[i].set, rows[i].clear);
		if ((kind == OUT_OK) != rows[i].accepted || rig.out.value != rows[i].value)
			fail_msg("row %u: %d 0x%llx", i, kind, (unsigned long long)rig.out.value);
	}
	rig_close(&rig);
}

static void sregs_validity(void **state)
{
	static const struct { const char *policy; uint32_t present; uint64_t cr0, cr4, efer; bool accepted; } rows[] = {
		{ "linux-6.1", SREGS_CR0, RUNNING_CR0 | CR0_NW, 0, 0, false },
		{ "linux-5.15", SREGS_CR0, RUNNING_CR0 | CR0_NW, 0, 0, true },
		{ "linux-6.1", SREGS_CR0, RUNNING_CR0 | CR0_CD, 0, 0, true },
		{ "linux-6.1", SREGS_CR0, RUNNING_CR0 & ~CR0_PG, 0, 0, false },	/* LMA without PG */
		{ "linux-6.1", SREGS_CR4, 0, 0, 0, false },
		{ "linux-6.1", SREGS_CR4, 0, CR4_PAE | CR4_VMXE, 0, false },
		{ "linux-6.1", SREGS_EFER, 0, 0, 0, false },			/* CS.L stays */
		{ "linux-6.1", SREGS_EFER, 0, 0, RUNNING_EFER | EFER_NX, true },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		rig_op(&rig, sregs(rows[i].present, rows[i].cr0, 0, rows[i].cr4, rows[i].efer));
		if ((rig.out.kind == OUT_OK) != rows[i].accepted)
			fail_msg("row %u", i);
		rig_close(&rig);
	}
}

/* KVM takes an EFER that the CPU does not: nothing runs after that, and nothing is claimed. */
static void sregs_bad_efer(void **state)
{
	struct op read = { .kind = OP_READ };
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	assert_int_equal(rig_op(&rig, sregs(SREGS_EFER, 0, 0, 0, 0x700)), OUT_OK);
	assert_int_equal(rig.m->target.ops->step(&rig.m->target, &read, &rig.out), TARGET_SKIPPED);
	assert_int_not_equal(rig.m->target.why[0], 0);
	rig_reset(&rig);
	assert_int_equal(rig_op(&rig, read), OUT_OK);
	rig_close(&rig);
}

/* CR0.CD by KVM_SET_SREGS changes the type, and zaps nothing. */
static void sregs_zap_nothing(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	rig.machine.quirks_off = QUIRK_CD_NW_CLEARED;
	rig_reset(&rig);
	host(&rig, OP_DMA, 1, 0, 0, 0);
	access_at(&rig, 0, OP_READ, G1);
	rig_op(&rig, sregs(SREGS_CR0, RUNNING_CR0 | CR0_CD, 0, 0, 0));
	assert_int_equal(nr_events(&rig, EV_ZAP_RANGE), 0);
	access_at(&rig, 0, OP_READ, G1);
	assert_int_equal(mt_at(&rig, G1), MT(MT_UC, 0));	/* of E=0, not the UC with IPAT of CD=1 */
	rig_close(&rig);
}

static void init_and_sipi(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	wrmsr(&rig, 1, MSR_MTRR_DEF_TYPE, 0xc06);
	wrmsr(&rig, 1, MSR_PAT, 0);
	cr0_bits(&rig, 1, CR0_CD, 0);
	assert_int_equal(rig_op(&rig, guest(OP_INIT, 1)), OUT_OK);
	assert_int_equal(rig.out.value, CR0_CD | CR0_ET);
	assert_int_equal(access_at(&rig, 1, OP_READ, G1), OUT_BLOCKED);
	rig_op(&rig, guest(OP_SIPI, 1));
	assert_int_equal(access_at(&rig, 1, OP_READ, G1), OUT_OK);
	assert_int_equal(rdmsr(&rig, 1, MSR_MTRR_DEF_TYPE), 0xc06);
	assert_int_equal(rdmsr(&rig, 1, MSR_PAT), 0);
	assert_int_equal(rdmsr(&rig, 1, MSR_EFER), 0);
	rig_op(&rig, guest(OP_INIT, 0));
	assert_int_equal(access_at(&rig, 0, OP_READ, G1), OUT_OK);	/* the BSP does not wait */
	/* An AP that KVM just created takes no SIPI before an INIT. */
	rig.machine.start = START_RESET;
	rig_reset(&rig);
	assert_int_equal(rig_op(&rig, guest(OP_SIPI, 1)), OUT_OK);
	assert_int_equal(access_at(&rig, 1, OP_READ, G1), OUT_BLOCKED);
	rig_op(&rig, guest(OP_INIT, 1));
	rig_op(&rig, guest(OP_SIPI, 1));
	assert_int_equal(access_at(&rig, 1, OP_READ, G1), OUT_OK);
	rig_close(&rig);
}

/* SMM has its own address space, hence its own root; both stay in reach of zaps. */
static void smm(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	host(&rig, OP_DMA, 1, 0, 0, 0);
	assert_int_equal(rig_op(&rig, guest(OP_RSM, 0)), OUT_UD);
	access_at(&rig, 0, OP_READ, G1);
	rig_op(&rig, guest(OP_SMI, 0));
	assert_int_equal(access_at(&rig, 0, OP_READ, G1), OUT_OK);
	assert_int_not_equal(leaf_at(&rig, 0, G1, NULL), NO_LEAF);
	assert_int_not_equal(leaf_at(&rig, 1, G1, NULL), NO_LEAF);
	assert_int_equal(rig.m->vm.vcpus[0].mode.cr0, CR0_ET | CR0_NE);
	assert_int_equal(rig.m->vm.vcpus[0].mode.efer, 0);
	/* INIT waits for RSM. */
	rig_op(&rig, guest(OP_INIT, 0));
	assert_true(rig.m->vm.vcpus[0].smm);
	wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0x806);
	assert_int_equal(nr_leaves(&rig), 0);
	rig_op(&rig, guest(OP_RSM, 0));
	assert_int_equal(rig.m->vm.vcpus[0].mode.cr0, CR0_ET);
	/* Without one, RSM brings back what was. */
	rig_reset(&rig);
	cr4_bits(&rig, 0, CR4_PCIDE, 0);
	rig_op(&rig, (struct op){ .kind = OP_CR3, .v = { 0x5003 } });
	rig_op(&rig, guest(OP_SMI, 0));
	rig_op(&rig, guest(OP_SMI, 0));		/* latched */
	rig_op(&rig, guest(OP_RSM, 0));
	assert_true(rig.m->vm.vcpus[0].smm);
	rig_op(&rig, guest(OP_RSM, 0));
	assert_int_equal(rig.m->vm.vcpus[0].mode.cr0, RUNNING_CR0);
	assert_int_equal(rig.m->vm.vcpus[0].mode.cr3, 0x5003);
	assert_int_equal(rig.m->vm.vcpus[0].mode.cr4, CR4_PAE | CR4_PCIDE);
	assert_int_equal(rig.m->vm.vcpus[0].mode.efer, RUNNING_EFER);
	assert_true(rig.m->vm.vcpus[0].mode.cs_l);
	assert_sane(&rig);
	rig_close(&rig);
}

/* RSM restores CR0 like a guest's MOV: a CD that SMM set is toggled back, with its zap. */
static void rsm_toggles_cd(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	rig.machine.quirks_off = QUIRK_CD_NW_CLEARED;
	rig_reset(&rig);
	host(&rig, OP_DMA, 1, 0, 0, 0);
	rig_op(&rig, guest(OP_SMI, 0));
	cr0_bits(&rig, 0, CR0_CD, 0);
	assert_int_equal(nr_events(&rig, EV_ZAP_RANGE), 1);
	rig_op(&rig, guest(OP_RSM, 0));
	assert_int_equal(nr_events(&rig, EV_ZAP_RANGE), 1);
	rig_close(&rig);
}

/* Rules C.2: is the root unloaded, and what is flushed before the next entry. */
static void role_changes(void **state)
{
	static const struct {
		const char *policy;
		enum start_mode start;
		enum op_kind kind;
		uint64_t set, clear;
		bool unloads;
		uint32_t requests;
	} rows[] = {
		{ "linux-6.1", START_RUNNING, OP_CR0, CR0_WP, 0, false, 0 },
		{ "linux-5.15", START_RUNNING, OP_CR0, CR0_WP, 0, true, 0 },
		{ "linux-6.1", START_RUNNING, OP_CR0, CR0_CD, 0, false, 0 },
		{ "linux-6.1", START_PAE32, OP_CR0, 0, CR0_PG, true, REQ_TLB_FLUSH_GUEST },
		{ "linux-5.15", START_PAE32, OP_CR0, 0, CR0_PG, true, 0 },
		{ "linux-6.1", START_RUNNING, OP_CR4, CR4_SMEP, 0, true, REQ_TLB_FLUSH_CURRENT },
		{ "linux-5.15", START_RUNNING, OP_CR4, CR4_SMEP, 0, true, 0 },
		{ "linux-6.1", START_RUNNING, OP_CR4, CR4_SMAP, 0, true, 0 },
		{ "linux-6.1", START_RUNNING, OP_CR4, CR4_PGE, 0, false, REQ_TLB_FLUSH_GUEST },
		{ "linux-6.1", START_RUNNING, OP_CR4, CR4_PCIDE, 0, false, 0 },
		{ "linux-6.1", START_PAE32, OP_CR4, 0, CR4_PAE, true, REQ_TLB_FLUSH_CURRENT },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vcpu *v;
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		rig.machine.start = rows[i].start;
		rig_reset(&rig);
		access_at(&rig, 0, OP_READ, G1);
		if (rows[i].kind == OP_CR0)
			cr0_bits(&rig, 0, rows[i].set, rows[i].clear);
		else
			cr4_bits(&rig, 0, rows[i].set, rows[i].clear);
		v = &rig.m->vm.vcpus[0];
		if ((v->root == NO_ROOT) != rows[i].unloads || v->requests != rows[i].requests)
			fail_msg("row %u: root 0x%x requests 0x%x", i, v->root, v->requests);
		rig_close(&rig);
	}
}

/* "reset" empties nothing, but until 6.1.y the last put of a root freed its tree. */
static void roots_survive_unload(void **state)
{
	static const struct { const char *policy; unsigned left, left_shared; } rows[] = {
		{ "linux-5.15", 0, 1 }, { "linux-6.1", 1, 1 }, { "linux-6.16", 1, 1 },
	};

	for (unsigned i = 0; i < 3; i++) {
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		access_at(&rig, 0, OP_READ, G1);
		cr4_bits(&rig, 0, CR4_SMAP, 0);
		assert_int_equal(nr_leaves(&rig), rows[i].left);
		access_at(&rig, 0, OP_READ, G1);
		access_at(&rig, 1, OP_READ, G1);
		cr4_bits(&rig, 0, 0, CR4_SMAP);
		assert_int_equal(nr_leaves(&rig), rows[i].left_shared);
		assert_sane(&rig);
		rig_close(&rig);
	}
}

/* 5-level roots for guests beyond 48 bits; vCPUs of one VM may differ. */
static void root_depth(void **state)
{
	struct op cpuid = { .kind = OP_SETCPUID, .vcpu = 1, .arg = CPUID_MAXPHYADDR, .v = { 0, 48 } };
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	rig.machine.maxphyaddr = 52;
	rig.machine.slots[2] = (struct slot){ 1ULL << 50, M2, 0 };
	rig_reset(&rig);
	rig_op(&rig, cpuid);
	assert_int_equal(access_at(&rig, 0, OP_WRITE, 1ULL << 50), OUT_OK);
	assert_int_equal(access_at(&rig, 1, OP_WRITE, G1), OUT_OK);
	assert_int_equal(rig.m->vm.roots[rig.m->vm.vcpus[0].root].level, 5);
	assert_int_equal(rig.m->vm.roots[rig.m->vm.vcpus[1].root].level, 4);
	assert_sane(&rig);
	rig_close(&rig);
}

/* A TLB entry serves accesses, without walk or fault, until a flush takes effect. */
static void tlb_until_flushed(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	host(&rig, OP_DMA, 1, 0, 0, 0);
	access_at(&rig, 0, OP_WRITE, G1);
	access_at(&rig, 1, OP_READ, G1);
	access_at(&rig, 1, OP_WRITE, G1 + 0x5000);
	assert_int_equal(nr_events(&rig, EV_FILL), 0);
	assert_int_equal(nr_events(&rig, EV_ENTER), 1);
	/* vCPU 0 zaps; vCPU 1 flushes before it enters, then faults. */
	wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0x806);
	assert_int_equal(nr_events(&rig, EV_FLUSH), 0);
	access_at(&rig, 1, OP_READ, G1);
	assert_int_equal(event_of(&rig, EV_FLUSH, 0)->vcpu, 1);
	assert_true(event_of(&rig, EV_FLUSH, 0) < event_of(&rig, EV_ENTER, 0));
	assert_int_equal(event_of(&rig, EV_FILL, 0)->new_spte & EPT_MT_MASK, 0);	/* its own MTRRs: UC */
	rig_close(&rig);

	rig_open(&rig, "linux-6.1,defect=no-flush-zap");
	host(&rig, OP_DMA, 1, 0, 0, 0);
	access_at(&rig, 1, OP_READ, G1);
	wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0x806);
	assert_int_equal(nr_leaves(&rig), 0);
	assert_int_equal(access_at(&rig, 1, OP_READ, G1), OUT_OK);
	assert_int_equal(nr_leaves(&rig), 0);		/* the stale entry served */
	rig_close(&rig);
}

static void write_protection_flushes(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	access_at(&rig, 1, OP_WRITE, 0);
	host(&rig, OP_SPLIT, 0, 0, 0, 0);
	access_at(&rig, 1, OP_WRITE, 0);
	assert_int_equal(nr_events(&rig, EV_SPTE), 1);	/* it faulted, and the leaf is writable again */
	rig_close(&rig);
}

/* An EPT violation drops what the TLB holds for its address, before the next entry. */
static void violation_drops_entry(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	access_at(&rig, 0, OP_READ, 0);
	host(&rig, OP_SPLIT, 0, 0, 0, 0);
	access_at(&rig, 0, OP_READ, 0);		/* caches the write-protected leaf */
	assert_int_equal(nr_events(&rig, EV_FILL), 1);
	assert_int_equal(access_at(&rig, 0, OP_WRITE, 0), OUT_OK);
	assert_int_equal(nr_events(&rig, EV_FLUSH), 1);
	assert_int_equal(event_of(&rig, EV_FLUSH, 0)->end, 1);
	assert_true(event_of(&rig, EV_FLUSH, 0) < event_of(&rig, EV_ENTER, 1));
	assert_int_equal(rig.m->vm.vcpus[0].tlb.nr, 1);
	rig_close(&rig);
}

static void guest_mappings(void **state)
{
	struct op map = { .kind = OP_MAP, .arg = LEVEL_2M, .v = { 0x7f0000000000, G1, 1 } };
	struct op read = { .kind = OP_READ, .flags = OP_VA, .v = { 0x7f0000123000 } };
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	assert_int_equal(rig_op(&rig, read), OUT_PF);
	assert_int_equal(rig_op(&rig, map), OUT_OK);
	assert_int_equal(rig_op(&rig, read), OUT_OK);
	assert_int_not_equal(leaf_at(&rig, 0, G1 + 0x123000, NULL), NO_LEAF);
	map.v[1] = 9 * G1;
	rig_op(&rig, map);
	assert_int_equal(rig_op(&rig, read), OUT_MMIO);
	rig_close(&rig);
}

static void quirks(void **state)
{
	static const struct {
		const char *policy;
		enum vendor vendor;
		bool tdp, selfsnoop;
		uint32_t quirk;
		int error;		/* of turning it off */
		uint32_t start, off, on_again;	/* quirks_off */
	} rows[] = {
		{ "linux-6.1", 0, 1, 1, QUIRK_CD_NW_CLEARED, 0, 0, QUIRK_CD_NW_CLEARED, 0 },
		{ "linux-6.1", 0, 1, 1, QUIRK_SLOT_ZAP_ALL, EINVAL, 0, 0, 0 },
		{ "linux-6.16", 0, 1, 1, QUIRK_SLOT_ZAP_ALL, 0, QUIRK_CD_NW_CLEARED,
		  QUIRK_CD_NW_CLEARED | QUIRK_SLOT_ZAP_ALL, QUIRK_CD_NW_CLEARED | QUIRK_SLOT_ZAP_ALL },
		{ "linux-6.16", 0, 1, 0, QUIRK_IGNORE_GUEST_PAT, EINVAL, QUIRK_CD_NW_CLEARED,
		  QUIRK_CD_NW_CLEARED, QUIRK_CD_NW_CLEARED },
		{ "linux-6.16", 0, 0, 1, QUIRK_IGNORE_GUEST_PAT, EINVAL, QUIRK_CD_NW_CLEARED,
		  QUIRK_CD_NW_CLEARED, QUIRK_CD_NW_CLEARED },
		{ "linux-6.16", VENDOR_AMD, 1, 0, QUIRK_CD_NW_CLEARED, 0, QUIRK_IGNORE_GUEST_PAT,
		  QUIRK_IGNORE_GUEST_PAT | QUIRK_CD_NW_CLEARED, QUIRK_IGNORE_GUEST_PAT | QUIRK_CD_NW_CLEARED },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		rig.machine.vendor = rows[i].vendor;
		rig.machine.tdp = rows[i].tdp;
		rig.machine.selfsnoop = rows[i].selfsnoop;
		rig_reset(&rig);
		assert_int_equal(rig.m->vm.quirks_off, rows[i].start);
		host(&rig, OP_QUIRK, rows[i].quirk, 0, 0, 0);
		assert_int_equal(rig.out.kind == OUT_ERRNO ? rig.out.value : 0, rows[i].error);
		assert_int_equal(rig.m->vm.quirks_off, rows[i].off);
		assert_int_equal(host(&rig, OP_QUIRK, rows[i].quirk, 1, 0, 0), OUT_OK);
		assert_int_equal(rig.m->vm.quirks_off, rows[i].on_again);
		rig_close(&rig);
	}
}

static void bad_options(void **state)
{
	static const char *const args[] = {
		"", "linux-9.9", "linux-6.1,", "linux-6.1,defect=", "linux-6.1,defect=nope", "linux-6.1,quiet",
		"linux-6.1x", "linux-6.1,defect=no-zap-cd,", ",defect=no-zap-cd",
	};
	char error[64];

	for (unsigned i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
		error[0] = 0;
		assert_null(model_target_ops.open(args[i], error, sizeof(error)));
		assert_int_not_equal(error[0], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cr_validity),
		cmocka_unit_test(sregs_validity),
		cmocka_unit_test(sregs_bad_efer),
		cmocka_unit_test(sregs_zap_nothing),
		cmocka_unit_test(init_and_sipi),
		cmocka_unit_test(smm),
		cmocka_unit_test(rsm_toggles_cd),
		cmocka_unit_test(role_changes),
		cmocka_unit_test(roots_survive_unload),
		cmocka_unit_test(root_depth),
		cmocka_unit_test(tlb_until_flushed),
		cmocka_unit_test(write_protection_flushes),
		cmocka_unit_test(violation_drops_entry),
		cmocka_unit_test(guest_mappings),
		cmocka_unit_test(quirks),
		cmocka_unit_test(bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

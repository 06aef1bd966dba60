// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs' ops on this host's KVM: each does what it says, what fails comes
 * back as an outcome, and nothing is left behind. Where there is no /dev/kvm
 * this exits with 77. Values are the SDM's (vol 3A 2.5, 9.1, 11.11, 11.12), KVM's
 * api.rst and the rows' own; leaves the other tests of this folder look at.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/targets/kvm/tests/entries.h"
#include "harness/lockstep/lockstep.h"
#include "harness/targets/kvm/kvm.h"
#include "harness/targets/guest/guest.h"

const struct target_ops *const target_table[] = { &kvm_target_ops, NULL };

#define G	(1ULL << 30)

static struct target *kvm;

static struct machine machine_for(unsigned vcpus)
{
	struct machine machine = {
		.profile = PROFILE_LINUX_6_16, .nr_vcpus = vcpus, .maxphyaddr = 40, .cpuid_mtrr = true,
		.tdp = true, .selfsnoop = true,
		.slots = { { 0, 1 << 20, 0 }, { G, 2 << 20, SLOT_READONLY }, { 2 * G, 4 << 20, 0 } },
	};

	kvm->ops->adapt(kvm, &machine);
	return machine;
}

static void reset(unsigned vcpus)
{
	struct machine machine = machine_for(vcpus);
	enum target_status status = kvm->ops->reset(kvm, &machine);

	if (status != TARGET_OK)
		fail_msg("reset: %s", kvm->why);
}

static struct outcome step(struct op op)
{
	struct outcome out = { .kind = OUT_ANY };

	kvm->note[0] = kvm->why[0] = 0;
	kvm->nr_events = 0;
	if (kvm->ops->step(kvm, &op, &out) != TARGET_OK)
		fail_msg("op %u: %s", op.kind, kvm->why);
	return out;
}

static const struct row {
	struct op op;
	enum outcome_kind kind;
	uint64_t value;
} rows[] = {
	{ { .kind = OP_CR0, .flags = OP_DELTA, .v = { CR0_CD | CR0_WP } }, OUT_OK, 0xc0010031 },
	{ { .kind = OP_CR0, .v = { CR0_NW | 0x80000031 } }, OUT_GP, 0 },
	{ { .kind = OP_CR0, .v = { 0x31 } }, OUT_GP, 0 },	/* PG in 64-bit mode */
	{ { .kind = OP_CR0, .v = { 0x80000031 } }, OUT_OK, 0x80000031 },
	{ { .kind = OP_CR4, .flags = OP_DELTA, .v = { CR4_PGE } }, OUT_OK, 0xa0 },
	{ { .kind = OP_CR4, .v = { 0 } }, OUT_GP, 0 },		/* PAE in 64-bit mode */
	{ { .kind = OP_CR3, .v = { RUNNING_CR3 + 0x3000 } }, OUT_OK, RUNNING_CR3 + 0x3000 },
	{ { .kind = OP_CR3, .v = { 0x5000 } }, OUT_OK, 0x5000 },	/* in the program's memory */
	{ { .kind = OP_CR3, .v = { 3 * G } }, OUT_OK, 3 * G },	/* outside of it */
	{ { .kind = OP_RDMSR, .arg = MSR_MTRRCAP }, OUT_OK, 0x508 },
	{ { .kind = OP_WRMSR, .arg = MSR_MTRRCAP }, OUT_GP, 0 },
	{ { .kind = OP_RDMSR, .arg = MSR_PAT }, OUT_OK, PAT_RESET_VALUE },
	{ { .kind = OP_RDMSR, .arg = MSR_EFER }, OUT_OK, 0x500 },
	{ { .kind = OP_WRMSR, .arg = MSR_EFER, .v = { 0xd01 } }, OUT_OK, 0 },
	{ { .kind = OP_RDMSR, .arg = MSR_EFER }, OUT_OK, 0xd01 },
	{ { .kind = OP_WRMSR, .arg = 0x20e, .v = { 0x1234567006 } }, OUT_OK, 0 },
	{ { .kind = OP_WRMSR, .arg = 0x20e, .v = { 0x1234567007 } }, OUT_GP, 0 },
	{ { .kind = OP_WRMSR, .arg = 0x20e, .v = { 0x11234567006 } }, OUT_GP, 0 },	/* bit 40 */
	{ { .kind = OP_RDMSR, .arg = 0x20e }, OUT_OK, 0x1234567006 },
	{ { .kind = OP_SETMSR, .arg = 0x2ff, .v = { 0xc06 } }, OUT_OK, 0 },
	{ { .kind = OP_SETMSR, .arg = 0x2ff, .v = { 0xe06 } }, OUT_ERRNO, EINVAL },
	{ { .kind = OP_RDMSR, .arg = 0x2ff }, OUT_OK, 0xc06 },
	{ { .kind = OP_READ, .v = { 0xfffff } }, OUT_OK, 0 },
	{ { .kind = OP_READ, .v = { 0x100000 } }, OUT_MMIO, 0 },
	{ { .kind = OP_WRITE, .v = { 0x1fff } }, OUT_OK, 0 },
	{ { .kind = OP_EXEC, .v = { 0xfff } }, OUT_OK, 0 },
	{ { .kind = OP_EXEC, .v = { 0xfff } }, OUT_OK, 0 },	/* again: the I/O before must be over */
	{ { .kind = OP_READ, .v = { G } }, OUT_OK, 0 },
	{ { .kind = OP_WRITE, .v = { G + 0x1fffff } }, OUT_MMIO, 0 },
	{ { .kind = OP_READ, .flags = OP_VA, .v = { 0x7000010 } }, OUT_PF, 0 },
	{ { .kind = OP_MAP, .arg = LEVEL_4K, .v = { 0x7000000, 0x9000, 3 } }, OUT_OK, 0 },
	{ { .kind = OP_READ, .flags = OP_VA, .v = { 0x7000010 } }, OUT_OK, 0 },
	{ { .kind = OP_EXEC, .flags = OP_VA, .v = { 0x7000010 } }, OUT_OK, 0 },
	{ { .kind = OP_MAP, .arg = LEVEL_2M, .v = { 0x7000000, 2 * G, 0 } }, OUT_OK, 0 },
	{ { .kind = OP_INVLPG, .v = { 0x7000000 } }, OUT_OK, 0 },
	{ { .kind = OP_WRITE, .flags = OP_VA, .v = { 0x7123456 } }, OUT_OK, 0 },
	{ { .kind = OP_WBINVD }, OUT_OK, 0 },
	{ { .kind = OP_INVD }, OUT_OK, 0 },
	{ { .kind = OP_CPUID, .arg = 1 }, OUT_OK, 0 },
	{ { .kind = OP_RSM }, OUT_UD, 0 },
	{ { .kind = OP_SPLIT, .arg = 2 }, OUT_OK, 0 },
	{ { .kind = OP_SPLIT, .arg = 9 }, OUT_ERRNO, ENOENT },
	{ { .kind = OP_COLLAPSE, .arg = 2 }, OUT_OK, 0 },
	{ { .kind = OP_SLOT, .arg = 3, .v = { 2 * G, 0x1000 } }, OUT_ERRNO, EEXIST },
	{ { .kind = OP_SLOT, .arg = 3, .v = { 0x1234, 0x1000 } }, OUT_ERRNO, EINVAL },
	{ { .kind = OP_SLOT, .arg = 3, .v = { 5 * G, 0x1000 } }, OUT_OK, 0 },
	{ { .kind = OP_READ, .v = { 5 * G } }, OUT_OK, 0 },
	{ { .kind = OP_SLOT, .arg = 3, .v = { 6 * G, 0x1000 } }, OUT_OK, 0 },	/* moves */
	{ { .kind = OP_READ, .v = { 5 * G } }, OUT_MMIO, 0 },
	{ { .kind = OP_READ, .v = { 6 * G } }, OUT_OK, 0 },
	{ { .kind = OP_SLOT, .arg = 3 }, OUT_OK, 0 },
	{ { .kind = OP_SLOT, .arg = 3 }, OUT_ERRNO, EINVAL },
	{ { .kind = OP_INVALIDATE, .v = { 0, 1 << 20 } }, OUT_OK, 0 },
	{ { .kind = OP_BACKING, .arg = BACKING_2M, .v = { 2 * G, 4 << 20 } }, OUT_OK, 0 },
	{ { .kind = OP_READ, .v = { 0x5000 } }, OUT_OK, 0 },
	{ { .kind = OP_SREGS, .arg = SREGS_CR0, .v = { 0xc0000031 } }, OUT_OK, 0xc0000031 },
	{ { .kind = OP_SREGS, .arg = SREGS_CR0, .v = { 0xa0000031 } }, OUT_ERRNO, EINVAL },
	{ { .kind = OP_CR0, .flags = OP_DELTA, .v = { 0, CR0_CD } }, OUT_OK, 0x80000031 },
	{ { .kind = OP_QUIRK, .arg = QUIRK_CD_NW_CLEARED, .v = { 0 } }, OUT_OK, 0 },
};

static void test_rows(void **state)
{
	reset(1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome out = step(rows[i].op);

		if (out.kind != rows[i].kind)
			fail_msg("row %zu: outcome %u, not %u; %s", i, out.kind, rows[i].kind, kvm->note);
		if (out.has_value && out.value != rows[i].value)
			fail_msg("row %zu: value 0x%llx, not 0x%llx", i, (unsigned long long)out.value,
				 (unsigned long long)rows[i].value);
	}
}

static void test_fault_is_explained(void **state)
{
	reset(1);
	assert_int_equal(step((struct op){ .kind = OP_WRMSR, .arg = MSR_MTRRCAP }).kind, OUT_GP);
	assert_non_null(strstr(kvm->note, "#GP(0x0) at RIP 0x"));
	if (guest_can_disassemble())
		assert_non_null(strstr(kvm->note, "`wrmsr`"));
	step((struct op){ .kind = OP_READ, .flags = OP_VA, .v = { 0x9000000 } });
	assert_non_null(strstr(kvm->note, "#PF(0x4)"));	/* user, read, not present */
}

static void test_vcpus_are_their_own(void **state)
{
	reset(3);
	for (unsigned v = 0; v < 3; v++)
		step((struct op){ .kind = OP_WRMSR, .vcpu = v, .arg = 0x200, .v = { 0x1000000 * v + 6 } });
	step((struct op){ .kind = OP_CR0, .vcpu = 1, .flags = OP_DELTA, .v = { CR0_CD } });
	for (unsigned v = 0; v < 3; v++) {
		assert_int_equal(step((struct op){ .kind = OP_RDMSR, .vcpu = v, .arg = 0x200 }).value,
				 0x1000000 * v + 6);
		assert_int_equal(kvm->ops->regs(kvm, v).cr0, v == 1 ? 0xc0000031 : 0x80000031);
	}
}

/* SDM vol 3A table 9-1, and 8.4.2: INIT and SIPI. */
static void test_init(void **state)
{
	struct outcome out;

	reset(2);
	step((struct op){ .kind = OP_CR0, .vcpu = 1, .flags = OP_DELTA, .v = { CR0_CD } });
	step((struct op){ .kind = OP_WRMSR, .vcpu = 1, .arg = 0x2ff, .v = { 0x806 } });
	out = step((struct op){ .kind = OP_INIT, .vcpu = 1 });
	assert_int_equal(out.value, 0x40000010);
	assert_int_equal(kvm->ops->regs(kvm, 1).def_type, 0x806);
	assert_int_equal(kvm->ops->regs(kvm, 1).efer, 0);
	assert_int_equal(step((struct op){ .kind = OP_RDMSR, .vcpu = 1, .arg = MSR_PAT }).kind, OUT_BLOCKED);
	assert_int_equal(step((struct op){ .kind = OP_SIPI, .vcpu = 1 }).kind, OUT_OK);
}

static void test_refusals(void **state)
{
	static const struct op ops[] = {
		{ .kind = OP_READ, .v = { GUEST_GPA } },
		{ .kind = OP_READ, .v = { 0xfee00010 } },
		{ .kind = OP_BACKING, .arg = BACKING_MMIO, .v = { 0, 0x1000 } },
		{ .kind = OP_SLOT, .arg = 5, .v = { 3 * G, G } },
		{ .kind = OP_SLOT, .arg = 5, .v = { 8 * G, 64 * G } },
		{ .kind = OP_SETMSR, .arg = 0x1b },
		{ .kind = OP_SMI },
	};
	struct machine machine = machine_for(1);

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct outcome out = { .kind = OUT_ANY };

		reset(1);
		kvm->why[0] = 0;
		if (kvm->ops->step(kvm, &ops[i], &out) != TARGET_SKIPPED)
			fail_msg("op %zu was not skipped", i);
		assert_true(kvm->why[0]);
	}
	machine.start = START_REAL;
	assert_int_equal(kvm->ops->reset(kvm, &machine), TARGET_SKIPPED);
}

/* Under EPT memory types depend on it, elsewhere nothing does. */
static void test_dma_without_a_device(void **state)
{
	struct machine machine = machine_for(1);
	bool ept = machine.tdp && machine.vendor == VENDOR_INTEL;
	const struct op op = { .kind = OP_DMA, .arg = 1 };
	struct outcome out = { .kind = OUT_OK };

	reset(1);
	assert_int_equal(kvm->ops->step(kvm, &op, &out), ept ? TARGET_SKIPPED : TARGET_OK);
	if (ept)
		assert_non_null(strstr(kvm->why, "--vfio"));
	else
		assert_int_equal(out.kind, OUT_ANY);
}

/* Each is one sentence that names what is wrong. */
static void test_bad_options(void **state)
{
	static const struct { const char *spec, *says; } bad[] = {
		{ "kvm:vfio=nonsense", "0000:03:00.0" },
		{ "kvm:vfio=0000:03:00.0x", "0000:03:00.0" },
		{ "kvm:vfio=fffe:1f:1f.7", "no such PCI device" },
		{ "kvm:vfio=../../../x", "PCI address" },
		{ "kvm:ncdma=/nowhere/ncdma", "No such file" },
		{ "kvm:kvm_none", "this host's guests are run by" },
		{ "kvm:speed=9", "unknown option" },
	};
	char error[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		error[0] = 0;
		assert_null(target_open(bad[i].spec, error, sizeof(error)));
		if (!strstr(error, bad[i].says))
			fail_msg("%s: %s", bad[i].spec, error);
		assert_null(strchr(error, '\n'));
	}
}

static void test_nothing_is_left(void **state)
{
	unsigned fds, threads;
	char error[256];
	struct target *other;

	/* KVM itself starts a thread with a VM's first run (NX huge page recovery). */
	reset(4);
	step((struct op){ .kind = OP_CPUID });
	fds = entries("/proc/self/fd");
	threads = entries("/proc/self/task");
	for (unsigned i = 0; i < 20; i++) {
		reset(4);
		for (unsigned v = 0; v < 4; v++)
			step((struct op){ .kind = OP_WRITE, .vcpu = v, .v = { 2 * G + 0x1000 * v } });
		step((struct op){ .kind = OP_SLOT, .arg = 5, .v = { 9 * G, 0x10000 } });
		step((struct op){ .kind = OP_CR3, .v = { 12 * G } });
	}
	assert_int_equal(entries("/proc/self/fd"), fds);
	/* A thread that was joined is not gone from there at once. */
	for (unsigned i = 0; i < 1000 && entries("/proc/self/task") != threads; i++)
		usleep(1000);
	assert_int_equal(entries("/proc/self/task"), threads);
	other = target_open("kvm", error, sizeof(error));
	assert_non_null(other);
	target_close(other);
	assert_int_equal(entries("/proc/self/fd"), fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_fault_is_explained),
		cmocka_unit_test(test_vcpus_are_their_own),
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_dma_without_a_device),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_nothing_is_left),
	};
	char error[256];
	int failed;

	kvm = target_open("kvm", error, sizeof(error));
	if (!kvm) {
		printf("skipped: %s\n", error);
		return 77;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	target_close(kvm);
	return failed;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's stubs on Unicorn's CPU: each does what its op says. Values are the
 * SDM's (vol 3A 2.5, 9.1, 11.11, 11.12) and the program's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "harness/lockstep/lockstep.h"
#include "harness/targets/unicorn/unicorn.h"

const struct target_ops *const target_table[] = { &unicorn_target_ops, NULL };

#define G	(1ULL << 30)

static const struct machine machine = {
	.profile = PROFILE_LINUX_6_1, .nr_vcpus = 1, .maxphyaddr = 40, .cpuid_mtrr = true,
	.tdp = true, .selfsnoop = true,
	.slots = { { 0, 1 << 20, 0 }, { G, 2 << 20, SLOT_READONLY } },
};

/* One op, its outcome, and for those that read or set a register the value. */
static const struct row {
	struct op op;
	enum outcome_kind kind;
	uint64_t value;
} rows[] = {
	{ { .kind = OP_CR0, .flags = OP_DELTA, .v = { CR0_CD | CR0_WP } }, OUT_OK, 0xc0010031 },
	{ { .kind = OP_CR0, .v = { 0x80000031 } }, OUT_OK, 0x80000031 },
	{ { .kind = OP_CR4, .flags = OP_DELTA, .v = { CR4_SMAP | CR4_PGE } }, OUT_OK, 0x2000a0 },
	{ { .kind = OP_CR3, .v = { RUNNING_CR3 + 0x3000 } }, OUT_OK, RUNNING_CR3 + 0x3000 },
	{ { .kind = OP_RDMSR, .arg = MSR_PAT }, OUT_OK, PAT_RESET_VALUE },
	{ { .kind = OP_RDMSR, .arg = MSR_EFER }, OUT_OK, 0x500 },
	{ { .kind = OP_WRMSR, .arg = 0x20e, .v = { 0x123456789006 } }, OUT_OK, 0 },
	{ { .kind = OP_RDMSR, .arg = 0x20e }, OUT_OK, 0x123456789006 },
	{ { .kind = OP_WRMSR, .arg = 0x26f, .v = { 0x0605040100060504 } }, OUT_OK, 0 },
	{ { .kind = OP_RDMSR, .arg = 0x26f }, OUT_OK, 0x0605040100060504 },
	{ { .kind = OP_RDMSR, .arg = 0x26e }, OUT_OK, 0 },
	{ { .kind = OP_READ, .v = { 0xfffff } }, OUT_OK, 0 },
	{ { .kind = OP_READ, .v = { 0x100000 } }, OUT_MMIO, 0 },
	{ { .kind = OP_WRITE, .v = { 0x1fff } }, OUT_OK, 0 },
	{ { .kind = OP_EXEC, .v = { 0xfff } }, OUT_OK, 0 },
	{ { .kind = OP_READ, .v = { G } }, OUT_OK, 0 },
	{ { .kind = OP_WRITE, .v = { G + 0x1fffff } }, OUT_MMIO, 0 },
	{ { .kind = OP_WBINVD }, OUT_OK, 0 },
	{ { .kind = OP_INVD }, OUT_OK, 0 },
	{ { .kind = OP_INVLPG, .v = { 0x1000 } }, OUT_OK, 0 },
	{ { .kind = OP_CPUID, .arg = 1 }, OUT_OK, 0 },
};

static void test_rows(void **state)
{
	char error[256];
	struct target *t = target_open("unicorn", error, sizeof(error));

	assert_non_null(t);
	assert_int_equal(t->ops->reset(t, &machine), TARGET_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome out = { .kind = OUT_ANY };

		if (t->ops->step(t, &rows[i].op, &out) != TARGET_OK)
			fail_msg("row %zu: %s", i, t->why);
		if (out.kind != rows[i].kind)
			fail_msg("row %zu: outcome %u, not %u; %s", i, out.kind, rows[i].kind, t->note);
		if (out.has_value)
			assert_int_equal(out.value, rows[i].value);
	}
	target_close(t);
}

static void test_refusals(void **state)
{
	static const struct op ops[] = {
		{ .kind = OP_INIT }, { .kind = OP_RSM }, { .kind = OP_INVPCID },
		{ .kind = OP_CR0, .v = { 0x80000031 | 1 << 8 } },
		{ .kind = OP_READ, .flags = OP_VA, .v = { 0x1000 } },
		{ .kind = OP_SLOT, .arg = 3, .v = { G * 3, 0x1000 } },
	};
	char error[256];
	struct target *t = target_open("unicorn", error, sizeof(error));
	struct machine other = machine;

	assert_null(target_open("unicorn:fast", error, sizeof(error)));
	assert_non_null(strstr(error, "fast"));
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct outcome out = { .kind = OUT_ANY };

		assert_int_equal(t->ops->reset(t, &machine), TARGET_OK);
		t->why[0] = 0;
		assert_int_equal(t->ops->step(t, &ops[i], &out), TARGET_SKIPPED);
		assert_true(t->why[0]);
	}
	other.start = START_REAL;
	assert_int_equal(t->ops->reset(t, &other), TARGET_SKIPPED);
	other = machine;
	other.slots[2] = (struct slot){ 3 * G, G, 0 };	/* over the guest's own code */
	assert_int_equal(t->ops->reset(t, &other), TARGET_SKIPPED);
	target_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

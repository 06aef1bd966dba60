// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's code and page tables: every stub decodes to the instruction that
 * its op names (mnemonics and operands as the SDM's vol 2 spells them), and the
 * tables lead where `map` says, whatever was mapped before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/targets/guest/guest.h"

static uint8_t image[GUEST_SIZE] __attribute__((aligned(4096)));
static struct guest guest;

static int fresh(void **state)
{
	guest_init(&guest, image);
	return 0;
}

/* --- Stubs ------------------------------------------------------------------------ */

static const struct {
	enum guest_stub stub;
	enum op_kind op;
	const char *text[4];
} stubs[] = {
	{ STUB_RDMSR, OP_RDMSR, { "rdmsr", "out 0xf0, al" } },
	{ STUB_WRMSR, OP_WRMSR, { "wrmsr", "out 0xf0, al" } },
	{ STUB_CR0, OP_CR0, { "mov cr0, rax", "mov rax, cr0", "out 0xf0, al" } },
	{ STUB_CR3, OP_CR3, { "mov cr3, rax", "mov rax, cr3", "out 0xf0, al" } },
	{ STUB_CR4, OP_CR4, { "mov cr4, rax", "mov rax, cr4", "out 0xf0, al" } },
	{ STUB_READ, OP_READ, { "mov al, byte ptr [rbx]", "out 0xf0, al" } },
	{ STUB_WRITE, OP_WRITE, { "mov byte ptr [rbx], al", "out 0xf0, al" } },
	{ STUB_STORE, OP_MAP, { "mov qword ptr [rbx], rax", "out 0xf0, al" } },
	{ STUB_EXEC, OP_EXEC, { "out dx, al" } },
	{ STUB_WBINVD, OP_WBINVD, { "wbinvd", "out 0xf0, al" } },
	{ STUB_INVD, OP_INVD, { "invd", "out 0xf0, al" } },
	{ STUB_INVLPG, OP_INVLPG, { "invlpg byte ptr [rbx]", "out 0xf0, al" } },
	{ STUB_INVPCID, OP_INVPCID, { "invpcid rax, xmmword ptr [rbx]", "out 0xf0, al" } },
	{ STUB_CPUID, OP_CPUID, { "cpuid", "out 0xf0, al" } },
	{ STUB_RSM, OP_RSM, { "rsm", "out 0xf0, al" } },
};

static void test_every_stub_is_what_its_op_names(void **state)
{
	if (!guest_can_disassemble())
		skip();
	assert_int_equal(sizeof(stubs) / sizeof(stubs[0]), STUB_VECTORS);
	for (unsigned i = 0; i < STUB_VECTORS; i++) {
		uint32_t at = guest_stub_offsets[i], end = guest_stub_offsets[i + 1];

		assert_int_equal(stubs[i].stub, i);
		for (unsigned n = 0; n < 4 && stubs[i].text[n]; n++) {
			char text[64] = "";
			size_t length = guest_disassemble(guest_code + at, end - at, at, text,
							  sizeof(text));

			assert_string_equal(text, stubs[i].text[n]);
			at += length;
		}
		/* Only the padding before the vectors may follow. */
		assert_true(at == end || stubs[i].stub + 1 == STUB_VECTORS);
	}
	for (unsigned v = 0; v < 32; v++) {
		char text[64] = "", expected[64];

		snprintf(expected, sizeof(expected), "out 0x%x, al", GUEST_PORT_EXCEPTION + v);
		guest_disassemble(guest_code + guest_stub_offsets[STUB_VECTORS] + v * GUEST_VECTOR_SIZE,
				  GUEST_VECTOR_SIZE, 0, text, sizeof(text));
		assert_string_equal(text, expected);
	}
	assert_int_equal(guest_stub_offsets[STUB_VECTORS] + 32 * GUEST_VECTOR_SIZE,
			 guest_stub_offsets[NR_GUEST_STUBS]);
	assert_int_equal(guest_stub_offsets[NR_GUEST_STUBS], guest_code_end - guest_code);
}

/* Every guest op has a call, and that runs the op's own stub. */
static void test_every_op_calls_its_stub(void **state)
{
	for (unsigned i = 0; i < STUB_VECTORS; i++) {
		struct op op = { .kind = stubs[i].op, .v = { 0x40000000, 0x200000 } };
		uint64_t code = GUEST_CODE + guest_stub_offsets[i];
		struct guest_call call;
		const char *why = NULL;

		op.arg = op.kind == OP_MAP ? LEVEL_4K : op.kind == OP_WRMSR ? MSR_PAT : 0;
		assert_true(guest_plan(&guest, &op, 0x1234, &call, &why));
		assert_int_equal(call.stub, stubs[i].stub);
		if (call.stub == STUB_EXEC)
			assert_int_equal(call.rip, DIRECT_VA + 0x40000000);
		else
			assert_int_equal(call.rip, (call.user ? USER_VA : GUEST_VA) + code);
	}
}

static void test_operands(void **state)
{
	const struct op wrmsr = { .kind = OP_WRMSR, .arg = MSR_MTRR_PHYSBASE(3),
				  .v = { 0x123456789abcdef0 } };
	const struct op invpcid = { .kind = OP_INVPCID, .vcpu = 5, .arg = 2, .v = { 0xabc, 0xdef } };
	const struct op read = { .kind = OP_READ, .flags = OP_VA, .v = { 0x7000 } };
	struct guest_call call;
	const char *why;
	uint64_t at;

	assert_true(guest_plan(&guest, &wrmsr, 0, &call, &why));
	assert_int_equal(call.rcx, 0x206);
	assert_int_equal(call.rax, 0x9abcdef0);
	assert_int_equal(call.rdx, 0x12345678);
	assert_true(guest_plan(&guest, &invpcid, 0, &call, &why));
	assert_int_equal(call.rax, 2);
	assert_true(guest_translate(&guest, call.rbx, &at));
	assert_memory_equal(image + (at - GUEST_GPA), invpcid.v, 16);
	assert_true(guest_plan(&guest, &read, 0, &call, &why));
	assert_true(call.user);
	assert_int_equal(call.rbx, 0x7000);
}

/* What the guest cannot do it says, with the reason. */
static void test_refusals(void **state)
{
	static const struct op ops[] = {
		{ .kind = OP_READ, .v = { GUEST_GPA } },
		{ .kind = OP_WRITE, .v = { GUEST_GPA + GUEST_SIZE - 1 } },
		{ .kind = OP_EXEC, .v = { DIRECT_SIZE } },
		{ .kind = OP_READ, .flags = OP_VA, .v = { GUEST_VA + 0x1000 } },
		{ .kind = OP_MAP, .arg = LEVEL_1G, .v = { DIRECT_VA, 0, 0 } },
		{ .kind = OP_MAP, .arg = LEVEL_4K, .v = { USER_VA + 0x3000, 0, 0 } },
		{ .kind = OP_WRMSR, .arg = 0x1b, .v = { 0 } },
		{ .kind = OP_WRMSR, .arg = 0x4b564d01, .v = { 1 } },
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct guest_call call;
		const char *why = NULL;

		assert_false(guest_plan(&guest, &ops[i], 0, &call, &why));
		assert_non_null(why);
	}
}

/* --- Page tables ------------------------------------------------------------------ */

/* Runs the store of a `map`, as the guest does. */
static bool map(uint64_t va, uint64_t gpa, unsigned level, unsigned pat)
{
	const struct op op = { .kind = OP_MAP, .arg = level, .v = { va, gpa, pat } };
	struct guest_call call;
	const char *why;
	uint64_t at;

	if (!guest_plan(&guest, &op, 0, &call, &why))
		return false;
	assert_true(call.user && call.stub == STUB_STORE);
	assert_true(guest_translate(&guest, call.rbx, &at));
	assert_true(guest_in_footprint(at, 8));
	memcpy(image + (at - GUEST_GPA), &call.rax, 8);
	return true;
}

/* The leaf that maps @va, found by hand. */
static uint64_t leaf_of(uint64_t va, unsigned level)
{
	const uint64_t *table = guest_root(&guest);

	for (unsigned at = 4;; at--) {
		uint64_t entry = table[va >> (12 + 9 * (at - 1)) & 511];

		if (at == level)
			return entry;
		table = (uint64_t *)(image + ((entry & 0xffffffffff000) - GUEST_GPA));
	}
}

/* Rules A.7: PWT is bit 3, PCD bit 4, PAT bit 7 of a 4K entry and bit 12 of a larger one. */
static void test_pat_bits(void **state)
{
	for (unsigned pat = 0; pat < 8; pat++) {
		uint64_t low = (pat & 1) << 3 | (pat & 2) << 3;

		assert_true(map(0x1000, 0x5000, LEVEL_4K, pat));
		assert_int_equal(leaf_of(0x1000, LEVEL_4K), 0x5067 | low | (pat & 4 ? 1 << 7 : 0));
		assert_true(map(0x200000, 0x400000, LEVEL_2M, pat));
		assert_int_equal(leaf_of(0x200000, LEVEL_2M), 0x4000e7 | low | (pat & 4 ? 1 << 12 : 0));
		assert_true(map(0x40000000, 0x80000000, LEVEL_1G, pat));
		assert_int_equal(leaf_of(0x40000000, LEVEL_1G), 0x800000e7 | low | (pat & 4 ? 1 << 12 : 0));
	}
}

static void test_own_addresses(void **state)
{
	uint64_t gpa, va;
	const char *why;

	assert_true(guest_translate(&guest, GUEST_VA + GUEST_CODE, &gpa));
	assert_int_equal(gpa, GUEST_GPA + GUEST_CODE);
	assert_true(guest_translate(&guest, USER_VA + GUEST_CODE, &gpa));
	assert_int_equal(gpa, GUEST_GPA + GUEST_CODE);
	assert_false(guest_translate(&guest, USER_VA + GUEST_IDT, &gpa));
	assert_false(guest_translate(&guest, 0x800000000000, &gpa));
	va = guest_direct(&guest, 0x3fffffffffff, &why);
	assert_true(guest_translate(&guest, va, &gpa));
	assert_int_equal(gpa, 0x3fffffffffff);
}

/* Random maps of all sizes over one another: the last one that covers a page wins. */
static void test_map_fuzz(void **state)
{
	enum { REGION = 4u << 18, MAPS = 60 };	/* pages of 4 GiB */
	static uint64_t model[MAPS][3];
	const char *from_env = getenv("ZAPLOCK_SEED");
	unsigned seed = from_env ? strtoul(from_env, NULL, 0) : 1;

	print_message("ZAPLOCK_SEED=%u\n", seed);
	srandom(seed);
	for (unsigned round = 0; round < 20; round++) {
		unsigned nr = 0;

		guest_init(&guest, image);
		for (; nr < MAPS; nr++) {
			unsigned level = 1 + random() % 3;
			uint64_t size = level_pages(level) << 12;
			uint64_t va = ((uint64_t)(random() % REGION) << 12) & -size;
			uint64_t gpa = ((uint64_t)random() << 12) & -size;

			/* Neighbourhoods, so that they overlap. */
			if (level == LEVEL_4K)
				va &= 0xc0603000;
			if (!map(va, gpa, level, random() % 8))
				break;
			model[nr][0] = va;
			model[nr][1] = size;
			model[nr][2] = gpa;
		}
		assert_true(nr > 10);
		for (unsigned probe = 0; probe < 2000; probe++) {
			unsigned pick = random() % nr, last = nr - 1;
			uint64_t va = model[pick][0] + random() % model[pick][1], gpa;
			bool torn = false;

			while (va - model[last][0] >= model[last][1])
				last--;
			/* A table that replaced a page maps no more than was asked. */
			for (unsigned later = last + 1; later < nr; later++)
				torn |= model[later][0] - model[last][0] < model[last][1];
			if (guest_translate(&guest, va, &gpa))
				assert_int_equal(gpa, model[last][2] + (va - model[last][0]));
			else if (!torn)
				fail_msg("seed %u: va 0x%llx is not mapped", seed, (unsigned long long)va);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_every_stub_is_what_its_op_names, fresh),
		cmocka_unit_test_setup(test_every_op_calls_its_stub, fresh),
		cmocka_unit_test_setup(test_operands, fresh),
		cmocka_unit_test_setup(test_refusals, fresh),
		cmocka_unit_test_setup(test_pat_bits, fresh),
		cmocka_unit_test_setup(test_own_addresses, fresh),
		cmocka_unit_test_setup(test_map_fuzz, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The generator: same seed, same program; nothing invalid; values where they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fuzz/generator.h"

#define PROGRAMS 20000u

static uint64_t seed;

static void assert_valid(const struct program *p, unsigned nr)
{
	static struct program repaired;
	const char *why = "";

	for (unsigned i = 0; i < p->nr_ops; i++) {
		char text[256];

		if (op_valid(&p->ops[i], &p->machine, &why))
			continue;
		op_print(&p->ops[i], text, sizeof(text));
		fail_msg("seed %llu, program %u, op %u `%s`: %s", (unsigned long long)seed, nr, i,
			 text, why);
	}
	program_copy(&repaired, p);
	program_repair(&repaired);
	assert_true(program_equal(&repaired, p));
}

static void test_valid(void **state)
{
	static struct program p;
	struct rng rng;

	rng_seed(&rng, seed);
	for (unsigned i = 0; i < PROGRAMS; i++) {
		struct gen_options options = { .profile = i % NR_PROFILES };

		program_init(&p);
		generate_program(&p, &rng, &options);
		assert_in_range(p.nr_ops, 4, GEN_MAX_OPS);
		assert_int_equal(p.machine.profile, options.profile);
		assert_valid(&p, i);
	}
}

static void test_seed_decides(void **state)
{
	static struct program a, b;
	struct gen_options options = { .profile = PROFILE_LINUX_6_1 };
	struct rng x, y, z;
	unsigned same = 0;

	rng_seed(&x, seed);
	rng_seed(&y, seed);
	rng_seed(&z, seed + 1);
	program_init(&a);
	program_init(&b);
	for (unsigned i = 0; i < 1000; i++) {
		generate_program(&a, &x, &options);
		generate_program(&b, &y, &options);
		assert_true(program_equal(&a, &b));
		generate_program(&b, &z, &options);
		same += program_equal(&a, &b);
	}
	assert_in_range(same, 0, 2);
}

static void test_options(void **state)
{
	static struct program p;
	struct gen_options options = { .nr_ops = 32 };
	struct rng rng;
	unsigned amd = 0;

	rng_seed(&rng, seed);
	for (unsigned i = 0; i < 2000; i++) {
		options.vendors = i & 3;
		generate_program(&p, &rng, &options);
		assert_int_equal(p.nr_ops, 32);
		if (options.vendors == 1u << VENDOR_INTEL)
			assert_int_equal(p.machine.vendor, VENDOR_INTEL);
		else if (options.vendors == 1u << VENDOR_AMD)
			assert_int_equal(p.machine.vendor, VENDOR_AMD);
		else
			amd += p.machine.vendor == VENDOR_AMD;
	}
	assert_in_range(amd, 100, 500);
	options.nr_ops = PROGRAM_MAX_OPS + 1;
	generate_program(&p, &rng, &options);
	assert_int_equal(p.nr_ops, PROGRAM_MAX_OPS);
	assert_valid(&p, 0);
}

/* Each kind, each legal type, each fixed MSR and each pair come up, illegal values too. */
static void test_variety(void **state)
{
	static struct program p;
	struct gen_options options = { .nr_ops = 64 };
	unsigned kinds[NR_OPS] = { 0 }, types[8] = { 0 }, msrs[0x100] = { 0 };
	unsigned illegal = 0, misaligned = 0, holed = 0, vcpus[4] = { 0 };
	uint64_t mask;
	struct rng rng;

	rng_seed(&rng, seed);
	for (unsigned i = 0; i < PROGRAMS; i++) {
		generate_program(&p, &rng, &options);
		vcpus[p.machine.nr_vcpus]++;
		for (unsigned j = 0; j < p.nr_ops; j++) {
			const struct op *op = &p.ops[j];

			kinds[op->kind]++;
			if (op->kind != OP_WRMSR || op->arg < 0x200 || op->arg > 0x2ff)
				continue;
			msrs[op->arg - 0x200]++;
			if (op->arg == MSR_MTRR_DEF_TYPE || (op->arg < 0x210 && !(op->arg & 1))) {
				types[op->v[0] & 7]++;
				illegal += !memtype_legal_mtrr(op->v[0] & 0xff);
			}
			if (op->arg >= 0x210 || !(op->arg & 1))
				continue;
			mask = op->v[0] & ((1ULL << p.machine.maxphyaddr) - 1) & ~0xfffULL;
			holed += mask && (mask >> __builtin_ctzll(mask)) + 1 !=
				 1ULL << (p.machine.maxphyaddr - __builtin_ctzll(mask));
			if (j && p.ops[j - 1].kind == OP_WRMSR && p.ops[j - 1].arg == op->arg - 1)
				misaligned += !!(p.ops[j - 1].v[0] & ~0xfffULL & ~mask);
		}
	}
	for (unsigned i = 0; i < NR_OPS; i++)
		if (kinds[i] < 100)
			fail_msg("op kind %s came up %u times", op_kind_name(i), kinds[i]);
	for (unsigned i = 0; i < 8; i++)
		assert_in_range(types[i], 100, UINT32_MAX);
	for (unsigned i = 0; i < 16; i++)
		assert_in_range(msrs[i], 100, UINT32_MAX);
	for (unsigned i = 0x68; i < 0x70; i++)
		assert_in_range(msrs[i], 100, UINT32_MAX);
	assert_in_range(vcpus[1], PROGRAMS / 3, PROGRAMS);
	assert_in_range(vcpus[2], PROGRAMS / 8, PROGRAMS);
	assert_in_range(vcpus[3], PROGRAMS / 20, PROGRAMS);
	assert_in_range(illegal, 1000, UINT32_MAX);
	assert_in_range(holed, 1000, UINT32_MAX);
	assert_in_range(misaligned, 1000, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_seed_decides),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_variety),
	};
	const char *given = getenv("ZAPLOCK_SEED");

	seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	printf("seed %llu (ZAPLOCK_SEED replays it)\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The mutator: programs stay programs and stay within bounds, whatever comes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fuzz/mutator.h"
#include "fuzz/schedules.h"

#define ROUNDS 20000u

static uint64_t seed;

static void assert_valid(const struct program *p)
{
	const char *why;

	assert_in_range(p->nr_ops, 0, MUTATE_MAX_OPS);
	for (unsigned i = 0; i < p->nr_ops; i++)
		if (!op_valid(&p->ops[i], &p->machine, &why))
			fail_msg("seed %llu, op %u: %s", (unsigned long long)seed, i, why);
}

/* A long chain, so that what one mutation leaves behind meets all others. */
static void test_chain(void **state)
{
	static struct program p, before, repaired;
	struct gen_options options = { .profile = PROFILE_LINUX_6_1 };
	unsigned unchanged = 0;
	struct rng rng;

	rng_seed(&rng, seed);
	program_init(&p);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % 512 == 0)
			generate_program(&p, &rng, &options);
		program_copy(&before, &p);
		mutate_program(&p, &rng, &options);
		assert_valid(&p);
		program_copy(&repaired, &p);
		program_repair(&repaired);
		assert_true(program_equal(&repaired, &p));
		unchanged += program_equal(&before, &p);
	}
	/* Repair may take a change back, but seldom. */
	assert_in_range(unchanged, 0, ROUNDS / 8);
}

/* The head stays, so that the state it leads to is reached again; behind it something else follows. */
static void test_extend(void **state)
{
	static struct program p, before;
	struct gen_options options = { .profile = PROFILE_LINUX_6_1 };
	struct rng rng;

	rng_seed(&rng, seed);
	program_init(&p);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % 64 == 0)
			generate_program(&p, &rng, &options);
		else if (i % 64 == 63)
			p.nr_ops = 0;
		program_copy(&before, &p);
		extend_program(&p, &rng);
		assert_valid(&p);
		assert_in_range(p.nr_ops, 4, MUTATE_MAX_OPS);
		assert_memory_equal(&p.machine, &before.machine, sizeof(p.machine));
		if (before.nr_ops)
			assert_memory_equal(&p.ops[0], &before.ops[0], sizeof(p.ops[0]));
	}
}

static const char *const points[] = { "zap-begin", "fault-pfn", "next-op", NULL };

/* Schedules come, change and go; each switch stays with its group while ops move. */
static void test_schedules(void **state)
{
	static struct program p, repaired;
	const struct gen_options options = { .points = points };
	unsigned with = 0, most = 0;
	struct rng rng;

	rng_seed(&rng, seed);
	program_init(&p);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % 16 == 0)
			generate_program(&p, &rng, &options);
		else if (i % 16 == 9)
			extend_program(&p, &rng);
		else
			mutate_program(&p, &rng, &options);
		assert_valid(&p);
		program_copy(&repaired, &p);
		program_repair(&repaired);
		assert_true(program_equal(&repaired, &p));
		with += !!p.nr_switches;
		most = p.nr_switches > most ? p.nr_switches : most;
	}
	assert_in_range(with, ROUNDS / 10, ROUNDS / 2);
	assert_in_range(most, 2, 32);
}

static void test_detached(void **state)
{
	static struct program p, before;
	struct gen_options options = { .points = points };
	struct rng rng;

	rng_seed(&rng, seed);
	program_init(&p);
	for (unsigned i = 0; i < ROUNDS; i++) {
		generate_program(&p, &rng, &options);
		schedule_mutate(&p, points, &rng);
		program_repair(&p);
		program_copy(&before, &p);
		schedules_detach(&p);
		schedules_attach(&p);
		assert_true(program_equal(&before, &p));
		/* An op more before all of them. */
		schedules_detach(&p);
		if (p.nr_ops == PROGRAM_MAX_OPS)
			continue;
		memmove(&p.ops[1], &p.ops[0], p.nr_ops++ * sizeof(p.ops[0]));
		p.ops[0] = (struct op){ .kind = OP_WBINVD };
		schedules_attach(&p);
		assert_int_equal(p.nr_switches, before.nr_switches);
		for (unsigned s = 0; s < p.nr_switches; s++)
			assert_int_equal(p.switches[s].op, before.switches[s].op + 1);
	}
}

static void test_cross(void **state)
{
	static struct program a, b, child;
	struct gen_options options = { .profile = PROFILE_LINUX_6_1 };
	struct rng rng;

	rng_seed(&rng, seed);
	program_init(&a);
	program_init(&b);
	for (unsigned i = 0; i < ROUNDS; i++) {
		generate_program(&a, &rng, &options);
		generate_program(&b, &rng, &options);
		cross_programs(&child, &a, &b, &rng);
		assert_valid(&child);
		assert_int_equal(child.machine.nr_vcpus, a.machine.nr_vcpus);
		assert_true(child.nr_ops <= a.nr_ops + b.nr_ops);
	}
}

/* Any bytes, any room: never beyond it, and the rest of the buffer stays as it was. */
static void test_bytes(void **state)
{
	static uint8_t data[8192], other[8192];
	static struct program p;
	struct gen_options options = { 0 };
	struct rng rng;
	size_t size = 0;

	rng_seed(&rng, seed);
	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t max = 1 + rng_below(&rng, 4096), other_size = rng_below(&rng, 600);

		if (i % 16 == 0)
			for (size = 0; size < max && size < 700; size++)
				data[size] = rng_next(&rng);
		if (size > max)
			size = max;
		for (size_t j = 0; j < other_size; j++)
			other[j] = rng_next(&rng);
		memset(data + max, 0xa5, 16);
		size = mutate_bytes(data, size, max, rng_next(&rng), &options);
		assert_true(size <= max);
		for (unsigned j = 0; j < 16; j++)
			assert_int_equal(data[max + j], 0xa5);
		program_decode(&p, data, size);
		assert_true(p.nr_ops <= PROGRAM_MAX_OPS);
		size = cross_bytes(data, size, other, other_size, data + 4200, 3000,
				   rng_next(&rng));
		assert_true(size <= 3000);
		memmove(data, data + 4200, size);
	}
}

static void test_seed_decides(void **state)
{
	uint8_t a[4096], b[4096];
	struct gen_options options = { .profile = PROFILE_LINUX_6_1 };
	size_t size_a = 0, size_b = 0;

	for (unsigned i = 0; i < 2000; i++) {
		size_a = mutate_bytes(a, size_a, sizeof(a), seed + i, &options);
		size_b = mutate_bytes(b, size_b, sizeof(b), seed + i, &options);
		assert_int_equal(size_a, size_b);
		assert_memory_equal(a, b, size_a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_extend),
		cmocka_unit_test(test_schedules),
		cmocka_unit_test(test_detached),
		cmocka_unit_test(test_cross),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_seed_decides),
	};
	const char *given = getenv("ZAPLOCK_SEED");

	seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	printf("seed %llu (ZAPLOCK_SEED replays it)\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

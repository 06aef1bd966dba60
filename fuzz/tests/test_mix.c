// SPDX-License-Identifier: GPL-2.0-only
/*
 * The default mix on the model: what a campaign's figures are quoted for is
 * worth running. Programs of 32 ops, half of the ops accepted and eight leaves
 * at the end at least; memtypes honored in most, several types in play.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fuzz/generator.h"
#include "harness/lockstep/lockstep.h"

#define PROGRAMS 4000u

struct mix {
	double accepted, leaves, with_leaves, honored, mixed;
};

/* Do the leaves at the end come in more than one (type, IPAT), or in one but WB with IPAT? */
static void look_at_leaves(struct mix *mix, struct target *target)
{
	static struct leaf leaves[4096];
	size_t nr = target->ops->snapshot(target, leaves, 4096);
	uint32_t types = 0;

	if (nr > 4096)
		nr = 4096;

	for (size_t i = 0; i < nr; i++)
		types |= target->layout != SPTE_EPT ? 1u << (8 | MT_WB) :
			 1u << (leaves[i].spte >> EPT_MT_SHIFT & 15);	/* IPAT is the fourth bit */
	mix->with_leaves += nr > 0;
	mix->honored += !!(types & ~(1u << (8 | MT_WB)));
	mix->mixed += !!(types & (types - 1));
}

static struct mix measure(const char *spec, uint64_t seed)
{
	static struct program p;
	static struct result r;
	struct lockstep_options options = { 0 };
	char error[256];
	struct target *target = target_open(spec, error, sizeof(error));
	struct lockstep *ls = target ? lockstep_new(target) : NULL;
	struct gen_options gen = { .nr_ops = 32, .vendors = 1u << VENDOR_INTEL };
	struct mix mix = { 0 };
	unsigned skipped = 0;
	struct rng rng;

	assert_non_null(ls);
	gen.profile = target->profile;
	program_init(&p);
	rng_seed(&rng, seed);
	for (unsigned i = 0; i < PROGRAMS; i++) {
		generate_program(&p, &rng, &gen);
		lockstep_run(ls, &p, &options, &r);
		assert_int_not_equal(r.verdict, VERDICT_INFRA);
		skipped += r.verdict == VERDICT_SKIPPED;
		mix.accepted += (double)r.ops_accepted / p.nr_ops;
		mix.leaves += r.leaves_at_end;
		look_at_leaves(&mix, target);
	}
	lockstep_free(ls);
	target_close(target);
	/* What a raw KVM_SET_SREGS leaves may not enter the guest. */
	assert_in_range(skipped, 0, PROGRAMS / 100);
	printf("%s, seed %llu: %.0f%% accepted, %.1f leaves at the end (%.0f%% have any), %.0f%% with a type of the guest's, %.0f%% with several\n",
	       spec, (unsigned long long)seed, 100 * mix.accepted / PROGRAMS,
	       mix.leaves / PROGRAMS, 100 * mix.with_leaves / PROGRAMS,
	       100 * mix.honored / PROGRAMS, 100 * mix.mixed / PROGRAMS);
	return mix;
}

static void test_mix(void **state)
{
	const char *given = getenv("ZAPLOCK_SEED");
	uint64_t seeds[] = { 1, given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) };

	for (unsigned i = 0; i < 2; i++) {
		struct mix mix = measure("model:linux-6.1", seeds[i]);

		assert_true(mix.accepted >= 0.5 * PROGRAMS);
		assert_true(mix.leaves >= 8.0 * PROGRAMS);
		assert_true(mix.honored >= 0.5 * PROGRAMS);
		assert_true(mix.mixed >= 0.25 * PROGRAMS);
	}
}

/* From 6.11 on nothing but DMA matters: leaves must still come and go. */
static void test_mix_later(void **state)
{
	struct mix mix = measure("model:linux-6.16", 1);

	assert_true(mix.accepted >= 0.5 * PROGRAMS);
	assert_true(mix.leaves >= 8.0 * PROGRAMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mix),
		cmocka_unit_test(test_mix_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM that is put back is as good as one that KVM has just created, and
 * nothing of a program outlives it: test_ukvm_fresh_VERSION VERSION.
 *
 * Random programs of the fuzzer's own mix. The twin target creates every VM by
 * KVM's own code and destroys it the same way (images=off). Everything that a
 * target shows is compared, to the bit. ZAPLOCK_PROGRAMS sets how many programs
 * run (a million take an hour), ZAPLOCK_SEED which.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/generator.h"
#include "harness/targets/ukvm/ukvm.h"

const struct target_ops *const target_table[] = { &ukvm_target_ops, NULL };

#define NR_OPS		32u
#define MAX_LEAVES	4096u

static struct target *target, *twin;
static uint64_t seed = 1;
static unsigned nr_programs = 1500;

static void generate(struct program *program, uint64_t nth)
{
	const struct gen_options options = { .profile = target->profile, .nr_ops = NR_OPS };
	struct rng rng;

	rng_seed(&rng, seed * 0x9e3779b97f4a7c15ULL + nth);
	program_init(program);
	generate_program(program, &rng, &options);
}

/* What a target showed last: each is compared as a whole. */
struct shown {
	enum target_status status;
	struct outcome outcome;
	struct target_regs regs[MAX_VCPUS];
	size_t nr_leaves;
	struct leaf leaves[MAX_LEAVES];
};

static void look(struct target *t, const struct machine *machine, struct shown *shown)
{
	for (unsigned v = 0; v < machine->nr_vcpus; v++)
		shown->regs[v] = t->ops->regs(t, v);
}

static void compare(const struct shown *a, const struct shown *b, const char *when, uint64_t nth)
{
	if (a->status != b->status)
		fail_msg("program %llu, %s: status %d (%s), created anew %d (%s)", (unsigned long long)nth,
			 when, a->status, target->why, b->status, twin->why);
	if (memcmp(&a->outcome, &b->outcome, sizeof(a->outcome)) ||
	    memcmp(a->regs, b->regs, sizeof(a->regs)))
		fail_msg("program %llu, %s: another outcome, or other registers, than created anew",
			 (unsigned long long)nth, when);
	if (target->nr_events != twin->nr_events ||
	    (target->nr_events && memcmp(target->events, twin->events, target->nr_events * sizeof(*target->events))))
		fail_msg("program %llu, %s: other events than created anew", (unsigned long long)nth, when);
	if (a->nr_leaves != b->nr_leaves ||
	    memcmp(a->leaves, b->leaves, (a->nr_leaves < MAX_LEAVES ? a->nr_leaves : MAX_LEAVES) *
					 sizeof(a->leaves[0])))
		fail_msg("program %llu, %s: other leaves than created anew", (unsigned long long)nth, when);
}

static void begin(struct target *t, const struct machine *machine, struct shown *shown)
{
	memset(shown, 0, sizeof(*shown));
	shown->status = t->ops->reset(t, machine);
	if (shown->status == TARGET_OK)
		look(t, machine, shown);
}

static void advance(struct target *t, const struct program *program, unsigned i, struct shown *shown)
{
	t->nr_events = 0;
	shown->outcome = (struct outcome){ 0 };
	shown->status = t->ops->step(t, &program->ops[i], &shown->outcome);
	if (shown->status != TARGET_OK)
		return;
	look(t, &program->machine, shown);
	if (i == NR_OPS - 1)
		shown->nr_leaves = t->ops->snapshot(t, shown->leaves, MAX_LEAVES);
}

/* Both sides of program @nth, op by op. */
static void run_both(uint64_t nth)
{
	static struct program program;
	static struct shown a, b;
	char when[32];

	generate(&program, nth);
	begin(target, &program.machine, &a);
	begin(twin, &program.machine, &b);
	compare(&a, &b, "at its start", nth);
	for (unsigned i = 0; i < NR_OPS && a.status == TARGET_OK; i++) {
		advance(target, &program, i, &a);
		advance(twin, &program, i, &b);
		snprintf(when, sizeof(when), "op %u", i + 1);
		compare(&a, &b, when, nth);
	}
}

static void test_as_good_as_fresh(void **state)
{
	for (uint64_t nth = 0; nth < nr_programs; nth++)
		run_both(nth);
}

/* --- Order ---------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
	return hash;
}

/* A hash of all that program @nth shows. */
static uint64_t run_hashed(uint64_t nth)
{
	static struct program program;
	static struct shown shown;
	uint64_t hash = 0xcbf29ce484222325ULL;

	generate(&program, nth);
	begin(target, &program.machine, &shown);
	hash = mix(hash, shown.regs, sizeof(shown.regs));
	for (unsigned i = 0; i < NR_OPS && shown.status == TARGET_OK; i++) {
		advance(target, &program, i, &shown);
		hash = mix(hash, &shown.status, sizeof(shown.status));
		hash = mix(hash, &shown.outcome, sizeof(shown.outcome));
		hash = mix(hash, shown.regs, sizeof(shown.regs[0]) * program.machine.nr_vcpus);
		if (target->nr_events < MAX_LEAVES)
			hash = mix(hash, target->events, target->nr_events * sizeof(*target->events));
	}
	if (shown.nr_leaves <= MAX_LEAVES)
		hash = mix(hash, shown.leaves, shown.nr_leaves * sizeof(shown.leaves[0]));
	return hash;
}

static void test_any_order(void **state)
{
	enum { NR = 1000 };
	static uint64_t hashes[NR], order[NR];
	struct rng rng;

	for (uint64_t i = 0; i < NR; i++) {
		hashes[i] = run_hashed(i);
		order[i] = i;
	}
	rng_seed(&rng, seed);
	for (unsigned i = NR; i-- > 1;) {
		unsigned other = rng_below(&rng, i + 1);
		uint64_t nth = order[i];

		order[i] = order[other];
		order[other] = nth;
	}
	for (unsigned i = 0; i < NR; i++) {
		if (run_hashed(order[i]) != hashes[order[i]])
			fail_msg("program %llu shows something else after program %lld",
				 (unsigned long long)order[i], i ? (long long)order[i - 1] : -1LL);
	}
}

/* --- Memory ----------------------------------------------------------------------- */

/* KVM gives back every page, object and page reference, whichever way the VM came to be. */
static void test_nothing_held(void **state)
{
	static struct program program;
	static struct shown shown;

	for (uint64_t nth = 0; nth < nr_programs / 2; nth++) {
		long held;

		generate(&program, nth);
		begin(target, &program.machine, &shown);
		for (unsigned i = 0; i < NR_OPS && shown.status == TARGET_OK; i++)
			advance(target, &program, i, &shown);
		if (shown.status == TARGET_CRASH)
			continue;	/* what a crash leaves behind goes with its copy of the library */
		held = ukvm_destroy_vm(target);
		if (held < 0)
			fail_msg("program %llu: %s", (unsigned long long)nth, target->why);
		if (held)
			fail_msg("program %llu: KVM holds %ld pages, objects or page references of a VM that is gone",
				 (unsigned long long)nth, held);
	}
}

static long resident_pages(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long size, resident = 0;

	assert_non_null(statm);
	assert_int_equal(fscanf(statm, "%ld %ld", &size, &resident), 2);
	fclose(statm);
	return resident;
}

/* The same programs again and again take no more memory than they took once. */
static void test_no_growth(void **state)
{
	enum { NR = 200 };
	long before;

#if __has_feature(address_sanitizer)
	skip();		/* its quarantine grows */
#endif
	for (uint64_t nth = 0; nth < 2 * NR; nth++)
		run_hashed(nth % NR);
	before = resident_pages();
	for (uint64_t nth = 0; nth < 4 * nr_programs; nth++)
		run_hashed(nth % NR);
	assert_true(resident_pages() - before < 512);
}

static unsigned long long from_environment(const char *name, unsigned long long otherwise)
{
	const char *given = getenv(name);

	return given && *given ? strtoull(given, NULL, 0) : otherwise;
}

static struct target *open_or_die(const char *kernel, const char *options)
{
	char spec[64], error[512];
	struct target *t;

	snprintf(spec, sizeof(spec), "ukvm:%s%s", kernel, options);
	t = target_open(spec, error, sizeof(error));
	if (!t) {
		fprintf(stderr, "%s\n", error);
		exit(1);
	}
	return t;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_good_as_fresh),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_nothing_held),
		cmocka_unit_test(test_no_growth),
	};
	int failed;

	if (argc != 2) {
		fprintf(stderr, "usage: %s 6.1|6.12\n", argv[0]);
		return 2;
	}
	seed = from_environment("ZAPLOCK_SEED", seed);
	nr_programs = from_environment("ZAPLOCK_PROGRAMS", nr_programs);
	printf("seed %llu, %u programs\n", (unsigned long long)seed, nr_programs);
	target = open_or_die(argv[1], "");
	twin = open_or_die(argv[1], ",images=off");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	target_close(twin);
	target_close(target);
	return failed;
}

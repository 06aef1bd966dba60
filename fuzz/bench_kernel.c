// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long the kernel's own look-up of a guest memory type takes, where the
 * target has the kernel: kvm_mtrr_get_guest_memory_type() of Linux up to 6.10.
 * The same MTRRs and gfns as for the oracle's look-up, so that both figures of
 * one run compare; and the same answers, or it is no measurement.
 */
#include <stdlib.h>
#include <time.h>

#include "fuzz/bench_kernel.h"
#include "harness/program/program.h"

#define ROUNDS	5u

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static bool wrmsr(struct target *t, uint32_t msr, uint64_t value)
{
	const struct op op = { .kind = OP_WRMSR, .arg = msr, .v = { value } };
	struct outcome out = { 0 };

	t->nr_events = 0;
	return t->ops->step(t, &op, &out) == TARGET_OK && out.kind == OUT_OK;
}

/* PHYSMASK before PHYSBASE: 6.1 warns of a base whose mask was never written. */
static bool set_up(const struct kernel_lookup *k)
{
	struct machine machine;

	machine_default(&machine);
	machine.slots[0] = (struct slot){ 0, 1u << 21, 0 };
	k->target->nr_events = 0;
	if (k->target->ops->reset(k->target, &machine) != TARGET_OK)
		return false;
	for (unsigned i = 0; i < NR_VAR_MTRR; i++) {
		if (!wrmsr(k->target, MSR_MTRR_PHYSMASK(i), k->masks[i]) ||
		    !wrmsr(k->target, MSR_MTRR_PHYSBASE(i), k->bases[i]))
			return false;
	}
	return wrmsr(k->target, MSR_MTRR_DEF_TYPE, k->def_type);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

const char *bench_kernel_lookup(struct kernel_lookup *k)
{
	bool (*look_up)(struct target *, unsigned, const uint64_t *, size_t, uint8_t *) =
		k->target->ops->guest_memtypes;
	double rounds[ROUNDS];
	uint8_t *types;
	const char *wrong = NULL;

	k->ns = 0;
	if (!look_up || !set_up(k))
		return NULL;
	types = malloc(k->nr);
	if (!types)
		return "no memory";
	if (!look_up(k->target, 0, k->gfns, k->nr, types))
		goto out;	/* a kernel that ignores MTRRs has none */
	for (size_t i = 0; i < k->nr; i++) {
		if (types[i] != k->expected(k->arg, k->gfns[i]))
			wrong = "the kernel's look-up and the naive walk disagree";
	}
	for (unsigned r = 0; r < ROUNDS && !wrong; r++) {
		double start = cpu_seconds(), elapsed;
		uint64_t done = 0;

		do {
			look_up(k->target, 0, k->gfns, k->nr, types);
			done += k->nr;
			elapsed = cpu_seconds() - start;
		} while (elapsed < k->seconds);
		rounds[r] = elapsed / done * 1e9;
	}
	if (!wrong) {
		qsort(rounds, ROUNDS, sizeof(rounds[0]), compare);
		k->ns = rounds[ROUNDS / 2];
	}
out:
	free(types);
	return wrong;
}

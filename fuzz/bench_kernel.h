/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own look-up of a guest memory type, measured (bench_kernel.c). */
#ifndef ZAPLOCK_FUZZ_BENCH_KERNEL_H
#define ZAPLOCK_FUZZ_BENCH_KERNEL_H

#include "harness/lockstep/target.h"
#include "oracle/x86.h"

struct kernel_lookup {
	struct target *target;
	uint64_t bases[NR_VAR_MTRR], masks[NR_VAR_MTRR], def_type;	/* of the MTRRs, as MSR values */
	const uint64_t *gfns;
	size_t nr;
	unsigned (*expected)(const void *arg, uint64_t gfn);	/* the type that is right */
	const void *arg;
	double seconds;		/* a round */
	double ns;		/* out: a look-up; 0 if the target has no such function */
};

/* Resets the target. NULL, or what went wrong. */
const char *bench_kernel_lookup(struct kernel_lookup *k);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `zaplock bench defects`: does fuzzing find the bugs that were put there, how
 * soon, and does guidance help?
 */
#ifndef ZAPLOCK_FUZZ_BENCH_DEFECTS_H
#define ZAPLOCK_FUZZ_BENCH_DEFECTS_H

#include <stdio.h>

#include "fuzz/hunt.h"

struct defect_subject {
	const char *name;
	char sound[64], defective[160];		/* targets */
	bool advisories;
	unsigned shortest;			/* ops of the shortest program known; 0 = none known */
};

struct defect_bench_options {
	const struct defect_subject *subjects;
	unsigned nr_subjects;
	unsigned trials;	/* per defect, each guided and unguided; 0 = 20 */
	uint64_t cap;		/* programs a trial; 0 = 1000000 */
	double seconds;		/* for everything; trials that then run are censored, others left out; 0 = no limit */
	unsigned jobs;		/* trials at once; 0 = 1 */
	uint64_t seed;		/* 0 = 1 */
	bool guided_only;	/* spares the comparison with no feedback */
	bool json;
	const char *out;	/* the shortest program found for each defect is stored there; may be NULL */
};

/*
 * Runs the trials, prints to @out what became of each defect. Exit code: 0, 1
 * when a defect survived every trial or got none, 3 when trials did not run.
 */
int zaplock_bench_defects(const struct defect_bench_options *options, FILE *out);

#endif

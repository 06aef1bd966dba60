/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `zaplock bench`: what checking costs, as ratios measured in one run
 * (design 10).
 */
#ifndef ZAPLOCK_FUZZ_BENCH_H
#define ZAPLOCK_FUZZ_BENCH_H

#include "harness/lockstep/lockstep.h"

struct bench_options {
	const char *target;	/* NULL = "model:linux-6.1" */
	uint64_t seed;		/* 0 = 1: the fixed seed that figures are quoted for */
	double seconds;		/* per figure; 0 = 1 */
	bool json;		/* one JSON object instead of text */
};

/* Measures and prints to @out. Exit code: 0, 2 (bad target), 3 (a measurement failed). */
int zaplock_bench(const struct bench_options *options, FILE *out);

#endif

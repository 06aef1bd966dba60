/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Randomness for property tests: a fixed seed, so that a red run can be
 * repeated, ZAPLOCK_SEED to choose another, and always printed.
 */
#ifndef ZAPLOCK_PROGRAM_TESTS_RANDOM_H
#define ZAPLOCK_PROGRAM_TESTS_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t random_state;

static inline void random_seed(const char *who)
{
	const char *given = getenv("ZAPLOCK_SEED");

	random_state = given ? strtoull(given, NULL, 0) : 1;
	fprintf(stderr, "%s: ZAPLOCK_SEED=%llu\n", who, (unsigned long long)random_state);
}

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline uint64_t random_u64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 to @n - 1 */
static inline unsigned random_below(unsigned n)
{
	return random_u64() % n;
}

#endif

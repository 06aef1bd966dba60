/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xorshift64* (Marsaglia 2003, Vigna 2016): the one source of randomness of
 * generator and mutator, so that a printed seed replays everything.
 */
#ifndef ZAPLOCK_FUZZ_RNG_H
#define ZAPLOCK_FUZZ_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;		/* never 0 */
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t x = rng->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	rng->state = x;
	return x * 0x2545f4914f6cdd1dULL;
}

/* Any seed will do: neighbours are spread by splitmix64's finalizer. */
static inline void rng_seed(struct rng *rng, uint64_t seed)
{
	seed += 0x9e3779b97f4a7c15ULL;
	seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9ULL;
	seed = (seed ^ (seed >> 27)) * 0x94d049bb133111ebULL;
	seed ^= seed >> 31;
	rng->state = seed ? seed : 1;
}

/* Uniform in [0, n); n > 0. */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
	return (rng_next(rng) >> 32) * n >> 32;
}

static inline bool rng_percent(struct rng *rng, unsigned percent)
{
	return rng_below(rng, 100) < percent;
}

#define RNG_PICK(rng, table) ((table)[rng_below(rng, sizeof(table) / sizeof((table)[0]))])

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash of which steps came before which, as far as it matters: steps that
 * have no object in common but such as both share may be permuted without
 * changing it (Mazurkiewicz traces). Two prefixes of schedules with one hash
 * lead to one state.
 */
#ifndef ZAPLOCK_LOCKSTEP_TRACE_HASH_H
#define ZAPLOCK_LOCKSTEP_TRACE_HASH_H

#include "harness/lockstep/sched.h"

struct trace_hash {
	uint64_t total;				/* of all steps, whatever their order */
	uint64_t thread[SCHED_THREADS];		/* of each one's last step, and so of those before it */
	uint64_t alone[64];			/* of the last step that had the object alone ... */
	uint64_t shared[64];			/* ... and the sum of those that shared it since */
};

static inline uint64_t trace_mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* @thread took a step that touched objects (bits), shared and alone, and came to @point. */
static inline void trace_step(struct trace_hash *h, unsigned thread, unsigned point,
			      uint64_t shared, uint64_t alone)
{
	uint64_t hash = trace_mix(h->thread[thread] + thread * 0x9e3779b97f4a7c15ULL + point);

	for (uint64_t left = shared & ~alone; left; left &= left - 1)
		hash = trace_mix(hash + h->alone[__builtin_ctzll(left)]);
	for (uint64_t left = alone; left; left &= left - 1) {
		unsigned i = __builtin_ctzll(left);

		hash = trace_mix(hash + h->alone[i]);
		hash = trace_mix(hash + h->shared[i]);
	}
	for (uint64_t left = shared & ~alone; left; left &= left - 1)
		h->shared[__builtin_ctzll(left)] += hash;
	for (uint64_t left = alone; left; left &= left - 1) {
		unsigned i = __builtin_ctzll(left);

		h->alone[i] = hash;
		h->shared[i] = 0;
	}
	h->thread[thread] = hash;
	h->total += hash;
}

/* All threads have ended: what comes is behind everything. */
static inline void trace_join(struct trace_hash *h)
{
	for (unsigned t = 0; t < SCHED_THREADS; t++)
		h->thread[t] = h->total;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The structure-aware mutator, on programs and on their binary form. One for
 * all engines: libFuzzer's LLVMFuzzerCustomMutator and CustomCrossOver, and
 * AFL++'s afl_custom_*, are thin callers.
 */
#ifndef ZAPLOCK_FUZZ_MUTATOR_H
#define ZAPLOCK_FUZZ_MUTATOR_H

#include "fuzz/generator.h"

#define MUTATE_MAX_OPS	128u	/* a mutated program grows no further */

/* Changes @program, which must be repaired, in one to four places; repaired again afterwards. */
void mutate_program(struct program *program, struct rng *rng, const struct gen_options *options);

/* Keeps what leads to some state of @program, and goes on from there with a fresh tail. */
void extend_program(struct program *program, struct rng *rng);

/* @child, distinct from both: @a's machine with ops of both. */
void cross_programs(struct program *child, const struct program *a, const struct program *b,
		    struct rng *rng);

/*
 * The same on encoded programs, in place and at most @max bytes; ops go from
 * the end until the result fits. Half of the calls extend the program, a
 * quarter mutates it, a quarter (and an empty input) gives a fresh one. Not
 * reentrant. Returns the new size.
 */
size_t mutate_bytes(uint8_t *data, size_t size, size_t max, uint64_t seed,
		    const struct gen_options *options);
size_t cross_bytes(const uint8_t *a, size_t size_a, const uint8_t *b, size_t size_b,
		   uint8_t *out, size_t max, uint64_t seed);

#endif

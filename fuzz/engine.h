/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer's hooks, shared by `zaplock fuzz` and the stand-alone fuzzers:
 * custom mutator and crossover, and the counters that carry state coverage.
 */
#ifndef ZAPLOCK_FUZZ_ENGINE_H
#define ZAPLOCK_FUZZ_ENGINE_H

#include "fuzz/fuzz_lockstep.h"
#include "fuzz/generator.h"

/*
 * The state-coverage counters of `zaplock fuzz`, and what makes libFuzzer watch
 * the first @nr of them: it clears them before a run and reads them after. Not in its
 * extra-counter section, so that processes that do not ask do not pay.
 */
extern uint8_t engine_counters[COVERAGE_SIZE];
void engine_watch_counters(unsigned nr);

/* What the mutator generates for; set before the engine starts. */
extern struct gen_options engine_gen_options;

/* What the custom mutator does: our mutations, fresh programs only (unguided), or libFuzzer's own (bench). */
extern enum engine_mode { ENGINE_MUTATE, ENGINE_GENERATE, ENGINE_PLAIN } engine_mode;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_out, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif

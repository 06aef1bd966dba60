// SPDX-License-Identifier: GPL-2.0-only
/*
 * State coverage for the libFuzzer inside `zaplock`: announced as a module's
 * inline 8-bit counters (clang's SanitizerCoverage ABI). Stand-alone fuzzers have
 * real modules beside it, so theirs are in libFuzzer's extra-counter section.
 */
#include "fuzz/engine.h"

uint8_t engine_counters[COVERAGE_SIZE] __attribute__((aligned(4096)));

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);

void engine_watch_counters(unsigned nr)
{
	__sanitizer_cov_8bit_counters_init(engine_counters, engine_counters + nr);
}

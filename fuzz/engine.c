// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer's hooks on the one mutator. */
#include "fuzz/engine.h"
#include "fuzz/mutator.h"

struct gen_options engine_gen_options;
enum engine_mode engine_mode;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	if (engine_mode == ENGINE_PLAIN)
		return LLVMFuzzerMutate(data, size, max_size);
	if (engine_mode == ENGINE_GENERATE)
		size = 0;
	return mutate_bytes(data, size, max_size, seed, &engine_gen_options);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_out, unsigned int seed)
{
	/* libFuzzer draws between mutator and crossover evenly; a 0 makes it draw again. */
	if (engine_mode != ENGINE_MUTATE || seed & 3)
		return 0;
	return cross_bytes(data1, size1, data2, size2, out, max_out, seed >> 2);
}

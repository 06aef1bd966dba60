// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer on the binary decoder: any bytes decode to a program of valid ops
 * that survives both encodings, and the mutator keeps it so.
 */
#include <stdlib.h>

#include "fuzz/mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_valid(const struct program *program)
{
	for (unsigned i = 0; i < program->nr_ops; i++)
		if (!op_valid(&program->ops[i], &program->machine, NULL))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct program program, again;
	static uint8_t bytes[PROGRAM_MAX_TEXT];
	struct gen_options options = { 0 };
	struct rng rng;
	size_t length;

	program_decode(&program, data, size);
	check_valid(&program);
	length = program_encode(&program, bytes, sizeof(bytes));
	if (length <= sizeof(bytes)) {
		program_decode(&again, bytes, length);
		if (!program_equal(&program, &again))
			abort();
	}
	rng_seed(&rng, size);
	mutate_program(&program, &rng, &options);
	check_valid(&program);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzzers of parser and decoder share with each other and with replay.c. */
#ifndef ZAPLOCK_PROGRAM_TESTS_FUZZ_H
#define ZAPLOCK_PROGRAM_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "harness/program/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What mutations start from; NULL ends the list. */
extern const char *const fuzz_seeds[];

/* assert() that no build turns off, and that engines see as a crash. */
#define must(condition)								\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();						\
		}								\
	} while (0)

/* Valid: repair finds nothing to bend. */
static inline void must_be_valid(const struct program *program)
{
	static struct program repaired;
	const char *why;

	program_copy(&repaired, program);
	program_repair(&repaired);
	must(program_equal(program, &repaired));
	for (unsigned i = 0; i < program->nr_ops; i++)
		must(op_valid(&program->ops[i], &program->machine, &why));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Values that fragments share; private to this folder. */
#ifndef ZAPLOCK_FUZZ_VALUES_H
#define ZAPLOCK_FUZZ_VALUES_H

#include "fuzz/generator.h"

struct pair {
	uint64_t base, mask;	/* of the MSRs, V set */
};

struct pair gen_pair(struct gen *gen);
uint32_t gen_fixed_msr(struct gen *gen);
uint64_t gen_fixed_value(struct gen *gen);
uint64_t gen_def_type(struct gen *gen);

#endif

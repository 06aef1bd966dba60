/* SPDX-License-Identifier: GPL-2.0-only */
/* Random machines and ops for properties; the same seed gives the same ones. */
#ifndef ZAPLOCK_TARGETS_MODEL_TESTS_NOISE_H
#define ZAPLOCK_TARGETS_MODEL_TESTS_NOISE_H

#include "harness/targets/model/tests/rig.h"

uint64_t noise_next(uint64_t *seed);
void noise_machine(uint64_t *seed, struct machine *machine);
struct op noise_op(uint64_t *seed, const struct machine *machine);
/* From ZAPLOCK_SEED, else from the clock; printed. */
uint64_t noise_seed(void);

#endif

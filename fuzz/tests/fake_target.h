/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ZAPLOCK_FUZZ_TESTS_FAKE_TARGET_H
#define ZAPLOCK_FUZZ_TESTS_FAKE_TARGET_H

#include "harness/lockstep/target.h"

extern const struct target_ops fake_target_ops;

#endif

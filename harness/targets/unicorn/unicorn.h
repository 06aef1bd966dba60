/* SPDX-License-Identifier: GPL-2.0-only */
/* The target `unicorn`: the guest's code on Unicorn's emulated CPU. */
#ifndef ZAPLOCK_TARGETS_UNICORN_H
#define ZAPLOCK_TARGETS_UNICORN_H

#include "harness/lockstep/target.h"

extern const struct target_ops unicorn_target_ops;

#endif

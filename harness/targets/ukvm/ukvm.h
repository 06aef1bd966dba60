/* SPDX-License-Identifier: GPL-2.0-only */
/* The target ukvm (target.c). */
#ifndef ZAPLOCK_UKVM_UKVM_H
#define ZAPLOCK_UKVM_UKVM_H

#include "harness/lockstep/target.h"

extern const struct target_ops ukvm_target_ops;

#endif

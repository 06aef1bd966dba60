// SPDX-License-Identifier: GPL-2.0-only
/* The targets of the stand-alone fuzzers and of this folder's tests. */
#include "harness/targets/model/model.h"

const struct target_ops *const target_table[] = { &model_target_ops, NULL };

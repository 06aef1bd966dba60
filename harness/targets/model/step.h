/* SPDX-License-Identifier: GPL-2.0-only */
/* One op on the modelled VM. */
#ifndef ZAPLOCK_TARGETS_MODEL_STEP_H
#define ZAPLOCK_TARGETS_MODEL_STEP_H

#include "harness/targets/model/vm.h"

/* Runs @op, fills *out. m->status says whether the model could. */
void model_run_op(struct model *m, const struct op *op, struct outcome *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The zap queue and the fine-grained CR0.CD zap of Yan Zhao's v4 (rules B.6). */
#ifndef ZAPLOCK_TARGETS_MODEL_YAN_H
#define ZAPLOCK_TARGETS_MODEL_YAN_H

#include "harness/targets/model/vm.h"

/* Queues gfns [start, end) and runs the queue. */
void model_yan_zap(struct model *m, unsigned who, uint64_t start, uint64_t end);
/* After CR0.CD was toggled: zaps what the toggle changes. */
void model_yan_cd_toggled(struct model *m, unsigned who);

#endif

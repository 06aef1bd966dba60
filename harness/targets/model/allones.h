/* SPDX-License-Identifier: GPL-2.0-only */
/* KVM_MEM_ALLONES memslots, and memory caches (rules D); see allones.c. */
#ifndef ZAPLOCK_TARGETS_MODEL_ALLONES_H
#define ZAPLOCK_TARGETS_MODEL_ALLONES_H

#include "harness/targets/model/vm.h"

/* Is @slot (NULL: none) one of KVM_MEM_ALLONES? */
bool model_allones(const struct model *m, const struct memslot *slot);
/* Before a fault, and before a root is made. */
void model_caches_topup(struct model *m, unsigned vcpu);
/* A new page table takes one object of each. */
void model_caches_take(struct model *m, unsigned vcpu);
/* After the fault: says if a cache had not enough. */
void model_caches_check(struct model *m, unsigned vcpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest ops other than register writes; see guest.c. */
#ifndef ZAPLOCK_TARGETS_MODEL_GUEST_H
#define ZAPLOCK_TARGETS_MODEL_GUEST_H

#include "harness/targets/model/vm.h"

/* True = accepted, false = #GP (or 0 MSRs set, for the host). May make the outcome OUT_ANY. */
bool model_guest_wrmsr(struct model *m, unsigned vcpu, uint32_t msr, uint64_t data, bool host,
		 struct outcome *out);
bool model_guest_rdmsr(const struct model *m, unsigned vcpu, uint32_t msr, struct outcome *out);
bool model_guest_invpcid(struct model *m, unsigned vcpu, const struct op *op);
void model_guest_map(struct model *m, const struct op *op);
/* False: #PF. */
/* The guest's mapping of @va, or NULL. */
const struct guest_map *model_guest_walk(const struct model *m, uint64_t va);
bool model_guest_translate(const struct model *m, unsigned vcpu, uint64_t va, uint64_t *gpa);

#endif

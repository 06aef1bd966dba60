/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPTEs of the program's memory, from KVM's tracepoints to the engine's events.
 * The guest's own pages are left out; so is, where leaves carry a memtype, the
 * page that CR3 points to within the program's memory, until the program goes
 * there itself.
 *
 * What cannot be told apart ends in `infra`: lost events, and changes of an SPTE
 * that is not what the events before said. Changes on threads that are not ours
 * count when the SPTE is one of ours by gfn and pfn (MMU notifiers, recovery of
 * huge pages, reclaim); otherwise they are another VM's.
 *
 * With the TDP MMU every change is traced. Without it (shadow paging, or
 * tdp_mmu=N) only installs are: leaves are judged when they appear and then
 * forgotten, and the target has no CAP_ZAP_EVENTS.
 */
#ifndef ZAPLOCK_KVM_SPTES_H
#define ZAPLOCK_KVM_SPTES_H

#include "harness/lockstep/leaves.h"
#include "harness/lockstep/target.h"
#include "harness/targets/kvm/trace.h"
#include "harness/targets/kvm/vm.h"

#define MAX_HIDDEN 32u

struct sptes {
	struct trace *trace;		/* NULL: none can be seen ... */
	char why[160];			/* ... and why not */
	bool tdp_mmu;
	enum spte_layout layout;
	struct leaf_table leaves;	/* that the engine has been told of */
	struct leaf hidden[MAX_HIDDEN];	/* that it has not, since only the guest's page walks touch them */
	unsigned nr_hidden;
	struct leaf split;		/* the huge leaf that a table replaced last; level 0: none */
	bool zapped_all;		/* since the VM was made: old roots' leaves may go late */
};

/* Opens the trace and looks at one leaf to see that its layout is the one we know. */
void sptes_open(struct sptes *s, const struct kvm_host *host);
void sptes_close(struct sptes *s);

/* Begins a program: what was before does not count. */
void sptes_reset(struct sptes *s);

/* Appends to @t what happened during @op. False, with @why: infra. */
bool sptes_step(struct sptes *s, struct target *t, struct vm *vm, const struct op *op, char *why,
		size_t size);

/* What the engine can compare thanks to the trace: enum target_cap. */
uint32_t sptes_caps(const struct sptes *s);

#endif

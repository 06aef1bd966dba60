/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VM as far as a trace tells it: for each vCPU an oracle that follows its
 * ops, and beside it what of that oracle's state is known. R-MT of a leaf is
 * asked only where everything it rests on is known.
 */
#ifndef ZAPLOCK_TRACE_VM_H
#define ZAPLOCK_TRACE_VM_H

#include "harness/trace/facts.h"
#include "harness/trace/trace.h"
#include "oracle/state.h"

/* An enum audit_unknown, or this: nothing is missing. */
#define KNOWN (-1)

/* What R-MT rests on, with its values where they decide what else it rests on. */
struct mt_inputs {
	bool dma_known, dma;
	bool cr0_known, cd;
	bool def_type_known;
	uint64_t def_type;
	uint16_t var_known;	/* bit 2n: PHYSBASEn, 2n + 1: PHYSMASKn */
	uint16_t fixed_known;	/* bit per fixed MSR */
	uint32_t quirks_known;
};

struct trace_vcpu {
	unsigned id;
	int pid, tgid;		/* of the task that ran it last; -1: not seen running */
	bool ran;		/* counts (R-UNIF) */
	unsigned long steps;	/* of its oracle */
	bool left_reset;	/* was seen elsewhere than at the reset vector */
	bool nested;		/* runs guests of its own: whose CR0 is it? */
	bool cr0_open;		/* a mark says that CR0 is being written */
	bool smm_cr0_known;	/* at SMM entry */
	uint64_t smm_cr0;
	uint64_t cr0;		/* last value seen, where inputs.cr0_known */
	uint64_t pat;
	bool pat_known;
	struct mt_inputs inputs;	/* the vCPU's own part: not dma, not quirks */
	struct oracle oracle;		/* of a machine with this vCPU alone */
};

struct trace_vm {
	struct facts facts;
	bool created;		/* the trace begins before the VM first ran */
	bool tdp_mmu_seen;
	bool dma_known;
	bool dma_open;		/* a mark says that it is being switched */
	unsigned dma;		/* count; at least this where !dma_known */
	uint32_t quirks_known;
	unsigned nr_seen;	/* vCPUs seen running */
	unsigned nr_vcpus;	/* vcpu[] is NULL from here on */
	struct trace_vcpu *vcpu[FACTS_MAX_VCPUS];
};

/* The state that @facts describe. The VM must be zeroed or used before. */
void vm_init(struct trace_vm *vm, const struct facts *facts);
void vm_free(struct trace_vm *vm);
/* Facts came to light that the oracles' machine rests on: begin them anew from what is known. */
void vm_rebuild(struct trace_vm *vm);
/* Events were lost: what they may have changed is unknown from here on. */
void vm_forget(struct trace_vm *vm);
void vcpu_forget(struct trace_vcpu *vcpu);

/* NULL: @id is too large, or memory is out. */
struct trace_vcpu *vm_vcpu(struct trace_vm *vm, unsigned id);

enum spte_layout vm_layout(const struct trace_vm *vm);	/* where vm_host_known() */
bool vm_host_known(const struct trace_vm *vm);

/* What R-MT of @vcpu rests on now; NULL: of a vCPU of which nothing is known. */
struct mt_inputs vm_inputs(const struct trace_vm *vm, const struct trace_vcpu *vcpu);
/* KNOWN, or the first input that is missing for R-MT over [gfn, gfn + npages). */
int vm_missing(const struct trace_vm *vm, const struct mt_inputs *in, uint64_t gfn,
	       uint64_t npages);
/* KNOWN, or what is missing to say how far zaps on account of @op may reach. */
int vm_extent_missing(const struct trace_vm *vm, const struct mt_inputs *before,
		      const struct op *op);

/* An MTRR or PAT, as KVM gives it to a guest? */
bool msr_is_followed(uint32_t msr);
bool vcpu_msr_known(const struct trace_vcpu *vcpu, uint32_t msr);
/* What is known of @msr from here on, the oracle having followed the write. */
void vcpu_msr_learn(struct trace_vcpu *vcpu, uint32_t msr, bool known);
void vcpu_cr0_learn(struct trace_vcpu *vcpu, uint64_t value);

/*
 * The op by which the oracle follows a write of @value to CR0. It toggles CD
 * alone: the rest has no part in R-MT, and what else the oracle's CR0 holds is
 * not the guest's. False: no CPU takes that value.
 */
bool cr0_op(uint64_t value, struct op *op);

#endif

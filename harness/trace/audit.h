/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the audit share: tasks and what they are in the middle of,
 * and the judge.
 */
#ifndef ZAPLOCK_TRACE_AUDIT_H
#define ZAPLOCK_TRACE_AUDIT_H

#include "harness/trace/leaves.h"
#include "harness/trace/parse.h"
#include "harness/trace/trace.h"
#include "harness/trace/vm.h"

#define TASKS_MAX	4096u
#define TASK_ZAPS_MAX	4096u	/* zaps remembered of one event; further ones are not judged */

/* A change of state that a task is carrying out, or has just carried out. */
struct change {
	bool open;			/* its zaps may still come */
	struct op op;
	struct trace_vcpu *vcpu;	/* NULL: of the whole VM */
	struct mt_inputs before;	/* of @vcpu; of the VM alone when there is none */
	struct oracle_result result;
	unsigned long steps;		/* the oracle's epoch "before" is that of this change while these agree */
	unsigned long line;		/* that shows it */
	unsigned long since;		/* leaves installed on this line or later are none of its business */
	unsigned step;
	bool wants_zaps_judged;
	char what[96];
};

struct zap {
	uint64_t gfn;
	uint8_t level;
};

struct task {
	int pid;
	int vcpu;			/* that it runs; -1: none seen */
	unsigned long began;		/* line from which it does what it does now; 0: unknown */
	struct change change;
	bool setmtrr;			/* kvm_mtrr_set_msr() ran: a guest's WRMSR, or an ioctl's? */
	uint32_t setmtrr_msr;
	uint64_t setmtrr_value;
	bool mt_known, mt_mmio;		/* vmx_get_mt_mask() was asked for mt_gfn */
	uint64_t mt_gfn;
	struct trace_leaf split;	/* huge leaf that it replaced by a table; level 0: none */
	unsigned nr_zaps, max_zaps;	/* since then */
	struct zap *zaps;
};

struct audit {
	const struct audit_options *options;
	struct audit_result *result;
	struct facts facts;		/* of header and options; vm.facts once it has begun */
	bool begun;			/* an event was seen */
	struct trace_vm vm;
	struct trace_leaves leaves;
	struct task *tasks[TASKS_MAX];	/* hash by pid */
	unsigned nr_tasks;
	unsigned long line;		/* that is being read */
	unsigned long steps;		/* of any oracle */
	unsigned step, ordinal;		/* of the last mark; of the last change */
	int announced_dma;		/* a mark said so: +1, -1; 0: none */
	bool announced_cr0;
	uint64_t announced_cr0_value;
	int announced_pid;
	uint64_t kvm;			/* struct kvm of the VM, where kprobes show it */
	bool setmtrr_seen;
	bool host_disputed;
	int status;			/* first error that ends the audit */
	char *error;
	size_t error_size;
};

/* tasks.c */
struct task *audit_task(struct audit *a, int pid);
void audit_tasks_free(struct audit *a);
void task_add_zap(struct task *task, uint64_t gfn, unsigned level);

/* judge.c */
struct mt leaf_mt(const struct audit *a, const struct trace_leaf *leaf);
void judge_fresh(struct audit *a, struct trace_leaf *leaf, int vcpu);
void judge_change(struct audit *a, struct change *change, const struct task *task);
/* @accepted: by the kernel, against what the rules say in @change. */
void judge_msr_fault(struct audit *a, const struct change *change, bool accepted);
void judge_msr_value(struct audit *a, const struct change *change, uint64_t observed,
		     uint64_t expected);
void audit_unknown(struct audit *a, int missing, unsigned long times);

/* audit.c */
__attribute__((format(printf, 2, 3)))
void audit_note(struct audit *a, const char *format, ...);
__attribute__((format(printf, 3, 4)))
void audit_fail(struct audit *a, int status, const char *format, ...);
/* Events were lost here: presence and registers are unknown from here on. */
void audit_lost(struct audit *a);
/* Takes the facts as they stand: the first event is near. */
void audit_begin(struct audit *a);

/* record.c; @vcpu NULL: of the whole VM */
void record_begin(struct audit *a);
void record_op(struct audit *a, const struct trace_vcpu *vcpu, const struct op *op);
/* @vcpu: that faulted it in; -1: not known. */
void record_leaf(struct audit *a, int vcpu, const struct trace_leaf *leaf);
void record_end(struct audit *a);

/* follow.c */
void audit_event(struct audit *a, const struct trace_event *ev);

/* changes.c; @task may be NULL except where a vCPU stands beside it */
/* The vCPU that @task runs, as far as it is known; else NULL. */
struct trace_vcpu *task_vcpu(struct audit *a, const struct task *task);
/* @task enters or leaves the guest, or begins another thing: what it was doing is over. */
void task_boundary(struct audit *a, struct task *task);
/* Drops what tasks are in the middle of; what is dropped is unknown. */
void audit_drop_changes(struct audit *a);
void change_msr(struct audit *a, struct task *task, const struct trace_event *ev);
/* kvm_mtrr_set_msr() ran: without a kvm_msr of that task behind it, it was an ioctl's write. */
void change_settle(struct audit *a, struct task *task);
void change_cr(struct audit *a, struct task *task, const struct trace_event *ev);
void change_cr0(struct audit *a, struct task *task, struct trace_vcpu *vcpu, uint64_t value);
void change_dma(struct audit *a, struct task *task, bool on);
/* KVM_CAP_DISABLE_QUIRKS2 with @mask. */
void change_quirks(struct audit *a, struct task *task, uint32_t mask);

/* sptes.c; @ours: the event is of a task of the VM */
void spte_changed(struct audit *a, struct task *task, const struct trace_event *ev, bool ours);
void spte_set(struct audit *a, struct task *task, const struct trace_event *ev);
void spte_split(struct audit *a, struct task *task, const struct trace_event *ev);

#endif

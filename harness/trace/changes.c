// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of state: MSR and CR0 writes, non-coherent DMA, quirks. Each drives
 * the oracles, and goes to the judge when it is over.
 *
 * When that is depends on where KVM has the tracepoint. kvm_msr stands behind
 * the write and its zaps: it is judged at once, with the zaps of the same task
 * since its VM exit. kvm_cr stands before the write, as the kprobes of DMA
 * registration do: they stay open until the task does something else.
 */
#include <stdio.h>
#include <string.h>

#include "harness/program/program.h"
#include "harness/trace/audit.h"

/* The vCPU that @task runs, as far as it is known. */
struct trace_vcpu *task_vcpu(struct audit *a, const struct task *task)
{
	if (task && task->vcpu >= 0)
		return vm_vcpu(&a->vm, task->vcpu);
	if (a->vm.facts.vcpus != 1)
		return NULL;
	/* There is but one; that it executes guest code is why it has ops. */
	return vm_vcpu(&a->vm, 0);
}

static unsigned step_now(struct audit *a)
{
	a->ordinal++;
	return a->step ? a->step : a->ordinal;
}

/* Lets the oracle of @vcpu, or of all for NULL, follow @op. */
static void change_begin(struct audit *a, struct change *change, struct trace_vcpu *vcpu,
			 const struct op *op)
{
	bool first = true;

	*change = (struct change){
		.open = true, .op = *op, .vcpu = vcpu, .before = vm_inputs(&a->vm, vcpu),
		.line = a->line, .since = a->line, .step = step_now(a),
	};
	record_op(a, vcpu, op);
	for (unsigned i = 0; i < a->vm.nr_vcpus; i++) {
		struct oracle_result result;

		if (!a->vm.vcpu[i] || (vcpu && a->vm.vcpu[i] != vcpu))
			continue;
		oracle_step(&a->vm.vcpu[i]->oracle, op, &result);
		a->vm.vcpu[i]->steps++;
		if (first)
			change->result = result;
		change->result.changed |= result.changed;
		first = false;
	}
	a->steps++;
	change->steps = vcpu ? vcpu->steps : a->steps;
}

/* What @task was doing is over. */
void task_boundary(struct audit *a, struct task *task)
{
	if (!task)
		return;
	if (task->change.open)
		judge_change(a, &task->change, task);
	task->nr_zaps = 0;
	task->began = a->line;
}

void audit_drop_changes(struct audit *a)
{
	for (unsigned i = 0; i < TASKS_MAX; i++) {
		struct task *task = a->tasks[i];

		if (!task)
			continue;
		if (task->change.open) {
			a->result->events_unknown++;
			audit_unknown(a, UNKNOWN_OPEN, 1);
		}
		task->change.open = task->setmtrr = task->mt_known = false;
		task->nr_zaps = 0;
		task->split.level = 0;
	}
	a->announced_dma = 0;
	a->announced_cr0 = false;
}

/* ---- MSRs ---- */

static void msr_what(struct change *change, const char *verb, uint32_t msr)
{
	char name[32];

	snprintf(change->what, sizeof(change->what), "vcpu%u %s %s", change->vcpu->id, verb,
		 msr_name(msr, name, sizeof(name)) ? name : "?");
}

/* Nobody knows which vCPU it was: @msr is unknown in each. */
static void msr_of_unknown_vcpu(struct audit *a, uint32_t msr)
{
	for (unsigned i = 0; i < a->vm.nr_vcpus; i++)
		if (a->vm.vcpu[i])
			vcpu_msr_learn(a->vm.vcpu[i], msr, false);
	a->result->events_unknown++;
	audit_unknown(a, UNKNOWN_VCPUS, 1);
}

/*
 * Was the write taken or refused as the rules say? False: no, or it cannot be
 * said, and what the MSR holds now is not known.
 */
static bool judge_acceptance(struct audit *a, const struct change *change, bool accepted)
{
	bool demanded = change->result.outcome.kind == OUT_OK;
	uint32_t msr = change->op.arg;

	/* Of an ioctl's the trace shows that it was tried, not what came of it. */
	if (change->op.kind == OP_SETMSR)
		return demanded;
	if (change->result.outcome.kind != OUT_OK && change->result.outcome.kind != OUT_GP)
		return false;
	if (accepted == demanded) {
		a->result->faults_judged++;
		rule_set_add(&a->result->rules_hit, change->result.outcome_rule);
		return accepted;
	}
	/* Bits that are reserved by a MAXPHYADDR that nobody told us. */
	if (!accepted && !a->vm.facts.maxphyaddr && msr < MSR_MTRR_PHYSBASE(NR_VAR_MTRR)) {
		a->result->faults_unknown++;
		audit_unknown(a, UNKNOWN_CPUID, 1);
		return false;
	}
	a->result->faults_judged++;
	judge_msr_fault(a, change, accepted);
	return false;
}

static void msr_write(struct audit *a, struct task *task, struct trace_vcpu *vcpu, uint32_t msr,
		      uint64_t value, bool accepted, bool by_guest)
{
	struct op op = { .kind = by_guest ? OP_WRMSR : OP_SETMSR, .arg = msr, .v = { value } };
	struct change *change = &task->change;
	char value_text[24];

	change_begin(a, change, vcpu, &op);
	if (task->began)
		change->since = task->began;
	change->wants_zaps_judged = by_guest && task->began;
	msr_what(change, by_guest ? "wrmsr" : "KVM_SET_MSRS", msr);
	snprintf(value_text, sizeof(value_text), " 0x%llx", (unsigned long long)value);
	strncat(change->what, value_text, sizeof(change->what) - strlen(change->what) - 1);
	if (judge_acceptance(a, change, accepted)) {
		vcpu_msr_learn(vcpu, msr, true);
		judge_change(a, change, task);
	} else {
		change->open = false;
		/* Refused, and rightly so, it changed nothing. */
		if (accepted || change->result.outcome.kind == OUT_OK)
			vcpu_msr_learn(vcpu, msr, false);
	}
}

/* A guest's RDMSR says what the MSR holds, and whether that is what was written. */
static void msr_read(struct audit *a, struct task *task, struct trace_vcpu *vcpu,
		     const struct trace_event *ev)
{
	struct op op = { .kind = OP_RDMSR, .arg = ev->index };
	struct change change;
	char name[32];

	if (ev->gp)
		return;
	change_begin(a, &change, vcpu, &op);
	msr_what(&change, "rdmsr", ev->index);
	if (vcpu_msr_known(vcpu, ev->index)) {
		if (change.result.outcome.value == ev->value)
			return;
		if (a->setmtrr_seen && ev->index != MSR_PAT) {
			judge_msr_value(a, &change, ev->value, change.result.outcome.value);
		} else {
			audit_note(a, "line %lu: %s reads 0x%llx, which no event wrote: an ioctl did, and earlier verdicts may rest on the value before",
				   a->line, msr_name(ev->index, name, sizeof(name)),
				   (unsigned long long)ev->value);
		}
	}
	op = (struct op){ .kind = OP_SETMSR, .arg = ev->index, .v = { ev->value } };
	change_begin(a, &change, vcpu, &op);
	vcpu_msr_learn(vcpu, ev->index, change.result.outcome.kind == OUT_OK);
}

void change_msr(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_vcpu *vcpu = task_vcpu(a, task);

	if (task && task->change.open)
		judge_change(a, &task->change, task);
	if (task && task->setmtrr && task->setmtrr_msr == ev->index)
		task->setmtrr = false;
	if (!msr_is_followed(ev->index))
		return;
	if (ev->write)
		a->result->msr_writes++;
	else
		a->result->msr_reads++;
	if (!task || !vcpu) {
		if (ev->write)
			msr_of_unknown_vcpu(a, ev->index);
		return;
	}
	if (ev->write)
		msr_write(a, task, vcpu, ev->index, ev->value, !ev->gp, true);
	else
		msr_read(a, task, vcpu, ev);
	task->nr_zaps = 0;
}

/* kvm_mtrr_set_msr() ran, and no kvm_msr of that task followed: an ioctl's write. */
void change_settle(struct audit *a, struct task *task)
{
	struct trace_vcpu *vcpu = task_vcpu(a, task);

	if (!task || !task->setmtrr)
		return;
	task->setmtrr = false;
	if (!msr_is_followed(task->setmtrr_msr))
		return;
	if (vcpu)
		msr_write(a, task, vcpu, task->setmtrr_msr, task->setmtrr_value, true, false);
	else
		msr_of_unknown_vcpu(a, task->setmtrr_msr);
}

/* ---- CR0, DMA, quirks ---- */

void change_cr0(struct audit *a, struct task *task, struct trace_vcpu *vcpu, uint64_t value)
{
	uint64_t toggled = vcpu->inputs.cr0_known ? vcpu->cr0 ^ value : ~0ULL;
	struct change *change = &task->change;
	struct op op;

	vcpu->cr0_open = false;
	if (!cr0_op(value, &op))
		return;		/* refused */
	change_begin(a, change, vcpu, &op);
	snprintf(change->what, sizeof(change->what), "vcpu%u cr0 0x%llx", vcpu->id,
		 (unsigned long long)value);
	/* Other bits change the MMU's role, and with it roots go and take leaves along. */
	change->wants_zaps_judged = task->began &&
		!(toggled & ~(CR0_CD | CR0_NW | CR0_TS | CR0_MP | CR0_EM));
	vcpu_cr0_learn(vcpu, value);
}

void change_cr(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_vcpu *vcpu = task_vcpu(a, task);
	struct op op;

	if (ev->index)
		return;
	a->result->cr_writes += ev->write;
	if (!vcpu || !task) {
		for (unsigned i = 0; i < a->vm.nr_vcpus; i++)
			if (a->vm.vcpu[i])
				a->vm.vcpu[i]->inputs.cr0_known = false;
		a->result->events_unknown++;
		audit_unknown(a, UNKNOWN_VCPUS, 1);
		return;
	}
	if (!ev->write) {
		/* CLTS, or a read that exits: it says what CR0 holds. */
		if (cr0_op(ev->value, &op)) {
			struct change change;

			change_begin(a, &change, vcpu, &op);
			vcpu_cr0_learn(vcpu, ev->value);
		}
		return;
	}
	/* The mark's write, begun at its VM exit already? */
	if (task->change.open && task->change.op.kind == OP_CR0 && vcpu->cr0 == ev->value &&
	    task->change.since == task->began)
		return;
	a->announced_cr0 = false;
	task_boundary(a, task);
	change_cr0(a, task, vcpu, ev->value);
}

void change_dma(struct audit *a, struct task *task, bool on)
{
	struct trace_vm *vm = &a->vm;
	bool was = vm->dma;
	struct op op = { .kind = OP_DMA, .arg = on };
	struct mt_inputs before;

	task_boundary(a, task);
	a->result->dma_changes++;
	a->announced_dma = 0;
	vm->dma_open = false;
	before = vm_inputs(vm, NULL);
	if (on) {
		vm->dma++;
	} else if (vm->dma) {
		vm->dma--;
	} else {
		vm->dma_known = false;
	}
	if (was == !!vm->dma)
		return;
	change_begin(a, &task->change, NULL, &op);
	task->change.before = before;
	snprintf(task->change.what, sizeof(task->change.what), "non-coherent DMA %s",
		 on ? "on" : "off");
}

/* KVM_CAP_DISABLE_QUIRKS2: 6.1 assigns the mask, later kernels only add to it (rules B.9). */
void change_quirks(struct audit *a, struct task *task, uint32_t mask)
{
	bool adds = a->vm.facts.profile == PROFILE_LINUX_6_16;

	a->result->quirk_changes++;
	for (uint32_t quirk = 1; quirk <= QUIRKS_KNOWN; quirk <<= 1) {
		bool off = mask & quirk;
		struct op op = { .kind = OP_QUIRK, .arg = quirk, .v = { !off } };
		struct mt_inputs before = vm_inputs(&a->vm, NULL);

		if (!(quirk & QUIRKS_KNOWN) || (adds && !off))
			continue;
		task_boundary(a, task);
		change_begin(a, &task->change, NULL, &op);
		if (task->change.result.outcome.kind != OUT_OK) {
			/* EINVAL, unless the host has what nobody told us. */
			if (a->vm.facts.selfsnoop == TRI_UNKNOWN)
				a->vm.quirks_known &= ~quirk;
			task->change.open = false;
			continue;
		}
		task->change.before = before;
		a->vm.quirks_known |= quirk;
		a->vm.facts.quirks_known |= quirk;
		if (off)
			a->vm.facts.quirks_off |= quirk;
		else
			a->vm.facts.quirks_off &= ~quirk;
		snprintf(task->change.what, sizeof(task->change.what), "quirk %s %s",
			 quirk_name(quirk), off ? "off" : "on");
		if (task->change.result.change == CHANGE_NONE && (before.quirks_known & quirk))
			task->change.open = false;	/* as it was */
	}
}


// SPDX-License-Identifier: GPL-2.0-only
/*
 * Following a trace: who runs, what the marks say, and which event goes where.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/trace/audit.h"

/* ---- running ---- */

static void vcpu_runs(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_vcpu *vcpu;

	if (ev->vcpu < 0)
		return;
	vcpu = vm_vcpu(&a->vm, ev->vcpu);
	if (!vcpu) {
		audit_fail(a, -EINVAL, "vcpu %d: at most %u vCPUs can be followed", ev->vcpu,
			   FACTS_MAX_VCPUS);
		return;
	}
	if (a->vm.facts.vcpus && (unsigned)ev->vcpu >= a->vm.facts.vcpus) {
		audit_note(a, "vcpu %d runs, though vcpus=%u was said", ev->vcpu,
			   a->vm.facts.vcpus);
		a->vm.facts.vcpus = ev->vcpu + 1;
	}
	if (vcpu->pid >= 0 && vcpu->pid != ev->pid && !a->vm.facts.nr_pids &&
	    (vcpu->tgid < 0 || vcpu->tgid != ev->tgid)) {
		audit_fail(a, -EINVAL,
			   "vcpu %d is run by the tasks %d and %d: two VMs, and an SPTE event does not say whose it is; give the tasks of one with pid=N,...",
			   ev->vcpu, vcpu->pid, ev->pid);
		return;
	}
	a->vm.nr_seen += vcpu->pid < 0;
	if (a->vm.nr_seen > a->result->vcpus)
		a->result->vcpus = a->vm.nr_seen;
	vcpu->ran = true;
	vcpu->pid = ev->pid;
	vcpu->tgid = ev->tgid;
	if (task)
		task->vcpu = ev->vcpu;
	if (ev->rip && ev->rip != 0xfff0) {
		vcpu->left_reset = true;
	} else if (ev->rip && vcpu->left_reset) {
		/* Back at the reset vector: the VMM has reset the VM, by ioctls that nobody traced. */
		audit_note(a, "line %lu: vcpu %d was reset; registers are unknown from here",
			   a->line, ev->vcpu);
		for (unsigned i = 0; i < a->vm.nr_vcpus; i++)
			if (a->vm.vcpu[i])
				vcpu_forget(a->vm.vcpu[i]);
		vcpu->left_reset = false;
	}
}

/* "EPT_VIOLATION" is VMX with EPT, "npf" SVM with NPT. */
static void learn_host(struct audit *a, const char *text)
{
	struct facts *facts = &a->vm.facts;
	bool ept = strstr(text, "EPT_VIOLATION") || strstr(text, "EPT_MISCONFIG");
	bool npt = strstr(text, "reason npf");

	if ((!ept && !npt) || a->host_disputed)
		return;
	if ((facts->intel != TRI_UNKNOWN && (facts->intel == TRI_YES) != ept) ||
	    facts->tdp == TRI_NO) {
		audit_note(a, "line %lu: this exit is not one of the host that was named; no memtype is judged",
			   a->line);
		a->host_disputed = true;
		facts->intel = facts->tdp = TRI_UNKNOWN;
		return;
	}
	if (facts->intel != TRI_UNKNOWN && facts->tdp == TRI_YES)
		return;
	facts->intel = ept ? TRI_YES : TRI_NO;
	facts->tdp = TRI_YES;
	vm_rebuild(&a->vm);
	a->steps++;
}

static void on_exit_event(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_vcpu *vcpu;

	vcpu_runs(a, task, ev);
	learn_host(a, ev->text);
	vcpu = task_vcpu(a, task);
	/* SVM without decode assists emulates MOV CR0, and then kvm_cr is silent. */
	if (!a->announced_cr0 || !vcpu || !task ||
	    (!strstr(ev->text, "reason write_cr0") && !strstr(ev->text, "reason cr0_sel_write")))
		return;
	a->announced_cr0 = false;
	a->result->cr_writes++;
	change_cr0(a, task, vcpu, a->announced_cr0_value);
	task->change.since = a->line;
}

static void on_smm(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_vcpu *vcpu;

	vcpu_runs(a, task, ev);
	vcpu = task_vcpu(a, task);
	if (!vcpu)
		return;
	if (ev->write) {
		vcpu->smm_cr0_known = vcpu->inputs.cr0_known;
		vcpu->smm_cr0 = vcpu->cr0;
	} else if (!vcpu->smm_cr0_known || ((vcpu->cr0 ^ vcpu->smm_cr0) & CR0_CD)) {
		/* RSM restores CR0 from memory, which SMM may have edited. */
		vcpu->inputs.cr0_known = false;
	} else {
		vcpu->cr0 = vcpu->smm_cr0;
	}
}

static void on_nested(struct audit *a, struct task *task)
{
	struct trace_vcpu *vcpu = task_vcpu(a, task);

	if (vcpu && !vcpu->nested) {
		audit_note(a, "line %lu: vcpu %u runs guests of its own; its CR0 is unknown from here",
			   a->line, vcpu->id);
		vcpu->nested = true;
	}
}

/* ---- marks of corpus/traces ---- */

/* What the last mark announced and no tracepoint showed has been done by now. */
static void settle_announced(struct audit *a, struct task *task)
{
	struct trace_vcpu *vcpu;

	if (a->announced_dma && task)
		change_dma(a, task, a->announced_dma > 0);
	a->announced_dma = 0;
	vcpu = task_vcpu(a, task);
	if (a->announced_cr0 && vcpu) {
		a->result->cr_writes++;
		change_cr0(a, task, vcpu, a->announced_cr0_value);
		task->change.wants_zaps_judged = false;
	}
	a->announced_cr0 = false;
	task_boundary(a, task);
}

/* KVM_CREATE_VM: from here on the marks show all that ioctls do. */
static void new_vm(struct audit *a)
{
	struct facts facts = a->facts;

	leaves_free(&a->leaves);
	audit_drop_changes(a);
	if (facts.start == START_UNKNOWN)
		facts.start = START_RUNNING;
	a->kvm = 0;
	vm_init(&a->vm, &facts);
	a->vm.dma_known = true;
	a->vm.quirks_known = QUIRKS_KNOWN;
}

static void on_mark(struct audit *a, struct task *task, const struct trace_event *ev)
{
	const char *p = strchr(ev->text, '@');
	unsigned long long value;
	struct trace_vcpu *vcpu;
	unsigned step;
	char word[16];
	int end = 0;

	if (a->vm.facts.marks != TRI_YES || !p || sscanf(p, "@%u%n", &step, &end) != 1)
		return;
	if (task) {
		change_settle(a, task);
		task_boundary(a, task);
		settle_announced(a, task);
	}
	a->step = step;
	p += end;
	if (sscanf(p, " %15s%n", word, &end) != 1)
		return;
	p += end;
	if (!strcmp(word, "vm")) {
		new_vm(a);
	} else if (!strcmp(word, "vadd") || !strcmp(word, "vdel")) {
		a->announced_dma = word[1] == 'a' ? 1 : -1;
		a->vm.dma_open = true;
	} else if (!strcmp(word, "ncmod") && sscanf(p, " %llu", &value) == 1) {
		a->announced_dma = value ? 1 : -1;
		a->vm.dma_open = true;
	} else if (!strcmp(word, "quirks") && sscanf(p, " %llx", &value) == 1 && task) {
		change_quirks(a, task, value);
	} else if (!strcmp(word, "gcr0") && sscanf(p, " %llx", &value) == 1) {
		vcpu = task_vcpu(a, task);
		a->announced_cr0 = vcpu;
		a->announced_cr0_value = value;
		if (vcpu)
			vcpu->cr0_open = true;
	}
}

/* ---- events ---- */

static void on_zapgfn(struct audit *a, const struct trace_event *ev)
{
	if (a->kvm && a->kvm != ev->value && !a->vm.facts.nr_pids)
		audit_fail(a, -EINVAL,
			   "zaps of two VMs (kvm 0x%llx and 0x%llx), and an SPTE event does not say whose it is; give the tasks of one with pid=N,...",
			   (unsigned long long)a->kvm, (unsigned long long)ev->value);
	a->kvm = ev->value;
}

void audit_event(struct audit *a, const struct trace_event *ev)
{
	bool ours = facts_pid(&a->vm.facts, ev->pid, ev->tgid);
	struct task *task;

	if (!ours && ev->kind != TRACE_SPTE_CHANGED)
		return;
	task = ours ? audit_task(a, ev->pid) : NULL;
	switch (ev->kind) {
	case TRACE_ENTRY:
	case TRACE_EXIT:
	case TRACE_FAULT:
	case TRACE_CR:
	case TRACE_NCREG:
	case TRACE_NCUNREG:
		change_settle(a, task);
		break;
	default:
		break;
	}
	switch (ev->kind) {
	case TRACE_MSR:
		change_msr(a, task, ev);
		break;
	case TRACE_CR:
		change_cr(a, task, ev);
		break;
	case TRACE_SPTE_CHANGED:
		spte_changed(a, task, ev, ours);
		break;
	case TRACE_SET_SPTE:
		spte_set(a, task, ev);
		break;
	case TRACE_MMIO_SPTE:
		a->result->mmio_sptes++;
		break;
	case TRACE_ZAP_ALL:
		/* Roots become obsolete; their leaves are no vCPU's any more. */
		leaves_free(&a->leaves);
		break;
	case TRACE_SPLIT:
		spte_split(a, task, ev);
		break;
	case TRACE_ENTRY:
	case TRACE_FAULT:
		task_boundary(a, task);
		vcpu_runs(a, task, ev);
		break;
	case TRACE_EXIT:
		task_boundary(a, task);
		on_exit_event(a, task, ev);
		break;
	case TRACE_SMM:
		on_smm(a, task, ev);
		break;
	case TRACE_NESTED:
		on_nested(a, task);
		break;
	case TRACE_MARK:
		on_mark(a, task, ev);
		break;
	case TRACE_ZAPGFN:
		on_zapgfn(a, ev);
		break;
	case TRACE_MT_IN:
		if (task) {
			task->mt_known = true;
			task->mt_gfn = ev->gfn;
			task->mt_mmio = ev->write;
		}
		break;
	case TRACE_SETMTRR:
		change_settle(a, task);
		a->setmtrr_seen = true;
		if (task) {
			task->setmtrr = true;
			task->setmtrr_msr = ev->index;
			task->setmtrr_value = ev->value;
		}
		break;
	case TRACE_NCREG:
	case TRACE_NCUNREG:
		if (task)
			change_dma(a, task, ev->kind == TRACE_NCREG);
		break;
	case TRACE_OTHER:
	case NR_TRACE_KINDS:
		break;
	}
}

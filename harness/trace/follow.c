// SPDX-License-Identifier: GPL-2.0-only
/*
 * Following a trace: each event changes what is known of the VM, its vCPUs or
 * its leaves, and where a change of state is over, the judge is asked.
 *
 * When it is over depends on where KVM has the tracepoint. kvm_msr stands
 * behind the write and its zaps: it is judged at once, with the zaps of the
 * same task since its VM exit. kvm_cr stands before the write, as the kprobes
 * of DMA registration do: they stay open until the task does something else.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/program/program.h"
#include "harness/trace/audit.h"

/* ---- vCPUs and tasks ---- */

/* The vCPU that @task runs, as far as it is known. */
static struct trace_vcpu *vcpu_of(struct audit *a, const struct task *task)
{
	if (task && task->vcpu >= 0)
		return vm_vcpu(&a->vm, task->vcpu);
	if (a->vm.facts.vcpus != 1)
		return NULL;
	/* There is but one; that it executes guest code is why it has ops. */
	return vm_vcpu(&a->vm, 0);
}

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
	a->result->vcpus += vcpu->pid < 0;
	vcpu->ran = true;
	vcpu->pid = ev->pid;
	vcpu->tgid = ev->tgid;
	if (task)
		task->vcpu = ev->vcpu;
	if (ev->rip && ev->rip != 0xfff0) {
		vcpu->left_reset = true;
	} else if (ev->rip && vcpu->left_reset) {
		/* Back at the reset vector: the VMM has reset it, by ioctls that nobody traced. */
		audit_note(a, "line %lu: vcpu %d was reset; its registers are unknown from here",
			   a->line, ev->vcpu);
		vcpu_forget(vcpu);
		vcpu->left_reset = false;
	}
}

/* ---- changes of state ---- */

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
	for (unsigned i = 0; i < FACTS_MAX_VCPUS; i++) {
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
static void task_boundary(struct audit *a, struct task *task)
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
	for (unsigned i = 0; i < FACTS_MAX_VCPUS; i++)
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
			audit_note(a, "line %lu: %s reads 0x%llx, not what the trace shows written: an ioctl did, and what was judged since may rest on the wrong value",
				   a->line, msr_name(ev->index, name, sizeof(name)),
				   (unsigned long long)ev->value);
		}
	}
	op = (struct op){ .kind = OP_SETMSR, .arg = ev->index, .v = { ev->value } };
	change_begin(a, &change, vcpu, &op);
	vcpu_msr_learn(vcpu, ev->index, change.result.outcome.kind == OUT_OK);
}

static void on_msr(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_vcpu *vcpu = vcpu_of(a, task);

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
static void settle_setmtrr(struct audit *a, struct task *task)
{
	struct trace_vcpu *vcpu = vcpu_of(a, task);

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

static void cr0_write(struct audit *a, struct task *task, struct trace_vcpu *vcpu, uint64_t value)
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

static void on_cr(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_vcpu *vcpu = vcpu_of(a, task);
	struct op op;

	if (ev->index)
		return;
	a->result->cr_writes += ev->write;
	if (!vcpu || !task) {
		for (unsigned i = 0; i < FACTS_MAX_VCPUS; i++)
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
	cr0_write(a, task, vcpu, ev->value);
}

static void dma_switch(struct audit *a, struct task *task, bool on)
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
static void quirks_disable(struct audit *a, struct task *task, uint32_t mask)
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
		a->vm.quirks_known |= quirk;
		a->vm.facts.quirks_known |= quirk;
		if (off)
			a->vm.facts.quirks_off |= quirk;
		else
			a->vm.facts.quirks_off &= ~quirk;
		change_begin(a, &task->change, NULL, &op);
		task->change.before = before;
		snprintf(task->change.what, sizeof(task->change.what), "quirk %s %s",
			 quirk_name(quirk), off ? "off" : "on");
	}
}

/* ---- marks of corpus/traces ---- */

/* What the last mark announced and no tracepoint showed has been done by now. */
static void settle_announced(struct audit *a, struct task *task)
{
	struct trace_vcpu *vcpu;

	if (a->announced_dma && task)
		dma_switch(a, task, a->announced_dma > 0);
	a->announced_dma = 0;
	vcpu = vcpu_of(a, task);
	if (a->announced_cr0 && vcpu) {
		a->result->cr_writes++;
		cr0_write(a, task, vcpu, a->announced_cr0_value);
		task->change.wants_zaps_judged = false;
	}
	a->announced_cr0 = false;
	task_boundary(a, task);
}

static void new_vm(struct audit *a)
{
	struct facts facts = a->facts;

	leaves_free(&a->leaves);
	audit_drop_changes(a);
	if (facts.start == START_UNKNOWN)
		facts.start = START_RUNNING;
	a->kvm = 0;
	vm_init(&a->vm, &facts);
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
		settle_setmtrr(a, task);
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
		quirks_disable(a, task, value);
	} else if (!strcmp(word, "gcr0") && sscanf(p, " %llx", &value) == 1) {
		vcpu = vcpu_of(a, task);
		a->announced_cr0 = vcpu;
		a->announced_cr0_value = value;
		if (vcpu)
			vcpu->cr0_open = true;
	}
}

/* ---- SPTEs ---- */

static void install(struct audit *a, struct task *task, const struct trace_event *ev,
		    const struct trace_leaf *old)
{
	struct trace_leaf leaf = {
		.gfn = ev->gfn, .spte = ev->new_spte, .line = a->line,
		.as_id = ev->as_id, .level = ev->level,
	}, *kept;
	struct mt mt = leaf_mt(a, &leaf);
	const struct facts *facts = &a->vm.facts;

	if (facts->mmio_known) {
		leaf.mmio = facts_mmio(facts, leaf.gfn);
		leaf.ram = !leaf.mmio;
	} else if (task && task->mt_known && task->mt_gfn == leaf.gfn) {
		leaf.mmio = task->mt_mmio;
		leaf.ram = !leaf.mmio;
	} else {
		leaf.ram = mt.type != MT_UC || mt.ipat ||
			   (old && old->ram && !((old->spte ^ leaf.spte) & SPTE_PFN_MASK));
	}
	a->result->leaves++;
	judge_fresh(a, &leaf, task ? task->vcpu : -1);
	kept = leaves_put(&a->leaves, &leaf);
	if (!kept) {
		audit_note(a, "line %lu: more than %u leaves are present; they are not followed further",
			   a->line, LEAVES_MAX);
		audit_lost(a);
	}
}

/* The same page with the same memtype: accessed, dirty or write-protected anew. */
static bool same_mapping(uint64_t old_spte, uint64_t new_spte)
{
	return !((old_spte ^ new_spte) & (SPTE_PFN_MASK | EPT_MT_MASK | EPT_IPAT | SPTE_PS));
}

static void on_spte_changed(struct audit *a, struct task *task, const struct trace_event *ev,
			    bool ours)
{
	/* Presence and PS are the same in both layouts (rules F.5). */
	struct spte_view old = spte_view(SPTE_EPT, ev->old_spte, ev->level);
	struct spte_view new = spte_view(SPTE_EPT, ev->new_spte, ev->level);
	struct trace_leaf *leaf = leaves_find(&a->leaves, ev->as_id, ev->gfn, ev->level);
	struct trace_leaf gone = { 0 };

	if (leaf && (!old.leaf || !same_mapping(leaf->spte, ev->old_spte)) && !ours)
		return;		/* another VM's */
	if (!ours && !leaf)
		return;
	a->vm.tdp_mmu_seen = true;
	if (ev->level > LEVEL_1G)
		return;
	if (old.leaf && new.leaf && same_mapping(ev->old_spte, ev->new_spte)) {
		struct trace_leaf found = { .gfn = ev->gfn, .spte = ev->new_spte, .line = a->line,
					    .as_id = ev->as_id, .level = ev->level };

		/* One that was there before the trace: it comes to light here. */
		if (leaf)
			leaf->spte = ev->new_spte;
		else if (!leaves_put(&a->leaves, &found))
			audit_lost(a);
		return;
	}
	if (leaf) {
		gone = *leaf;
		leaves_remove(&a->leaves, leaf);
	}
	if (old.leaf && !new.leaf) {
		a->result->zaps++;
		if (task && !new.present)
			task_add_zap(task, ev->gfn, ev->level);
		if (task && new.present)
			task->split = gone;
	}
	if (new.leaf) {
		/* Whoever maps a page is done with what it did before. */
		if (task && task->change.open)
			judge_change(a, &task->change, task);
		install(a, task, ev, &gone);
	}
}

/*
 * Where the TDP MMU is used this is either the same leaf once more or one of a
 * shadow page table for a guest's guest, which is out of scope.
 */
static void on_set_spte(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct spte_view view = spte_view(SPTE_EPT, ev->new_spte, ev->level);
	struct trace_leaf leaf = { .gfn = ev->gfn, .spte = ev->new_spte, .line = a->line,
				   .level = ev->level };
	struct mt mt;

	if (!view.leaf || ev->level > LEVEL_1G || a->vm.tdp_mmu_seen ||
	    a->vm.facts.tdp_mmu == TRI_YES)
		return;
	a->result->leaves++;
	if (a->vm.facts.tdp_mmu == TRI_UNKNOWN) {
		a->result->fresh_unknown++;
		audit_unknown(a, UNKNOWN_TDP_MMU, 1);
		return;
	}
	mt = leaf_mt(a, &leaf);
	leaf.mmio = facts_mmio(&a->vm.facts, leaf.gfn);
	leaf.ram = a->vm.facts.mmio_known ? !leaf.mmio : mt.type != MT_UC || mt.ipat;
	judge_fresh(a, &leaf, task ? task->vcpu : -1);
}

/* Children of a split copy the huge leaf's memtype, and its standing (rules B.1). */
static void on_split(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_leaf *huge = task ? &task->split : NULL;
	uint64_t pages;

	if (!huge || !huge->level || huge->gfn != ev->gfn || huge->level != ev->level)
		return;
	if (ev->value) {
		huge->level = 0;
		return;
	}
	pages = level_pages(huge->level - 1);
	for (unsigned i = 0; i < 512; i++) {
		struct trace_leaf leaf = *huge;

		leaf.level--;
		leaf.gfn += i * pages;
		leaf.spte += (i * pages) << PAGE_SHIFT;
		if (leaf.level == LEVEL_4K)
			leaf.spte &= ~SPTE_PS;
		if (!leaves_put(&a->leaves, &leaf)) {
			audit_lost(a);
			break;
		}
	}
	huge->level = 0;
}

/* ---- running ---- */

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
	vcpu = vcpu_of(a, task);
	/* SVM without decode assists emulates MOV CR0, and then kvm_cr is silent. */
	if (!a->announced_cr0 || !vcpu || !task ||
	    (!strstr(ev->text, "reason write_cr0") && !strstr(ev->text, "reason cr0_sel_write")))
		return;
	a->announced_cr0 = false;
	a->result->cr_writes++;
	cr0_write(a, task, vcpu, a->announced_cr0_value);
	task->change.since = a->line;
}

static void on_smm(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_vcpu *vcpu;

	vcpu_runs(a, task, ev);
	vcpu = vcpu_of(a, task);
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
	struct trace_vcpu *vcpu = vcpu_of(a, task);

	if (vcpu && !vcpu->nested) {
		audit_note(a, "line %lu: vcpu %u runs guests of its own; its CR0 is unknown from here",
			   a->line, vcpu->id);
		vcpu->nested = true;
	}
}

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
		settle_setmtrr(a, task);
		break;
	default:
		break;
	}
	switch (ev->kind) {
	case TRACE_MSR:
		on_msr(a, task, ev);
		break;
	case TRACE_CR:
		on_cr(a, task, ev);
		break;
	case TRACE_SPTE_CHANGED:
		on_spte_changed(a, task, ev, ours);
		break;
	case TRACE_SET_SPTE:
		on_set_spte(a, task, ev);
		break;
	case TRACE_MMIO_SPTE:
		a->result->mmio_sptes++;
		break;
	case TRACE_ZAP_ALL:
		/* Roots become obsolete; their leaves are no vCPU's any more. */
		leaves_free(&a->leaves);
		break;
	case TRACE_SPLIT:
		on_split(a, task, ev);
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
		settle_setmtrr(a, task);
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
			dma_switch(a, task, ev->kind == TRACE_NCREG);
		break;
	case TRACE_OTHER:
	case NR_TRACE_KINDS:
		break;
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rig: oracle and twin side by side. Every op goes to the oracle as a
 * program would send it and to the twin as the registers that it leaves; a
 * mismatch is printed as a program, with both answers.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "oracle/tests/enumerate.h"

const struct subject real_oracle = {
	.step = oracle_step,
	.memtype = oracle_memtype,
	.matches = oracle_matches,
	.changed = oracle_memtype_changed,
};

void rig_init(struct rig *rig, const struct subject *subject, enum twin_mistake mistake,
	      FILE *report)
{
	unsigned v;

	memset(rig, 0, sizeof(*rig));
	rig->subject = subject;
	rig->report = report;
	for (v = 0; v < RIG_VCPUS; v++)
		rig->twin[v].mistake = mistake;
}

void rig_reset(struct rig *rig, const struct machine *machine)
{
	unsigned v, i;

	rig->machine = *machine;
	memset(&rig->last, 0, sizeof(rig->last));
	oracle_reset(&rig->oracle, machine, machine->profile);
	for (v = 0; v < RIG_VCPUS; v++) {
		struct twin *t = &rig->twin[v];

		*t = (struct twin){
			.profile = machine->profile,
			.vendor = machine->vendor,
			.tdp = machine->tdp,
			.selfsnoop = machine->selfsnoop,
			.cpuid_mtrr = machine->cpuid_mtrr,
			.maxphyaddr = machine->maxphyaddr,
			.quirks_off = machine->quirks_off,
			.cr0 = RUNNING_CR0,
			.mistake = t->mistake,
		};
		for (i = 0; i < TWIN_SLOTS; i++) {
			t->slots[i].start = machine->slots[i].gpa;
			t->slots[i].end = machine->slots[i].gpa + machine->slots[i].size;
		}
	}
}

static unsigned fixed_index(uint32_t msr)
{
	if (msr == MSR_MTRR_FIX64K_00000)
		return 0;
	if (msr == MSR_MTRR_FIX16K_80000 || msr == MSR_MTRR_FIX16K_A0000)
		return 1 + msr - MSR_MTRR_FIX16K_80000;
	return 3 + msr - MSR_MTRR_FIX4K_C0000;
}

static uint32_t fixed_msr(unsigned index)
{
	if (index == 0)
		return MSR_MTRR_FIX64K_00000;
	if (index < 3)
		return MSR_MTRR_FIX16K_80000 + index - 1;
	return MSR_MTRR_FIX4K_C0000 + index - 3;
}

static void twin_wrmsr(struct twin *t, uint32_t msr, uint64_t value)
{
	if (msr >= MSR_MTRR_PHYSBASE(0) && msr <= MSR_MTRR_PHYSMASK(NR_VAR_MTRR - 1)) {
		if (msr & 1)
			t->mask[(msr - MSR_MTRR_PHYSBASE(0)) / 2] = value;
		else
			t->base[(msr - MSR_MTRR_PHYSBASE(0)) / 2] = value;
	} else if (msr == MSR_MTRR_DEF_TYPE) {
		t->def_type = value;
	} else if (msr >= MSR_MTRR_FIX64K_00000 && msr <= MSR_MTRR_FIX4K_F8000) {
		t->fixed[fixed_index(msr)] = value;
	}
}

/* Registers after @op, which was accepted. What R-MT does not depend on is left out. */
static void twin_follow(struct rig *rig, const struct op *op)
{
	struct twin *t = &rig->twin[op->vcpu];
	unsigned v;

	switch (op->kind) {
	case OP_WRMSR:
	case OP_SETMSR:
		twin_wrmsr(t, op->arg, op->v[0]);
		break;
	case OP_CR0:
		t->cr0 = op->flags & OP_DELTA ? (t->cr0 | op->v[0]) & ~op->v[1] : op->v[0];
		break;
	case OP_INIT:
		t->cr0 = CR0_ET | (t->cr0 & (CR0_CD | CR0_NW));
		break;
	case OP_DMA:
		for (v = 0; v < RIG_VCPUS; v++)
			rig->twin[v].dma += op->arg ? 1 : -1;
		break;
	case OP_SETCPUID:
		if (op->arg & CPUID_MTRR)
			t->cpuid_mtrr = op->v[0];
		if (op->arg & CPUID_MAXPHYADDR)
			t->maxphyaddr = op->v[1];
		break;
	case OP_QUIRK:
		for (v = 0; v < RIG_VCPUS; v++)
			rig->twin[v].quirks_off |= op->arg;
		break;
	}
}

void rig_step(struct rig *rig, const struct op *op)
{
	rig->last = *op;
	rig->subject->step(&rig->oracle, op, &rig->result);
	if (rig->result.outcome.kind != OUT_OK &&
	    !(op->kind == OP_READ && rig->result.outcome.kind == OUT_MMIO))
		rig_fail(rig, op->vcpu, 0, "a legal op was not accepted: outcome %u",
			 rig->result.outcome.kind);
	twin_follow(rig, op);
}

void rig_wrmsr(struct rig *rig, unsigned vcpu, uint32_t msr, uint64_t value)
{
	rig_step(rig, &(struct op){ .kind = OP_WRMSR, .vcpu = vcpu, .arg = msr, .v = { value } });
}

void rig_cr0_cache(struct rig *rig, unsigned vcpu, bool cd, bool nw)
{
	uint64_t set = (cd ? CR0_CD : 0) | (nw ? CR0_NW : 0);

	if ((rig->twin[vcpu].cr0 & (CR0_CD | CR0_NW)) == set)
		return;
	rig_step(rig, &(struct op){ .kind = OP_CR0, .vcpu = vcpu, .flags = OP_DELTA,
				    .v = { set, (CR0_CD | CR0_NW) & ~set } });
}

void rig_dma(struct rig *rig, unsigned count)
{
	while (rig->twin[0].dma != count)
		rig_step(rig, &(struct op){ .kind = OP_DMA, .arg = rig->twin[0].dma < count });
}

void rig_mmio(struct rig *rig, unsigned i, uint64_t start, uint64_t end)
{
	struct twin_range *old = &rig->twin[0].mmio[i];
	unsigned v;

	if (old->start != old->end)
		rig_step(rig, &(struct op){ .kind = OP_BACKING, .arg = BACKING_1G,
					    .v = { old->start, old->end - old->start } });
	if (start != end)
		rig_step(rig, &(struct op){ .kind = OP_BACKING, .arg = BACKING_MMIO,
					    .v = { start, end - start } });
	for (v = 0; v < RIG_VCPUS; v++)
		rig->twin[v].mmio[i] = (struct twin_range){ start, end };
}

/* One page against the answer of the run that it lies in. */
static bool check_page(struct rig *rig, unsigned vcpu, uint64_t gpa, const struct mt_run *run)
{
	struct twin_answer expected = twin_memtype(&rig->twin[vcpu], gpa);

	rig->pairs++;
	if (mt_is(run->mt, expected))
		return true;
	rig_fail(rig, vcpu, gpa, "oracle %s ipat=%u undefined=%u (%s, run to 0x%" PRIx64
		 "), twin %s ipat=%u undefined=%u",
		 memtype_name(run->mt.type), run->mt.ipat, run->mt.undefined,
		 rule_table[run->mt.rule].id, run->end << PAGE_SHIFT,
		 memtype_name(expected.type), expected.ipat, expected.undefined);
	return false;
}

/*
 * Half of the states ask page by page; the others ask once a run, check every
 * page of @gpa[] inside it and the run's own last page, where an overshoot
 * would show. The choice is a hash: a digit of the state must not decide it.
 */
bool rig_check_pages(struct rig *rig, unsigned vcpu, const uint64_t *gpa, unsigned nr)
{
	uint64_t limit = 1ULL << (rig->machine.maxphyaddr - PAGE_SHIFT);
	bool by_run = rig->state * 0x9e3779b97f4a7c15 >> 63;
	struct mt_run run;
	uint64_t gfn;
	unsigned i;

	for (i = 0; i < nr; ) {
		gfn = gpa[i] >> PAGE_SHIFT;
		run = rig->subject->memtype(&rig->oracle, vcpu, gfn, EPOCH_NOW);
		if (run.end <= gfn || run.end > 1ULL << (52 - PAGE_SHIFT)) {
			rig_fail(rig, vcpu, gpa[i], "run ends at gfn 0x%" PRIx64, run.end);
			return false;
		}
		do {
			if (!check_page(rig, vcpu, gpa[i], &run))
				return false;
			i++;
		} while (by_run && i < nr && gpa[i] >> PAGE_SHIFT < run.end);

		if (by_run && run.end <= limit && run.end - 1 > gpa[i - 1] >> PAGE_SHIFT &&
		    !check_page(rig, vcpu, (run.end - 1) << PAGE_SHIFT, &run))
			return false;
	}
	return !rig->failed;
}

static struct op host_setmsr(unsigned vcpu, uint32_t msr, uint64_t value)
{
	return (struct op){ .kind = OP_SETMSR, .vcpu = vcpu, .arg = msr, .v = { value } };
}

/*
 * Ops that lead @vcpu from reset to its registers (fixed ones only where
 * FE=1); at most 32. MSRs go the host's way: once the guest ran, its CPUID is
 * fixed, and the MSRs must be written under the CPUID that they were.
 */
static unsigned replay_ops(const struct rig *rig, unsigned vcpu, struct op *ops)
{
	const struct twin *t = &rig->twin[vcpu];
	unsigned i, nr = 0;

	for (i = 0; i < NR_FIXED_MTRR_MSRS; i++)
		if (t->fixed[i] && (t->def_type & MTRR_DEF_TYPE_FE))
			ops[nr++] = host_setmsr(vcpu, fixed_msr(i), t->fixed[i]);
	for (i = 0; i < NR_VAR_MTRR; i++) {
		if (t->base[i])
			ops[nr++] = host_setmsr(vcpu, MSR_MTRR_PHYSBASE(i), t->base[i]);
		if (t->mask[i])
			ops[nr++] = host_setmsr(vcpu, MSR_MTRR_PHYSMASK(i), t->mask[i]);
	}
	if (t->def_type)
		ops[nr++] = host_setmsr(vcpu, MSR_MTRR_DEF_TYPE, t->def_type);
	if (t->cpuid_mtrr != rig->machine.cpuid_mtrr || t->maxphyaddr != rig->machine.maxphyaddr)
		ops[nr++] = (struct op){ .kind = OP_SETCPUID, .vcpu = vcpu,
					 .arg = CPUID_MTRR | CPUID_MAXPHYADDR,
					 .v = { t->cpuid_mtrr, t->maxphyaddr } };
	if (t->cr0 != RUNNING_CR0)
		ops[nr++] = (struct op){ .kind = OP_CR0, .vcpu = vcpu, .v = { t->cr0 } };
	return nr;
}

static void print_op(const struct op *op, FILE *f)
{
	switch (op->kind) {
	case OP_SETCPUID:
		fprintf(f, "host cpuid vcpu%u cpuid-mtrr=%s maxphyaddr=%" PRIu64 "\n", op->vcpu,
			op->v[0] ? "on" : "off", op->v[1]);
		break;
	case OP_CR0:
		fprintf(f, "vcpu%u cr0 0x%" PRIx64 "\n", op->vcpu, op->v[0]);
		break;
	default:
		fprintf(f, "host setmsr vcpu%u 0x%x 0x%" PRIx64 "\n", op->vcpu, op->arg, op->v[0]);
		break;
	}
}

static void print_program(const struct rig *rig, FILE *f)
{
	const struct machine *m = &rig->machine;
	uint32_t quirks_off = rig->twin[0].quirks_off;
	struct op ops[32];
	unsigned v, i, nr;

	fprintf(f, "zaplock 1\nmachine profile=%s vendor=%s vcpus=%u maxphyaddr=%u cpuid-mtrr=%s "
		"tdp=%s selfsnoop=%s\n", profile_table[m->profile].name,
		m->vendor == VENDOR_INTEL ? "intel" : "amd", m->nr_vcpus, m->maxphyaddr,
		m->cpuid_mtrr ? "on" : "off", m->tdp ? "on" : "off", m->selfsnoop ? "on" : "off");
	if (quirks_off & QUIRK_CD_NW_CLEARED)
		fprintf(f, "quirk cd-nw-cleared off\n");
	if (quirks_off & QUIRK_IGNORE_GUEST_PAT)
		fprintf(f, "quirk ignore-guest-pat off\n");
	if (m->quirks_on & QUIRK_CD_NW_CLEARED & ~quirks_off)
		fprintf(f, "quirk cd-nw-cleared on\n");
	if (m->quirks_on & QUIRK_IGNORE_GUEST_PAT & ~quirks_off)
		fprintf(f, "quirk ignore-guest-pat on\n");
	for (i = 0; i < TWIN_SLOTS; i++)
		if (m->slots[i].size)
			fprintf(f, "slot %u gpa=0x%" PRIx64 " size=0x%" PRIx64 "\n", i,
				m->slots[i].gpa, m->slots[i].size);
	fprintf(f, "---\n");
	for (i = 0; i < rig->twin[0].dma; i++)
		fprintf(f, "host dma on\n");
	for (i = 0; i < TWIN_MMIO_RANGES; i++) {
		const struct twin_range *r = &rig->twin[0].mmio[i];

		if (r->start != r->end)
			fprintf(f, "host backing 0x%" PRIx64 " 0x%" PRIx64 " mmio\n",
				r->start, r->end - r->start);
	}
	for (v = 0; v < m->nr_vcpus; v++) {
		nr = replay_ops(rig, v, ops);
		for (i = 0; i < nr; i++)
			print_op(&ops[i], f);
	}
}

/* Does the oracle answer the same when the registers are written in one go from reset? */
static bool same_from_reset(const struct rig *rig, unsigned vcpu, uint64_t gpa)
{
	struct rig fresh = { .subject = rig->subject };
	struct mt_run here, there;
	struct op ops[32];
	unsigned v, i, nr;

	here = rig->subject->memtype((struct oracle *)&rig->oracle, vcpu, gpa >> PAGE_SHIFT,
				     EPOCH_NOW);
	rig_reset(&fresh, &rig->machine);
	fresh.failed = true;	/* it reports nothing */
	rig_dma(&fresh, rig->twin[0].dma);
	for (i = 0; i < TWIN_MMIO_RANGES; i++)
		rig_mmio(&fresh, i, rig->twin[0].mmio[i].start, rig->twin[0].mmio[i].end);
	if (rig->twin[0].quirks_off & ~rig->machine.quirks_off)
		rig_step(&fresh, &(struct op){ .kind = OP_QUIRK, .arg = rig->twin[0].quirks_off &
					       ~rig->machine.quirks_off });
	for (v = 0; v < rig->machine.nr_vcpus; v++) {
		nr = replay_ops(rig, v, ops);
		for (i = 0; i < nr; i++)
			rig_step(&fresh, &ops[i]);
	}
	there = fresh.subject->memtype(&fresh.oracle, vcpu, gpa >> PAGE_SHIFT, EPOCH_NOW);
	return here.mt.type == there.mt.type && here.mt.ipat == there.mt.ipat &&
	       here.mt.undefined == there.mt.undefined;
}

void rig_fail(struct rig *rig, unsigned vcpu, uint64_t gpa, const char *what, ...)
{
	const struct op *op = &rig->last;
	va_list args;

	if (rig->failed)
		return;
	rig->failed = true;
	if (!rig->report)
		return;

	fprintf(rig->report, "MISMATCH: %s, state %" PRIu64 ", vcpu%u, gpa 0x%" PRIx64 ": ",
		rig->plan, rig->state, vcpu, gpa);
	va_start(args, what);
	vfprintf(rig->report, what, args);
	va_end(args);
	fprintf(rig->report, "\nlast op: kind %u vcpu%u flags 0x%x arg 0x%x v 0x%" PRIx64 " 0x%"
		PRIx64 "\n", op->kind, op->vcpu, op->flags, op->arg, op->v[0], op->v[1]);
	fprintf(rig->report, "the state, %s:\n", same_from_reset(rig, vcpu, gpa) ?
		"which answers alike when it is written from reset" :
		"reached by other steps: WRITTEN FROM RESET IT ANSWERS OTHERWISE");
	print_program(rig, rig->report);
}

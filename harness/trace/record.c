// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace as a program (`zaplock import`): the changes of state that the audit
 * follows and the leaves that appear become ops, in their order; the machine is
 * what the facts say, memslots what they name or else what leaves were seen in.
 *
 * CR0 is followed by CD alone, as the audit does: the rest has no part in a
 * memtype, and a program begins in 64-bit mode whatever the guest did before.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/trace/audit.h"

#define SLOT_ALIGN	(1ULL << 9)		/* gfns: 2M */
#define SLOT_JOIN	(1ULL << 18)		/* leaves that are nearer than 1G share a slot */

static void append(struct audit_record *r, const struct op *op)
{
	if (r->program.nr_ops == PROGRAM_MAX_OPS)
		r->dropped++;
	else
		r->program.ops[r->program.nr_ops++] = *op;
}

/* CD as the program has it so far: what leaves it alone is no op. */
static bool toggles_cd(struct audit_record *r, const struct op *op)
{
	bool cd = op->v[0] & CR0_CD;

	if (!!(r->cd & 1u << op->vcpu) == cd)
		return false;
	r->cd ^= 1u << op->vcpu;
	return true;
}

static bool toggles_quirk(struct audit_record *r, const struct op *op)
{
	if (!(r->quirks_off & op->arg) == !!op->v[0])
		return false;
	r->quirks_off ^= op->arg;
	return true;
}

void record_op(struct audit *a, const struct trace_vcpu *vcpu, const struct op *op)
{
	struct audit_record *r = a->options->record;
	struct op copy = *op;

	if (!r)
		return;
	if (vcpu && vcpu->id >= MAX_VCPUS) {
		r->dropped++;
		return;
	}
	copy.vcpu = vcpu ? vcpu->id : 0;
	if (vcpu && vcpu->id >= r->nr_vcpus)
		r->nr_vcpus = vcpu->id + 1;
	if ((op->kind == OP_CR0 && !toggles_cd(r, &copy)) || (op->kind == OP_QUIRK && !toggles_quirk(r, &copy)))
		return;
	append(r, &copy);
}

/* The range that @gfn's slot must reach; neighbours are joined when the machine is made. */
static void reach(struct audit_record *r, uint64_t gfn, uint64_t end, unsigned level)
{
	gfn &= ~(SLOT_ALIGN - 1);
	end = (end + SLOT_ALIGN - 1) & ~(SLOT_ALIGN - 1);
	for (unsigned i = 0; i < r->nr_ranges; i++) {
		if (gfn > r->ranges[i].end + SLOT_JOIN || end + SLOT_JOIN < r->ranges[i].start)
			continue;
		r->ranges[i].start = gfn < r->ranges[i].start ? gfn : r->ranges[i].start;
		r->ranges[i].end = end > r->ranges[i].end ? end : r->ranges[i].end;
		r->ranges[i].level = level > r->ranges[i].level ? level : r->ranges[i].level;
		return;
	}
	if (r->nr_ranges == MAX_SLOTS) {
		r->dropped++;
		return;
	}
	r->ranges[r->nr_ranges].start = gfn;
	r->ranges[r->nr_ranges].level = level;
	r->ranges[r->nr_ranges++].end = end;
}

void record_leaf(struct audit *a, int vcpu, const struct trace_leaf *leaf)
{
	struct audit_record *r = a->options->record;
	struct op op = { .kind = OP_READ, .v = { leaf->gfn << PAGE_SHIFT } };
	struct op mmio = { .kind = OP_BACKING, .arg = BACKING_MMIO,
			   .v = { leaf->gfn << PAGE_SHIFT, level_pages(leaf->level) << PAGE_SHIFT } };

	if (!r || leaf->as_id)
		return;
	if (vcpu >= (int)MAX_VCPUS) {
		r->dropped++;
		return;
	}
	op.vcpu = vcpu < 0 ? 0 : vcpu;
	if (op.vcpu >= r->nr_vcpus)
		r->nr_vcpus = op.vcpu + 1;
	reach(r, leaf->gfn, leaf->gfn + level_pages(leaf->level), leaf->level);
	if (leaf->mmio)
		append(r, &mmio);
	append(r, &op);
}

static void make_slots(struct machine *m, const struct facts *facts, const struct audit_record *r)
{
	for (unsigned i = 0; i < facts->nr_slots; i++)
		m->slots[i] = facts->slots[i];
	for (unsigned i = 0, id = 0; i < r->nr_ranges && !facts->nr_slots; i++) {
		uint64_t gpa = r->ranges[i].start << PAGE_SHIFT;

		m->slots[id++] = (struct slot){ gpa, (r->ranges[i].end << PAGE_SHIFT) - gpa, 0 };
	}
}

/* What was so before the trace began, in front of the rest. */
static void put_in_front(struct audit_record *r, const struct facts *facts)
{
	struct op front[FACTS_MAX_MSRS + 2 * MAX_VCPUS + MAX_SLOTS];
	unsigned nr = 0, room = PROGRAM_MAX_OPS - r->program.nr_ops;

	/* Where no leaf was larger, the host had no larger pages. */
	for (unsigned i = 0; i < r->nr_ranges; i++)
		if (r->ranges[i].level < LEVEL_1G)
			front[nr++] = (struct op){ .kind = OP_BACKING,
				.arg = r->ranges[i].level == LEVEL_4K ? BACKING_4K : BACKING_2M,
				.v = { r->ranges[i].start << PAGE_SHIFT,
				       (r->ranges[i].end - r->ranges[i].start) << PAGE_SHIFT } };
	for (int i = 0; i < facts->dma && i < (int)MAX_VCPUS; i++)
		front[nr++] = (struct op){ .kind = OP_DMA, .arg = 1 };
	for (unsigned i = 0; i < facts->nr_msrs; i++)
		front[nr++] = (struct op){ .kind = OP_SETMSR, .arg = facts->msrs[i].msr,
					   .v = { facts->msrs[i].value } };
	for (unsigned v = 0; v < r->nr_vcpus; v++)
		if (r->cd_at_start & 1u << v)
			front[nr++] = (struct op){ .kind = OP_CR0, .vcpu = v, .flags = OP_DELTA, .v = { CR0_CD } };
	nr = nr < room ? nr : room;
	memmove(&r->program.ops[nr], r->program.ops, r->program.nr_ops * sizeof(r->program.ops[0]));
	memcpy(r->program.ops, front, nr * sizeof(front[0]));
	r->program.nr_ops += nr;
}

void record_begin(struct audit *a)
{
	struct audit_record *r = a->options->record;
	const struct facts *facts = &a->facts;
	bool cd = facts->cr0_known ? !!(facts->cr0 & CR0_CD) : facts->start == START_RESET;

	if (!r)
		return;
	program_init(&r->program);
	r->cd = r->cd_at_start = cd ? ~0u : 0;
	r->nr_vcpus = 1;
	r->quirks_off = facts->quirks_off;
}

void record_end(struct audit *a)
{
	struct audit_record *r = a->options->record;
	const struct facts *facts = &a->facts;
	struct machine *m;

	if (!r)
		return;
	m = &r->program.machine;
	m->profile = facts->profile;
	m->vendor = a->vm.facts.intel == TRI_NO ? VENDOR_AMD : VENDOR_INTEL;
	m->tdp = a->vm.facts.tdp != TRI_NO;
	m->cpuid_mtrr = facts->cpuid_mtrr != TRI_NO;
	m->selfsnoop = facts->selfsnoop != TRI_NO;
	m->maxphyaddr = facts->maxphyaddr ? facts->maxphyaddr : m->maxphyaddr;
	m->nr_vcpus = facts->vcpus > r->nr_vcpus && facts->vcpus <= MAX_VCPUS ? facts->vcpus : r->nr_vcpus;
	m->quirks_off = facts->quirks_known & facts->quirks_off;
	m->quirks_on = facts->quirks_known & ~facts->quirks_off;
	make_slots(m, facts, r);
	put_in_front(r, facts);
	program_repair(&r->program);
}

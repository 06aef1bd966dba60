// SPDX-License-Identifier: GPL-2.0-only
/*
 * What makes a value simple, and the moves towards it: addresses to the starts
 * of slots, masks to contiguous ones, PAT and control registers to the values
 * that every reader knows, everything else to fewer set bits.
 */
#include "harness/program/minimize.h"

/* More than all values of a program together can cost: 4096 ops of four fields. */
#define LINE_COST	(1ULL << 32)

static uint64_t number_cost(uint64_t v)
{
	return v ? 64u * __builtin_popcountll(v) + 64 - __builtin_clzll(v) : 0;
}

/* Rank of the slot that begins at @gpa: any of them is simpler than any other address. */
static uint64_t address_cost(const struct machine *m, uint64_t gpa)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++)
		if (m->slots[i].size && m->slots[i].gpa == gpa)
			return i;
	return MAX_SLOTS + number_cost(gpa);
}

static uint64_t size_cost(uint64_t size)
{
	return number_cost(size);
}

/* Are the bits of a PHYSMASK from its lowest up to MAXPHYADDR all set (SDM 11.11.4)? */
static bool mask_contiguous(const struct machine *m, uint64_t value)
{
	uint64_t mask = value & ~(PAGE_SIZE - 1);

	return mask && mask == ((gpa_limit(m) - 1) & ~((mask & -mask) - 1));
}

static uint64_t msr_cost(const struct machine *m, uint32_t msr, uint64_t v)
{
	bool pair = msr >= MSR_MTRR_PHYSBASE(0) && msr < MSR_MTRR_PHYSBASE(NR_VAR_MTRR);
	unsigned index = pair ? (msr - MSR_MTRR_PHYSBASE(0)) / 2 : 0;

	if (pair && !(msr & 1))
		return index + address_cost(m, v & ~(PAGE_SIZE - 1)) +
		       number_cost(v & (PAGE_SIZE - 1));
	/* Fewer bits of a contiguous mask only make holes. */
	if (pair && mask_contiguous(m, v))
		return index + 1 + number_cost(v & (PAGE_SIZE - 1)) +
		       __builtin_popcountll(v & ~(PAGE_SIZE - 1));
	if (pair && v)
		return index + 1024 + number_cost(v);
	if (msr == MSR_PAT && v == PAT_RESET_VALUE)
		return 0;
	return index + number_cost(v);
}

static uint64_t cr_cost(const struct op *op)
{
	if (op->flags & OP_DELTA)
		return number_cost(op->v[0]) + number_cost(op->v[1]);
	return 1u << 16 | number_cost(op->v[0]);
}

static uint64_t sregs_cost(const struct op *op)
{
	static const uint64_t known[4] = { RUNNING_CR0, RUNNING_CR3, RUNNING_CR4, RUNNING_EFER };
	uint64_t cost = 0;

	for (unsigned i = 0; i < 4; i++)
		if (op->arg & 1u << i)
			cost += (1u << 16) + (op->v[i] == known[i] ? 0 : 1 + number_cost(op->v[i]));
	return cost;
}

static uint64_t op_cost(const struct machine *m, const struct op *op)
{
	switch (op->kind) {
	case OP_WRMSR:
	case OP_SETMSR:
		return msr_cost(m, op->arg, op->v[0]);
	case OP_RDMSR:
		return msr_cost(m, op->arg, 0);
	case OP_CR0:
	case OP_CR4:
		return cr_cost(op);
	case OP_CR3:
		return number_cost(op->v[0]) + !!(op->flags & OP_NOFLUSH);
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		return (op->kind - OP_READ) * (1u << 14) +
		       (op->flags & OP_VA ? 1u << 16 | number_cost(op->v[0]) :
					    address_cost(m, op->v[0]));
	case OP_MAP:
		return op->arg + number_cost(op->v[0]) + address_cost(m, op->v[1]) + op->v[2];
	case OP_SLOT:
		return (1u << 16) + op->arg + address_cost(m, op->v[0]) + size_cost(op->v[1]) +
		       number_cost(op->v[2]);
	case OP_BACKING:
	case OP_INVALIDATE:
	case OP_PREFAULT:
		return op->arg + address_cost(m, op->v[0]) + size_cost(op->v[1]);
	case OP_SREGS:
		return sregs_cost(op);
	case OP_SETCPUID:
		return (1u << 16) * op->arg + op->v[0] + op->v[1];
	case OP_DMA:
	case OP_QUIRK:
		return 0;	/* on or off, neither is simpler */
	case OP_SPLIT:
	case OP_COLLAPSE:
		return op->arg;
	default:
		return number_cost(op->arg) + number_cost(op->v[0]) + number_cost(op->v[1]);
	}
}

static uint64_t machine_lines(const struct machine *m)
{
	struct machine def;

	machine_default(&def);
	return (m->profile != def.profile) + (m->vendor != def.vendor) + (m->start != def.start) +
	       (m->maxphyaddr != def.maxphyaddr) + (m->cpuid_mtrr != def.cpuid_mtrr) +
	       (m->tdp != def.tdp) + (m->selfsnoop != def.selfsnoop) + m->nr_vcpus +
	       __builtin_popcount(m->quirks_off | m->quirks_on);
}

uint64_t program_cost(const struct program *program)
{
	const struct machine *m = &program->machine;
	uint64_t lines = machine_lines(m) + program->nr_ops + program->nr_switches;
	uint64_t cost = 0;

	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct slot *slot = &m->slots[i];

		if (!slot->size)
			continue;
		lines++;
		cost += i + number_cost(slot->gpa) + size_cost(slot->size) +
			number_cost(slot->flags);
	}
	for (unsigned i = 0; i < program->nr_ops; i++) {
		const struct op *op = &program->ops[i];

		lines += op->flags & OP_TOGETHER ? 2 : 0;
		cost += 1 + op_cost(m, op) + op->vcpu;	/* 1: rather in the header */
	}
	return lines * LINE_COST + cost;
}

/* ---- moves ---------------------------------------------------------- */

/* Tries op @i of the best program as @op. */
static bool try_op(struct minimizer *m, unsigned i, const struct op *op)
{
	minimize_begin(m)->ops[i] = *op;
	return minimize_try(m);
}

/* Tries @value for v[@field] of op @i. */
static bool try_value(struct minimizer *m, unsigned i, unsigned field, uint64_t value)
{
	struct op op = m->best->ops[i];

	if (op.v[field] == value)
		return false;
	op.v[field] = value;
	return try_op(m, i, &op);
}

/* Clears bytes, then bits. */
static bool clear_bits(struct minimizer *m, unsigned i, unsigned field)
{
	bool changed = try_value(m, i, field, 0);

	for (unsigned shift = 64; shift; shift -= 8) {
		uint64_t v = m->best->ops[i].v[field];

		if (v >> (shift - 8) & 0xff)
			changed |= try_value(m, i, field, v & ~(0xffULL << (shift - 8)));
	}
	for (unsigned bit = 64; bit--;) {
		uint64_t v = m->best->ops[i].v[field];

		if (v >> bit & 1)
			changed |= try_value(m, i, field, v & ~(1ULL << bit));
	}
	return changed;
}

/* Moves an address, @keep bits of which are something else, to the start of a slot. */
static bool round_address(struct minimizer *m, unsigned i, unsigned field, uint64_t keep)
{
	bool changed = false;

	for (unsigned s = 0; s < MAX_SLOTS; s++) {
		const struct slot *slot = &m->best->machine.slots[s];

		if (slot->size)
			changed |= try_value(m, i, field,
					     slot->gpa | (m->best->ops[i].v[field] & keep));
	}
	return changed | clear_bits(m, i, field);
}

static bool round_size(struct minimizer *m, unsigned i, unsigned field)
{
	bool changed = false;

	for (unsigned bit = PAGE_SHIFT; bit < 52; bit++)
		changed |= try_value(m, i, field, 1ULL << bit);
	return changed | clear_bits(m, i, field);
}

static bool round_mask(struct minimizer *m, unsigned i)
{
	uint64_t limit = gpa_limit(&m->best->machine);
	bool changed = false;

	for (uint64_t size = limit / 2; size >= PAGE_SIZE; size /= 2)
		changed |= try_value(m, i, 0,
				     (limit - size) | (m->best->ops[i].v[0] & (PAGE_SIZE - 1)));
	return changed | clear_bits(m, i, 0);
}

static bool simplify_msr(struct minimizer *m, unsigned i)
{
	uint32_t msr = m->best->ops[i].arg;
	bool pair = msr >= MSR_MTRR_PHYSBASE(0) && msr < MSR_MTRR_PHYSBASE(NR_VAR_MTRR);
	bool changed = false;

	if (msr == MSR_PAT)
		changed |= try_value(m, i, 0, PAT_RESET_VALUE);
	if (pair && msr & 1)
		return round_mask(m, i);
	if (pair)
		return round_address(m, i, 0, PAGE_SIZE - 1);
	return changed | clear_bits(m, i, 0);
}

static bool simplify_cr(struct minimizer *m, unsigned i)
{
	const struct op *old = &m->best->ops[i];
	uint64_t bit = old->kind == OP_CR0 ? CR0_CD : CR4_PGE;
	struct op op = { .kind = old->kind, .vcpu = old->vcpu,
			 .flags = (old->flags & (OP_TOGETHER | OP_ALONG)) | OP_DELTA };
	bool changed = false;

	if (!(old->flags & OP_DELTA)) {
		for (unsigned clear = 0; clear < 2; clear++) {
			op.v[clear] = bit;
			op.v[!clear] = 0;
			changed |= try_op(m, i, &op);
		}
	}
	changed |= clear_bits(m, i, 0);
	return changed | clear_bits(m, i, 1);
}

static bool simplify_access(struct minimizer *m, unsigned i)
{
	struct op op = m->best->ops[i];
	bool changed = false;

	for (op.kind = OP_READ; op.kind < m->best->ops[i].kind; op.kind++)
		changed |= try_op(m, i, &op);
	op = m->best->ops[i];
	if (op.flags & OP_VA) {
		op.flags &= ~OP_VA;
		for (unsigned s = 0; s < MAX_SLOTS; s++) {
			op.v[0] = m->best->machine.slots[s].gpa;
			if (m->best->machine.slots[s].size)
				changed |= try_op(m, i, &op);
		}
	}
	if (m->best->ops[i].flags & OP_VA)
		return changed | clear_bits(m, i, 0);
	return changed | round_address(m, i, 0, 0);
}

/* Drops registers and CPUID facts, then simplifies those that stay. */
static bool simplify_present(struct minimizer *m, unsigned i)
{
	static const uint64_t known[4] = { RUNNING_CR0, RUNNING_CR3, RUNNING_CR4, RUNNING_EFER };
	bool changed = false;

	for (unsigned k = 0; k < 4; k++) {
		struct op op = m->best->ops[i];

		op.arg &= ~(1u << k);
		if (op.arg && op.arg != m->best->ops[i].arg)
			changed |= try_op(m, i, &op);
		if (m->best->ops[i].kind == OP_SREGS)
			changed |= try_value(m, i, k, known[k]);
		changed |= clear_bits(m, i, k);
	}
	return changed;
}

static bool simplify_level(struct minimizer *m, unsigned i)
{
	struct op op = m->best->ops[i];
	bool changed = false;

	for (op.arg = LEVEL_4K; op.arg < m->best->ops[i].arg; op.arg++)
		changed |= try_op(m, i, &op);
	return changed;
}

static bool simplify_arg(struct minimizer *m, unsigned i)
{
	bool changed = false;

	for (unsigned bit = 32; bit--;) {
		struct op op = m->best->ops[i];

		op.arg &= ~(1u << bit);
		if (op.arg != m->best->ops[i].arg)
			changed |= try_op(m, i, &op);
	}
	return changed;
}

static bool simplify_op(struct minimizer *m, unsigned i)
{
	struct op op = m->best->ops[i];
	bool changed = false;

	for (op.vcpu = 0; op.vcpu < m->best->ops[i].vcpu; op.vcpu++)
		changed |= try_op(m, i, &op);
	switch (op.kind) {
	case OP_WRMSR:
	case OP_SETMSR:
		return changed | simplify_msr(m, i);
	case OP_CR0:
	case OP_CR4:
		return changed | simplify_cr(m, i);
	case OP_CR3:
		op = m->best->ops[i];
		op.flags &= ~OP_NOFLUSH;
		changed |= try_op(m, i, &op);
		return changed | clear_bits(m, i, 0);
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		return changed | simplify_access(m, i);
	case OP_MAP:
		changed |= simplify_level(m, i);
		changed |= clear_bits(m, i, 0);
		changed |= clear_bits(m, i, 2);
		return changed | round_address(m, i, 1, 0);
	case OP_SLOT:
		changed |= clear_bits(m, i, 2);
		/* fall through */
	case OP_BACKING:
	case OP_INVALIDATE:
	case OP_PREFAULT:
		changed |= round_address(m, i, 0, 0);
		return changed | round_size(m, i, 1);
	case OP_SREGS:
	case OP_SETCPUID:
		return changed | simplify_present(m, i);
	case OP_INVPCID:
	case OP_INVLPG:
	case OP_CPUID:
		changed |= simplify_arg(m, i);
		changed |= clear_bits(m, i, 0);
		return changed | clear_bits(m, i, 1);
	default:
		return changed;
	}
}

static bool op_names_slot(const struct op *op)
{
	return op->kind == OP_SLOT || op->kind == OP_SPLIT || op->kind == OP_COLLAPSE;
}

/* Gives slot @from the lower id @to, in the header and in all ops. */
static bool rename_slot(struct minimizer *m, unsigned from, unsigned to)
{
	struct program *p = minimize_begin(m);

	for (unsigned i = 0; i < p->nr_ops; i++) {
		if (op_names_slot(&p->ops[i]) && p->ops[i].arg == to)
			return false;
		if (op_names_slot(&p->ops[i]) && p->ops[i].arg == from)
			p->ops[i].arg = to;
	}
	if (p->machine.slots[to].size)
		return false;
	p->machine.slots[to] = p->machine.slots[from];
	p->machine.slots[from].size = 0;
	return minimize_try(m);
}

/* Gives variable pair @from the lower number @to, which must be unused. */
static bool rename_pair(struct minimizer *m, unsigned from, unsigned to)
{
	struct program *p = minimize_begin(m);

	for (unsigned i = 0; i < p->nr_ops; i++) {
		struct op *op = &p->ops[i];

		if (op->kind != OP_WRMSR && op->kind != OP_RDMSR && op->kind != OP_SETMSR)
			continue;
		if ((op->arg | 1) == MSR_MTRR_PHYSMASK(to))
			return false;
		if ((op->arg | 1) == MSR_MTRR_PHYSMASK(from))
			op->arg -= 2 * (from - to);
	}
	return minimize_try(m);
}

/* The field of @op that is a gpa, NULL if none is. */
static uint64_t *op_gpa(struct op *op)
{
	bool physbase = op->arg >= MSR_MTRR_PHYSBASE(0) &&
			op->arg < MSR_MTRR_PHYSBASE(NR_VAR_MTRR) && !(op->arg & 1);

	switch (op->kind) {
	case OP_WRMSR:
	case OP_SETMSR:
		return physbase ? &op->v[0] : NULL;
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		return op->flags & OP_VA ? NULL : &op->v[0];
	case OP_MAP:
		return &op->v[1];
	case OP_SLOT:
	case OP_BACKING:
	case OP_INVALIDATE:
	case OP_PREFAULT:
		return &op->v[0];
	default:
		return NULL;
	}
}

/* Moves slot @id to @gpa, and with it every address that lies in it. */
static bool move_slot(struct minimizer *m, unsigned id, uint64_t gpa)
{
	struct program *p = minimize_begin(m);
	struct slot *slot = &p->machine.slots[id];

	for (unsigned i = 0; i < p->nr_ops; i++) {
		uint64_t *address = op_gpa(&p->ops[i]);

		if (address && *address - slot->gpa < slot->size)
			*address += gpa - slot->gpa;
	}
	slot->gpa = gpa;
	return minimize_try(m);
}

static bool simplify_slot(struct minimizer *m, unsigned id)
{
	bool changed = false;

	if (!m->best->machine.slots[id].size)
		return false;
	minimize_begin(m)->machine.slots[id].flags = 0;
	changed |= minimize_try(m);
	for (unsigned bit = PAGE_SHIFT; bit < 52; bit++) {
		minimize_begin(m)->machine.slots[id].size = 1ULL << bit;
		changed |= minimize_try(m);
	}
	changed |= move_slot(m, id, 0);
	for (unsigned bit = PAGE_SHIFT; bit < 52; bit++)
		changed |= move_slot(m, id, m->best->machine.slots[id].gpa & ~(1ULL << bit));
	return changed;
}

bool simplify_values(struct minimizer *m)
{
	bool changed = false;

	for (unsigned i = 0; i < m->best->nr_ops && !minimize_exhausted(m); i++)
		changed |= simplify_op(m, i);
	for (unsigned from = 1; from < MAX_SLOTS; from++)
		for (unsigned to = 0; to < from; to++)
			changed |= rename_slot(m, from, to);
	for (unsigned from = 1; from < NR_VAR_MTRR; from++)
		for (unsigned to = 0; to < from; to++)
			changed |= rename_pair(m, from, to);
	for (unsigned i = 0; i < MAX_SLOTS && !minimize_exhausted(m); i++)
		changed |= simplify_slot(m, i);
	return changed;
}

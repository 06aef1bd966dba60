// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where no single line can go, a shorter program may still be near: two lines
 * go together (SMI and RSM, DMA on and off), or one goes if another is replaced
 * by something plain, comes earlier or later, or stands in the header from the
 * start; two go if the machine is another one. Tried on short programs only, as there are as many pairs as squares.
 */
#include "harness/program/minimize.h"

#define MAX_STEPS_PAIRS	24u
#define MAX_STEPS_MOVES	10u

static bool plain(const struct program *p)
{
	for (unsigned i = 0; i < p->nr_ops; i++)
		if (p->ops[i].flags & (OP_TOGETHER | OP_ALONG))
			return false;
	return true;
}

/* Steps @i and @j > @i away. */
static bool without_pairs(struct minimizer *m)
{
	unsigned nr = program_steps(m->best);

	for (unsigned i = 0; i + 1 < nr && nr <= MAX_STEPS_PAIRS; i++) {
		for (unsigned j = i + 1; j < nr && !minimize_exhausted(m); j++) {
			struct program *p = minimize_begin(m);
			unsigned at, count;

			at = program_step_ops(p, j + 1, &count);
			program_remove_ops(p, at, count);
			at = program_step_ops(p, i + 1, &count);
			program_remove_ops(p, at, count);
			if (minimize_try(m))
				return true;
		}
	}
	return false;
}

/* What a slot, a quirk or a split op does may as well have been so from the start. */
static bool hoist(struct minimizer *m)
{
	for (unsigned i = 0; i < m->best->nr_ops && !minimize_exhausted(m); i++) {
		struct program *p;
		struct op op = m->best->ops[i];

		if (op.flags & (OP_TOGETHER | OP_ALONG))
			continue;
		if (!(op.kind == OP_SLOT && op.v[1] && op.arg < MAX_SLOTS) && op.kind != OP_QUIRK &&
		    op.kind != OP_SPLIT)
			continue;
		p = minimize_begin(m);
		if (op.kind == OP_SPLIT) {
			p->machine.slots[op.arg].flags |= SLOT_DIRTY_LOG;
		} else if (op.kind == OP_SLOT) {
			p->machine.slots[op.arg] = (struct slot){ op.v[0], op.v[1], op.v[2] };
		} else {
			p->machine.quirks_off &= ~op.arg;
			p->machine.quirks_on &= ~op.arg;
			if (op.v[0])
				p->machine.quirks_on |= op.arg;
			else
				p->machine.quirks_off |= op.arg;
		}
		program_remove_ops(p, i, 1);
		if (minimize_try(m))
			return true;
	}
	return false;
}

/* What replaces an op in the hope that it was the only reason for others. */
static const struct op substitutes[] = {
	{ .kind = OP_READ }, { .kind = OP_WRITE },
	{ .kind = OP_CR0, .flags = OP_DELTA, .v = { CR0_CD } },
	{ .kind = OP_CR0, .flags = OP_DELTA, .v = { 0, CR0_CD } },
	{ .kind = OP_DMA, .arg = 1 }, { .kind = OP_DMA },
	{ .kind = OP_WRMSR, .arg = MSR_MTRR_DEF_TYPE, .v = { 0x800 | MT_UC } },
	{ .kind = OP_WRMSR, .arg = MSR_MTRR_DEF_TYPE, .v = { 0x800 | MT_WC } },
	{ .kind = OP_WRMSR, .arg = MSR_MTRR_DEF_TYPE, .v = { 0x800 | MT_WT } },
	{ .kind = OP_WRMSR, .arg = MSR_MTRR_DEF_TYPE, .v = { 0xc00 | MT_UC } },
	{ .kind = OP_WRMSR, .arg = MSR_MTRR_DEF_TYPE, .v = { 0xc00 | MT_WT } },
	{ .kind = OP_BACKING, .arg = BACKING_4K, .v = { 0, PAGE_SIZE } },
	{ .kind = OP_BACKING, .arg = BACKING_2M, .v = { 0, PAGE_SIZE } },
	{ .kind = OP_INVALIDATE, .v = { 0, PAGE_SIZE } },
	{ .kind = OP_INVALIDATE },			/* all that is accessed */
	{ .kind = OP_WRMSR, .arg = MSR_MTRR_PHYSMASK(0) },	/* the lower half */
};

static bool is_access(const struct op *op)
{
	return op->kind >= OP_READ && op->kind <= OP_EXEC && !(op->flags & OP_VA);
}

/* The gpa of the first access, and the end of the page of the highest one. */
static void accessed(const struct program *p, uint64_t *first, uint64_t *end)
{
	*first = *end = 0;
	for (unsigned i = p->nr_ops; i-- > 0;) {
		if (!is_access(&p->ops[i]))
			continue;
		*first = p->ops[i].v[0];
		if (*first >= *end)
			*end = (*first | (PAGE_SIZE - 1)) + 1;
	}
}

/* @op, of the table above, for @machine and what is accessed. */
static void fit(struct op *op, const struct machine *machine, uint64_t gpa, uint64_t end)
{
	if (op->kind == OP_INVALIDATE && !op->v[1])
		op->v[1] = end;
	else if (op->kind == OP_BACKING || op->kind == OP_INVALIDATE || is_access(op))
		op->v[0] = gpa;
	else if (op->kind == OP_WRMSR && op->arg == MSR_MTRR_PHYSMASK(0))
		op->v[0] = MTRR_PHYSMASK_V | 1ULL << (machine->maxphyaddr - 1);
}

static void remove_two(struct program *p, unsigned a, unsigned b)
{
	program_remove_ops(p, a > b ? a : b, 1);
	if (a != b)
		program_remove_ops(p, a < b ? a : b, 1);
}

/* Ops @a and @b (or one op, if they are the same) go, op @other becomes something plain of the same vCPU. */
static bool substitute(struct minimizer *m, unsigned a, unsigned b, unsigned other)
{
	for (size_t s = 0; s < sizeof(substitutes) / sizeof(substitutes[0]); s++) {
		struct program *p = minimize_begin(m);
		struct op *op = &p->ops[other];
		uint8_t vcpu = op_has_vcpu(op) ? op->vcpu : 0;
		uint64_t gpa, end;

		accessed(p, &gpa, &end);
		*op = substitutes[s];
		if (op_has_vcpu(op))
			op->vcpu = vcpu;
		fit(op, &p->machine, gpa, end);
		remove_two(p, a, b);
		if (minimize_try(m))
			return true;
	}
	return false;
}

/* Ops @a and @b go; instead the machine is another one from the start. */
static bool another_machine(struct minimizer *m, unsigned a, unsigned b)
{
	for (unsigned change = 0; change < NR_START_MODES + 2 + NR_QUIRKS; change++) {
		struct program *p = minimize_begin(m);
		struct machine *machine = &p->machine;

		if (change < NR_START_MODES) {
			machine->start = change;
		} else if (change == NR_START_MODES) {
			machine->cpuid_mtrr = !machine->cpuid_mtrr;
		} else if (change == NR_START_MODES + 1) {
			machine->tdp = !machine->tdp;
		} else {
			machine->quirks_off ^= quirk_names[change - NR_START_MODES - 2].bit;
			machine->quirks_on &= ~machine->quirks_off;
		}
		remove_two(p, a, b);
		if (minimize_try(m))
			return true;
	}
	return false;
}

/* Op @away goes, and op @from comes to place @to. */
static bool move(struct minimizer *m, unsigned away, unsigned from, unsigned to)
{
	struct program *p = minimize_begin(m);
	struct op op = p->ops[from];

	program_remove_ops(p, from, 1);
	program_remove_ops(p, away - (away > from), 1);
	for (unsigned i = p->nr_ops++; i > to; i--)
		p->ops[i] = p->ops[i - 1];
	p->ops[to] = op;
	return minimize_try(m);
}

static bool rearranged(struct minimizer *m)
{
	unsigned nr = m->best->nr_ops;

	if (nr < 2 || nr > MAX_STEPS_MOVES || !plain(m->best))
		return false;
	for (unsigned a = 0; a < nr; a++) {
		for (unsigned b = a; b < nr; b++) {
			if (another_machine(m, a, b))
				return true;
			for (unsigned other = 0; other < nr; other++)
				if (other != a && other != b && substitute(m, a, b, other))
					return true;
			if (minimize_exhausted(m))
				return false;
		}
		for (unsigned other = 0; other < nr; other++)
			for (unsigned to = 0; to + 1 < nr; to++)
				if (other != a && move(m, a, other, to))
					return true;
	}
	return false;
}

bool escape_minimum(struct minimizer *m)
{
	return hoist(m) || without_pairs(m) || rearranged(m);
}

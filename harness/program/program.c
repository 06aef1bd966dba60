// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs as values: begin, copy, compare, number the steps, keep groups and
 * schedules whole when ops go. struct program is large (its bounds are fixed,
 * so that nothing allocates while a campaign runs): every function here
 * touches what is in use and no more.
 */
#include <string.h>

#include "harness/program/internal.h"

void machine_default(struct machine *machine)
{
	*machine = (struct machine){
		.vendor = VENDOR_INTEL,
		.nr_vcpus = 1,
		.maxphyaddr = 40,
		.cpuid_mtrr = true,
		.tdp = true,
		.selfsnoop = true,
	};
}

void program_init(struct program *program)
{
	machine_default(&program->machine);
	program->nr_ops = program->nr_switches = 0;
	program_strip(program);
}

void program_strip(struct program *program)
{
	program->nr_expects = 0;
	program->nr_notes = 0;
	program->note_bytes = 0;
}

void program_copy(struct program *dst, const struct program *src)
{
	dst->machine = src->machine;
	dst->nr_ops = src->nr_ops;
	dst->nr_expects = src->nr_expects;
	dst->nr_switches = src->nr_switches;
	dst->nr_notes = src->nr_notes;
	dst->note_bytes = src->note_bytes;
	memcpy(dst->ops, src->ops, src->nr_ops * sizeof(*src->ops));
	memcpy(dst->expects, src->expects, src->nr_expects * sizeof(*src->expects));
	memcpy(dst->switches, src->switches, src->nr_switches * sizeof(*src->switches));
	memcpy(dst->notes, src->notes, src->nr_notes * sizeof(*src->notes));
	memcpy(dst->note_text, src->note_text, src->note_bytes);
}

static bool switch_equal(const struct sched_switch *a, const struct sched_switch *b)
{
	return a->op == b->op && a->vcpu == b->vcpu && !strcmp(a->point, b->point);
}

static bool expect_equal(const struct expect *a, const struct expect *b)
{
	return !strcmp(a->rule, b->rule) && a->step == b->step && a->has_gpa == b->has_gpa &&
	       a->gpa == b->gpa && !strcmp(a->target, b->target) &&
	       !strcmp(a->profile, b->profile);
}

bool program_equal(const struct program *a, const struct program *b)
{
	if (!machine_equal(&a->machine, &b->machine) || a->nr_ops != b->nr_ops ||
	    a->nr_expects != b->nr_expects || a->nr_switches != b->nr_switches ||
	    a->nr_notes != b->nr_notes ||
	    memcmp(a->ops, b->ops, a->nr_ops * sizeof(*a->ops)))
		return false;
	for (unsigned i = 0; i < a->nr_switches; i++)
		if (!switch_equal(&a->switches[i], &b->switches[i]))
			return false;
	for (unsigned i = 0; i < a->nr_expects; i++)
		if (!expect_equal(&a->expects[i], &b->expects[i]))
			return false;
	for (unsigned i = 0; i < a->nr_notes; i++) {
		const struct note *m = &a->notes[i], *n = &b->notes[i];

		if (m->place != n->place || m->op != n->op ||
		    strcmp(note_text(a, m), note_text(b, n)))
			return false;
	}
	return true;
}

unsigned program_steps(const struct program *program)
{
	unsigned steps = 0;

	for (unsigned i = 0; i < program->nr_ops; i++)
		steps += !(program->ops[i].flags & OP_ALONG);
	return steps;
}

unsigned group_end(const struct program *program, unsigned first)
{
	unsigned end = first + 1;

	while (end < program->nr_ops && program->ops[end].flags & OP_ALONG)
		end++;
	return end;
}

unsigned program_step_ops(const struct program *program, unsigned step, unsigned *nr)
{
	unsigned first = 0;

	while (step > 1 && first < program->nr_ops) {
		first = group_end(program, first);
		step--;
	}
	if (!step || first >= program->nr_ops) {
		*nr = 0;
		return program->nr_ops;
	}
	*nr = group_end(program, first) - first;
	return first;
}

void program_repair_groups(struct program *program)
{
	bool in_group = false;

	for (unsigned i = 0; i < program->nr_ops; i++) {
		uint16_t *flags = &program->ops[i].flags;

		if (*flags & OP_ALONG && !in_group)
			*flags ^= OP_ALONG | OP_TOGETHER;
		in_group = *flags & (OP_TOGETHER | OP_ALONG);
	}
}

void program_repair(struct program *program)
{
	machine_repair(&program->machine);
	if (program->nr_ops > PROGRAM_MAX_OPS)
		program->nr_ops = PROGRAM_MAX_OPS;
	for (unsigned i = 0; i < program->nr_ops; i++)
		op_repair(&program->ops[i], &program->machine);
	program_repair_groups(program);
	program_repair_tail(program);
}

/*
 * A group that loses its first ops keeps its schedule; one that goes whole
 * takes it along.
 *
 *	ops       x [T A A] x [T A]		T = OP_TOGETHER, A = OP_ALONG
 *	remove           ^^^^^^^^		first = 2, nr = 4
 *	left      x [T] [T]			the last A became the T of its group
 */
void program_remove_ops(struct program *program, unsigned first, unsigned nr)
{
	unsigned end = first + nr, head = end, kept = 0;
	struct op *ops = program->ops;

	if (end < program->nr_ops && ops[end].flags & OP_ALONG) {
		for (unsigned i = first; i < end; i++)
			if (!(ops[i].flags & OP_ALONG))
				head = i;
		if (head < end)
			ops[end].flags ^= OP_ALONG | OP_TOGETHER;
	}
	for (unsigned i = 0; i < program->nr_switches; i++) {
		struct sched_switch s = program->switches[i];

		if (s.op >= end)
			s.op -= nr;
		else if (s.op == head)
			s.op = first;
		else if (s.op >= first)
			continue;
		program->switches[kept++] = s;
	}
	program->nr_switches = kept;
	memmove(&ops[first], &ops[end], (program->nr_ops - end) * sizeof(*ops));
	program->nr_ops -= nr;
	program_repair_tail(program);
}

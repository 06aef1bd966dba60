// SPDX-License-Identifier: GPL-2.0-only
/*
 * Minimizer: takes out steps in ever smaller chunks (Zeller and Hildebrandt,
 * "Simplifying and Isolating Failure-Inducing Input", 2002), then single ops,
 * groups, switches, vCPUs, slots, quirks and machine keys, then simplifies
 * values, and begins anew until a whole round changes nothing: then each
 * single line was tried against the final program, and none could go. At last
 * it looks further than single lines, see escape.c.
 */
#include <stdlib.h>

#include "harness/program/minimize.h"

bool minimize_try(struct minimizer *m)
{
	struct program *candidate = m->candidate;
	uint64_t cost;

	if (minimize_exhausted(m))
		return false;
	program_repair(candidate);
	cost = program_cost(candidate);
	if (cost >= m->best_cost)
		return false;
	m->runs++;
	if (!m->keeps(candidate, m->arg))
		return false;
	m->candidate = m->best;
	m->best = candidate;
	m->best_cost = cost;
	return true;
}

/* Removes @nr steps from step index @first (from 0) on. */
static bool try_without_steps(struct minimizer *m, unsigned first, unsigned nr)
{
	struct program *p = minimize_begin(m);
	unsigned start = 0, end;

	while (first--)
		start = group_end(p, start);
	for (end = start; nr-- && end < p->nr_ops;)
		end = group_end(p, end);
	program_remove_ops(p, start, end - start);
	return minimize_try(m);
}

static bool remove_steps(struct minimizer *m)
{
	bool changed = false;

	for (unsigned chunk = program_steps(m->best); chunk && !minimize_exhausted(m); chunk /= 2) {
		/* From the end: what no longer has a consequence goes first. */
		for (unsigned first = program_steps(m->best); first && !minimize_exhausted(m);) {
			first -= first < chunk ? first : chunk;
			changed |= try_without_steps(m, first, chunk);
		}
	}
	return changed;
}

static bool remove_group_ops(struct minimizer *m)
{
	bool changed = false;

	for (unsigned i = m->best->nr_ops; i-- && !minimize_exhausted(m);) {
		struct program *p;

		if (i >= m->best->nr_ops || !(m->best->ops[i].flags & (OP_TOGETHER | OP_ALONG)))
			continue;
		p = minimize_begin(m);
		program_remove_ops(p, i, 1);
		changed |= minimize_try(m);
	}
	return changed;
}

/* Runs the ops of a group one after the other. */
static bool dissolve_groups(struct minimizer *m)
{
	bool changed = false;

	for (unsigned i = 0; i < m->best->nr_ops && !minimize_exhausted(m); i++) {
		struct program *p;

		if (!(m->best->ops[i].flags & OP_TOGETHER))
			continue;
		p = minimize_begin(m);
		for (unsigned j = i, end = group_end(p, i); j < end; j++)
			p->ops[j].flags &= ~(OP_TOGETHER | OP_ALONG);
		changed |= minimize_try(m);
	}
	return changed;
}

static bool remove_switches(struct minimizer *m)
{
	bool changed = false;

	for (unsigned i = m->best->nr_switches; i-- && !minimize_exhausted(m);) {
		struct program *p = minimize_begin(m);

		for (unsigned j = i + 1; j < p->nr_switches; j++)
			p->switches[j - 1] = p->switches[j];
		p->nr_switches--;
		changed |= minimize_try(m);
	}
	return changed;
}

/* Gives vCPU @from's ops to @to, and takes vCPU @from away. */
static bool try_merged_vcpus(struct minimizer *m, unsigned from, unsigned to)
{
	struct program *p = minimize_begin(m);

	for (unsigned i = 0; i < p->nr_ops; i++) {
		struct op *op = &p->ops[i];

		if (op_has_vcpu(op) && op->vcpu >= from)
			op->vcpu = op->vcpu == from ? to : op->vcpu - 1u;
	}
	for (unsigned i = 0; i < p->nr_switches; i++) {
		struct sched_switch *s = &p->switches[i];

		if (s->vcpu >= from && s->vcpu != HOST_THREAD)
			s->vcpu = s->vcpu == from ? to : s->vcpu - 1u;
	}
	p->machine.nr_vcpus--;
	return minimize_try(m);
}

static bool try_without_vcpu(struct minimizer *m, unsigned vcpu)
{
	struct program *p = minimize_begin(m);

	for (unsigned i = p->nr_ops; i--;)
		if (op_has_vcpu(&p->ops[i]) && p->ops[i].vcpu == vcpu)
			program_remove_ops(p, i, 1);
	for (unsigned i = 0; i < p->nr_ops; i++)
		if (op_has_vcpu(&p->ops[i]) && p->ops[i].vcpu > vcpu)
			p->ops[i].vcpu--;
	for (unsigned i = 0; i < p->nr_switches; i++)
		if (p->switches[i].vcpu > vcpu && p->switches[i].vcpu != HOST_THREAD)
			p->switches[i].vcpu--;
	p->machine.nr_vcpus--;
	return minimize_try(m);
}

static bool remove_vcpus(struct minimizer *m)
{
	bool changed = false;

	for (unsigned v = m->best->machine.nr_vcpus;
	     v-- && m->best->machine.nr_vcpus > 1 && !minimize_exhausted(m);) {
		bool gone = try_without_vcpu(m, v);

		for (unsigned to = 0; !gone && to < v; to++)
			gone = try_merged_vcpus(m, v, to);
		changed |= gone;
	}
	return changed;
}

static bool remove_slots(struct minimizer *m)
{
	bool changed = false;

	for (unsigned i = MAX_SLOTS; i-- && !minimize_exhausted(m);) {
		if (!m->best->machine.slots[i].size)
			continue;
		minimize_begin(m)->machine.slots[i].size = 0;
		changed |= minimize_try(m);
	}
	return changed;
}

static bool remove_quirks(struct minimizer *m)
{
	bool changed = false;

	for (unsigned i = 0; i < NR_QUIRKS; i++) {
		struct program *p = minimize_begin(m);

		p->machine.quirks_on &= ~quirk_names[i].bit;
		p->machine.quirks_off &= ~quirk_names[i].bit;
		changed |= minimize_try(m);
	}
	return changed;
}

/* The machine line away, all its keys but vcpus to their defaults, then each key alone. */
static bool default_machine(struct minimizer *m)
{
	enum { LINE, ALL, PROFILE, VENDOR, MAXPHYADDR, MTRR, TDP, SELFSNOOP, START, NR };
	struct machine def;
	bool changed = false;

	machine_default(&def);
	for (unsigned key = LINE; key < NR && !minimize_exhausted(m); key++) {
		struct machine *machine = &minimize_begin(m)->machine;

		if (key == LINE)
			machine->nr_vcpus = def.nr_vcpus;
		if (key <= ALL || key == PROFILE)
			machine->profile = def.profile;
		if (key <= ALL || key == VENDOR)
			machine->vendor = def.vendor;
		if (key <= ALL || key == MAXPHYADDR)
			machine->maxphyaddr = def.maxphyaddr;
		if (key <= ALL || key == MTRR)
			machine->cpuid_mtrr = def.cpuid_mtrr;
		if (key <= ALL || key == TDP)
			machine->tdp = def.tdp;
		if (key <= ALL || key == SELFSNOOP)
			machine->selfsnoop = def.selfsnoop;
		if (key <= ALL || key == START)
			machine->start = def.start;
		changed |= minimize_try(m);
	}
	return changed;
}

static bool remove_lines(struct minimizer *m)
{
	bool changed = remove_steps(m);

	changed |= remove_group_ops(m);
	changed |= dissolve_groups(m);
	changed |= remove_switches(m);
	changed |= remove_vcpus(m);
	changed |= remove_slots(m);
	changed |= remove_quirks(m);
	changed |= default_machine(m);
	return changed;
}

static void minimize(struct minimizer *m)
{
	bool changed = true;

	while (changed && !minimize_exhausted(m)) {
		changed = remove_lines(m);
		/* Values only once no line goes: each candidate then costs least. */
		if (!changed)
			changed = simplify_values(m);
		if (!changed)
			changed = escape_minimum(m);
	}
}

unsigned long program_minimize(struct program *program, minimize_keeps keeps, void *arg,
			       unsigned long max_runs)
{
	struct minimizer m = {
		.best = malloc(sizeof(struct program)),
		.candidate = malloc(sizeof(struct program)),
		.keeps = keeps, .arg = arg, .max_runs = max_runs,
	};

	if (m.best && m.candidate && max_runs) {
		program_copy(m.best, program);
		m.best->nr_expects = m.best->nr_notes = m.best->note_bytes = 0;
		program_repair(m.best);
		m.best_cost = program_cost(m.best);
		if (keeps(m.best, arg)) {
			m.runs = 1;
			minimize(&m);
			program_copy(program, m.best);
		}
	}
	free(m.best);
	free(m.candidate);
	return m.runs;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups and schedules: see schedules.h. Most races need one switch: a group of
 * two or three ops, left once, at a point where its other ops may matter.
 */
#include <string.h>

#include "fuzz/schedules.h"

#define MAX_GROUP_OPS	4u
#define NO_GROUP	UINT16_MAX

static unsigned group_end(const struct program *p, unsigned first)
{
	unsigned end = first + 1;

	while (end < p->nr_ops && (p->ops[end].flags & OP_ALONG))
		end++;
	return end;
}

static unsigned nr_points(const char *const *points)
{
	unsigned nr = 0;

	while (points[nr])
		nr++;
	return nr;
}

/* A switch of the group at @first, to be put at index @at of all. */
static void add_switch(struct program *p, unsigned first, unsigned at, const char *const *points,
		       struct rng *rng)
{
	const struct op *op = &p->ops[first + rng_below(rng, group_end(p, first) - first)];
	struct sched_switch s = { .op = first, .vcpu = op_thread(op) };

	if (p->nr_switches == PROGRAM_MAX_SWITCHES)
		return;
	strncpy(s.point, points[rng_below(rng, nr_points(points))], sizeof(s.point) - 1);
	memmove(&p->switches[at + 1], &p->switches[at],
		(p->nr_switches - at) * sizeof(p->switches[0]));
	p->switches[at] = s;
	p->nr_switches++;
}

void schedule_group(struct program *p, unsigned at, unsigned nr, const char *const *points,
		    struct rng *rng)
{
	uint32_t threads = 0;

	for (unsigned i = at; i < at + nr; i++) {
		struct op *op = &p->ops[i];

		op->flags &= ~(OP_TOGETHER | OP_ALONG);
		op->flags |= i > at ? OP_ALONG : OP_TOGETHER;
		threads |= 1u << op_thread(op);
	}
	/* What stood behind in a group of its own stays one. */
	if (at + nr < p->nr_ops && (p->ops[at + nr].flags & OP_ALONG))
		p->ops[at + nr].flags ^= OP_ALONG | OP_TOGETHER;
	if (!points || !(threads & (threads - 1)))
		return;
	for (unsigned i = 1 + !rng_below(rng, 4); i--;)
		add_switch(p, at, p->nr_switches, points, rng);
}

/* The first op of some group; nr_ops if there is none. */
static unsigned any_group(const struct program *p, struct rng *rng)
{
	unsigned nr = 0, found = p->nr_ops;

	for (unsigned i = 0; i < p->nr_ops; i++) {
		if ((p->ops[i].flags & OP_TOGETHER) && !rng_below(rng, ++nr))
			found = i;
	}
	return found;
}

static void new_group(struct program *p, const char *const *points, struct rng *rng)
{
	unsigned nr = 2 + rng_below(rng, MAX_GROUP_OPS - 1), at;

	if (p->nr_ops < nr)
		return;
	at = rng_below(rng, p->nr_ops - nr + 1);
	/* Two vCPUs, where there are two: the first op to another than the second's. */
	if (p->machine.nr_vcpus > 1 && op_has_vcpu(&p->ops[at]) &&
	    op_thread(&p->ops[at]) == op_thread(&p->ops[at + 1]))
		p->ops[at].vcpu = (p->ops[at].vcpu + 1) % p->machine.nr_vcpus;
	schedule_group(p, at, nr, points, rng);
}

void schedule_mutate(struct program *p, const char *const *points, struct rng *rng)
{
	unsigned group = any_group(p, rng), begin, end, at;

	if (group == p->nr_ops || !rng_below(rng, 8))
		return new_group(p, points, rng);
	for (begin = 0; begin < p->nr_switches && p->switches[begin].op < group; begin++)
		;
	for (end = begin; end < p->nr_switches && p->switches[end].op == group; end++)
		;
	at = begin + rng_below(rng, end - begin + 1);
	switch (at < end ? rng_below(rng, 4) : 0) {
	case 0:
		add_switch(p, group, at, points, rng);
		break;
	case 1:
		memmove(&p->switches[at], &p->switches[at + 1],
			(p->nr_switches - at - 1) * sizeof(p->switches[0]));
		p->nr_switches--;
		break;
	default:
		memset(p->switches[at].point, 0, sizeof(p->switches[at].point));
		strncpy(p->switches[at].point, points[rng_below(rng, nr_points(points))],
			sizeof(p->switches[at].point) - 1);
	}
}

void schedules_detach(struct program *p)
{
	unsigned group = NO_GROUP, op = 0;

	for (unsigned i = 0; i < p->nr_switches; i++) {
		for (; op <= p->switches[i].op && op < p->nr_ops; op++)
			group = (uint16_t)(group + !!(p->ops[op].flags & OP_TOGETHER));
		p->switches[i].op = group;
	}
}

void schedules_attach(struct program *p)
{
	unsigned kept = 0, group = NO_GROUP, op = 0;

	for (unsigned i = 0; i < p->nr_switches; i++) {
		struct sched_switch s = p->switches[i];

		while (op < p->nr_ops && group != s.op)
			group = (uint16_t)(group + !!(p->ops[op++].flags & OP_TOGETHER));
		if (group != s.op)
			break;
		s.op = op - 1;
		p->switches[kept++] = s;
	}
	p->nr_switches = kept;
}

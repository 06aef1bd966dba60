// SPDX-License-Identifier: GPL-2.0-only
/* Following a `sched=` list: see schedule.h. */
#include <string.h>

#include "harness/lockstep/schedule.h"

int schedule_point(const struct target *target, const char *name)
{
	const char *const *points = target->ops->points;

	for (unsigned i = 0; i < SCHED_OWN_POINTS; i++) {
		if (!strcmp(sched_point_names[i], name))
			return i;
	}
	for (unsigned i = 0; points && points[i]; i++) {
		if (!strcmp(points[i], name))
			return SCHED_OWN_POINTS + i;
	}
	return -1;
}

const char *schedule_point_name(const struct target *target, unsigned point)
{
	return point < SCHED_OWN_POINTS ? sched_point_names[point]
					: target->ops->points[point - SCHED_OWN_POINTS];
}

bool schedule_of_group(const struct program *program, unsigned op)
{
	for (unsigned i = 0; i < program->nr_switches; i++) {
		if (program->switches[i].op == op)
			return true;
	}
	return false;
}

static const struct sched_switch *current(const struct replay *r)
{
	const struct program *p = r->program;

	return r->next < p->nr_switches && p->switches[r->next].op == r->op ?
	       &p->switches[r->next] : NULL;
}

/* The first runnable thread in the order of the group's ops; r->last only if there is no other. */
static unsigned first_listed(const struct replay *r, uint32_t runnable)
{
	const struct program *p = r->program;

	if (r->last != SCHED_NOBODY && runnable != 1u << r->last)
		runnable &= ~(1u << r->last);
	for (unsigned i = r->op; i < p->nr_ops; i++) {
		unsigned thread = op_thread(&p->ops[i]);

		if (runnable >> thread & 1)
			return thread;
	}
	return __builtin_ctz(runnable);
}

static unsigned pick(struct scheduler *scheduler, const struct sched_moment *now)
{
	struct replay *r = (struct replay *)scheduler;
	const struct sched_switch *s = current(r);
	bool left = false;

	if (!now->runnable)
		return SCHED_NOBODY;
	if (s && r->under_way && s->vcpu == now->at &&
	    (!now->goes_on || schedule_point(r->target, s->point) == now->point)) {
		left = now->goes_on;
		r->under_way = false;
		r->next++;
	}
	for (; (s = current(r)); r->next++) {
		if (now->runnable >> s->vcpu & 1) {
			r->under_way = true;
			return s->vcpu;
		}
	}
	if (left)
		r->last = now->at;
	else if (now->goes_on)
		return now->at;
	return first_listed(r, now->runnable);
}

void replay_begin(struct replay *r, const struct program *program, const struct target *target,
		  unsigned op)
{
	*r = (struct replay){
		.scheduler = { .pick = pick }, .program = program, .target = target, .op = op,
		.last = SCHED_NOBODY,
	};
	while (r->next < program->nr_switches && program->switches[r->next].op != op)
		r->next++;
}

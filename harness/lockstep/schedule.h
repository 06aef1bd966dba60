/* SPDX-License-Identifier: GPL-2.0-only */
/* The `sched=` of a group as a scheduler, and a scheduler's choices as `sched=`. */
#ifndef ZAPLOCK_LOCKSTEP_SCHEDULE_H
#define ZAPLOCK_LOCKSTEP_SCHEDULE_H

#include "harness/lockstep/target.h"
#include "harness/program/program.h"

/*
 * Follows a group's switches: runs each one's vCPU until it reaches the point,
 * must wait or has ended. Behind the last one the others go on in the order in
 * which the group lists them, the one that was left there after them, each
 * until it must wait or has ended.
 */
struct replay {
	struct scheduler scheduler;
	const struct program *program;
	const struct target *target;
	unsigned op;			/* the group's first op */
	unsigned next;			/* switch that is followed now */
	bool under_way;			/* its vCPU was picked */
	unsigned last;			/* the thread to come last; SCHED_NOBODY */
};

void replay_begin(struct replay *r, const struct program *program, const struct target *target,
		  unsigned op);

/* Index of the point of that name at @target, as moments have it; -1 if it has none. */
int schedule_point(const struct target *target, const char *name);
const char *schedule_point_name(const struct target *target, unsigned point);

/* Does the group of @program that begins with @op have switches? */
bool schedule_of_group(const struct program *program, unsigned op);

#endif

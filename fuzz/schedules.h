/* SPDX-License-Identifier: GPL-2.0-only */
/* Groups that run concurrently, and their `sched=`, as the generator and the mutator make them. */
#ifndef ZAPLOCK_FUZZ_SCHEDULES_H
#define ZAPLOCK_FUZZ_SCHEDULES_H

#include "fuzz/rng.h"
#include "harness/program/program.h"

/*
 * Ops [at, at + nr) become a group, with a switch or two at @points
 * (NULL-terminated) if some switch can matter: it has two threads or more.
 */
void schedule_group(struct program *program, unsigned at, unsigned nr, const char *const *points,
		    struct rng *rng);
/* One switch more, fewer, or at another point, in some group; none: makes one. */
void schedule_mutate(struct program *program, const char *const *points, struct rng *rng);

/*
 * Around edits that move ops: switches are kept by the number of their group,
 * and those of groups that are gone go.
 */
void schedules_detach(struct program *program);
void schedules_attach(struct program *program);

#endif

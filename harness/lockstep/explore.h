/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every interleaving of a program's groups, up to a number of preemptions, and
 * beyond that samples. A preemption leaves a thread that could go on; to go to
 * another one when it waits or has ended costs none.
 *
 * Preemptions rise from 0, so the first schedule that shows a key has the
 * fewest (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007). Two
 * prefixes that order all steps with a common object alike lead to one state:
 * the search goes on from the first of them, which has the fewest preemptions.
 * Nobody is preempted before a step that no other thread notices: it may as
 * well be after.
 */
#ifndef ZAPLOCK_LOCKSTEP_EXPLORE_H
#define ZAPLOCK_LOCKSTEP_EXPLORE_H

#include "harness/lockstep/lockstep.h"

struct explore_stats {
	unsigned long run;		/* schedules run to their end and judged */
	unsigned long pruned;		/* cut short, or never begun: they permute independent steps */
	unsigned long sampled;		/* of them by PCT */
	unsigned long findings;		/* schedules with a finding */
	unsigned preemptions;		/* the last bound that was covered whole */
	bool covered;			/* the bound asked for was */
	bool all;			/* and there is no schedule with more preemptions */
	unsigned longest;		/* moments of the longest schedule */
};

struct explore_options {
	enum profile profile;
	unsigned preemptions;
	unsigned long max_schedules;	/* stop after so many, cut ones included; 0 = never */
	unsigned long pct;		/* samples by PCT behind the search */
	unsigned pct_depth;		/* priority changes of a sample; more than preemptions */
	uint64_t seed;
	bool no_reduction;		/* every schedule one by one: for tests */
	/*
	 * A key that no schedule before showed; @program is the program with the
	 * sched= of that schedule, minimized, @result what that run showed.
	 */
	void (*found)(void *arg, const struct program *program, const struct finding *finding,
		      const struct result *result);
	/* Every schedule that was run to its end; or NULL. */
	void (*ran)(void *arg, const struct result *result);
	void *arg;
};

/*
 * 0, or -ENOMEM. A target without schedules, or one that breaks: *result says
 * so (its verdict is skipped or infra), and nothing is explored.
 */
int lockstep_explore(struct lockstep *ls, const struct program *program,
		     const struct explore_options *options, struct explore_stats *stats,
		     struct result *result);

#endif

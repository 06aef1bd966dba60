/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A target that plays a tape: for each op the outcome and events that a row of
 * a test wrote down. It proves that the engine turns red for what it should,
 * and only for that, without any KVM in between.
 */
#ifndef ZAPLOCK_LOCKSTEP_TESTS_TAPE_H
#define ZAPLOCK_LOCKSTEP_TESTS_TAPE_H

#include "harness/lockstep/target.h"

#define TAPE_EVENTS 6

struct tape_step {
	struct outcome out;
	enum target_status status;
	const char *warns;			/* the function that warns, or dies with TARGET_CRASH */
	struct event events[TAPE_EVENTS];	/* an all-zero event (level 0) ends the list early */
};

struct tape {
	struct target target;
	const struct tape_step *steps;
	unsigned pos;
	bool lies;		/* its snapshots show nothing */
};

extern const struct target_ops tape_ops;

/* Rewinds @tape to play @steps with @caps. */
void tape_load(struct tape *tape, uint32_t caps, const struct tape_step *steps);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups of ops that run concurrently (design 3): each vCPU's ops are one
 * thread, the host's another, and exactly one of them runs until it reaches a
 * named point, must wait, or has ended. There a scheduler picks who goes on.
 * Nothing here depends on a target; the model uses it, others may.
 *
 * A wait is a condition on the target's state: a thread whose condition does
 * not hold cannot be picked. When none can be, that is a deadlock.
 */
#ifndef ZAPLOCK_LOCKSTEP_SCHED_H
#define ZAPLOCK_LOCKSTEP_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oracle/op.h"

#define SCHED_THREADS	(MAX_VCPUS + 1)
#define SCHED_NOBODY	0xffu
#define SCHED_CUT	0xfeu		/* pick() answers: end the run, what would come is known */
#define SCHED_MAX_MOMENTS (1u << 20)	/* of a group; more is a livelock */

/* Points that every target has beside its own; target points count from SCHED_OWN_POINTS. */
enum { SCHED_POINT_NEXT_OP, SCHED_POINT_END, SCHED_OWN_POINTS };
extern const char *const sched_point_names[SCHED_OWN_POINTS];

/* A moment at which somebody must be picked. */
struct sched_moment {
	uint8_t at;		/* the thread that came here; SCHED_NOBODY at the group's begin */
	bool goes_on;		/* it can: to pick another one is a preemption */
	uint16_t point;		/* where it is; SCHED_POINT_END if it has ended, the last one if it waits */
	uint32_t runnable;	/* threads (bits); 0: all have ended, and the answer does not matter */
	uint64_t reads, writes;	/* objects (bits) that it touched since it was last at a moment */
};

struct scheduler {
	/* Who goes on: a runnable thread, or SCHED_CUT. */
	unsigned (*pick)(struct scheduler *scheduler, const struct sched_moment *now);
	bool cut;	/* it said SCHED_CUT: nothing of the group is to be judged */
};

/* What a thread waits for. */
struct sched_wait {
	bool (*ready)(void *ctx, uint64_t arg);
	/* "mmu_lock, which vcpu1 holds": completes "vcpu0 waits for". */
	void (*describe)(void *ctx, uint64_t arg, char *buf, size_t size);
	void *ctx;
	uint64_t arg;
};

enum sched_end {
	SCHED_DONE,		/* every thread has ended */
	SCHED_IS_CUT,		/* the scheduler wanted no more */
	SCHED_DEADLOCK,		/* sched_why() names the waiters */
	SCHED_LIVELOCK,		/* SCHED_MAX_MOMENTS passed; sched_why() names who is where */
	SCHED_NO_MEMORY,
};

struct sched;

/* NULL when memory is out. */
struct sched *sched_new(void);
void sched_free(struct sched *s);

/* What runs. */
struct sched_group {
	const char *const *points;	/* names of the target's */
	void (*body)(void *ctx, unsigned thread);
	/* The running thread is left at @point, or must wait behind it. */
	void (*left)(void *ctx, unsigned point, bool waits);
	void *ctx;
};

/*
 * Runs the body of each of @threads (bits), interleaved as @by picks. When it
 * ends early the threads are left where they stand: the target's state is only
 * good for a reset.
 */
enum sched_end sched_run(struct sched *s, struct scheduler *by, uint32_t threads,
			 const struct sched_group *group);
/* Who waits for what, or is where; until the next run. */
const char *sched_why(const struct sched *s);

/* Below: from within a body only. */
unsigned sched_running(const struct sched *s);
/* The last point at which the running thread was. */
unsigned sched_last_point(const struct sched *s);
/* The thread is at @point. True if others ran before it goes on. */
bool sched_point(struct sched *s, unsigned point);
/*
 * In two halves, for a thread that must tidy up before it is left: does the
 * scheduler leave it at @point? Then sched_leave(), and no point between them
 * counts.
 */
bool sched_leaves(struct sched *s, unsigned point);
void sched_leave(struct sched *s);
/* Until @wait is ready. True if others ran meanwhile. */
bool sched_wait(struct sched *s, const struct sched_wait *wait);
/* The thread reads and writes objects; which bit is what is the target's affair. */
void sched_touch(struct sched *s, uint64_t reads, uint64_t writes);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* Threads of a group: see sched.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/lockstep/coroutine.h"
#include "harness/lockstep/sched.h"

const char *const sched_point_names[SCHED_OWN_POINTS] = {
	[SCHED_POINT_NEXT_OP] = "next-op", [SCHED_POINT_END] = "end",
};

struct thread {
	struct coroutine coroutine;
	struct sched *sched;
	const struct sched_wait *wait;	/* NULL: it can go on */
	uint16_t point;			/* the last one it was at */
};

struct sched {
	struct thread threads[SCHED_THREADS];
	struct scheduler *by;
	const struct sched_group *group;
	uint32_t live;		/* threads that have not ended */
	unsigned running, next;
	unsigned moments;
	bool leaving;		/* between sched_leaves() and sched_leave() */
	uint64_t reads, writes;
	enum sched_end end;
	char why[256];
};

struct sched *sched_new(void)
{
	struct sched *s = calloc(1, sizeof(*s));

	for (unsigned t = 0; s && t < SCHED_THREADS; t++)
		s->threads[t].sched = s;
	return s;
}

void sched_free(struct sched *s)
{
	for (unsigned t = 0; s && t < SCHED_THREADS; t++)
		coroutine_free(&s->threads[t].coroutine);
	free(s);
}

const char *sched_why(const struct sched *s)
{
	return s->why;
}

unsigned sched_running(const struct sched *s)
{
	return s->running;
}

unsigned sched_last_point(const struct sched *s)
{
	return s->threads[s->running].point;
}

void sched_touch(struct sched *s, uint64_t reads, uint64_t writes)
{
	s->reads |= reads;
	s->writes |= writes;
}

static uint32_t runnable(const struct sched *s)
{
	uint32_t mask = 0;

	for (uint32_t left = s->live; left; left &= left - 1) {
		const struct sched_wait *wait = s->threads[__builtin_ctz(left)].wait;

		if (!wait || wait->ready(wait->ctx, wait->arg))
			mask |= left & -left;
	}
	return mask;
}

static void __attribute__((format(printf, 3, 4)))
append(struct sched *s, size_t *at, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(s->why + *at, sizeof(s->why) - *at, format, args);
	va_end(args);
	*at += n < 0 ? 0 : (size_t)n;
	if (*at >= sizeof(s->why))
		*at = sizeof(s->why) - 1;
}

/* "deadlock: vcpu0 waits for mmu_lock, which vcpu1 holds; vcpu1 waits for ..." */
static void give_up(struct sched *s, enum sched_end end)
{
	const char *before = ": ";
	size_t at = 0;

	s->end = end;
	append(s, &at, end == SCHED_DEADLOCK ? "deadlock" : "livelock");
	for (unsigned t = 0; t < SCHED_THREADS; t++) {
		const struct thread *thread = &s->threads[t];
		unsigned point = thread->point;

		if (!(s->live >> t & 1))
			continue;
		append(s, &at, "%s", before);
		before = "; ";
		if (t == HOST_THREAD)
			append(s, &at, "host ");
		else
			append(s, &at, "vcpu%u ", t);
		if (thread->wait) {
			char what[96] = "";

			thread->wait->describe(thread->wait->ctx, thread->wait->arg, what, sizeof(what));
			append(s, &at, "waits for %s", what);
		} else {
			append(s, &at, "is at %s", point < SCHED_OWN_POINTS ? sched_point_names[point] :
			       s->group->points[point - SCHED_OWN_POINTS]);
		}
	}
}

/* Asks the scheduler; SCHED_NOBODY when the run ends here, s->end says how. */
static unsigned pick(struct sched *s, unsigned at, unsigned point)
{
	struct sched_moment now = {
		.at = at, .point = point, .reads = s->reads, .writes = s->writes,
		.runnable = runnable(s),
	};
	unsigned next;

	s->reads = s->writes = 0;
	if (!s->live) {
		s->by->pick(s->by, &now);
		return SCHED_NOBODY;
	}
	if (!now.runnable) {
		give_up(s, SCHED_DEADLOCK);
		return SCHED_NOBODY;
	}
	if (++s->moments > SCHED_MAX_MOMENTS) {
		give_up(s, SCHED_LIVELOCK);
		return SCHED_NOBODY;
	}
	now.goes_on = at != SCHED_NOBODY && (now.runnable >> at & 1);
	next = s->by->pick(s->by, &now);
	if (next != SCHED_CUT)
		return next;
	s->by->cut = true;
	s->end = SCHED_IS_CUT;
	return SCHED_NOBODY;
}

bool sched_leaves(struct sched *s, unsigned point)
{
	if (s->leaving)
		return false;
	s->threads[s->running].point = point;
	s->next = pick(s, s->running, point);
	s->leaving = s->next != s->running;
	return s->leaving;
}

void sched_leave(struct sched *s)
{
	struct thread *self = &s->threads[s->running];

	s->leaving = false;
	s->group->left(s->group->ctx, self->point, self->wait);
	coroutine_leave(&self->coroutine);
}

bool sched_point(struct sched *s, unsigned point)
{
	if (!sched_leaves(s, point))
		return false;
	sched_leave(s);
	return true;
}

bool sched_wait(struct sched *s, const struct sched_wait *wait)
{
	struct thread *self = &s->threads[s->running];
	bool others = false;

	while (!wait->ready(wait->ctx, wait->arg)) {
		self->wait = wait;
		s->next = pick(s, s->running, self->point);
		sched_leave(s);
		others = true;
	}
	self->wait = NULL;
	return others;
}

static void thread_main(void *arg)
{
	struct thread *self = arg;
	struct sched *s = self->sched;
	unsigned t = self - s->threads;

	s->group->body(s->group->ctx, t);
	s->live &= ~(1u << t);
	self->point = SCHED_POINT_END;
	s->next = pick(s, t, SCHED_POINT_END);
}

enum sched_end sched_run(struct sched *s, struct scheduler *by, uint32_t threads,
			 const struct sched_group *group)
{
	s->by = by;
	by->cut = false;
	s->group = group;
	s->live = 0;
	s->moments = 0;
	s->leaving = false;
	s->reads = s->writes = 0;
	s->end = SCHED_DONE;
	s->why[0] = '\0';
	for (uint32_t left = threads; left; left &= left - 1) {
		struct thread *thread = &s->threads[__builtin_ctz(left)];

		thread->wait = NULL;
		thread->point = SCHED_POINT_NEXT_OP;
		if (!coroutine_prepare(&thread->coroutine, thread_main, thread)) {
			s->end = SCHED_NO_MEMORY;
			snprintf(s->why, sizeof(s->why), "no memory for a vCPU's stack");
			return s->end;
		}
		s->live |= left & -left;
	}
	s->running = SCHED_NOBODY;
	s->next = pick(s, SCHED_NOBODY, SCHED_POINT_NEXT_OP);
	while (s->next != SCHED_NOBODY) {
		s->running = s->next;
		coroutine_resume(&s->threads[s->running].coroutine);
	}
	s->running = SCHED_NOBODY;
	for (uint32_t left = s->live; left; left &= left - 1)
		coroutine_abandon(&s->threads[__builtin_ctz(left)].coroutine);
	return s->end;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads of a group on a toy target: who runs when, what waits, and that
 * deadlock, livelock and an early end leave the stacks fit for the next run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "harness/lockstep/sched.h"

enum { POINT_A = SCHED_OWN_POINTS, POINT_B };

static const char *const points[] = { "a", "b", NULL };

struct toy {
	struct sched *sched;
	struct scheduler scheduler;	/* picks what `script` says, then the lowest that can run */
	const char *script;		/* a digit a moment, x = cut */
	char log[256];
	unsigned lock[2];		/* holder + 1 */
	uint64_t seen_reads, seen_writes;
};

static struct toy *toy_of(struct scheduler *scheduler)
{
	return (struct toy *)((char *)scheduler - offsetof(struct toy, scheduler));
}

static unsigned pick(struct scheduler *scheduler, const struct sched_moment *now)
{
	struct toy *toy = toy_of(scheduler);

	toy->seen_reads |= now->reads;
	toy->seen_writes |= now->writes;
	if (!now->runnable)
		return SCHED_NOBODY;
	if (*toy->script == 'x')
		return SCHED_CUT;
	if (*toy->script) {
		unsigned t = *toy->script++ - '0';

		assert_true(now->runnable >> t & 1);
		return t;
	}
	return now->goes_on ? now->at : (unsigned)__builtin_ctz(now->runnable);
}

static void say(struct toy *toy, const char *what)
{
	size_t at = strlen(toy->log);

	snprintf(toy->log + at, sizeof(toy->log) - at, "%u%s ", sched_running(toy->sched), what);
}

static void left(void *ctx, unsigned point, bool waits)
{
	say(ctx, waits ? "w" : "-");
}

static bool lock_free(void *ctx, uint64_t arg)
{
	return !((struct toy *)ctx)->lock[arg];
}

static void describe(void *ctx, uint64_t arg, char *buf, size_t size)
{
	snprintf(buf, size, "lock %c, which vcpu%u holds", (int)('A' + arg),
		 ((struct toy *)ctx)->lock[arg] - 1);
}

static void lock(struct toy *toy, unsigned which)
{
	struct sched_wait wait = { lock_free, describe, toy, which };

	sched_wait(toy->sched, &wait);
	toy->lock[which] = sched_running(toy->sched) + 1;
}

static void two_points(void *ctx, unsigned thread)
{
	struct toy *toy = ctx;

	say(toy, "(");
	sched_touch(toy->sched, 1, 0);
	sched_point(toy->sched, POINT_A);
	say(toy, "a");
	sched_touch(toy->sched, 0, 2);
	sched_point(toy->sched, POINT_B);
	say(toy, ")");
	sched_touch(toy->sched, 4, 0);
}

/* vCPU 0 takes A then B, others B then A. */
static void crossed_locks(void *ctx, unsigned thread)
{
	struct toy *toy = ctx;

	lock(toy, thread != 0);
	sched_point(toy->sched, POINT_A);
	lock(toy, thread == 0);
	toy->lock[0] = toy->lock[1] = 0;
	say(toy, "!");
}

static void forever(void *ctx, unsigned thread)
{
	struct toy *toy = ctx;

	for (;;)
		sched_point(toy->sched, POINT_B);
}

/* Leaves in two halves: what happens between them is not left. */
static void tidy(void *ctx, unsigned thread)
{
	struct toy *toy = ctx;

	if (sched_leaves(toy->sched, POINT_A)) {
		sched_point(toy->sched, POINT_B);
		say(toy, "t");
		sched_leave(toy->sched);
	}
	say(toy, ")");
}

static enum sched_end run(struct toy *toy, const char *script, uint32_t threads,
			  void (*body)(void *, unsigned))
{
	const struct sched_group group = { points, body, left, toy };

	toy->scheduler.pick = pick;
	toy->script = script;
	toy->log[0] = '\0';
	toy->lock[0] = toy->lock[1] = 0;
	return sched_run(toy->sched, &toy->scheduler, threads, &group);
}

static void interleavings(void **state)
{
	static const struct { const char *script, *log; } cases[] = {
		{ "", "0( 0a 0) 1( 1a 1) " },
		{ "1", "1( 1a 1) 0( 0a 0) " },
		{ "0101", "0( 0- 1( 1- 0a 0- 1a 1) 0) " },
		{ "011", "0( 0- 1( 1a 1) 0a 0) " },
	};
	struct toy *toy = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(run(toy, cases[i].script, 3, two_points), SCHED_DONE);
		assert_string_equal(toy->log, cases[i].log);
	}
	/* All nine threads, the host's among them; and what they touched comes with the moments. */
	toy->seen_reads = toy->seen_writes = 0;
	assert_int_equal(run(toy, "8", 0x1ff, two_points), SCHED_DONE);
	assert_memory_equal(toy->log, "8( 8a 8) 0( ", 12);
	assert_int_equal(toy->seen_reads, 5);
	assert_int_equal(toy->seen_writes, 2);
}

static void waits(void **state)
{
	struct toy *toy = *state;

	/* 1 holds B at its point, 0 takes A and must wait for B; then 1 waits for A. */
	assert_int_equal(run(toy, "10", 3, crossed_locks), SCHED_DEADLOCK);
	assert_string_equal(sched_why(toy->sched), "deadlock: vcpu0 waits for lock B, which vcpu1 holds; "
			    "vcpu1 waits for lock A, which vcpu0 holds");
	/* In order nobody waits. */
	assert_int_equal(run(toy, "", 3, crossed_locks), SCHED_DONE);
	assert_string_equal(toy->log, "0! 1! ");
}

static void livelock(void **state)
{
	struct toy *toy = *state;

	assert_int_equal(run(toy, "01", 3, forever), SCHED_LIVELOCK);
	assert_string_equal(sched_why(toy->sched), "livelock: vcpu0 is at b; vcpu1 is at b");
}

static void cut(void **state)
{
	struct toy *toy = *state;

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(run(toy, "01x", 3, two_points), SCHED_IS_CUT);
		assert_true(toy->scheduler.cut);
		assert_int_equal(run(toy, "x", 3, two_points), SCHED_IS_CUT);
		assert_int_equal(run(toy, "0101", 3, two_points), SCHED_DONE);
		assert_false(toy->scheduler.cut);
		assert_string_equal(toy->log, "0( 0- 1( 1- 0a 0- 1a 1) 0) ");
	}
}

static void two_halves(void **state)
{
	struct toy *toy = *state;

	assert_int_equal(run(toy, "01", 3, tidy), SCHED_DONE);
	assert_string_equal(toy->log, "0t 0- 1) 0) ");
	assert_int_equal(run(toy, "0", 3, tidy), SCHED_DONE);
	assert_string_equal(toy->log, "0) 1) ");
}

static int setup(void **state)
{
	static struct toy toy;

	toy.sched = sched_new();
	*state = &toy;
	return !toy.sched;
}

static int teardown(void **state)
{
	sched_free(((struct toy *)*state)->sched);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interleavings),
		cmocka_unit_test(waits),
		cmocka_unit_test(livelock),
		cmocka_unit_test(cut),
		cmocka_unit_test(two_halves),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search over schedules: see explore.h. Stateless: each schedule runs the
 * program from its start, the choices so far replayed. PCT: Burckhardt et al.,
 * "A randomized scheduler with probabilistic guarantees of finding bugs",
 * ASPLOS 2010.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/explore.h"
#include "harness/lockstep/schedule.h"
#include "harness/lockstep/trace_hash.h"

#define MAX_KEYS	64u
#define SEEN_SLOTS	(1u << 20)	/* of 8 bytes; when full the search just prunes less */
#define SEEN_PROBES	8u
#define MAX_TODO	(1ul << 22)	/* schedules that wait for their turn */

/* A moment of the schedule at hand, and what was chosen there. */
struct choice {
	uint8_t at;
	bool goes_on;
	bool stepped;			/* the step behind it is known: */
	uint8_t chosen;
	uint16_t point;
	uint16_t group;
	uint32_t runnable;
	uint64_t shared, alone;		/* of the step that `at` takes when it goes on */
};

/* A schedule to run: what to choose first. Behind it whoever can goes on. */
struct todo {
	struct todo *next;
	uint8_t at;			/* the last choice preempts this thread ... */
	uint64_t shared, alone;		/* ... before this step */
	unsigned nr;
	uint8_t chosen[];
};

enum mode { MODE_SEARCH, MODE_PCT };

struct explore {
	struct scheduler scheduler;
	struct lockstep *ls;
	const struct explore_options *options;
	struct explore_stats *stats;
	struct result *result;
	struct program *program;	/* without sched=; gets those of findings */
	const struct target *target;
	enum mode mode;
	unsigned bound;			/* preemptions of the schedules that are run now */
	struct todo *now, *later;	/* to run; with one preemption more */
	struct todo *unnoticed;		/* with one more, before steps that no other thread notices so far */
	unsigned long nr_todo;
	bool overflow;			/* of them */

	struct choice *choices;
	unsigned nr, max;		/* of the schedule */
	const uint8_t *prefix;
	unsigned nr_prefix;
	unsigned groups;		/* begun */
	struct trace_hash trace;
	uint64_t shared[SCHED_THREADS], alone[SCHED_THREADS];	/* all that each thread ever touched */
	uint64_t *seen;			/* hashes of moments from which the search has gone on */
	bool broken;			/* the target does not do twice the same, or memory is out */

	/* PCT */
	uint64_t random;
	unsigned priority[SCHED_THREADS];
	unsigned change[32], nr_changes;

	char keys[MAX_KEYS][KEY_MAX];
	unsigned nr_keys;
};

static struct explore *explore_of(struct scheduler *scheduler)
{
	return (struct explore *)((char *)scheduler - offsetof(struct explore, scheduler));
}

static uint64_t random_next(struct explore *e)
{
	e->random += 0x9e3779b97f4a7c15ULL;
	return trace_mix(e->random);
}

/* ---- what is independent ---- */

static bool conflict(uint64_t shared, uint64_t alone, uint64_t other_shared, uint64_t other_alone)
{
	return (alone & (other_shared | other_alone)) || (shared & other_alone);
}

/* Is there anything in the step that any other thread may notice? */
static bool noticed(const struct explore *e, unsigned at, uint64_t shared, uint64_t alone)
{
	for (unsigned t = 0; t < SCHED_THREADS; t++) {
		if (t != at && conflict(shared, alone, e->shared[t], e->alone[t]))
			return true;
	}
	return false;
}

/*
 * Has the search gone on from a moment like this? It had as many preemptions
 * left then, or more. Remembers that it has now.
 */
static bool seen_before(struct explore *e, const struct sched_moment *now)
{
	uint64_t hash = trace_mix(e->trace.total + (now->goes_on ? now->at + 1 : 0)) | 1;

	for (unsigned i = 0; i < SEEN_PROBES; i++) {
		uint64_t *slot = &e->seen[(hash / 2 + i) & (SEEN_SLOTS - 1)];

		if (*slot == hash)
			return true;
		if (!*slot) {
			*slot = hash;
			return false;
		}
	}
	return false;
}

/* ---- one schedule ---- */

static struct choice *new_choice(struct explore *e)
{
	if (e->nr == e->max) {
		unsigned max = e->max ? e->max * 2 : 1024;
		struct choice *choices = realloc(e->choices, max * sizeof(*choices));

		if (!choices)
			return NULL;
		e->choices = choices;
		e->max = max;
	}
	return &e->choices[e->nr];
}

/* The highest priority that can run; some moments lower the one that runs. */
static unsigned pick_pct(struct explore *e, const struct sched_moment *now)
{
	unsigned best = SCHED_NOBODY;

	for (unsigned i = 0; i < e->nr_changes; i++) {
		if (e->change[i] == e->nr && now->at != SCHED_NOBODY)
			e->priority[now->at] = i;
	}
	for (uint32_t left = now->runnable; left; left &= left - 1) {
		unsigned t = __builtin_ctz(left);

		if (best == SCHED_NOBODY || e->priority[t] > e->priority[best])
			best = t;
	}
	return best;
}

static unsigned choose(struct explore *e, const struct sched_moment *now)
{
	if (e->nr < e->nr_prefix) {
		unsigned chosen = e->prefix[e->nr];

		/* The program does twice the same, or this means nothing. */
		if (now->runnable >> chosen & 1)
			return chosen;
		e->broken = true;
		return SCHED_CUT;
	}
	if (e->mode == MODE_PCT)
		return pick_pct(e, now);
	if (!e->options->no_reduction && seen_before(e, now)) {
		e->stats->pruned++;
		return SCHED_CUT;
	}
	return now->goes_on ? now->at : (unsigned)__builtin_ctz(now->runnable);
}

static unsigned pick(struct scheduler *scheduler, const struct sched_moment *now)
{
	struct explore *e = explore_of(scheduler);
	struct choice *c = e->nr ? &e->choices[e->nr - 1] : NULL;
	unsigned chosen;

	if (now->at == SCHED_NOBODY) {
		e->groups++;
		trace_join(&e->trace);
	} else {
		trace_step(&e->trace, now->at, now->point, now->reads, now->writes);
		e->shared[now->at] |= now->reads;
		e->alone[now->at] |= now->writes;
		if (c && c->goes_on && c->chosen == c->at) {
			c->stepped = true;
			c->shared = now->reads;
			c->alone = now->writes;
		}
	}
	if (!now->runnable)
		return SCHED_NOBODY;
	chosen = choose(e, now);
	if (chosen == SCHED_CUT)
		return chosen;
	c = new_choice(e);
	if (!c) {
		e->broken = true;
		return SCHED_CUT;
	}
	*c = (struct choice){
		.at = now->at, .goes_on = now->goes_on, .chosen = chosen, .point = now->point,
		.group = e->groups - 1, .runnable = now->runnable,
	};
	e->nr++;
	return chosen;
}

/* Runs the program by a prefix of choices, and what follows from it. False: cut short. */
static bool run_once(struct explore *e, const uint8_t *prefix, unsigned nr)
{
	const struct lockstep_options options = {
		.profile = e->options->profile, .scheduler = &e->scheduler,
	};

	e->scheduler.cut = false;
	e->nr = e->groups = 0;
	e->prefix = prefix;
	e->nr_prefix = nr;
	memset(&e->trace, 0, sizeof(e->trace));
	lockstep_run(e->ls, e->program, &options, e->result);
	if (e->nr > e->stats->longest)
		e->stats->longest = e->nr;
	return !e->scheduler.cut;
}

/* ---- what a schedule showed ---- */

static unsigned first_op(const struct program *program, unsigned group)
{
	for (unsigned i = 0; i < program->nr_ops; i++) {
		if ((program->ops[i].flags & OP_TOGETHER) && !group--)
			return i;
	}
	return 0;
}

static void add_switch(const struct explore *e, struct program *p, const struct choice *c,
		       unsigned point)
{
	struct sched_switch *s = &p->switches[p->nr_switches];

	if (p->nr_switches == PROGRAM_MAX_SWITCHES)
		return;
	*s = (struct sched_switch){ .op = first_op(p, c->group), .vcpu = c->at };
	strncpy(s->point, schedule_point_name(e->target, point), sizeof(s->point) - 1);
	p->nr_switches++;
}

/*
 * As sched=: each stretch of one thread ends where it is left, by as many
 * entries as it passes that point, or waits or ends.
 */
static void write_schedule(const struct explore *e, struct program *p)
{
	unsigned begin = 0;		/* of the stretch */

	p->nr_switches = 0;
	for (unsigned i = 0; i < e->nr; i++) {
		const struct choice *c = &e->choices[i];

		if (c->at == SCHED_NOBODY) {
			begin = i + 1;
			continue;
		}
		if (c->chosen == c->at)
			continue;
		for (unsigned j = begin; c->goes_on && j < i; j++) {
			if (e->choices[j].point == c->point)
				add_switch(e, p, c, c->point);
		}
		add_switch(e, p, c, c->goes_on ? c->point : SCHED_POINT_END);
		begin = i + 1;
	}
}

static const struct finding *shows(const struct result *result, const char *key)
{
	for (unsigned i = 0; i < result->nr_findings; i++) {
		if (!strcmp(result->findings[i].key, key))
			return &result->findings[i];
	}
	return NULL;
}

static const struct finding *replay(struct explore *e, const char *key, struct result *result)
{
	const struct lockstep_options options = { .profile = e->options->profile, .explain = true };

	lockstep_run(e->ls, e->program, &options, result);
	return shows(result, key);
}

/* Takes switches away as long as the key shows. */
static void fewest_switches(struct explore *e, const char *key, struct result *result)
{
	struct program *p = e->program;

	for (unsigned i = p->nr_switches; i-- > 0;) {
		struct sched_switch s = p->switches[i];

		memmove(&p->switches[i], &p->switches[i + 1],
			(p->nr_switches - i - 1) * sizeof(*p->switches));
		p->nr_switches--;
		if (replay(e, key, result))
			continue;
		memmove(&p->switches[i + 1], &p->switches[i],
			(p->nr_switches - i) * sizeof(*p->switches));
		p->switches[i] = s;
		p->nr_switches++;
	}
}

static void found(struct explore *e, const char *key)
{
	struct result *result = malloc(sizeof(*result));
	const struct finding *f;

	if (!result) {
		e->broken = true;
		return;
	}
	write_schedule(e, e->program);
	if (replay(e, key, result)) {
		fewest_switches(e, key, result);
		f = replay(e, key, result);
		e->options->found(e->options->arg, e->program, f, result);
	} else {
		/* More switches than a program holds. */
		e->program->nr_switches = 0;
		f = shows(e->result, key);
		e->options->found(e->options->arg, e->program, f, e->result);
	}
	e->program->nr_switches = 0;
	free(result);
}

/* A schedule ran to its end. */
static void take_result(struct explore *e)
{
	bool any = false;

	e->stats->run++;
	if (e->options->ran)
		e->options->ran(e->options->arg, e->result);
	for (unsigned i = 0; i < e->result->nr_findings; i++) {
		const struct finding *f = &e->result->findings[i];
		unsigned k = 0;

		if (f->rule >= VR_FIRST_ADVISORY)
			continue;
		any = true;
		while (k < e->nr_keys && strcmp(e->keys[k], f->key))
			k++;
		if (k < e->nr_keys || k == MAX_KEYS)
			continue;
		strcpy(e->keys[e->nr_keys++], f->key);
		found(e, f->key);
	}
	e->stats->findings += any;
}

static bool target_fails(const struct explore *e)
{
	return e->broken || e->result->verdict == VERDICT_SKIPPED ||
	       e->result->verdict == VERDICT_INFRA;
}

static bool exhausted(const struct explore *e)
{
	return e->options->max_schedules &&
	       e->stats->run + e->stats->pruned >= e->options->max_schedules;
}

/* ---- the search ---- */

/* The schedule at hand up to its choice @i, and then @thread. */
static void put_off(struct explore *e, unsigned i, unsigned thread, struct todo **list)
{
	const struct choice *c = &e->choices[i];
	struct todo *todo = e->nr_todo < MAX_TODO ? malloc(sizeof(*todo) + i + 1) : NULL;

	if (!todo) {
		e->overflow = true;
		return;
	}
	*todo = (struct todo){
		.next = *list, .at = c->at, .shared = c->shared, .alone = c->alone, .nr = i + 1,
	};
	for (unsigned j = 0; j < i; j++)
		todo->chosen[j] = e->choices[j].chosen;
	todo->chosen[i] = thread;
	*list = todo;
	e->nr_todo++;
}

/* Whoever else could have been picked in what is new of the schedule at hand. */
static void put_off_others(struct explore *e, unsigned nr_prefix)
{
	for (unsigned i = nr_prefix; i < e->nr; i++) {
		const struct choice *c = &e->choices[i];
		uint32_t left = c->runnable & ~(1u << c->chosen);
		bool hidden = c->stepped && !e->options->no_reduction &&
			      !noticed(e, c->at, c->shared, c->alone);

		for (; left; left &= left - 1)
			put_off(e, i, __builtin_ctz(left), !c->goes_on ? &e->now :
				hidden ? &e->unnoticed : &e->later);
	}
}

/* What was unnoticed may not be any more: threads have touched more since. */
static void look_again(struct explore *e)
{
	for (struct todo **at = &e->unnoticed; *at;) {
		struct todo *todo = *at;

		if (!noticed(e, todo->at, todo->shared, todo->alone)) {
			at = &todo->next;
			continue;
		}
		*at = todo->next;
		todo->next = e->later;
		e->later = todo;
	}
}

/* All schedules with as many preemptions. False: stopped before. */
static bool search_bound(struct explore *e)
{
	while (e->now) {
		struct todo *todo = e->now;
		unsigned nr = todo->nr;
		bool whole;

		e->now = todo->next;
		whole = run_once(e, todo->chosen, nr);
		free(todo);
		e->nr_todo--;
		if (e->broken || (whole && target_fails(e)))
			return false;
		if (whole)
			take_result(e);
		put_off_others(e, nr);
		if (exhausted(e))
			return false;
	}
	return !e->overflow;
}

static void search(struct explore *e)
{
	e->now = calloc(1, sizeof(*e->now));
	e->nr_todo = 1;
	e->broken = !e->now;
	for (;; e->bound++) {
		if (!search_bound(e))
			return;
		e->stats->preemptions = e->bound;
		look_again(e);
		e->stats->all = !e->later;
		e->stats->covered = e->stats->all || e->bound == e->options->preemptions;
		if (e->stats->covered)
			return;
		e->now = e->later;
		e->later = NULL;
	}
}

static unsigned long drop(struct todo *list)
{
	unsigned long nr = 0;

	for (struct todo *next; list; list = next) {
		next = list->next;
		free(list);
		nr++;
	}
	return nr;
}

static void sample(struct explore *e)
{
	unsigned depth = e->options->pct_depth;

	e->mode = MODE_PCT;
	for (unsigned long i = 0; i < e->options->pct && !target_fails(e); i++) {
		for (unsigned t = 0; t < SCHED_THREADS; t++)
			e->priority[t] = 32 + random_next(e) % (1u << 30);
		e->nr_changes = depth < 32 ? depth : 32;
		for (unsigned c = 0; c < e->nr_changes; c++)
			e->change[c] = 1 + random_next(e) % (e->stats->longest + 1);
		run_once(e, NULL, 0);
		if (target_fails(e))
			return;
		e->stats->sampled++;
		take_result(e);
	}
}

static int finish(struct explore *e)
{
	bool broken = e->broken;

	drop(e->now);
	drop(e->later);
	e->stats->pruned += drop(e->unnoticed);
	free(e->choices);
	free(e->seen);
	free(e->program);
	free(e);
	return broken ? -ENOMEM : 0;
}

int lockstep_explore(struct lockstep *ls, const struct program *program,
		     const struct explore_options *options, struct explore_stats *stats,
		     struct result *result)
{
	struct explore *e = calloc(1, sizeof(*e));

	*stats = (struct explore_stats){ 0 };
	if (!e)
		return -ENOMEM;
	e->scheduler.pick = pick;
	e->ls = ls;
	e->options = options;
	e->stats = stats;
	e->result = result;
	e->target = lockstep_target(ls);
	e->random = options->seed;
	e->program = malloc(sizeof(*e->program));
	e->seen = calloc(SEEN_SLOTS, sizeof(*e->seen));
	if (!e->program || !e->seen) {
		e->broken = true;
		return finish(e);
	}
	program_copy(e->program, program);
	e->program->nr_switches = 0;
	search(e);
	if (!target_fails(e))
		sample(e);
	return finish(e);
}

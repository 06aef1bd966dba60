// SPDX-License-Identifier: GPL-2.0-only
/*
 * A group whose ops the target interleaved (design 3, 4 and 6).
 *
 * Outcomes: right if some order that keeps each vCPU's own explains them all.
 *
 * Leaves: the oracle takes each op when it begins. What the op asks to be gone
 * is marked then, and looked for when it has ended: a leaf that stays is the
 * missed zap that it would be without a group. Two things can only happen in
 * one, and are zap-race (R-RACE): a vCPU enters the guest while a leaf that it
 * had asked to be gone is still there, though somebody removes it later; and a
 * leaf installed by an op that overlaps a change has a type that is no counted
 * vCPU's once the change is over.
 *
 * TLBs: what an op outdates must be flushed when it has ended, not before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/engine.h"
#include "harness/lockstep/schedule.h"

#define NO_OP		UINT32_MAX
#define MAX_ORDERS_STEPS 4096u	/* oracle steps to look for an order that explains the outcomes */
#define MAX_ORDERED_OPS	16u

enum op_state { OP_TO_COME, OP_UNDER_WAY, OP_OVER };

struct group_op {
	struct oracle_result result;
	enum op_state state;
	uint32_t begin, end;	/* index of its events */
	unsigned class_before;	/* for coverage */
};

struct together {
	const struct op *ops;
	struct group_op *op;
	struct outcome *out;
	struct oracle *orders;	/* MAX_ORDERED_OPS + 1 of them */
	unsigned nr, max;
	uint32_t ordinal;	/* of the first op */
	uint32_t current;	/* op that runs; NO_OP */
	uint32_t owing;		/* threads (bits) with leaves that outlived their op */
	uint32_t last_over[SCHED_THREADS];	/* op of the thread that ended last; NO_OP */
};

void together_free(struct together *g)
{
	if (!g)
		return;
	free(g->op);
	free(g->out);
	free(g->orders);
	free(g);
}

static void need_memory(const void *p)
{
	if (p)
		return;
	fputs("zaplock: out of memory for a group of ops\n", stderr);
	abort();
}

static struct together *prepare(struct lockstep *ls, const struct op *ops, unsigned nr)
{
	struct together *g = ls->together;

	if (!g) {
		g = ls->together = calloc(1, sizeof(*g));
		need_memory(g);
		g->orders = malloc((MAX_ORDERED_OPS + 1) * sizeof(*g->orders));
		need_memory(g->orders);
	}
	if (nr > g->max) {
		free(g->op);
		free(g->out);
		g->op = malloc(nr * sizeof(*g->op));
		g->out = malloc(nr * sizeof(*g->out));
		need_memory(g->op);
		need_memory(g->out);
		g->max = nr;
	}
	g->ops = ops;
	g->nr = nr;
	g->ordinal = ls->ordinal + 1;
	g->current = NO_OP;
	g->owing = 0;
	for (unsigned i = 0; i < nr; i++) {
		g->op[i].state = OP_TO_COME;
		g->op[i].result = (struct oracle_result){ 0 };
		g->out[i] = (struct outcome){ .kind = OUT_ANY };
	}
	for (unsigned t = 0; t < SCHED_THREADS; t++)
		g->last_over[t] = NO_OP;
	return g;
}

/* ---- outcomes ---- */

static bool explains(const struct outcome *expected, const struct outcome *observed)
{
	if (expected->kind == OUT_ANY || observed->kind == OUT_ANY)
		return true;
	return expected->kind == observed->kind &&
	       (!expected->has_value || !observed->has_value || expected->value == observed->value);
}

/* Goes on from g->orders[depth]; @done: ops (bits) that have been taken. */
static bool find_order(struct together *g, unsigned depth, uint32_t done, unsigned *steps)
{
	uint32_t tried = 0;

	if (depth == g->nr)
		return true;
	for (unsigned i = 0; i < g->nr; i++) {
		unsigned thread = op_thread(&g->ops[i]);
		struct oracle_result r;

		/* Each thread's first op that is left. */
		if ((done >> i & 1) || (tried >> thread & 1))
			continue;
		tried |= 1u << thread;
		if (!*steps)
			return false;
		--*steps;
		g->orders[depth + 1] = g->orders[depth];
		oracle_step(&g->orders[depth + 1], &g->ops[i], &r);
		if (explains(&r.outcome, &g->out[i]) &&
		    find_order(g, depth + 1, done | 1u << i, steps))
			return true;
	}
	return false;
}

/* One after the other as they began; false if that does not explain what came of them. */
static bool listed_order_explains(struct together *g, const uint32_t *order)
{
	for (unsigned i = 0; i < g->nr; i++) {
		struct oracle_result r;

		oracle_step(&g->orders[0], &g->ops[order[i]], &r);
		if (!explains(&r.outcome, &g->out[order[i]]))
			return false;
	}
	return true;
}

static void judge_outcomes(struct lockstep *ls, struct together *g)
{
	unsigned steps = MAX_ORDERS_STEPS, begun = 0;
	uint32_t order[PROGRAM_MAX_OPS];

	for (size_t i = 0; i < ls->target->nr_events; i++) {
		if (ls->target->events[i].kind == EV_OP_BEGIN)
			order[begun++] = ls->target->events[i].gfn;
	}
	g->orders[0] = ls->oracle;
	if (listed_order_explains(g, order))
		return;
	g->orders[0] = ls->oracle;
	if (g->nr > MAX_ORDERED_OPS)
		steps = 0;
	else if (find_order(g, 0, 0, &steps))
		return;
	if (!steps) {
		ls->stop = true;
		snprintf(ls->result->why, sizeof(ls->result->why), "step %u has too many ops to find "
			 "the order that explains their outcomes: what follows is not judged", ls->step);
		return;
	}
	/* No order does: what is wrong with the one in which they began is as good as any. */
	for (unsigned i = 0; i < g->nr && !ls->stop; i++) {
		ls->op = &g->ops[order[i]];
		oracle_step(&g->orders[0], ls->op, &ls->oracle_result);
		judge_outcome(ls, &g->out[order[i]]);
	}
}

/* ---- which op runs ---- */

/* Whatever is judged from here on is judged in the name of op @i. */
static void speak_for(struct lockstep *ls, uint32_t i)
{
	struct together *g = ls->together;

	if (g->current == i)
		return;
	if (g->current != NO_OP)
		g->op[g->current].result = ls->oracle_result;
	g->current = i;
	ls->op = &g->ops[i];
	ls->ordinal = g->ordinal + i;
	ls->oracle_result = g->op[i].result;
	ls->memo.ordinal = 0;
}

static const struct oracle_result *result_of(const struct lockstep *ls, uint32_t i)
{
	return ls->together->current == i ? &ls->oracle_result : &ls->together->op[i].result;
}

/* The op behind an ordinal, if it is one of the group that runs. */
static uint32_t op_of(const struct lockstep *ls, uint32_t ordinal)
{
	const struct together *g = ls->together;

	return ls->in_group && ordinal - g->ordinal < g->nr ? ordinal - g->ordinal : NO_OP;
}

bool together_under_way(const struct lockstep *ls, uint32_t ordinal, unsigned vcpu)
{
	uint32_t i = op_of(ls, ordinal);

	return i != NO_OP && ls->together->op[i].state == OP_UNDER_WAY &&
	       op_thread(&ls->together->ops[i]) != vcpu;
}

bool together_extent_touches(const struct lockstep *ls, uint64_t gfn, uint64_t npages)
{
	const struct together *g = ls->together;

	for (unsigned i = 0; i < g->nr; i++) {
		if (g->op[i].state == OP_UNDER_WAY &&
		    extent_touches(&result_of(ls, i)->extent, gfn, npages))
			return true;
	}
	return false;
}

/* ---- leaves ---- */

static bool touches(const struct tracked_leaf *t, uint64_t start, uint64_t end)
{
	return t->leaf.gfn < end && start < t->leaf.gfn + leaf_pages(&t->leaf);
}

static bool asks(const struct lockstep *ls)
{
	const struct oracle_result *r = &ls->oracle_result;

	return (r->changed & ls->counted) || r->gone_start < r->gone_end ||
	       r->wrprot_start < r->wrprot_end;
}

static void op_begins(struct lockstep *ls, uint32_t i)
{
	struct together *g = ls->together;
	const struct op *op = &g->ops[i];
	unsigned thread = op_thread(op);

	speak_for(ls, i);
	g->op[i].state = OP_UNDER_WAY;
	g->op[i].begin = ls->event;
	ls->counted_before = ls->counted;
	if (ls->options->coverage.counters)
		g->op[i].class_before = oracle_state_class(&ls->oracle,
							   op_has_vcpu(op) ? op->vcpu : 0);
	oracle_step(&ls->oracle, op, &ls->oracle_result);
	ls->counted = oracle_counted(&ls->oracle);
	ls->memo.ordinal = 0;
	if (ls->oracle_result.guest_flush != GUEST_FLUSH_NONE) {
		ls->tlb[op->vcpu].demand_step = ls->ordinal;
		ls->tlb[op->vcpu].demand_change = ls->oracle_result.change;
	}
	if (!asks(ls))
		return;
	for (uint32_t n = 0; n < ls->leaves.nr; n++) {
		struct tracked_leaf *t = &ls->leaves.leaves[n];
		const struct oracle_result *r = &ls->oracle_result;

		if (touches(t, r->gone_start, r->gone_end) ||
		    touches(t, r->wrprot_start, r->wrprot_end) ||
		    ((ls->caps & CAP_MEMTYPES) && judge_asked(ls, t)))
			t->asked |= 1u << thread;
	}
}

static void op_ends(struct lockstep *ls, uint32_t i)
{
	struct together *g = ls->together;
	const struct op *op = &g->ops[i];
	unsigned thread = op_thread(op);
	const struct oracle_result *r = &ls->oracle_result;
	bool beside = false;	/* is there another op that may yet do it? */

	speak_for(ls, i);
	g->op[i].state = OP_OVER;
	for (unsigned j = 0; j < g->nr; j++)
		beside |= g->op[j].state == OP_UNDER_WAY;
	g->op[i].end = ls->event;
	g->last_over[thread] = i;
	if (r->guest_flush != GUEST_FLUSH_NONE)
		tlb_owe(&ls->tlb[op->vcpu], r, ls->ordinal);
	if (asks(ls)) {
		for (uint32_t n = 0; n < ls->leaves.nr; n++) {
			struct tracked_leaf *t = &ls->leaves.leaves[n];

			if (!(t->asked >> thread & 1))
				continue;
			t->asked &= ~(1u << thread);
			if (!judge_asked_in_vain(ls, t))
				continue;
			if (beside) {
				t->owed |= 1u << thread;
				g->owing |= 1u << thread;
			} else {
				judge_stayed(ls, t);
			}
		}
	}
	if (ls->options->coverage.counters)
		coverage_op(ls, g->op[i].class_before,
			    oracle_state_class(&ls->oracle, op_has_vcpu(op) ? op->vcpu : 0),
			    &g->out[i]);
}

/* Does an op that changes R-MT overlap op @i? Its index, or NO_OP. */
static uint32_t change_beside(const struct lockstep *ls, uint32_t i)
{
	const struct together *g = ls->together;

	for (uint32_t j = g->nr; j-- > 0;) {
		if (j != i && g->op[j].state != OP_TO_COME && result_of(ls, j)->changed &&
		    g->op[j].begin < (g->op[i].state == OP_OVER ? g->op[i].end : ls->event) &&
		    (g->op[j].state == OP_UNDER_WAY || g->op[j].end > g->op[i].begin))
			return j;
	}
	return NO_OP;
}

/* A leaf that the group installed or changed, at a moment when no change is under way. */
static void judge_installed(struct lockstep *ls, struct tracked_leaf *t)
{
	uint32_t i = op_of(ls, t->step), beside = change_beside(ls, i);

	speak_for(ls, i);
	judge_fresh_leaf(ls, t, beside == NO_OP ? NULL : result_of(ls, beside));
}

static bool change_under_way(const struct lockstep *ls)
{
	for (unsigned i = 0; i < ls->together->nr; i++) {
		const struct oracle_result *r = result_of(ls, i);

		if (ls->together->op[i].state == OP_UNDER_WAY &&
		    (r->changed || r->gone_start < r->gone_end || r->wrprot_start < r->wrprot_end))
			return true;
	}
	return false;
}

/* @vcpu enters the guest: what it may translate through is what stands in the tables. */
void together_enters(struct lockstep *ls, unsigned vcpu)
{
	struct together *g = ls->together;
	uint32_t owed = g->owing & (1u << vcpu | 1u << HOST_THREAD), current = g->current;
	bool rest = (ls->caps & CAP_MEMTYPES) && !change_under_way(ls);

	if (!owed && !rest)
		return;
	for (uint32_t n = 0; n < ls->leaves.nr; n++) {
		struct tracked_leaf *t = &ls->leaves.leaves[n];

		t->ran |= t->owed & owed;
		if (rest && !t->reported && op_of(ls, t->step) != NO_OP)
			judge_installed(ls, t);
	}
	speak_for(ls, current);
}

/* @t goes, or becomes another: too late for whoever ran with it. */
void together_late(struct lockstep *ls, struct tracked_leaf *t)
{
	struct together *g = ls->together;
	uint32_t current = g->current, owing;

	if (!t->owed || t->reported)
		return;
	owing = g->last_over[__builtin_ctz(t->ran ? t->ran : t->owed)];
	speak_for(ls, owing);
	/* Whoever began later owes its own zap, not this one. */
	if (g->op[current].begin > g->op[owing].end)
		judge_stayed(ls, t);
	else if (t->ran)
		judge_late(ls, t);
	speak_for(ls, current);
}

/* At rest: what is left is judged as it stands. */
static void judge_rest(struct lockstep *ls)
{
	struct together *g = ls->together;
	uint32_t last = NO_OP;

	for (unsigned i = 0; i < g->nr; i++) {
		if (result_of(ls, i)->changed)
			last = i;
	}
	for (uint32_t n = 0; n < ls->leaves.nr; n++) {
		struct tracked_leaf *t = &ls->leaves.leaves[n];

		if (t->owed) {
			speak_for(ls, g->last_over[__builtin_ctz(t->owed)]);
			judge_stayed(ls, t);
		} else if (op_of(ls, t->step) != NO_OP) {
			judge_installed(ls, t);
		} else if (last != NO_OP && (ls->caps & CAP_MEMTYPES)) {
			speak_for(ls, last);
			judge_stale(ls, t);
		}
		t->asked = t->owed = t->ran = 0;
	}
}

void together_event(struct lockstep *ls, const struct event *ev)
{
	switch (ev->kind) {
	case EV_OP_BEGIN:
		op_begins(ls, ev->gfn);
		break;
	case EV_OP_END:
		op_ends(ls, ev->gfn);
		break;
	case EV_OP_RESUME:
		speak_for(ls, ev->gfn);
		if (ls->options->coverage.counters)
			coverage_switch(ls, ev);
		break;
	}
}

static void judge_group_regs(struct lockstep *ls, const struct together *g)
{
	uint32_t seen = 0;

	for (unsigned i = g->nr; i-- > 0;) {
		const struct op *op = &g->ops[i];

		if (!op_has_vcpu(op) || (seen >> op->vcpu & 1))
			continue;
		seen |= 1u << op->vcpu;
		speak_for(ls, i);
		judge_regs(ls, op->vcpu, op->kind == OP_INIT ? VR_RESET_VALUE : VR_CR_VALUE);
	}
}

/* A group that does not end is named by its first op that changes anything. */
static void blame(struct lockstep *ls, struct together *g)
{
	for (unsigned i = 0; i < g->nr && ls->oracle_result.change == CHANGE_NONE; i++) {
		ls->op = &g->ops[i];
		oracle_step(&ls->oracle, ls->op, &ls->oracle_result);
	}
}

void together_run(struct lockstep *ls, unsigned first, unsigned nr)
{
	struct together *g = prepare(ls, &ls->program->ops[first], nr);
	struct scheduler *by = ls->options->scheduler;
	struct target *target = ls->target;
	enum target_status status;
	struct replay replay;

	if (!by) {
		replay_begin(&replay, ls->program, target, first);
		by = &replay.scheduler;
	}
	ls->op = &g->ops[0];
	ls->nr_touched = ls->nr_removed_huge = 0;
	ls->oracle_result = (struct oracle_result){ 0 };
	target->nr_events = 0;
	status = target->ops->group(target, g->ops, nr, by, g->out);
	ls->result->ops_run += nr;
	if (by->cut) {
		ls->stop = true;
		return;
	}
	if (ls->options->group_watch)
		ls->options->group_watch->group(ls->options->group_watch, g->ops, nr, target);
	if (status != TARGET_OK) {
		blame(ls, g);
		lockstep_target_failed(ls, status);
		return;
	}
	judge_outcomes(ls, g);
	if (ls->stop)
		return;
	for (unsigned i = 0; i < nr; i++)
		ls->result->ops_accepted += g->out[i].kind == OUT_OK;
	ls->in_group = true;
	observe_events(ls);
	judge_rest(ls);
	for (unsigned i = 0; i < nr; i++)
		ls->stop |= result_of(ls, i)->lost;
	if (!ls->stop)
		judge_group_regs(ls, g);
	ls->in_group = false;
	ls->ordinal = g->ordinal + nr - 1;
	ls->memo.ordinal = 0;
}

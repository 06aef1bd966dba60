/* SPDX-License-Identifier: GPL-2.0-only */
/* The lockstep engine's state while it runs a program; private to this folder. */
#ifndef ZAPLOCK_LOCKSTEP_ENGINE_H
#define ZAPLOCK_LOCKSTEP_ENGINE_H

#include "harness/lockstep/leaves.h"
#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/tlb.h"
#include "oracle/state.h"

#define unlikely(x)	__builtin_expect(!!(x), 0)

/* How a leaf stands to the vCPUs that count. */
struct standing {
	uint32_t match, undefined, mixed;	/* vCPUs (bits) */
};

/*
 * The last standing that was worked out holds for every leaf of that memtype in
 * gfns [start, end) until the next op: a split's 512 children ask once.
 */
struct standing_memo {
	uint32_t ordinal, vcpus;
	uint64_t start, end;
	uint8_t type, ipat;
	struct standing standing;
};

/* Huge leaves removed within the current op: what a split's children inherit from. */
#define MAX_REMOVED_HUGE 16u

struct lockstep {
	struct target *target;
	struct oracle oracle;
	struct leaf_table leaves;
	struct tlb tlb[MAX_VCPUS];
	uint8_t wrong_regs[MAX_VCPUS];	/* bit per register that judge_regs() has reported */
	struct tracked_leaf removed_huge[MAX_REMOVED_HUGE];
	unsigned nr_removed_huge;

	/* Of the current run. */
	const struct program *program;
	struct machine machine;		/* the program's, as the target adapts it */
	const struct lockstep_options *options;
	struct result *result;
	enum spte_layout layout;
	uint32_t caps;

	/* Of the current op. */
	struct standing_memo memo;
	const struct op *op;
	struct oracle_result oracle_result;
	uint32_t ordinal;	/* op index + 1 */
	enum change_class last_change;	/* for coverage */
	unsigned step;
	uint32_t counted;	/* vCPUs that count now ... */
	uint32_t counted_before;	/* ... and before the op */
	bool any_reported;	/* some leaf of this run was; spares looking for parents of splits */
	bool stop;		/* oracle and target have diverged, or the target broke */
	size_t event;		/* index of the event that is observed */

	/* Of the current group, if the target interleaved it. */
	bool in_group;
	struct together *together;
	unsigned nr_touched;	/* leaves installed or changed by the op, reported or not */

	/* For targets without SPTE events. */
	struct leaf *snapshot;
	size_t max_snapshot;
	uint64_t runs;
};

/* observe.c: the op's events, one by one, into leaves and TLBs. */
void observe_events(struct lockstep *ls);
/* observe.c: turns the difference between snapshot and leaves into SPTE events. */
void observe_snapshot(struct lockstep *ls);
/* observe.c: do the leaves the events told of equal a walk of the tables? Ends in infra if not. */
void observe_cross_check(struct lockstep *ls);

/* engine.c: what of a target's failure is a finding, and what ends the run without one. */
void lockstep_target_failed(struct lockstep *ls, enum target_status status);

/* together.c: ops [first, first + nr) of the program, interleaved. */
void together_run(struct lockstep *ls, unsigned first, unsigned nr);
void together_free(struct together *together);
/* Observed within a group: an op begins, goes on or ends; a vCPU enters; a leaf goes at last. */
void together_event(struct lockstep *ls, const struct event *ev);
void together_enters(struct lockstep *ls, unsigned vcpu);
void together_late(struct lockstep *ls, struct tracked_leaf *t);
/* Is the op of that ordinal under way in another thread than @vcpu's? */
bool together_under_way(const struct lockstep *ls, uint32_t ordinal, unsigned vcpu);
/* May an op that is under way zap [gfn, gfn + npages)? */
bool together_extent_touches(const struct lockstep *ls, uint64_t gfn, uint64_t npages);

/* judge.c */
void judge_outcome(struct lockstep *ls, const struct outcome *observed);
void judge_leaves(struct lockstep *ls);
void judge_removed(struct lockstep *ls, const struct tracked_leaf *leaf);
void judge_guest_entry(struct lockstep *ls, unsigned vcpu);
/* Registers of @vcpu; values that differ break @cr_rule, or msr-value. */
void judge_regs(struct lockstep *ls, unsigned vcpu, enum verdict_rule cr_rule);
void judge_mmio_spte(struct lockstep *ls, const struct event *ev);
void judge_linear(struct lockstep *ls, const struct event *ev);
void judge_cache_overrun(struct lockstep *ls, const struct event *ev);
/* A leaf that the op installed or changed; @beside: a change that overlapped the op (R-RACE), or NULL. */
void judge_fresh_leaf(struct lockstep *ls, struct tracked_leaf *t, const struct oracle_result *beside);
/* judge_leaves() in parts, for groups. Does the op, just taken by the oracle, ask @t to be gone? */
bool judge_asked(struct lockstep *ls, const struct tracked_leaf *t);
/* The op has ended, and @t, which it asked to be gone, is there: is its memtype wrong still? */
bool judge_asked_in_vain(struct lockstep *ls, struct tracked_leaf *t);
/* So it was; it stayed, or went when its vCPU had run with it. */
void judge_stayed(struct lockstep *ls, struct tracked_leaf *t);
void judge_late(struct lockstep *ls, struct tracked_leaf *t);
/* No op asked, and no counted vCPU wants it as it is. */
void judge_stale(struct lockstep *ls, struct tracked_leaf *t);

/* finding.c: a finding about @leaf (NULL: about none), to be completed by the caller; NULL if it is one more of a known key. */
struct finding_site {
	enum verdict_rule rule;
	enum rule_id rule_id;
	enum severity severity;
	enum change_class change;	/* what caused it */
	unsigned cause;			/* step that caused it; 0 = this one */
	int vcpu;
	const struct leaf *leaf;
	const struct mt *observed;	/* memtype of the leaf, if it is about one */
	const struct mt *expected;	/* R-MT now, of the vCPU judged for */
	bool mixed;			/* R-MT is not uniform over the leaf */
	bool late;			/* of zap-race: the leaf did go, too late */
	const char *from, *to;		/* direction where it is not about memtypes */
	const char *place;		/* function that warned or died, the cause of a crash; or NULL */
	uint64_t observed_value, expected_value;
};
struct finding *finding_add(struct lockstep *ls, const struct finding_site *site);

/* coverage.c */
void coverage_op(struct lockstep *ls, unsigned before, unsigned after, const struct outcome *out);
void coverage_spte(struct lockstep *ls, const struct event *ev);
void coverage_fill(struct lockstep *ls, const struct event *ev);
void coverage_switch(struct lockstep *ls, const struct event *ev);

static inline void leaf_reported(struct lockstep *ls, struct tracked_leaf *t)
{
	t->reported = ls->any_reported = true;
}

static inline struct mt view_mt(struct spte_view view)
{
	return (struct mt){ .type = view.type, .ipat = view.ipat };
}

#endif

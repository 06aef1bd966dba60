/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lockstep engine: each step of a program runs on the oracle and on a
 * target; then outcome, values, SPTEs and TLBs are compared (design 6).
 */
#ifndef ZAPLOCK_LOCKSTEP_LOCKSTEP_H
#define ZAPLOCK_LOCKSTEP_LOCKSTEP_H

#include "harness/lockstep/target.h"
#include "harness/program/program.h"
#include "oracle/oracle.h"

/* Rules of findings and advisories: names that users script against. */
enum verdict_rule {
	VR_MSR_FAULT, VR_MSR_VALUE, VR_CR_FAULT, VR_CR_VALUE,
	VR_FRESH_MEMTYPE, VR_MISSED_ZAP, VR_STALE_MEMTYPE, VR_MIXED_HUGEPAGE,
	VR_MISSED_FLUSH, VR_STALE_ROOT, VR_ZAP_RACE, VR_CACHE_OVERRUN,
	VR_SLOT_RULE, VR_RESET_VALUE, VR_CRASH, VR_HANG,
	VR_OVER_ZAP, VR_NONUNIFORM, VR_SMALL_LEAF,	/* advisories, from VR_OVER_ZAP on */
	NR_VERDICT_RULES,
};
#define VR_FIRST_ADVISORY VR_OVER_ZAP

extern const char *const verdict_rule_names[NR_VERDICT_RULES];
/* NR_VERDICT_RULES when there is none of that name. */
enum verdict_rule verdict_rule_by_name(const char *name);

enum verdict {
	VERDICT_CLEAN,
	VERDICT_FINDING,
	VERDICT_KNOWN,		/* findings, all of them expected by an erratum */
	VERDICT_UNDEFINED,	/* only undefined behaviour differed */
	VERDICT_SKIPPED,	/* the target cannot run it; why */
	VERDICT_INFRA,		/* the target broke; why */
	NR_VERDICTS,
};
extern const char *const verdict_names[NR_VERDICTS];

#define KEY_MAX		96
#define MAX_FINDINGS	32	/* per program; further ones are counted only */
#define MAX_WHY		8

struct finding {
	enum verdict_rule rule;
	enum rule_id rule_id;
	enum severity severity;
	char key[KEY_MAX];		/* rule + causing op + class of the change + direction */
	unsigned step;			/* from 1; the step at which it was seen; 0 = creation of the VM */
	bool known;			/* an erratum elsewhere explains its key; set before expect_evaluate() */
	bool foreseen;			/* some expect line names it; set by expect_evaluate() */
	unsigned cause;			/* the step that caused it; usually == step */
	int vcpu;			/* -1: none */
	bool has_gfn;
	uint64_t gfn, npages;		/* the first leaf */
	unsigned leaves;		/* leaves that share this finding */
	unsigned level;			/* 0: not a leaf's */
	bool has_mt;
	struct mt before, observed;	/* before: R-MT before the step; valid with has_mt */
	unsigned nr_expected;
	struct mt expected[MAX_VCPUS];	/* R-MT of each counted vCPU, distinct ones */
	uint64_t expected_value, observed_value;	/* of -value and -fault rules */
	char message[512];		/* one or two sentences */
	unsigned nr_why;
	struct why why[MAX_WHY];
};

struct result {
	enum verdict verdict;
	char why[256];			/* skipped, infra, undefined: the reason */
	char target[64];
	enum profile profile;
	unsigned steps_run, ops_run, ops_accepted, leaves_at_end;
	unsigned nr_findings;		/* in findings[], advisories included */
	unsigned dropped;		/* findings beyond MAX_FINDINGS */
	bool undefined;			/* some undefined behaviour differed */
	uint64_t advisories[NR_VERDICT_RULES];	/* occurrences, of advisory rules; over-zap counts pages */
	uint32_t caps;			/* enum target_cap bits the target had */
	bool other_paging;		/* the target's host has other page tables (EPT, NPT, shadow) than the program says */
	uint32_t unseen;		/* those it lacks, of those the program needed */
	bool expectation_met;		/* see expect_evaluate() */
	char expectation[256];		/* what was not met */
	struct rule_set rules_hit;
	double seconds;
	struct finding findings[MAX_FINDINGS];
};

/* State coverage: a map of 8-bit counters the engine bumps per (op, state class) -> state class, rule and SPTE transition. */
struct coverage {
	uint8_t *counters;
	uint32_t mask;		/* size - 1; size a power of two */
};

struct lockstep;

/* Told of each group that a target has interleaved: its events are those of @target. */
struct group_watch {
	void (*group)(struct group_watch *watch, const struct op *ops, unsigned nr,
		      const struct target *target);
};

struct lockstep_options {
	enum profile profile;	/* overrides the oracle's; PROFILE_NONE = the target's, else the program's */
	bool advisories;	/* record advisories as findings too, not only count them */
	bool explain;		/* fill in message and why of findings; off in fuzzing */
	unsigned last_step;	/* stop after this step; 0 = the end */
	struct coverage coverage;
	/* Called before the first step, as 0, and after each; what it may ask is lockstep_leaf(). NULL: nobody. */
	void (*watch)(struct lockstep *ls, unsigned step, void *arg);
	void *watch_arg;
	struct scheduler *scheduler;	/* of every group, whatever its sched= says; NULL: sched= */
	struct group_watch *group_watch;	/* or NULL */
};

/* Engine over @target, which it does not own. NULL when memory is out. */
struct lockstep *lockstep_new(struct target *target);
void lockstep_free(struct lockstep *ls);

/* Runs @program from a fresh VM. Never fails: what goes wrong is a verdict. */
void lockstep_run(struct lockstep *ls, const struct program *program,
		  const struct lockstep_options *options, struct result *result);

/* The oracle as the last run left it, for explain. */
struct oracle *lockstep_oracle(struct lockstep *ls);
/* What it runs on. */
struct target *lockstep_target(const struct lockstep *ls);

/* A present leaf as the engine follows it. */
struct leaf_seen {
	struct leaf leaf;
	struct mt mt;
	bool reported;		/* part of a finding, or of what is undefined, and still as it was then */
};

/* Leaf @i of those present now, in any order; false beyond the last. */
bool lockstep_leaf(const struct lockstep *ls, size_t i, struct leaf_seen *seen);

/*
 * Compares the findings with the program's expect lines (design 3): those that
 * apply to this target and profile must equal the set of non-advisory findings;
 * where none applies, clean is expected. What the target has no eyes for, or
 * its host other page tables, is not expected of it. Known findings may be there
 * or not. Sets expectation_met, expectation and, where nothing is new,
 * VERDICT_KNOWN.
 */
void expect_evaluate(const struct program *program, struct result *result);

/* Exit code of one result after expect_evaluate(): 0, 1, 3 or 4 (design 7). */
int result_exit_code(const struct result *result);

/*
 * Minimizes @program to the smallest one whose result still has a finding
 * with @key. Returns candidates run; 0 when @program does not show it.
 */
unsigned long lockstep_minimize(struct lockstep *ls, struct program *program, const char *key,
				const struct lockstep_options *options, unsigned long max_runs);

#endif

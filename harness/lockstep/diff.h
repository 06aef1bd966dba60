/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two targets side by side, without a judge: each op of a program runs on
 * both, then outcomes, values, registers and present leaves are compared
 * (design 7, `zaplock diff`). Two oracle profiles are compared by what they
 * say of every page instead.
 *
 * A comparison ends at the first op after which something differs: what comes
 * later follows from it. Differences that the caller ignores do not end it;
 * then only what differs anew after an op is looked at.
 */
#ifndef ZAPLOCK_LOCKSTEP_DIFF_H
#define ZAPLOCK_LOCKSTEP_DIFF_H

#include "harness/lockstep/lockstep.h"

#define MAX_DIFFERENCES		8u	/* per program, of distinct keys */
#define DIFF_SIDE_MAX		128u

enum diff_what {
	DIFF_CRASH,		/* one of them crashed or hung */
	DIFF_OUTCOME,		/* accepted or which fault or errno */
	DIFF_VALUE,		/* the value read */
	DIFF_REGISTER,
	DIFF_LEAF_MISSING,	/* A maps it, B does not */
	DIFF_LEAF_EXTRA,	/* B maps it, A does not */
	DIFF_LEVEL,		/* both map it, with leaves of different size */
	DIFF_MEMTYPE,
	DIFF_WRITABLE,
	NR_DIFF_WHATS,
};
extern const char *const diff_what_names[NR_DIFF_WHATS];

struct difference {
	/* WHAT/CAUSE/A>B, in the words of the triage key where it has them: "memtype/cr0:cd-clear/wb+ipat>uc". */
	char key[KEY_MAX];
	enum diff_what what;
	unsigned step;			/* from 1; 0: before the first */
	unsigned op;			/* index into the program's ops; of step 0 too */
	int vcpu;			/* whose register or R-MT; -1: none */
	bool has_gfn;
	uint64_t gfn, npages;		/* of leaves and pages: [gfn, gfn + npages) */
	unsigned leaves;		/* leaves that share this difference */
	char side[2][DIFF_SIDE_MAX];	/* what A and B did, in words */
};

enum diff_verdict {
	DIFF_SAME,
	DIFF_DIFFERS,
	DIFF_CUT,		/* the same up to an op after which a target cannot tell; why */
	DIFF_SKIPPED,		/* one of them cannot run this program at all; why */
	DIFF_INFRA,		/* one of them broke; why */
};

struct diff_result {
	enum diff_verdict verdict;
	char why[256];
	unsigned ops_run;
	unsigned ops_left_out;	/* that one of the targets cannot run: then neither ran them */
	unsigned nr;
	struct difference differences[MAX_DIFFERENCES];
};

struct diff;

/* NULL when memory is out. The targets stay the caller's; they must not be the same object. */
struct diff *diff_new(struct target *a, struct target *b);
struct diff *diff_new_profiles(enum profile a, enum profile b);
void diff_free(struct diff *d);

/* Does the caller know of differences with this key and want to see past them? NULL: of none. */
typedef bool (*diff_ignore)(const char *key, void *arg);
void diff_set_ignore(struct diff *d, diff_ignore ignore, void *arg);

/* enum target_cap bits that only one of them has, so that nothing of it is compared. */
uint32_t diff_unseen(const struct diff *d);

/* Compares both on @program, from fresh VMs. Never fails: what goes wrong is a verdict. */
void diff_run(struct diff *d, const struct program *program, struct diff_result *result);

/*
 * Minimizes @program to the smallest one that still shows a difference with
 * @key. Returns candidates run; 0 when @program does not show it.
 */
unsigned long diff_minimize(struct diff *d, struct program *program, const char *key,
			    unsigned long max_runs);

#endif

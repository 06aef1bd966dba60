/* SPDX-License-Identifier: GPL-2.0-only */
/* The comparison's state while it runs a program; private to diff*.c. */
#ifndef ZAPLOCK_LOCKSTEP_DIFF_STATE_H
#define ZAPLOCK_LOCKSTEP_DIFF_STATE_H

#include "harness/lockstep/diff.h"
#include "harness/lockstep/key.h"
#include "oracle/state.h"

/* Leaves that differ, beyond which they are only counted. */
#define MAX_APART	1024u

/* A leaf as far as it is compared. Orders by place, then by what it says. */
struct face {
	uint64_t gfn;
	uint8_t as_id, level;
	uint8_t type, ipat;
	bool writable;
};

struct faces {
	struct face *faces;
	size_t nr, max;
};

/* A target, or the oracle of a profile. */
struct side {
	struct target *target;
	enum profile profile;
	struct oracle oracle;
	struct oracle_result oracle_result;
	enum target_status status;
	struct outcome out;
	struct leaf *leaves;
	size_t max_leaves;
	struct faces present, before;	/* after this op, and after the one before */
	struct target_regs regs[MAX_VCPUS];
	struct face apart[MAX_APART];	/* of this op: leaves that only this side has, anew */
	bool paired[MAX_APART];
	unsigned nr_apart;
};

struct diff {
	struct side side[2];
	bool profiles;
	unsigned first;		/* the side that runs an op first: the one that skips ops */
	uint32_t caps;		/* that both have */
	diff_ignore ignore;
	void *ignore_arg;

	/* Of the current run. */
	const struct program *program;
	struct diff_result *result;
	const struct op *op;	/* NULL before the first */
	unsigned step;
	enum change_class change;
	bool stop;
};

/*
 * Records a difference whose key ends in @detail. NULL if it is ignored or one
 * more of a known key; else to be completed by the caller.
 */
struct difference *differ(struct diff *d, enum diff_what what, const char *detail, bool is_leaf);
/* What side @s did, in words. */
void differ_say(struct difference *new, unsigned s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends the run; a difference found before stands. */
void diff_end(struct diff *d, enum diff_verdict verdict, const char *why);
/* "wb+ipat>uc" */
#define MT_PAIR_MAX (2 * MT_TEXT_MAX)
const char *mt_pair_key(struct mt a, struct mt b, char buf[MT_PAIR_MAX]);
void compare_outcomes(struct diff *d);

/* diff_leaves.c: the present leaves of both targets. */
void compare_leaves(struct diff *d);
/* diff_profiles.c */
void run_profiles(struct diff *d);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The minimizer's parts: minimize.c takes lines out, simplify.c makes values
 * simple, escape.c looks for ways on where neither finds one.
 */
#ifndef ZAPLOCK_PROGRAM_MINIMIZE_H
#define ZAPLOCK_PROGRAM_MINIMIZE_H

#include "harness/program/internal.h"

struct minimizer {
	struct program *best;		/* keeps the property */
	struct program *candidate;
	uint64_t best_cost;
	minimize_keeps keeps;
	void *arg;
	unsigned long runs, max_runs;
};

/* A copy of the best program, to be changed and then tried. */
static inline struct program *minimize_begin(struct minimizer *m)
{
	program_copy(m->candidate, m->best);
	return m->candidate;
}

/* Makes the candidate the best program if it is simpler and keeps the property. */
bool minimize_try(struct minimizer *m);

static inline bool minimize_exhausted(const struct minimizer *m)
{
	return m->runs >= m->max_runs;
}

/*
 * How far @program is from the simplest there is. A line outweighs all values;
 * every step of the minimizer makes this smaller, so that it ends.
 */
uint64_t program_cost(const struct program *program);

/* One round over all values. True if something became simpler. */
bool simplify_values(struct minimizer *m);

/* One step out of a program that neither lines nor values make simpler. True if one was found. */
bool escape_minimum(struct minimizer *m);

#endif

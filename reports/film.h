/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A film: the leaves that a target had present after each step of a run, for
 * the memory map of a report.
 */
#ifndef ZAPLOCK_REPORTS_FILM_H
#define ZAPLOCK_REPORTS_FILM_H

#include "harness/lockstep/lockstep.h"

/* Neighbouring leaves of one kind: [gfn, end). */
struct film_leaf {
	uint64_t gfn, end;
	uint8_t level, as_id, type, ipat;
	bool reported;
};

/* After @step: leaves [first, first + nr) of the film, sorted by address space, level and gfn. */
struct film_frame {
	unsigned step;
	uint32_t first, nr;
	uint32_t present;	/* leaves, each by itself */
};

struct film {
	struct film_leaf *leaves;
	struct film_frame *frames;
	uint32_t nr_leaves, max_leaves, nr_frames, max_frames;
	bool cut;		/* there was more than it holds: the frames end there */
};

/* Forgets what was filmed; the room stays. */
void film_reset(struct film *film);
void film_free(struct film *film);
/* A struct lockstep_options.watch; @film is a struct film. */
void film_watch(struct lockstep *ls, unsigned step, void *film);
/* The frame after @step; NULL if there is none. */
const struct film_frame *film_frame(const struct film *film, unsigned step);

#endif

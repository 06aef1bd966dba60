/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stored finding as a report needs it: its program, what was found, and,
 * where the target can show it again, the film of the run.
 */
#ifndef ZAPLOCK_REPORTS_DOSSIER_H
#define ZAPLOCK_REPORTS_DOSSIER_H

#include "reports/film.h"
#include "reports/store.h"

struct dossier {
	const struct stored_finding *stored;
	struct finding finding;
	struct program program;
	bool has_program;
	enum profile profile;
	struct film film;
	bool filmed;
	/* Private: the target that was opened last. */
	char spec[64];
	struct target *target;
	struct lockstep *ls;
	struct result result;
};

/* NULL when memory is out. */
struct dossier *dossier_new(void);
void dossier_free(struct dossier *d);

/*
 * Fills @d from @stored. With @film its program is run again on its target, but
 * not where that crashes or hangs, nor on a KVM that runs on hardware: a report
 * changes nothing. What cannot be had is left out; a store is never trusted.
 */
void dossier_fill(struct dossier *d, const struct stored_finding *stored, bool film);

/* A finding of schema run-1 as text, as store and `run' have it; false if it is none. */
bool finding_from_json(const char *text, struct finding *f);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that ran a target died: was it the target's doing? Its last program
 * is run again, and minimized, in processes of its own.
 */
#ifndef ZAPLOCK_FUZZ_CASUALTY_H
#define ZAPLOCK_FUZZ_CASUALTY_H

#include "fuzz/fuzz_lockstep.h"

struct casualty {
	const char *target;
	enum profile profile;		/* as in struct lockstep_options */
	const char *target_name;	/* for the finding */
	enum profile judged_by;
	int status;			/* how it died, as wait() tells it */
	bool hung;			/* killed because it stood still */
	const char *log;		/* where to read what it said */
	/*
	 * Takes the finding: first as found (@last false), then minimized. False
	 * when it is known, and not to be minimized.
	 */
	bool (*store)(const struct program *program, const struct result *result, const char *note,
		      bool last, void *arg);
	void *arg;
};

/* False when nothing of the target's was to blame; then nothing is stored. */
bool casualty_examine(const struct casualty *casualty, const uint8_t *input, size_t size);

/* Does @program, run alone, die as the casualty did? */
bool casualty_dies_alike(const struct program *program, const struct casualty *casualty);

/* Runs @program alone for at most 5 s: its wait status; 0 if it lives, -1 if it could not be tried. */
int casualty_try(const struct casualty *casualty, const struct program *program);

#endif

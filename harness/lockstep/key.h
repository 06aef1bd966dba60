/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The triage key: RULE/CHANGE/OBSERVED>EXPECTED/SEVERITY, all that tells one
 * cause from another and nothing that differs between two programs for the
 * same cause. Findings are deduplicated, minimized and matched with errata by
 * it, so its text is stable.
 */
#ifndef ZAPLOCK_LOCKSTEP_KEY_H
#define ZAPLOCK_LOCKSTEP_KEY_H

#include "harness/lockstep/lockstep.h"

struct finding_key_parts {
	enum verdict_rule rule;
	enum change_class change;
	enum severity severity;
	const struct mt *observed, *expected;	/* both, or neither ... */
	bool mixed;				/* expected is not uniform */
	const char *from, *to;			/* ... and then these words */
};

void finding_key(char key[KEY_MAX], const struct finding_key_parts *parts);

/* "WB+IPAT" */
#define MT_TEXT_MAX 16
const char *mt_text(struct mt mt, char buf[MT_TEXT_MAX]);

#endif

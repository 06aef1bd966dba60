/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The triage key: RULE/CHANGE/DIRECTION/SEVERITY, all that tells one cause from
 * another and nothing that differs between two programs for the same cause.
 * A fresh leaf has no change to blame: the rule that decides its memtype stands
 * there. Of a crash whose function is known, that is the cause: crash/warn/FUNCTION/SEVERITY. The direction of a memtype is whether the leaf is cached too much or
 * too little, not which of the types met. Findings are deduplicated, minimized and matched with errata by
 * it, so its text is stable.
 */
#ifndef ZAPLOCK_LOCKSTEP_KEY_H
#define ZAPLOCK_LOCKSTEP_KEY_H

#include "harness/lockstep/lockstep.h"

struct finding_key_parts {
	enum verdict_rule rule;
	enum rule_id rule_id;			/* names the cause of fresh-memtype */
	enum change_class change;
	enum severity severity;
	const struct mt *observed, *expected;	/* both, or neither ... */
	bool mixed;				/* expected is not uniform */
	const char *from, *to;			/* ... and then these words */
	const char *place;			/* function that warned or died; NULL: none, or unknown */
};

void finding_key(char key[KEY_MAX], const struct finding_key_parts *parts);

/*
 * Who can reach a leaf of the wrong memtype, and how much it matters (design
 * 4). @result: what the oracle said of the op that made it wrong, NULL for a
 * leaf wrong from the start. There every unaligned or holed pair is in doubt,
 * since a kernel may extend it to pages that it does not match.
 */
enum severity memtype_severity(struct oracle *o, unsigned vcpu, const struct oracle_result *result,
			       uint64_t gfn, uint64_t npages, struct mt observed,
			       struct mt expected, bool mixed);

/* "WB+IPAT" */
#define MT_TEXT_MAX 16
const char *mt_text(struct mt mt, char buf[MT_TEXT_MAX]);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Expectations (design 3): the expect lines that apply to a target and profile
 * must equal the set of findings; where none applies, clean is expected.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "harness/lockstep/lockstep.h"

static bool applies(const struct expect *e, const struct result *result)
{
	return (!e->target[0] || !fnmatch(e->target, result->target, 0)) &&
	       (!e->profile[0] || !fnmatch(e->profile, profile_table[result->profile].name, 0));
}

/* Could the target have shown a finding of @rule at all? */
static bool visible(const struct result *result, enum verdict_rule rule)
{
	switch (rule) {
	case VR_MSR_FAULT: case VR_CR_FAULT:
		return result->caps & CAP_FAULTS;
	case VR_MSR_VALUE:
		return result->caps & CAP_MSR_VALUES;
	case VR_CR_VALUE: case VR_RESET_VALUE:
		return result->caps & CAP_CR_VALUES;
	case VR_FRESH_MEMTYPE: case VR_MISSED_ZAP: case VR_STALE_MEMTYPE: case VR_MIXED_HUGEPAGE:
	case VR_ZAP_RACE:
		return (result->caps & (CAP_SPTES | CAP_SPTE_EVENTS)) && !result->other_paging;
	case VR_SLOT_RULE:
		return (result->caps & CAP_FAULTS) && (result->caps & (CAP_SPTES | CAP_SPTE_EVENTS));
	case VR_MISSED_FLUSH: case VR_STALE_ROOT:
		return result->caps & CAP_TLB;
	default:
		return true;
	}
}

static bool is_clean(const struct expect *e)
{
	return !strcmp(e->rule, "clean");
}

static bool matches(const struct expect *e, const struct finding *f)
{
	enum verdict_rule rule = verdict_rule_by_name(e->rule);

	/* What targets without zap events see later is the same bug. */
	if (rule != f->rule && !(rule == VR_MISSED_ZAP && f->rule == VR_STALE_MEMTYPE))
		return false;
	if (e->step && e->step != f->step)
		return false;
	return !e->has_gpa || (f->has_gfn && (e->gpa >> PAGE_SHIFT) - f->gfn < f->npages);
}

/* Does @result show what @e expects? Advisories cannot be expected: they change no verdict. */
static bool shows(const struct expect *e, const struct result *result)
{
	for (unsigned i = 0; i < result->nr_findings; i++) {
		if (matches(e, &result->findings[i]))
			return true;
	}
	return false;
}

static bool expected(const struct program *program, const struct result *result,
		     const struct finding *f)
{
	for (unsigned i = 0; i < program->nr_expects; i++) {
		const struct expect *e = &program->expects[i];

		if (!is_clean(e) && applies(e, result) && matches(e, f))
			return true;
	}
	return false;
}

void expect_evaluate(const struct program *program, struct result *result)
{
	unsigned real = 0;

	result->expectation_met = true;
	result->expectation[0] = '\0';
	if (result->verdict == VERDICT_SKIPPED || result->verdict == VERDICT_INFRA)
		return;
	for (unsigned i = 0; i < result->nr_findings; i++) {
		struct finding *f = &result->findings[i];

		if (f->rule >= VR_FIRST_ADVISORY)
			continue;
		real++;
		f->foreseen = expected(program, result, f);
		if (f->foreseen || f->known || !result->expectation_met)
			continue;
		result->expectation_met = false;
		snprintf(result->expectation, sizeof(result->expectation),
			 "%s at step %u was not expected", verdict_rule_names[f->rule], f->step);
	}
	for (unsigned i = 0; i < program->nr_expects && result->expectation_met; i++) {
		const struct expect *e = &program->expects[i];

		if (is_clean(e) || !applies(e, result) || shows(e, result) ||
		    !visible(result, verdict_rule_by_name(e->rule)))
			continue;
		result->expectation_met = false;
		snprintf(result->expectation, sizeof(result->expectation),
			 "`expect %s` no longer shows", e->rule);
	}
	if (real && result->expectation_met)
		result->verdict = VERDICT_KNOWN;
}

int result_exit_code(const struct result *result)
{
	if (result->verdict == VERDICT_INFRA)
		return 3;
	if (result->verdict == VERDICT_SKIPPED)
		return 4;
	return result->expectation_met ? 0 : 1;
}

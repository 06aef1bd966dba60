// SPDX-License-Identifier: GPL-2.0-only
/* Minimizing a finding: the smallest program that still shows the same triage key. */
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/lockstep.h"

struct shrink {
	struct lockstep *ls;
	struct lockstep_options options;
	struct result *result;
	const char *key;
};

static bool keeps_key(const struct program *candidate, void *arg)
{
	struct shrink *s = arg;

	lockstep_run(s->ls, candidate, &s->options, s->result);
	for (unsigned i = 0; i < s->result->nr_findings; i++) {
		if (!strcmp(s->result->findings[i].key, s->key))
			return true;
	}
	return false;
}

unsigned long lockstep_minimize(struct lockstep *ls, struct program *program, const char *key,
				const struct lockstep_options *options, unsigned long max_runs)
{
	struct shrink s = {
		.ls = ls, .options = *options, .result = malloc(sizeof(*s.result)), .key = key,
	};
	unsigned long runs = 0;

	if (!s.result)
		return 0;
	s.options.explain = false;
	s.options.coverage = (struct coverage){ 0 };
	/* Advisories are only worth recording when one is what we keep. */
	s.options.advisories = false;
	if (!keeps_key(program, &s)) {
		s.options.advisories = true;
		if (!keeps_key(program, &s))
			goto out;
	}
	runs = program_minimize(program, keeps_key, &s, max_runs) + 1;
out:
	free(s.result);
	return runs;
}

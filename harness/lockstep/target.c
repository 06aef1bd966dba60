// SPDX-License-Identifier: GPL-2.0-only
/* Opening targets by name, and the event buffer that all of them share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/target.h"

struct event *target_event_slow(struct target *t)
{
	size_t max = t->max_events ? t->max_events * 2 : 256;
	struct event *events = realloc(t->events, max * sizeof(*events));

	if (!events) {
		fputs("zaplock: out of memory for a target's events\n", stderr);
		abort();
	}
	t->events = events;
	t->max_events = max;
	return &t->events[t->nr_events++];
}

struct target_warning *target_warn(struct target *t, const char *function, bool fatal)
{
	struct target_warning *new;

	for (unsigned i = 0; i < t->nr_warnings; i++) {
		if (t->warnings[i].fatal == fatal && !strcmp(t->warnings[i].function, function))
			return NULL;
	}
	if (t->nr_warnings == MAX_WARNINGS)
		return NULL;
	new = &t->warnings[t->nr_warnings++];
	*new = (struct target_warning){ .fatal = fatal };
	snprintf(new->function, sizeof(new->function), "%s", function);
	return new;
}

struct target *target_open(const char *spec, char *error, size_t size)
{
	size_t length = strcspn(spec, ":");
	const char *arg = spec[length] ? spec + length + 1 : "";

	for (const struct target_ops *const *ops = target_table; *ops; ops++) {
		struct target *t;

		if (strlen((*ops)->name) != length || strncmp((*ops)->name, spec, length))
			continue;
		errno = EINVAL;
		t = (*ops)->open(arg, error, size);
		if (t)
			t->ops = *ops;
		return t;
	}
	errno = EINVAL;
	snprintf(error, size, "unknown target `%.60s`: `zaplock targets` lists those of this build",
		 spec);
	return NULL;
}

void target_close(struct target *t)
{
	if (!t)
		return;
	/* What it still emits while it closes goes into a buffer of its own, which it frees. */
	free(t->events);
	t->events = NULL;
	t->nr_events = t->max_events = 0;
	t->ops->close(t);
}

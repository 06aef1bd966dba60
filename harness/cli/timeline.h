/* SPDX-License-Identifier: GPL-2.0-only */
/* What the threads of a group did, side by side, as a person follows it. */
#ifndef ZAPLOCK_CLI_TIMELINE_H
#define ZAPLOCK_CLI_TIMELINE_H

#include <stdio.h>

#include "harness/lockstep/lockstep.h"

/* A watch for lockstep_options: prints each group that the target interleaves to @out. */
struct timeline {
	struct group_watch watch;
	FILE *out;
};

void timeline_init(struct timeline *timeline, FILE *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs in a child process, which runs one after the other while all is
 * well, so that one that takes the target down, or never ends, is a finding and
 * not the end of the command.
 */
#ifndef ZAPLOCK_CLI_ISOLATE_H
#define ZAPLOCK_CLI_ISOLATE_H

#include <sys/types.h>

#include "harness/cli/cli.h"

/* What both sides share: one program at a time. */
struct exchange {
	struct program program;
	struct result result;
	int code;		/* of opening the target */
};

struct isolate {
	double timeout;		/* seconds for a program */
	struct exchange *exchange;
	pid_t child;
	int to_child, from_child;
};

/* 0 or an exit code, having said why. */
int isolate_init(struct cli *cli, struct isolate *iso, double timeout);

/*
 * Runs the exchange's program on --target. What ends its process is a finding
 * `crash` or `hang` of the result. An exit code where the target cannot be opened.
 */
int isolate_run(struct cli *cli, struct isolate *iso);

/* Ends the child; the next program starts another. */
void isolate_end(struct isolate *iso);

#endif

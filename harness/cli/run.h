/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loop over programs, which `run` and `gate` share.
 */
#ifndef ZAPLOCK_CLI_RUN_H
#define ZAPLOCK_CLI_RUN_H

#include "harness/cli/cli.h"

struct run_options {
	bool advisories;	/* record and list them */
	bool summary;		/* print the summary even for one program */
	unsigned report_flags;	/* REPORT_* */
};

/* Runs all programs of cli->args; returns the worst exit code. */
int run_programs(struct cli *cli, const struct run_options *options);

#endif

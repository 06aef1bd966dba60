// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock gate: regressions and errata in seconds, for CI. Red means new: a
 * finding that no `expect` line names, or an expected one that no longer shows.
 */
#include "harness/cli/run.h"

int cmd_gate(int argc, char **argv)
{
	const struct command_args args = {
		.args_doc = "CORPUS...",
		.doc = "Run regressions and errata and compare each with its `expect` lines.\v"
		       "Fails on a finding that no `expect` line names, and on an expected finding that no longer "
		       "shows: then the erratum is out of date and its lines should go. Prints what failed, with "
		       "rule and step, and ends with one summary line.\n\n"
		       "Examples:\n"
		       "  zaplock gate corpus/regressions corpus/errata\n"
		       "  zaplock gate --format junit --out reports corpus\n"
		       "  zaplock gate --target model:canary corpus   (must be red)\n\n"
		       "Exit status: 0 all as expected, 1 not, 2 bad input, 3 a target broke, 4 some skipped.",
		.formats = FORMATS_REPORT,
		.min_args = 1,
		.max_args = UINT32_MAX,
	};
	const struct run_options run = { .summary = true, .report_flags = REPORT_GATE };
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	code = run_programs(&cli, &run);
	cli_close(&cli);
	return code;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock fuzz: options of the campaign that fuzz/ runs.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "harness/cli/cli.h"

#define MAX_ERRATA 64

enum { KEY_TIME = KEY_COMMAND, KEY_RUNS, KEY_JOBS, KEY_QUIET, KEY_ERRATA, KEY_UNGUIDED };

struct fuzz {
	struct fuzz_options options;
	const char *errata[MAX_ERRATA + 1];
	unsigned nr_errata;
};

static error_t parse_fuzz(int key, char *arg, struct argp_state *state)
{
	struct fuzz *fuzz = state->input;
	struct fuzz_options *o = &fuzz->options;
	uint64_t jobs;

	switch (key) {
	case KEY_TIME:
		if (!parse_duration(arg, &o->seconds))
			argp_failure(state, EXIT_INPUT, 0, "--time wants seconds, or 10m, or 2h, not `%s`", cli_shown(arg));
		break;
	case KEY_RUNS:
		if (!parse_number(arg, UINT64_MAX, &o->runs))
			argp_failure(state, EXIT_INPUT, 0, "--runs wants a number, not `%s`", cli_shown(arg));
		break;
	case KEY_JOBS:
		if (!parse_number(arg, 1024, &jobs) || !jobs)
			argp_failure(state, EXIT_INPUT, 0, "--jobs wants 1 to 1024, not `%s`", cli_shown(arg));
		o->jobs = jobs;
		break;
	case KEY_QUIET:
		o->quiet = true;
		break;
	case KEY_UNGUIDED:
		o->no_feedback = true;
		break;
	case KEY_ERRATA:
		if (fuzz->nr_errata == MAX_ERRATA)
			argp_failure(state, EXIT_INPUT, 0, "--errata can be given %d times", MAX_ERRATA);
		fuzz->errata[fuzz->nr_errata++] = arg;
	}
	return 0;
}

int cmd_fuzz(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "time", KEY_TIME, "T", 0, "End after T seconds (or 10m, 2h)", 1 },
		{ "runs", KEY_RUNS, "N", 0, "End after N programs", 1 },
		{ "jobs", KEY_JOBS, "N", 0, "Worker processes (default 1)", 1 },
		{ "errata", KEY_ERRATA, "PATH", 0, "Program or directory whose findings are known and do not count; "
		  "may be given again", 1 },
		{ "quiet", KEY_QUIET, 0, 0, "No status line", 1 },
		{ "unguided", KEY_UNGUIDED, 0, 0, "Ignore state coverage, for comparison", 1 },
		{ 0 }
	};
	struct fuzz fuzz = { 0 };
	const struct command_args args = {
		.options = options,
		.parse = parse_fuzz,
		.input = &fuzz,
		.args_doc = "[CORPUS...]",
		.doc = "Search for findings with libFuzzer, guided by state coverage.\v"
		       "Inputs are read from all CORPUS directories and kept in the first, or in OUT/corpus. Each "
		       "new finding is minimized and stored in OUT/findings as it is found; OUT is --out, or "
		       "zaplock-out. Without --time and --runs it runs until interrupted.\n\n"
		       "Examples:\n"
		       "  zaplock fuzz --time 60 --errata corpus/errata\n"
		       "  zaplock fuzz --target model:linux-6.16 --jobs 2 --time 2h --out night corpus/seeds\n"
		       "  zaplock fuzz --seed 1 --runs 1000000\n\n"
		       "Exit status: 0 nothing new, 1 new findings, 2 bad input, 3 infrastructure broke.",
		.formats = 1u << FORMAT_TEXT,
		.max_args = UINT32_MAX,
	};
	struct fuzz_options *o = &fuzz.options;
	struct target *target;
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	o->target = cli.target ? cli.target : DEFAULT_TARGET;
	o->profile = cli.profile;
	o->out = cli.out;
	o->seed = cli.seed;
	o->corpus = cli.nr_args ? (const char *const *)cli.args : NULL;
	o->errata = fuzz.nr_errata ? fuzz.errata : NULL;
	/* Opened here once so that a wrong name meets the same words as elsewhere. */
	target = cli_target(&cli, o->target);
	code = target ? EXIT_CLEAN : cli_target_code();
	target_close(target);
	if (!code)
		code = zaplock_fuzz(o);
	cli_close(&cli);
	return code;
}

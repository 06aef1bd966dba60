// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock run: lockstep, one verdict a program (design 6).
 */
#include <stdlib.h>

#include "harness/cli/cli.h"

enum { KEY_ADVISORIES = KEY_COMMAND };

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
	bool *advisories = state->input;

	if (key == KEY_ADVISORIES)
		*advisories = true;
	return 0;
}

static int run_one(struct cli *cli, bool advisories, const char *path, struct program *program,
		   struct result *result, struct report *report)
{
	struct lockstep_options lockstep = {
		.profile = cli->profile,
		.advisories = advisories,
		.explain = true,
	};
	struct lockstep *ls;
	int code;

	code = cli_load(cli, program, path, report);
	if (code)
		return code;
	code = cli_engine(cli, program, &ls);
	if (code)
		return code;
	report_watch(report, &lockstep);
	lockstep_run(ls, program, &lockstep, result);
	expect_evaluate(program, result);
	report_result(report, path, program, result);
	return result_exit_code(result);
}

struct run {
	bool advisories;
	struct path_list paths;
	struct program *program;
	struct result *result;
};

static int run_all(struct cli *cli, FILE *out, void *arg)
{
	struct run *run = arg;
	struct report *report = report_new(cli->format, cli->command, out,
					   run->advisories ? REPORT_ADVISORIES : 0);
	int code = EXIT_CLEAN;

	if (!report)
		return cli_infra(cli, "out of memory");
	report_disassemble(report, cli_disassemble);
	for (size_t i = 0; i < run->paths.nr; i++)
		code = exit_worse(code, run_one(cli, run->advisories, run->paths.paths[i], run->program,
						run->result, report));
	report_finish(report, false);
	return code;
}

static int run_programs(struct cli *cli, bool advisories)
{
	struct run run = { .advisories = advisories, .program = malloc(sizeof(*run.program)),
			   .result = malloc(sizeof(*run.result)) };
	struct lockstep *ls;
	int code;

	code = run.program && run.result ? paths_collect(cli, cli->args, cli->nr_args, false, &run.paths) :
					   cli_infra(cli, "out of memory");
	/* A wrong --target is one message, not one a program. */
	if (!code && cli->target)
		code = cli_engine(cli, NULL, &ls);
	if (!code)
		code = cli_report(cli, run_all, &run);
	paths_free(&run.paths);
	free(run.program);
	free(run.result);
	return code;
}

int cmd_run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "advisories", KEY_ADVISORIES, 0, 0, "List needless zaps, vCPUs that disagree and leaves "
		  "smaller than need be, which otherwise are only counted", 1 },
		{ 0 }
	};
	bool advisories = false;
	const struct command_args args = {
		.options = options,
		.parse = parse_run,
		.input = &advisories,
		.args_doc = "PROGRAM...",
		.doc = "Run programs in lockstep on the oracle and a target; one verdict a program.\v"
		       "A directory stands for all programs in it and below, `-` for stdin. Without --target "
		       "a program runs on the model of the profile that its header names.\n\n"
		       "Examples:\n"
		       "  zaplock run corpus/regressions\n"
		       "  zaplock run --target model:linux-6.16 --advisories a.zap\n"
		       "  zaplock run --format json corpus | jq -r 'select(.verdict == \"finding\").program'\n\n"
		       "Exit status: 0 clean or known, 1 findings, 2 bad input, 3 a target broke, 4 skipped.",
		.formats = FORMATS_REPORT,
		.min_args = 1,
		.max_args = UINT32_MAX,
	};
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	code = run_programs(&cli, advisories);
	cli_close(&cli);
	return code;
}

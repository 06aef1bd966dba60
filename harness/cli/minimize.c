// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock minimize: the smallest program that still shows the same bug, not
 * just some failure: the triage key is kept (design 6).
 */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"

#define DEFAULT_MAX_RUNS 200000ul

enum { KEY_KEY = KEY_COMMAND, KEY_MAX_RUNS };

struct minimize {
	const char *key;	/* NULL: that of the first finding */
	const char *out;	/* NULL: stdout */
	uint64_t max_runs;
};

static error_t parse_minimize(int key, char *arg, struct argp_state *state)
{
	struct minimize *minimize = state->input;

	switch (key) {
	case KEY_KEY:
		minimize->key = arg;
		break;
	case 'o':
		minimize->out = arg;
		break;
	case KEY_MAX_RUNS:
		if (!parse_number(arg, UINT64_MAX, &minimize->max_runs) || !minimize->max_runs)
			argp_failure(state, EXIT_INPUT, 0, "--max-runs wants a number from 1, not `%s`", cli_shown(arg));
	}
	return 0;
}

/* Replaces the expect lines by what @result shows on its target: one a rule and step. */
static void expect_what_shows(struct program *program, const struct result *result)
{
	program->nr_expects = 0;
	for (unsigned i = 0; i < result->nr_findings; i++) {
		const struct finding *f = &result->findings[i];
		struct expect expect = { .step = f->step };
		bool dup = false;

		if (f->rule >= VR_FIRST_ADVISORY || program->nr_expects == PROGRAM_MAX_EXPECTS)
			continue;
		snprintf(expect.rule, sizeof(expect.rule), "%s", verdict_rule_names[f->rule]);
		snprintf(expect.target, sizeof(expect.target), "%.47s", result->target);
		for (unsigned j = 0; j < program->nr_expects; j++)
			dup |= !strcmp(program->expects[j].rule, expect.rule) &&
			       program->expects[j].step == expect.step;
		if (!dup)
			program->expects[program->nr_expects++] = expect;
	}
}

/* Why there is nothing to minimize. */
static int nothing_shown(const struct cli *cli, const struct result *result, const char *key)
{
	char shown[256];

	if (result->verdict == VERDICT_SKIPPED || result->verdict == VERDICT_INFRA) {
		fprintf(stderr, "zaplock %s: %s: %s\n", cli->command, verdict_names[result->verdict],
			escape_text(result->why, shown, sizeof(shown)));
		return result_exit_code(result);
	}
	if (!key)
		return cli_bad_input(cli, "the program shows no finding on %s, so there is nothing to keep",
				     result->target);
	return cli_bad_input(cli, "the program shows no finding with the key `%s` on %s; "
			     "`zaplock run` prints its keys", escape_text(key, shown, sizeof(shown)),
			     result->target);
}

static int minimize_program(struct cli *cli, const struct minimize *minimize,
			    struct program *program, struct result *result)
{
	const struct lockstep_options options = { .profile = cli->profile };
	const struct finding *first;
	char key[KEY_MAX];
	struct lockstep *ls;
	unsigned long runs;
	unsigned before;
	int code;

	code = cli_load(cli, program, cli->args[0], NULL);
	if (!code)
		code = cli_engine(cli, program, &ls);
	if (code)
		return code;
	lockstep_run(ls, program, &options, result);
	first = cli_main_finding(result);
	if (!first && !minimize->key)
		return nothing_shown(cli, result, NULL);
	snprintf(key, sizeof(key), "%s", minimize->key ? minimize->key : first->key);
	before = program_steps(program);
	runs = lockstep_minimize(ls, program, key, &options, minimize->max_runs);
	if (!runs)
		return nothing_shown(cli, result, key);
	/* The minimizer may drop the profile; it is what picks the target when the program is run again. */
	program->machine.profile = result->profile;
	lockstep_run(ls, program, &options, result);
	expect_what_shows(program, result);
	fprintf(stderr, "minimize: %u of %u steps keep `%s` (%lu candidates run%s)\n",
		program_steps(program), before, key, runs,
		runs >= minimize->max_runs ? "; stopped there, it may not be minimal" : "");
	return cli_write(cli, program, false, minimize->out);
}

int cmd_minimize(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "key", KEY_KEY, "KEY", 0, "The triage key to keep, as `zaplock run` prints it (default: the "
		  "most severe finding's)", 1 },
		{ "output", 'o', "FILE", 0, "Write the program there, not to stdout", 1 },
		{ "max-runs", KEY_MAX_RUNS, "N", 0, "Stop after N candidates (default 200000)", 1 },
		{ 0 }
	};
	struct minimize minimize = { .max_runs = DEFAULT_MAX_RUNS };
	const struct command_args args = {
		.options = options,
		.parse = parse_minimize,
		.input = &minimize,
		.args_doc = "PROGRAM",
		.doc = "Print the smallest program that shows the same bug: the same triage key, not just some "
		       "failure.\v"
		       "No single line of what is printed can go. The `expect` lines say what it shows on this "
		       "target, so the output can be put in corpus/regressions as it is.\n\n"
		       "Examples:\n"
		       "  zaplock minimize finding.zap -o corpus/regressions/cd-clear.zap\n"
		       "  zaplock minimize --target model:linux-5.15 finding.zap\n\n"
		       "Exit status: 0 done, 2 bad input or no such finding, 3 a target broke, 4 skipped.",
		.formats = 1u << FORMAT_TEXT,
		.min_args = 1,
		.max_args = 1,
	};
	struct program *program = malloc(sizeof(*program));
	struct result *result = malloc(sizeof(*result));
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	if (program && result)
		code = minimize_program(&cli, &minimize, program, result);
	else
		code = cli_infra(&cli, "out of memory");
	cli_close(&cli);
	free(program);
	free(result);
	return code;
}

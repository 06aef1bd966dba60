// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock gate: regressions and errata in seconds, for CI. Red means new: a
 * finding that no `expect` line names, or an expected one that no longer shows.
 */
#include "harness/cli/errata.h"
#include "harness/cli/isolate.h"

#define DEFAULT_TIMEOUT 10.0

enum { KEY_TIMEOUT = KEY_COMMAND };

struct gate {
	double timeout;
	struct path_list paths;
	struct report *report;
	struct isolate iso;
	char today[12];
};

static error_t parse_gate(int key, char *arg, struct argp_state *state)
{
	struct gate *gate = state->input;

	if (key == KEY_TIMEOUT && (!parse_duration(arg, &gate->timeout) || !gate->timeout))
		argp_failure(state, EXIT_INPUT, 0, "--timeout wants seconds, or 1m, not `%s`", cli_shown(arg));
	return 0;
}

static int gate_one(struct cli *cli, struct gate *gate, const char *path)
{
	struct exchange *x = gate->iso.exchange;
	struct erratum_terms terms;
	char error[256], message[1024], shown[512];
	int code = cli_load(cli, &x->program, path, gate->report);

	if (code)
		return code;
	if (erratum_read(&x->program, &terms, error, sizeof(error))) {
		char raw[900];

		snprintf(raw, sizeof(raw), "%s: %s", escape_text(path, shown, sizeof(shown)), error);
		escape_text(raw, message, sizeof(message));
		report_bad_input(gate->report, path, message);
		return cli_bad_input(cli, "%s", message);
	}
	code = isolate_run(cli, &gate->iso);
	if (code)
		return code;
	expect_evaluate(&x->program, &x->result);
	erratum_evaluate(&terms, gate->today, &x->result);
	report_result(gate->report, path, &x->program, &x->result);
	return result_exit_code(&x->result);
}

static int gate_all(struct cli *cli, FILE *out, void *arg)
{
	struct gate *gate = arg;
	int code = EXIT_CLEAN;

	gate->report = report_new(cli->format, cli->command, out, REPORT_GATE);
	if (!gate->report)
		return cli_infra(cli, "out of memory");
	/* One target after the other; none: each program's own. */
	for (unsigned t = 0; t == 0 || t < cli->nr_targets; t++) {
		cli->target = cli->nr_targets ? cli->targets[t] : NULL;
		for (size_t i = 0; i < gate->paths.nr; i++)
			code = exit_worse(code, gate_one(cli, gate, gate->paths.paths[i]));
		isolate_end(&gate->iso);
	}
	report_finish(gate->report, true);
	return code;
}

int cmd_gate(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "timeout", KEY_TIMEOUT, "T", 0, "A program that takes longer hangs (default 10 s)", 1 },
		{ 0 }
	};
	struct gate gate = { .timeout = DEFAULT_TIMEOUT };
	const struct command_args args = {
		.options = options,
		.parse = parse_gate,
		.input = &gate,
		.args_doc = "CORPUS...",
		.doc = "Run regressions and errata and compare each with its `expect` lines.\v"
		       "Fails on a finding that no `expect` line names, and on an expected finding that no longer "
		       "shows: then the erratum is out of date and its lines should go. An erratum (`# why:`) also fails "
		       "past its `# until:` date, on a kernel outside its `# kernels:`, and when its `# key:` no longer "
		       "shows. Prints what failed, with rule and step, and ends with one summary line. With several "
		       "--target every program runs on each. ZAPLOCK_TODAY=2028-01-01 shows what it will say then.\n\n"
		       "Examples:\n"
		       "  zaplock gate corpus/regressions corpus/errata\n"
		       "  zaplock gate --target model:linux-6.1 --target ukvm:6.12 corpus/regressions\n"
		       "  zaplock gate --format junit --out reports corpus\n"
		       "  zaplock gate --target model:canary corpus   (must be red)\n\n"
		       "Exit status: 0 all as expected, 1 not, 2 bad input, 3 a target broke, 4 some skipped.",
		.formats = FORMATS_REPORT,
		.min_args = 1,
		.max_args = UINT32_MAX,
	};
	struct lockstep *ls;
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	erratum_today(gate.today);
	code = isolate_init(&cli, &gate.iso, gate.timeout);
	if (!code)
		code = paths_collect(&cli, cli.args, cli.nr_args, false, &gate.paths);
	/* A wrong --target is one message, not one a program; and what is open is open in the child. */
	for (unsigned t = 0; t < cli.nr_targets && !code; t++) {
		cli.target = cli.targets[t];
		code = cli_engine(&cli, NULL, &ls);
	}
	if (!code)
		code = cli_report(&cli, gate_all, &gate);
	paths_free(&gate.paths);
	cli_close(&cli);
	return code;
}

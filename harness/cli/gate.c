// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock gate: regressions and errata in seconds, for CI. Red means new: a
 * finding that no `expect` line names, or an expected one that no longer shows.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/errata.h"
#include "harness/cli/isolate.h"

#define DEFAULT_TIMEOUT 10.0

#define MAX_ERRATA	16

enum { KEY_TIMEOUT = KEY_COMMAND, KEY_ERRATA };

struct gate {
	double timeout;
	const char *errata[MAX_ERRATA + 1];	/* --errata; NULL-terminated */
	struct path_list paths, errata_paths;
	char (*known)[KEY_MAX];	/* keys of findings that errata expect and the target shows */
	size_t nr_known;
	struct report *report;
	struct isolate iso;
	char today[12];
};

static error_t parse_gate(int key, char *arg, struct argp_state *state)
{
	struct gate *gate = state->input;
	unsigned nr = 0;

	while (gate->errata[nr])
		nr++;
	if (key == KEY_ERRATA && nr == MAX_ERRATA)
		argp_failure(state, EXIT_INPUT, 0, "--errata can be given %d times", MAX_ERRATA);
	else if (key == KEY_ERRATA)
		gate->errata[nr] = arg;
	else if (key == KEY_TIMEOUT && (!parse_duration(arg, &gate->timeout) || !gate->timeout))
		argp_failure(state, EXIT_INPUT, 0, "--timeout wants seconds, or 1m, not `%s`", cli_shown(arg));
	return 0;
}

/* The keys of what the errata of --errata expect, as the target shows them. */
static int learn_errata(struct cli *cli, struct gate *gate)
{
	struct exchange *x = gate->iso.exchange;
	int code = EXIT_CLEAN;

	gate->nr_known = 0;
	for (size_t i = 0; i < gate->errata_paths.nr && !code; i++) {
		code = cli_load(cli, &x->program, gate->errata_paths.paths[i], NULL);
		code = code ? code : isolate_run(cli, &gate->iso);
		if (code)
			break;
		expect_evaluate(&x->program, &x->result);
		for (unsigned f = 0; f < x->result.nr_findings; f++) {
			char (*more)[KEY_MAX];

			if (!x->result.findings[f].foreseen)
				continue;
			more = realloc(gate->known, (gate->nr_known + 1) * sizeof(*more));
			if (!more)
				return cli_infra(cli, "out of memory");
			gate->known = more;
			strcpy(gate->known[gate->nr_known++], x->result.findings[f].key);
		}
	}
	return code;
}

static void mark_known(const struct gate *gate, struct result *result)
{
	for (unsigned f = 0; f < result->nr_findings; f++) {
		for (size_t i = 0; i < gate->nr_known && !result->findings[f].known; i++)
			result->findings[f].known = !strcmp(result->findings[f].key, gate->known[i]);
	}
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
	mark_known(gate, &x->result);
	expect_evaluate(&x->program, &x->result);
	erratum_evaluate(&terms, gate->today, &x->result);
	report_result(gate->report, path, &x->program, &x->result);
	return result_exit_code(&x->result);
}

static int gate_all(struct cli *cli, FILE *out, void *arg)
{
	struct gate *gate = arg;
	int code = EXIT_CLEAN, learned;

	gate->report = report_new(cli->format, cli->command, out, REPORT_GATE);
	if (!gate->report)
		return cli_infra(cli, "out of memory");
	/* One target after the other; none: each program's own. */
	for (unsigned t = 0; t == 0 || t < cli->nr_targets; t++) {
		cli->target = cli->nr_targets ? cli->targets[t] : NULL;
		learned = learn_errata(cli, gate);
		code = exit_worse(code, learned);
		for (size_t i = 0; i < gate->paths.nr && !learned; i++)
			code = exit_worse(code, gate_one(cli, gate, gate->paths.paths[i]));
		isolate_end(&gate->iso);
	}
	report_finish(gate->report, true);
	return code;
}

int cmd_gate(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "errata", KEY_ERRATA, "PATH", 0, "Program or directory whose findings are known wherever they show, "
		  "such as errata under embargo; needs --target; may be given again", 1 },
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
		       "  zaplock gate --target model:canary corpus   (must be red)\n"
		       "  zaplock gate --target ukvm:6.1 --errata embargoed/ corpus\n\n"
		       "Exit status: 0 all as expected, 1 not, 2 bad input, 3 a target broke, 4 some skipped.",
		.formats = FORMATS_REPORT,
		.min_args = 1,
		.max_args = UINT32_MAX,
	};
	unsigned nr_errata = 0;
	struct lockstep *ls;
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	if (gate.errata[0] && !cli.nr_targets) {
		code = cli_bad_input(&cli, "--errata needs --target: say on what the errata show");
		cli_close(&cli);
		return code;
	}
	erratum_today(gate.today);
	code = isolate_init(&cli, &gate.iso, gate.timeout);
	if (!code)
		code = paths_collect(&cli, cli.args, cli.nr_args, false, &gate.paths);
	while (gate.errata[nr_errata])
		nr_errata++;
	if (!code)
		code = paths_collect(&cli, (char **)gate.errata, nr_errata, false, &gate.errata_paths);
	/* A wrong --target is one message, not one a program; and what is open is open in the child. */
	for (unsigned t = 0; t < cli.nr_targets && !code; t++) {
		cli.target = cli.targets[t];
		code = cli_engine(&cli, NULL, &ls);
	}
	if (!code)
		code = cli_report(&cli, gate_all, &gate);
	paths_free(&gate.paths);
	paths_free(&gate.errata_paths);
	free(gate.known);
	cli_close(&cli);
	return code;
}

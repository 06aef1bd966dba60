// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock export: a program and its finding as a stand-alone reproducer, for a
 * mail to the list.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "reports/export.h"

enum { KEY_AS = KEY_COMMAND };

struct export {
	enum export_form form;
	struct program program;
	struct result result;
	char left_out[4096];
};

static error_t parse_export(int key, char *arg, struct argp_state *state)
{
	struct export *export = state->input;
	unsigned form = 0;

	if (key != KEY_AS)
		return 0;
	while (form < NR_EXPORTS && strcmp(arg, export_form_names[form]))
		form++;
	if (form == NR_EXPORTS)
		argp_failure(state, EXIT_INPUT, 0, "--as wants c, selftest, kvm-unit-test or syz, not `%s`", cli_shown(arg));
	export->form = form;
	return 0;
}

static int print_export(struct cli *cli, FILE *out, void *arg)
{
	struct export *export = arg;
	char shown[400], *save = NULL;
	unsigned left_out = export_program(export->form, cli->args[0], &export->program, &export->result, out,
					   export->left_out, sizeof(export->left_out));

	for (char *line = strtok_r(export->left_out, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		fprintf(stderr, "zaplock export: left out %s\n", escape_text(line, shown, sizeof(shown)));
	return left_out ? EXIT_SKIPPED : EXIT_CLEAN;
}

static int run_export(struct cli *cli, struct export *export)
{
	const struct lockstep_options options = { .profile = cli->profile, .explain = true };
	struct lockstep *ls;
	int code;

	code = cli_load(cli, &export->program, cli->args[0], NULL);
	if (code)
		return code;
	if (export->program.machine.start != START_RUNNING)
		return cli_bad_input(cli, "%s: a reproducer begins in 64-bit mode: it has no start=", cli_shown(cli->args[0]));
	code = cli_engine(cli, &export->program, &ls);
	if (code)
		return code;
	lockstep_run(ls, &export->program, &options, &export->result);
	return cli_report(cli, print_export, export);
}

int cmd_export(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "as", KEY_AS, "FORM", 0, "c (default): C on /dev/kvm; selftest: a KVM selftest; kvm-unit-test; syz: a syzkaller program", 1 },
		{ 0 }
	};
	struct export *export = calloc(1, sizeof(*export));
	const struct command_args args = {
		.options = options,
		.parse = parse_export,
		.input = export,
		.args_doc = "PROGRAM",
		.doc = "Print a program as a stand-alone reproducer, with its finding in the comment at its head.\v"
		       "The finding is what --target shows. C needs libc alone, and tracefs to show what KVM did to its page "
		       "tables: its output is a trace that `zaplock audit` judges. Ops that a form does not have are left out, "
		       "and said so. Non-coherent DMA takes a VFIO device: VFIO_GROUP=/dev/vfio/N.\n\n"
		       "Examples:\n"
		       "  zaplock export a.zap > repro.c && cc -o repro repro.c && sudo ./repro > repro.trace\n"
		       "  zaplock export --as selftest a.zap > zaplock_repro.c\n\n"
		       "Exit status: 0 all of it, 2 bad input, 3 a target broke, 4 some ops were left out.",
		.formats = 1u << FORMAT_TEXT,
		.min_args = 1,
		.max_args = 1,
	};
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	code = export ? run_export(&cli, export) : cli_infra(&cli, "out of memory");
	cli_close(&cli);
	free(export);
	return code;
}

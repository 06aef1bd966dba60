// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock import: a recorded trace as a program, which then runs on any target
 * and can be minimized; the work is harness/trace's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/cli/cli.h"
#include "harness/trace/trace.h"

#define MAX_ASSUME 64

enum { KEY_ASSUME = KEY_COMMAND };

struct import {
	struct audit_options options;
	const char *assume[MAX_ASSUME];
	struct audit_record record;
	struct audit_result result;
};

static error_t parse_import(int key, char *arg, struct argp_state *state)
{
	struct import *import = state->input;

	if (key != KEY_ASSUME)
		return 0;
	if (import->options.nr_assume == MAX_ASSUME)
		argp_failure(state, EXIT_INPUT, 0, "--assume can be given %d times", MAX_ASSUME);
	import->assume[import->options.nr_assume++] = arg;
	return 0;
}

static int print_program(struct cli *cli, FILE *out, void *arg)
{
	struct import *import = arg;
	size_t length;
	char *text = cli_bytes(&import->record.program, false, &length);

	if (!text)
		return cli_infra(cli, "out of memory");
	fprintf(out, "# Imported from a trace: %lu MSR writes, %lu CR writes, %lu leaves\n",
		import->result.msr_writes, import->result.cr_writes, import->result.leaves);
	fwrite(text, 1, length, out);
	free(text);
	if (import->record.dropped)
		fprintf(stderr, "zaplock import: %lu ops are left out: a program holds %u ops, %u vCPUs and %u memslots\n",
			import->record.dropped, PROGRAM_MAX_OPS, MAX_VCPUS, MAX_SLOTS);
	return EXIT_CLEAN;
}

static int run_import(struct cli *cli, struct import *import)
{
	const char *path = cli->args[0];
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char error[512], shown[600];
	struct stat st;
	int status;

	escape_text(path, shown, sizeof(shown));
	if (!in)
		return cli_bad_input(cli, "%s: %s", shown, strerror(errno));
	if (!fstat(fileno(in), &st) && S_ISDIR(st.st_mode)) {
		fclose(in);
		return cli_bad_input(cli, "%s: is a directory; a trace is one file", shown);
	}
	import->options.assume = import->assume;
	import->options.profile = cli->profile;
	import->options.record = &import->record;
	status = audit_trace(in, path, &import->options, &import->result, error, sizeof(error));
	if (in != stdin)
		fclose(in);
	if (status == -EINVAL)
		return cli_bad_input(cli, "%s", escape_text(error, shown, sizeof(shown)));
	if (status)
		return cli_infra(cli, "%s", escape_text(error, shown, sizeof(shown)));
	if (!import->record.program.nr_ops)
		return cli_bad_input(cli, "%s: there is nothing in this trace that a program could do", shown);
	return cli_report(cli, print_program, import);
}

int cmd_import(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "assume", KEY_ASSUME, "KEY=VALUE", 0, "Supply what the trace cannot tell, as for `zaplock audit`; may be "
		  "given again", 1 },
		{ 0 }
	};
	struct import *import = calloc(1, sizeof(*import));
	const struct command_args args = {
		.options = options,
		.parse = parse_import,
		.input = import,
		.args_doc = "TRACE",
		.doc = "Turn a recorded trace into a program.\v"
		       "TRACE is what `zaplock audit` takes. MSR writes, CR0.CD, non-coherent DMA, quirks and the pages that "
		       "were faulted in become ops, in their order; what the trace does not show (other CR bits, what the "
		       "guest executed) is not in it. Without slots= memslots are what leaves were seen in.\n\n"
		       "Examples:\n"
		       "  zaplock import guest.txt > guest.zap && zaplock run --target model:linux-6.16 guest.zap\n"
		       "  zaplock import --assume dma=on guest.txt > guest.zap && zaplock minimize guest.zap\n\n"
		       "Exit status: 0 the program is written, 2 not a trace.",
		.formats = 1u << FORMAT_TEXT,
		.min_args = 1,
		.max_args = 1,
	};
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	code = import ? run_import(&cli, import) : cli_infra(&cli, "out of memory");
	cli_close(&cli);
	free(import);
	return code;
}

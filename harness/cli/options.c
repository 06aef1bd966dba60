// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options that every command takes, and the messages about them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/cli/cli.h"

struct parse {
	struct cli *cli;
	const struct command_args *args;
};

const char *cli_shown(const char *text)
{
	static char shown[64];

	return escape_text(text, shown, sizeof(shown));
}

bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;

	if (*text < '0' || *text > '9')		/* strtoull takes signs and blanks */
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno)
		return false;
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		unsigned shift = 10 * (unit - units + 1);

		if (*value > UINT64_MAX >> shift)
			return false;
		*value <<= shift;
		end++;
	}
	return !*end && *value <= max;
}

bool parse_duration(const char *text, double *seconds)
{
	char *end;
	double value;

	if (*text < '0' || *text > '9')
		return false;
	value = strtod(text, &end);
	if (!strcmp(end, "m"))
		value *= 60;
	else if (!strcmp(end, "h"))
		value *= 3600;
	else if (*end && strcmp(end, "s"))
		return false;
	*seconds = value;
	return value <= 1e9;
}

/* Edits (insert, delete, replace, swap neighbours) between two words, of which 63 bytes count. */
static unsigned edit_distance(const char *a, const char *b)
{
	size_t la = strnlen(a, 63), lb = strnlen(b, 63);
	uint8_t d[64][64];

	for (size_t i = 0; i <= la; i++) {
		for (size_t j = 0; j <= lb; j++) {
			unsigned best = i + j;

			if (i && j) {
				best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
				if (d[i - 1][j] + 1u < best)
					best = d[i - 1][j] + 1;
				if (d[i][j - 1] + 1u < best)
					best = d[i][j - 1] + 1;
			}
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1u < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[la][lb];
}

const char *nearest_hint(const char *wrong, const char *const *names, char *buf, size_t size)
{
	/* A word that shares less than half its letters is no typo of it. */
	unsigned best = strlen(wrong) / 2 + 1;
	const char *nearest = NULL;

	for (; *names; names++) {
		unsigned distance = edit_distance(wrong, *names);

		if (distance < best) {
			best = distance;
			nearest = *names;
		}
	}
	buf[0] = 0;
	if (nearest)
		snprintf(buf, size, " (did you mean `%s`?)", nearest);
	return buf;
}

static void parse_profile(struct cli *cli, const char *arg, struct argp_state *state)
{
	const char *names[NR_PROFILES] = { NULL };
	char hint[80];

	cli->other_profile = cli->profile;
	cli->profile = profile_by_name(arg);
	if (cli->profile != PROFILE_NONE)
		return;
	for (unsigned p = PROFILE_NONE + 1; p < NR_PROFILES; p++)
		names[p - 1] = profile_table[p].name;
	argp_failure(state, EXIT_INPUT, 0, "there is no profile `%s`%s; `zaplock profiles` lists them",
		     cli_shown(arg),
		     nearest_hint(arg, names, hint, sizeof(hint)));
}

static void parse_format(struct cli *cli, const char *arg, struct argp_state *state)
{
	const char *names[NR_FORMATS + 1] = { NULL };
	char hint[80], list[64] = "";
	unsigned nr = 0;

	for (unsigned f = 0; f < NR_FORMATS; f++) {
		if (!(cli->formats >> f & 1))
			continue;
		names[nr++] = report_format_names[f];
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", nr > 1 ? ", " : "",
			 report_format_names[f]);
		cli->format = f;
		if (!strcmp(arg, report_format_names[f]))
			return;
	}
	argp_failure(state, EXIT_INPUT, 0, "cannot write the format `%s`%s; this command writes %s",
		     cli_shown(arg),
		     nearest_hint(arg, names, hint, sizeof(hint)), list);
}

static error_t parse_global(int key, char *arg, struct argp_state *state)
{
	struct cli *cli = state->input;

	switch (key) {
	case KEY_TARGET:
		cli->other_target = cli->target;
		cli->target = arg;
		if (cli->nr_targets == CLI_MAX_TARGETS)
			argp_failure(state, EXIT_INPUT, 0, "--target can be given %d times", CLI_MAX_TARGETS);
		cli->targets[cli->nr_targets++] = arg;
		return 0;
	case KEY_PROFILE:
		parse_profile(cli, arg, state);
		return 0;
	case KEY_FORMAT:
		parse_format(cli, arg, state);
		return 0;
	case KEY_OUT:
		if (!*arg)
			argp_failure(state, EXIT_INPUT, 0, "--out wants a directory");
		cli->out = arg;
		return 0;
	case KEY_VFIO:
		cli->vfio = arg;
		return 0;
	case KEY_SEED:
		if (!parse_number(arg, UINT64_MAX, &cli->seed))
			argp_failure(state, EXIT_INPUT, 0, "--seed wants a number, not `%s`", cli_shown(arg));
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_command(int key, char *arg, struct argp_state *state)
{
	struct parse *parse = state->input;
	const struct command_args *args = parse->args;
	struct cli *cli = parse->cli;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = cli;
		return 0;
	case ARGP_KEY_ARG:
		if (!args->max_args)
			argp_error(state, "takes no argument, but got `%s`", cli_shown(arg));
		if (cli->nr_args == args->max_args)
			argp_error(state, "one argument too many: `%s`", cli_shown(arg));
		cli->args[cli->nr_args++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (cli->nr_args < args->min_args)
			argp_error(state, "%s is missing", args->args_doc);
		return 0;
	}
	/* The command's own options, none of argp's keys. */
	if (!args->parse || !((key > ' ' && key < 0x7f) || (key >= KEY_COMMAND && key < KEY_COMMAND_END)))
		return ARGP_ERR_UNKNOWN;
	state->input = args->input;
	args->parse(key, arg, state);
	state->input = parse;
	return 0;
}

static const struct argp_option global_options[] = {
	{ "target", KEY_TARGET, "T", 0, "What runs the programs, as `zaplock targets` lists it "
	  "(default: the model of the profile that a program was written for, else " DEFAULT_TARGET ")", 10 },
	{ "profile", KEY_PROFILE, "P", 0, "Whose rules the oracle judges by, as `zaplock profiles` "
	  "lists them; overrides the target's and the program's", 10 },
	{ "format", KEY_FORMAT, "F", 0, "text (default), json, and of verdicts also junit, sarif, ktap and html", 10 },
	{ "out", KEY_OUT, "DIR", 0, "Write the report there", 10 },
	{ "vfio", KEY_VFIO, "BDF", 0, "PCI device, bound to vfio-pci, that makes DMA non-coherent for --target kvm" , 10 },
	{ "seed", KEY_SEED, "N", 0, "Seed of everything random", 10 },
	{ 0 }
};

/* --vfio is an option of the target `kvm`. */
static int apply_vfio(struct cli *cli)
{
	static char spec[256];

	if (!cli->vfio)
		return EXIT_CLEAN;
	if (!cli->target || strncmp(cli->target, "kvm", 3) || (cli->target[3] && cli->target[3] != ':'))
		return cli_bad_input(cli, "--vfio goes with --target kvm");
	snprintf(spec, sizeof(spec), "%s%cvfio=%s", cli->target, cli->target[3] ? ',' : ':', cli->vfio);
	cli->target = spec;
	return EXIT_CLEAN;
}

void cli_parse(struct cli *cli, const struct command_args *args, int argc, char **argv)
{
	static const struct argp global = { .options = global_options, .parser = parse_global };
	static const struct argp_child children[] = { { &global, 0, "Options that every command takes:", 5 }, { 0 } };
	const struct argp argp = {
		.options = args->options,
		.parser = parse_command,
		.args_doc = args->args_doc,
		.doc = args->doc,
		.children = children,
	};
	static char name[40];
	struct parse parse = { .cli = cli, .args = args };

	*cli = (struct cli){ .command = argv[0], .formats = args->formats,
			     .format = args->default_format,
			     .args = calloc(argc, sizeof(char *)) };
	if (!cli->args)
		exit(cli_infra(cli, "out of memory"));
	snprintf(name, sizeof(name), "zaplock %s", argv[0]);
	argv[0] = name;
	argp_parse(&argp, argc, argv, 0, NULL, &parse);
	cli->command = name + strlen("zaplock ");
	if (apply_vfio(cli))
		exit(EXIT_INPUT);
}

static void complain(const struct cli *cli, const char *format, va_list ap)
{
	fflush(stdout);
	fprintf(stderr, "zaplock %s: ", cli->command);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
}

int cli_bad_input(const struct cli *cli, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(cli, format, ap);
	va_end(ap);
	return EXIT_INPUT;
}

int cli_infra(const struct cli *cli, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(cli, format, ap);
	va_end(ap);
	return EXIT_INFRA;
}

int exit_worse(int a, int b)
{
	static const unsigned char rank[] = {
		[EXIT_CLEAN] = 0, [EXIT_SKIPPED] = 1, [EXIT_FINDINGS] = 2, [EXIT_INFRA] = 3,
		[EXIT_INPUT] = 4,
	};

	return rank[a] >= rank[b] ? a : b;
}

int cli_make_out(const struct cli *cli)
{
	if (!mkdir(cli->out, 0777) || errno == EEXIST)
		return EXIT_CLEAN;
	return cli_infra(cli, "cannot make %s: %s", cli_shown(cli->out), strerror(errno));
}

int cli_report(struct cli *cli, int (*emit)(struct cli *cli, FILE *out, void *arg), void *arg)
{
	char path[4096], shown[4096];
	struct outfile file;
	int code, error;

	if (!cli->out)
		return emit(cli, stdout, arg);
	snprintf(path, sizeof(path), "%s/%s.%s", cli->out, cli->command,
		 report_format_suffixes[cli->format]);
	escape_text(path, shown, sizeof(shown));
	code = cli_make_out(cli);
	if (code)
		return code;
	error = outfile_open(&file, path);
	if (error)
		return cli_infra(cli, "cannot write %s: %s", shown, strerror(-error));
	code = emit(cli, file.file, arg);
	if (ftell(file.file) == 0) {
		outfile_abort(&file);
		return code;
	}
	error = outfile_commit(&file);
	if (error)
		return exit_worse(code, cli_infra(cli, "cannot write %s: %s", shown, strerror(-error)));
	printf("%s: the report is %s\n", cli->command, shown);
	return code;
}

int cli_simple(const struct command_args *args, int argc, char **argv,
	       int (*emit)(struct cli *cli, FILE *out, void *arg), void *arg)
{
	struct cli cli;
	int code;

	cli_parse(&cli, args, argc, argv);
	code = cli_report(&cli, emit, arg);
	cli_close(&cli);
	return code;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock corpus: the keeping of programs. convert and check need no target;
 * list --by-rule and merge run each program to see what it covers.
 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/cli/corpus.h"
#include "reports/json.h"

enum { KEY_TO = KEY_COMMAND, KEY_BY_RULE };

static error_t parse_corpus(int key, char *arg, struct argp_state *state)
{
	struct corpus *corpus = state->input;

	switch (key) {
	case 'o':
		corpus->output = arg;
		break;
	case KEY_BY_RULE:
		corpus->by_rule = true;
		break;
	case KEY_TO:
		corpus->binary = !strcmp(arg, "binary");
		if (!corpus->binary && strcmp(arg, "text"))
			argp_failure(state, EXIT_INPUT, 0, "--to wants text or binary, not `%s`", cli_shown(arg));
	}
	return 0;
}

int corpus_write_into(struct cli *cli, const char *dir, const char *path,
		      const struct program *program, bool binary)
{
	char base[256], target[4096], *copy = strdup(path), *dot;
	struct stat st;

	if (!copy)
		return cli_infra(cli, "out of memory");
	snprintf(base, sizeof(base), "%.200s", strcmp(path, "-") ? basename(copy) : "stdin");
	free(copy);
	dot = strrchr(base, '.');
	if (dot && dot != base)
		*dot = 0;
	snprintf(target, sizeof(target), "%s/%s.%s", dir, base, binary ? "bin" : "zap");
	for (unsigned i = 2; !stat(target, &st); i++)
		snprintf(target, sizeof(target), "%s/%s-%u.%s", dir, base, i, binary ? "bin" : "zap");
	return cli_write(cli, program, binary, target);
}

static int convert(struct cli *cli, struct corpus *corpus)
{
	int code = EXIT_CLEAN;

	if (cli->out && corpus->output)
		return cli_bad_input(cli, "-o FILE and --out DIR exclude each other");
	if (!cli->out && corpus->paths.nr > 1)
		return cli_bad_input(cli, "several programs need --out DIR");
	/* All are read before any is written. */
	for (size_t i = 0; i < corpus->paths.nr; i++)
		code = exit_worse(code, cli_load(cli, corpus->program, corpus->paths.paths[i], NULL));
	if (code)
		return code;
	if (cli->out) {
		code = cli_make_out(cli);
		for (size_t i = 0; i < corpus->paths.nr && !code; i++) {
			code = cli_load(cli, corpus->program, corpus->paths.paths[i], NULL);
			if (!code)
				code = corpus_write_into(cli, cli->out, corpus->paths.paths[i], corpus->program,
						  corpus->binary);
		}
		return code;
	}
	return cli_write(cli, corpus->program, corpus->binary, corpus->output);
}

/* Does @program survive both ways through text and binary? */
static bool round_trips(struct corpus *corpus)
{
	struct parse_error error;
	size_t length;
	char *bytes;
	bool same;

	bytes = cli_bytes(corpus->program, true, &length);
	if (!bytes)
		return false;
	program_decode(corpus->copy, (uint8_t *)bytes, length);
	same = program_equal(corpus->program, corpus->copy);
	free(bytes);
	bytes = cli_bytes(corpus->program, false, &length);
	if (!bytes)
		return false;
	same = same && !program_parse(corpus->copy, bytes, length, "text", &error) &&
	       program_equal(corpus->program, corpus->copy);
	free(bytes);
	return same;
}

static int check(struct cli *cli, struct corpus *corpus)
{
	unsigned bad = 0, lossy = 0;
	char shown[512];

	for (size_t i = 0; i < corpus->paths.nr; i++) {
		const char *path = corpus->paths.paths[i];

		if (cli_load(cli, corpus->program, path, NULL)) {
			bad++;
		} else if (!round_trips(corpus)) {
			lossy++;
			cli_infra(cli, "%s: text and binary do not hold the same program; this is a bug of "
				  "zaplock", escape_text(path, shown, sizeof(shown)));
		}
	}
	printf("corpus check: %zu programs, %u unreadable, %u lossy\n", corpus->paths.nr, bad, lossy);
	return bad ? EXIT_INPUT : lossy ? EXIT_INFRA : EXIT_CLEAN;
}

int corpus_run(struct cli *cli, struct corpus *corpus, struct coverage coverage)
{
	const struct lockstep_options options = { .profile = cli->profile, .coverage = coverage };
	struct lockstep *ls;
	int code;

	code = cli_engine(cli, corpus->program, &ls);
	if (!code)
		lockstep_run(ls, corpus->program, &options, corpus->result);
	return code;
}

static int list_plain(struct cli *cli, FILE *out, void *arg)
{
	struct corpus *corpus = arg;
	json_t *list = json_array();
	int code = EXIT_CLEAN;
	char shown[512];

	for (size_t i = 0; i < corpus->paths.nr; i++) {
		const struct program *p = corpus->program;

		int one = cli_load(cli, corpus->program, corpus->paths.paths[i], NULL);

		code = exit_worse(code, one);
		if (one)
			continue;
		json_array_append_new(list, json_pack("{s:o, s:s, s:i, s:i, s:i}", "program",
				      json_text(corpus->paths.paths[i]), "profile",
				      profile_table[p->machine.profile].name, "vcpus",
				      (int)p->machine.nr_vcpus, "steps", (int)program_steps(p), "expects",
				      (int)p->nr_expects));
		if (cli->format == FORMAT_TEXT)
			fprintf(out, "%-48s %-14s %u vCPUs %4u steps, expects %s%s\n",
				escape_text(corpus->paths.paths[i], shown, sizeof(shown)),
				profile_table[p->machine.profile].name, p->machine.nr_vcpus,
				program_steps(p), p->nr_expects ? p->expects[0].rule : "clean",
				p->nr_expects > 1 ? ", ..." : "");
	}
	if (cli->format == FORMAT_JSON)
		json_print(list, out, true);
	else
		json_decref(list);
	return code;
}

/* Which programs hit each rule; a rule that none hits is a hole in the corpus. */
static int list_by_rule(struct cli *cli, FILE *out, void *arg)
{
	json_t *table = json_object(), *programs;
	struct corpus *corpus = arg;
	unsigned holes = 0;
	int code = EXIT_CLEAN;

	for (unsigned r = 0; r < NR_RULES; r++)
		json_object_set_new(table, rule_table[r].id, json_array());
	for (size_t i = 0; i < corpus->paths.nr; i++) {
		const char *path = corpus->paths.paths[i];
		int one = cli_load(cli, corpus->program, path, NULL);

		if (!one)
			one = corpus_run(cli, corpus, (struct coverage){ 0 });
		code = exit_worse(code, one);
		for (unsigned r = 0; r < NR_RULES && !one; r++)
			if (rule_set_has(&corpus->result->rules_hit, r))
				json_array_append_new(json_object_get(table, rule_table[r].id),
						      json_text(path));
	}
	for (unsigned r = 0; r < NR_RULES && cli->format == FORMAT_TEXT; r++) {
		programs = json_object_get(table, rule_table[r].id);
		holes += !json_array_size(programs);
		fprintf(out, "%-16s %4zu  %s\n", rule_table[r].id, json_array_size(programs),
			json_array_size(programs) ? json_string_value(json_array_get(programs, 0)) :
						    "(no program)");
	}
	if (cli->format == FORMAT_TEXT)
		fprintf(out, "corpus list: %zu programs, %u rules, %u of them hit by none\n",
			corpus->paths.nr, NR_RULES, holes);
	if (cli->format == FORMAT_JSON)
		json_print(table, out, true);
	else
		json_decref(table);
	return code;
}

static int corpus_command(struct cli *cli, struct corpus *corpus)
{
	static const char *const names[] = { "convert", "check", "list", "merge", NULL };
	const char *verb = cli->args[0];
	char hint[80], shown[80];
	int code;

	for (unsigned i = 0; names[i]; i++)
		if (!strcmp(verb, names[i]))
			goto known;
	return cli_bad_input(cli, "there is no `corpus %s`%s", escape_text(verb, shown, sizeof(shown)),
			     nearest_hint(verb, names, hint, sizeof(hint)));
known:
	if (cli->format != FORMAT_TEXT && strcmp(verb, "list"))
		return cli_bad_input(cli, "only `corpus list` writes %s", report_format_names[cli->format]);
	code = paths_collect(cli, cli->args + 1, cli->nr_args - 1, false, &corpus->paths);
	if (code)
		return code;
	if (!strcmp(verb, "convert"))
		return convert(cli, corpus);
	if (!strcmp(verb, "check"))
		return check(cli, corpus);
	if (!strcmp(verb, "list"))
		return cli_report(cli, corpus->by_rule ? list_by_rule : list_plain, corpus);
	return corpus_merge(cli, corpus);
}

int cmd_corpus(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "to", KEY_TO, "FORM", 0, "convert: text (default) or binary", 1 },
		{ "output", 'o', "FILE", 0, "convert: write one program there, not to stdout", 1 },
		{ "by-rule", KEY_BY_RULE, 0, 0, "list: run the programs and say which rule each hits first, and "
		  "which rules none hits", 1 },
		{ 0 }
	};
	struct corpus corpus = { .program = malloc(sizeof(*corpus.program)),
				 .copy = malloc(sizeof(*corpus.copy)),
				 .result = malloc(sizeof(*corpus.result)) };
	const struct command_args args = {
		.options = options,
		.parse = parse_corpus,
		.input = &corpus,
		.args_doc = "convert PROGRAM...\ncheck PROGRAM...\nlist PROGRAM...\nmerge --out DIR PROGRAM...",
		.doc = "Keep programs: convert between text, binary and versions; check that they can be read; list "
		       "them; merge those that reach something new into DIR.\v"
		       "A directory stands for all programs in it and below.\n\n"
		       "Examples:\n"
		       "  zaplock corpus check corpus\n"
		       "  zaplock corpus convert --to binary --out seeds.bin corpus/seeds\n"
		       "  zaplock corpus list --by-rule corpus\n"
		       "  zaplock corpus merge --out corpus/seeds zaplock-out/corpus\n\n"
		       "Exit status: 0 done, 2 unreadable programs, 3 cannot write.",
		.formats = FORMATS_TABLE,
		.min_args = 2,
		.max_args = UINT32_MAX,
	};
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	if (corpus.program && corpus.copy && corpus.result)
		code = corpus_command(&cli, &corpus);
	else
		code = cli_infra(&cli, "out of memory");
	cli_close(&cli);
	paths_free(&corpus.paths);
	free(corpus.program);
	free(corpus.copy);
	free(corpus.result);
	return code;
}

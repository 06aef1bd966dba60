// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock diff: where two targets behave differently, or two profiles of the
 * oracle; each difference once, as the smallest program that shows it. The
 * comparison is harness/lockstep/diff.h's.
 */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/generator.h"
#include "harness/cli/cli.h"
#include "harness/lockstep/diff.h"
#include "reports/json.h"

#define DEFAULT_RUNS		10000u
#define MAX_MINIMIZE_RUNS	3000ul
#define MAX_IGNORES		64

enum { KEY_RUNS = KEY_COMMAND, KEY_TIME, KEY_IGNORE, KEY_GUEST };

/* A difference seen, by its key; how often tells what hides the others. */
struct seen {
	char key[KEY_MAX];
	unsigned long programs;
};

struct cmp {
	uint64_t runs;			/* programs to generate */
	double seconds;			/* 0 = no limit */
	bool runs_given;
	const char *ignores[MAX_IGNORES];
	unsigned nr_ignores;
	bool guest;			/* only what a guest can notice */

	struct target *target[2];
	const char *name[2];
	struct gen_options gen;
	struct diff *diff;
	struct path_list paths;
	struct program *program;
	struct seen *seen;
	unsigned nr_seen;
	unsigned long verdicts[DIFF_INFRA + 1], ops, left_out;
	char why_skipped[256];		/* the first one's */
};

static error_t parse_diff(int key, char *arg, struct argp_state *state)
{
	struct cmp *c = state->input;

	switch (key) {
	case KEY_RUNS:
		if (!parse_number(arg, UINT64_MAX, &c->runs))
			argp_failure(state, EXIT_INPUT, 0, "--runs wants a number, not `%s`", cli_shown(arg));
		c->runs_given = true;
		break;
	case KEY_TIME:
		if (!parse_duration(arg, &c->seconds) || !c->seconds)
			argp_failure(state, EXIT_INPUT, 0, "--time wants seconds, or 10m, or 2h, not `%s`", cli_shown(arg));
		break;
	case KEY_IGNORE:
		if (c->nr_ignores == MAX_IGNORES)
			argp_failure(state, EXIT_INPUT, 0, "--ignore can be given %d times", MAX_IGNORES);
		c->ignores[c->nr_ignores++] = arg;
		break;
	case KEY_GUEST:
		c->guest = true;
	}
	return 0;
}

/*
 * What only the host knows: whether, and how large, a leaf is there, dirty
 * logging's write protection, and what the VMM's ioctls answer.
 */
static bool unnoticed(const char *key)
{
	static const char *const globs[] = {
		"leaf-*", "level/*", "writable/*", "outcome/*/*errno*",
	};

	for (unsigned i = 0; i < sizeof(globs) / sizeof(globs[0]); i++)
		if (!fnmatch(globs[i], key, 0))
			return true;
	return false;
}

static bool ignored(const char *key, void *arg)
{
	const struct cmp *c = arg;

	if (c->guest && unnoticed(key))
		return true;
	for (unsigned i = 0; i < c->nr_ignores; i++)
		if (!fnmatch(c->ignores[i], key, 0))
			return true;
	return false;
}

/* True if @key is new. */
static bool see(struct cmp *c, const char *key)
{
	struct seen *seen;

	for (unsigned i = 0; i < c->nr_seen; i++) {
		if (!strcmp(c->seen[i].key, key)) {
			c->seen[i].programs++;
			return false;
		}
	}
	seen = realloc(c->seen, (c->nr_seen + 1) * sizeof(*seen));
	if (!seen)
		return true;	/* then it is shown twice */
	c->seen = seen;
	seen = &c->seen[c->nr_seen++];
	seen->programs = 1;
	strcpy(seen->key, key);
	return true;
}

/* --- Output ---------------------------------------------------------------------- */

/* The program with the difference in front, as comments: it can be kept as it is. */
static void print_text(const struct cmp *c, FILE *out, const char *found, const char *text,
		       const struct difference *diff, const char *step)
{
	char shown[512];

	fprintf(out, "# difference: %s\n# found: %s\n", diff->key, escape_text(found, shown, sizeof(shown)));
	fprintf(out, "# at: %s\n", step);
	if (diff->has_gfn && diff->leaves > 1)
		fprintf(out, "# leaves: %u, the first of them:\n", diff->leaves);
	else if (diff->has_gfn)
		fprintf(out, "# gpa: [0x%" PRIx64 ", 0x%" PRIx64 ")\n", diff->gfn << PAGE_SHIFT,
			(diff->gfn + diff->npages) << PAGE_SHIFT);
	for (unsigned s = 0; s < 2; s++)
		fprintf(out, "# %c, %s: %s\n", 'A' + s, c->name[s],
			escape_text(diff->side[s], shown, sizeof(shown)));
	fprintf(out, "%s\n", text);
}

static void print_json(const struct cmp *c, FILE *out, const char *found, const char *text,
		       const struct difference *diff, const char *step)
{
	json_t *o = json_object();

	json_object_set_new(o, "schema", json_string("diff-1"));
	json_object_set_new(o, "a", json_text(c->name[0]));
	json_object_set_new(o, "b", json_text(c->name[1]));
	json_object_set_new(o, "key", json_text(diff->key));
	json_object_set_new(o, "what", json_string(diff_what_names[diff->what]));
	json_object_set_new(o, "found", json_text(found));
	json_object_set_new(o, "step", json_integer(diff->step));
	json_object_set_new(o, "op", json_text(step));
	json_object_set_new(o, "vcpu", diff->vcpu < 0 ? json_null() : json_integer(diff->vcpu));
	json_object_set_new(o, "gfn", diff->has_gfn ? json_hex(diff->gfn) : json_null());
	json_object_set_new(o, "npages", diff->has_gfn ? json_integer(diff->npages) : json_null());
	json_object_set_new(o, "leaves", json_integer(diff->leaves));
	json_object_set_new(o, "a_did", json_text(diff->side[0]));
	json_object_set_new(o, "b_did", json_text(diff->side[1]));
	json_object_set_new(o, "program", json_text(text));
	json_print(o, out, false);
}

/* Minimizes a copy of the program for @key and prints it. */
static int show(struct cli *cli, struct cmp *c, FILE *out, const char *found, const char *key)
{
	struct program *small = malloc(sizeof(*small));
	struct diff_result result;
	char step[256];
	size_t length;
	char *text;
	int code = EXIT_FINDINGS;

	if (!small)
		return cli_infra(cli, "out of memory");
	program_copy(small, c->program);
	diff_minimize(c->diff, small, key, MAX_MINIMIZE_RUNS);
	diff_run(c->diff, small, &result);
	text = cli_bytes(small, false, &length);
	for (unsigned i = 0; text && i < result.nr; i++) {
		if (strcmp(result.differences[i].key, key))
			continue;
		step_print(small, result.differences[i].step, step, sizeof(step));
		(cli->format == FORMAT_JSON ? print_json : print_text)(c, out, found, text,
								       &result.differences[i], step);
		fflush(out);
	}
	if (!text)
		code = cli_infra(cli, "out of memory");
	free(text);
	free(small);
	return code;
}

static void summary(const struct cli *cli, const struct cmp *c, FILE *out)
{
	unsigned long programs = 0;
	uint32_t unseen = diff_unseen(c->diff);
	char shown[300];

	for (unsigned v = 0; v <= DIFF_INFRA; v++)
		programs += c->verdicts[v];
	fprintf(out, "diff: %s and %s: %lu programs compared, %u differences in %lu of them", c->name[0],
		c->name[1], programs - c->verdicts[DIFF_SKIPPED], c->nr_seen, c->verdicts[DIFF_DIFFERS]);
	if (c->verdicts[DIFF_CUT])
		fprintf(out, "; %lu only up to an op of which one cannot tell", c->verdicts[DIFF_CUT]);
	fprintf(out, "; %lu ops run, %lu left out\n", c->ops, c->left_out);
	if (c->verdicts[DIFF_SKIPPED])
		fprintf(out, "  skipped: %lu programs, the first because: %s\n", c->verdicts[DIFF_SKIPPED],
			escape_text(c->why_skipped, shown, sizeof(shown)));
	if (unseen) {
		fprintf(out, "  only one of them shows:");
		for (unsigned bit = 0; target_cap_name(bit); bit++)
			if (unseen >> bit & 1)
				fprintf(out, " %s", target_cap_name(bit));
		fputc('\n', out);
	}
	for (unsigned i = 0; i < c->nr_seen; i++)
		fprintf(out, "  %8lu  %s\n", c->seen[i].programs, c->seen[i].key);
}

/* --- Programs -------------------------------------------------------------------- */

static int compare(struct cli *cli, struct cmp *c, FILE *out, const char *found)
{
	struct diff_result result;
	char shown[300];
	int code = EXIT_CLEAN;

	diff_run(c->diff, c->program, &result);
	c->verdicts[result.verdict]++;
	c->ops += result.ops_run;
	c->left_out += result.ops_left_out;
	if (result.verdict == DIFF_SKIPPED && !c->why_skipped[0])
		snprintf(c->why_skipped, sizeof(c->why_skipped), "%s", result.why);
	if (result.verdict == DIFF_INFRA)
		return cli_infra(cli, "%s: %s", found, escape_text(result.why, shown, sizeof(shown)));
	for (unsigned i = 0; i < result.nr; i++) {
		code = exit_worse(code, EXIT_FINDINGS);
		if (see(c, result.differences[i].key))
			code = exit_worse(code, show(cli, c, out, found, result.differences[i].key));
	}
	return code;
}

static int compare_files(struct cli *cli, struct cmp *c, FILE *out)
{
	int code = EXIT_CLEAN;

	for (size_t i = 0; i < c->paths.nr; i++) {
		int loaded = cli_load(cli, c->program, c->paths.paths[i], NULL);

		code = exit_worse(code, loaded);
		if (loaded)
			continue;
		/* What is printed is canonical; a schedule stays, so that the program is skipped. */
		c->program->nr_expects = c->program->nr_notes = c->program->note_bytes = 0;
		code = exit_worse(code, compare(cli, c, out, c->paths.paths[i]));
	}
	return code;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Program i comes from seed + i alone, so that each can be had again by itself. */
static int compare_generated(struct cli *cli, struct cmp *c, FILE *out)
{
	double end = c->seconds ? seconds_now() + c->seconds : 0;
	int code = EXIT_CLEAN;

	for (uint64_t i = 0; i < c->runs && (!end || seconds_now() < end); i++) {
		struct rng rng;
		char found[64];

		rng_seed(&rng, cli->seed + i);
		generate_program(c->program, &rng, &c->gen);
		program_strip(c->program);
		snprintf(found, sizeof(found), "--seed %" PRIu64 " --runs 1", cli->seed + i);
		code = exit_worse(code, compare(cli, c, out, found));
		/* A target that broke would break on all the others too. */
		if (c->verdicts[DIFF_INFRA])
			break;
	}
	return code;
}

static int compare_all(struct cli *cli, FILE *out, void *arg)
{
	struct cmp *c = arg;
	int code = compare_files(cli, c, out);

	code = exit_worse(code, compare_generated(cli, c, out));
	summary(cli, c, cli->format == FORMAT_TEXT ? out : stderr);
	/* Nothing was compared at all: that is not "no difference". */
	if (code == EXIT_CLEAN && c->verdicts[DIFF_SKIPPED] && !c->verdicts[DIFF_SAME] &&
	    !c->verdicts[DIFF_CUT])
		code = EXIT_SKIPPED;
	return code;
}

/* --- Command ----------------------------------------------------------------------- */

static int open_sides(struct cli *cli, struct cmp *c)
{
	const char *specs[2] = { cli->other_target, cli->target };
	enum profile profiles[2] = { cli->other_profile, cli->profile };

	if (!specs[1] && profiles[0] != PROFILE_NONE) {
		for (unsigned s = 0; s < 2; s++)
			c->name[s] = profile_table[profiles[s]].name;
		c->gen.profile = profiles[0];
		c->diff = diff_new_profiles(profiles[0], profiles[1]);
		return c->diff ? EXIT_CLEAN : cli_infra(cli, "out of memory");
	}
	if (!specs[0] || profiles[1] != PROFILE_NONE)
		return cli_bad_input(cli, "two things are compared: --target A --target B, or --profile P "
				     "--profile Q");
	for (unsigned s = 0; s < 2; s++) {
		c->target[s] = cli_target(cli, specs[s]);
		if (!c->target[s])
			return cli_target_code();
		c->name[s] = c->target[s]->name;
		if (c->gen.profile == PROFILE_NONE)
			c->gen.profile = c->target[s]->profile;
	}
	c->diff = diff_new(c->target[0], c->target[1]);
	return c->diff ? EXIT_CLEAN : cli_infra(cli, "out of memory");
}

static int run_diff(struct cli *cli, struct cmp *c)
{
	int code = open_sides(cli, c);

	if (code)
		return code;
	if (!c->runs_given)
		c->runs = c->seconds ? UINT64_MAX : cli->nr_args ? 0 : DEFAULT_RUNS;
	diff_set_ignore(c->diff, ignored, c);
	c->program = malloc(sizeof(*c->program));
	if (!c->program)
		return cli_infra(cli, "out of memory");
	code = paths_collect(cli, cli->args, cli->nr_args, false, &c->paths);
	return code ? code : cli_report(cli, compare_all, c);
}

int cmd_diff(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "runs", KEY_RUNS, "N", 0, "Generate N programs too (default 10000 where neither CORPUS nor "
		  "--time is given)", 1 },
		{ "time", KEY_TIME, "T", 0, "Generate programs for T seconds (or 10m, 2h)", 1 },
		{ "guest", KEY_GUEST, NULL, 0, "Look past what no guest can notice: leaves that are there or not, their size and "
		  "write protection, answers to the VMM's ioctls", 1 },
		{ "ignore", KEY_IGNORE, "GLOB", 0, "Look past differences whose key matches; may be given again", 1 },
		{ 0 }
	};
	struct cmp c = { 0 };
	const struct command_args args = {
		.options = options,
		.parse = parse_diff,
		.input = &c,
		.args_doc = "[CORPUS...]",
		.doc = "Print where two targets behave differently: the smallest program for each difference.\v"
		       "--target is given twice, A and then B. After each op outcomes, values, registers and the "
		       "present leaves are compared; nobody judges who is right. An op that one of the two cannot "
		       "run, neither runs. With --profile given twice the rules are compared instead: what they say "
		       "of every page. Programs are those of CORPUS and generated ones.\n\n"
		       "Examples:\n"
		       "  zaplock diff --target model:linux-6.1 --target model:linux-6.7\n"
		       "  zaplock diff --guest --target model:linux-6.7 --target model:linux-6.11\n"
		       "  zaplock diff --target ukvm:6.1 --target ukvm:$HOME/linux --time 10m corpus\n"
		       "  zaplock diff --profile linux-6.1 --profile linux-6.16 --seed 7 --runs 1000\n\n"
		       "Exit status: 0 no difference, 1 differences, 2 bad input, 3 a target broke, 4 nothing could "
		       "be compared.",
		.formats = FORMATS_TABLE,
		.max_args = UINT32_MAX,
	};
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	code = run_diff(&cli, &c);
	diff_free(c.diff);
	for (unsigned s = 0; s < 2; s++)
		target_close(c.target[s]);
	paths_free(&c.paths);
	free(c.program);
	free(c.seen);
	cli_close(&cli);
	return code;
}

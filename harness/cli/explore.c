// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock explore: every interleaving of a program's groups up to a number of
 * preemptions; each bug as a program with its sched= line and as a timeline.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/cli/cli.h"
#include "harness/cli/timeline.h"
#include "harness/lockstep/explore.h"

#define DEFAULT_PREEMPTIONS	2
#define DEFAULT_MAX_SCHEDULES	1000000
#define MAX_PREEMPTIONS		1000

enum { KEY_PREEMPTIONS = KEY_COMMAND, KEY_PCT, KEY_MAX_SCHEDULES };

struct explore_cli {
	struct cli *cli;
	uint64_t preemptions, pct, max_schedules;
	unsigned nr;			/* bugs printed */
	FILE *out;
	struct target *target;
	struct lockstep *timeline_ls;	/* the search's own is busy */
};

static error_t parse_explore(int key, char *arg, struct argp_state *state)
{
	struct explore_cli *explore = state->input;

	switch (key) {
	case KEY_PREEMPTIONS:
		if (!parse_number(arg, MAX_PREEMPTIONS, &explore->preemptions))
			argp_failure(state, EXIT_INPUT, 0, "--preemptions wants a number up to %d, not `%s`",
				     MAX_PREEMPTIONS, cli_shown(arg));
		break;
	case KEY_PCT:
		if (!parse_number(arg, 1ULL << 40, &explore->pct))
			argp_failure(state, EXIT_INPUT, 0, "--pct wants a number, not `%s`", cli_shown(arg));
		break;
	case KEY_MAX_SCHEDULES:
		if (!parse_number(arg, 1ULL << 40, &explore->max_schedules) || !explore->max_schedules)
			argp_failure(state, EXIT_INPUT, 0, "--max-schedules wants a number from 1, not `%s`",
				     cli_shown(arg));
	}
	return 0;
}

static void print_program(struct explore_cli *explore, const struct program *program,
			  const struct finding *finding, const struct result *result)
{
	struct program *copy = malloc(sizeof(*copy));
	struct expect *expect;
	size_t length;
	char *text;

	if (!copy)
		return;
	program_copy(copy, program);
	copy->machine.profile = result->profile;
	copy->nr_expects = 1;
	expect = &copy->expects[0];
	*expect = (struct expect){ .step = finding->step };
	snprintf(expect->rule, sizeof(expect->rule), "%s", verdict_rule_names[finding->rule]);
	snprintf(expect->target, sizeof(expect->target), "%.47s", result->target);
	text = cli_bytes(copy, false, &length);
	if (text)
		fwrite(text, 1, length, explore->out);
	free(text);
	free(copy);
}

static void print_found(void *arg, const struct program *program, const struct finding *finding,
			const struct result *result)
{
	struct explore_cli *explore = arg;
	struct result *again = malloc(sizeof(*again));
	struct timeline timeline;
	struct lockstep_options options = {
		.profile = explore->cli->profile, .group_watch = &timeline.watch,
	};
	FILE *out = explore->out;

	fprintf(out, "%s%s, step %u: %s\n", explore->nr++ ? "\n" : "", finding->key, finding->step,
		finding->message);
	fprintf(out, "%s\n", program->nr_switches ? "" :
		"needs no schedule: the ops one after the other show it");
	print_program(explore, program, finding, result);
	if (program->nr_switches && again) {
		fputc('\n', out);
		timeline_init(&timeline, out);
		lockstep_run(explore->timeline_ls, program, &options, again);
	}
	free(again);
}

static void print_stats(const struct explore_cli *explore, const char *path,
			const struct explore_stats *s, double seconds)
{
	char shown[256];

	fprintf(explore->out, "%s%s: %lu schedules run, %lu pruned as permutations of independent steps; ",
		explore->nr ? "\n" : "", escape_text(path, shown, sizeof(shown)), s->run, s->pruned);
	if (s->all)
		fprintf(explore->out, "all there are");
	else if (s->covered)
		fprintf(explore->out, "all with up to %u preemptions", s->preemptions);
	else
		fprintf(explore->out, "stopped at --max-schedules, so not all with %lu preemptions",
			(unsigned long)explore->preemptions);
	if (s->sampled)
		fprintf(explore->out, "; %lu of them samples (PCT, seed %llu)", s->sampled,
			(unsigned long long)explore->cli->seed);
	fprintf(explore->out, "; %lu show a finding, %u keys\n", s->findings, explore->nr);
	fprintf(stderr, "explore: %.2f seconds, %.0f schedules a second, the longest of %u moments\n",
		seconds, (s->run + s->pruned) / (seconds > 1e-6 ? seconds : 1e-6), s->longest);
}

static double now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static bool has_group(const struct program *program)
{
	for (unsigned i = 0; i < program->nr_ops; i++) {
		if (program->ops[i].flags & OP_TOGETHER)
			return true;
	}
	return false;
}

static int explore_program(struct explore_cli *explore, struct program *program,
			   struct result *result)
{
	struct cli *cli = explore->cli;
	const struct explore_options options = {
		.profile = cli->profile, .preemptions = explore->preemptions,
		.max_schedules = explore->max_schedules, .pct = explore->pct,
		.pct_depth = explore->preemptions + 1, .seed = cli->seed,
		.found = print_found, .arg = explore,
	};
	struct explore_stats stats;
	struct lockstep *ls;
	char shown[256];
	double begin;
	int code;

	code = cli_load(cli, program, cli->args[0], NULL);
	if (code)
		return code;
	if (!has_group(program))
		return cli_bad_input(cli, "%s has no `together` group, so there is one schedule only",
				     cli_shown(cli->args[0]));
	code = cli_engine(cli, program, &ls);
	if (code)
		return code;
	explore->target = lockstep_target(ls);
	if (!(explore->target->caps & CAP_SCHEDULES)) {
		fprintf(stderr, "zaplock explore: skipped: %s has no schedules; the model has\n",
			explore->target->name);
		return EXIT_SKIPPED;
	}
	explore->timeline_ls = lockstep_new(explore->target);
	if (!explore->timeline_ls)
		return cli_infra(cli, "out of memory");
	begin = now_seconds();
	if (lockstep_explore(ls, program, &options, &stats, result))
		code = cli_infra(cli, "out of memory, or the target did not do twice the same");
	lockstep_free(explore->timeline_ls);
	if (!code && (result->verdict == VERDICT_SKIPPED || result->verdict == VERDICT_INFRA)) {
		fprintf(stderr, "zaplock explore: %s: %s\n", verdict_names[result->verdict],
			escape_text(result->why, shown, sizeof(shown)));
		return result_exit_code(result);
	}
	if (code)
		return code;
	print_stats(explore, cli->args[0], &stats, now_seconds() - begin);
	return explore->nr ? EXIT_FINDINGS : EXIT_CLEAN;
}

static int emit(struct cli *cli, FILE *out, void *arg)
{
	struct explore_cli *explore = arg;
	struct program *program = malloc(sizeof(*program));
	struct result *result = malloc(sizeof(*result));
	int code;

	explore->cli = cli;
	explore->out = out;
	code = program && result ? explore_program(explore, program, result)
				 : cli_infra(cli, "out of memory");
	free(program);
	free(result);
	return code;
}

int cmd_explore(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "preemptions", KEY_PREEMPTIONS, "N", 0, "Every schedule that leaves a vCPU that could go on "
		  "at most N times (default 2)", 1 },
		{ "max-schedules", KEY_MAX_SCHEDULES, "N", 0, "Give up after so many (default 1000000)", 1 },
		{ "pct", KEY_PCT, "RUNS", 0, "Then RUNS samples with N + 1 random changes of priority (PCT), "
		  "from --seed", 1 },
		{ 0 }
	};
	struct explore_cli explore = {
		.preemptions = DEFAULT_PREEMPTIONS, .max_schedules = DEFAULT_MAX_SCHEDULES,
	};
	const struct command_args args = {
		.options = options,
		.parse = parse_explore,
		.input = &explore,
		.args_doc = "PROGRAM",
		.doc = "Run every interleaving of a program's `together` groups, up to a number of preemptions.\v"
		       "The program's own `sched=` is ignored. Schedules that only permute steps which have "
		       "nothing in common are not run. Each bug is printed once, as a program whose `sched=` "
		       "has the fewest switches that show it, and as a timeline.\n\n"
		       "Examples:\n"
		       "  zaplock explore --preemptions 3 race.zap\n"
		       "  zaplock explore --target model:yan-v4 --pct 100000 --seed 7 race.zap\n\n"
		       "Exit status: 0 no schedule shows a finding, 1 one does, 2 bad input, 3 a target broke, "
		       "4 the target has no schedules.",
		.formats = 1u << FORMAT_TEXT,
		.min_args = 1,
		.max_args = 1,
	};

	return cli_simple(&args, argc, argv, emit, &explore);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * enumerate: every state of small machines, oracle against twin.
 *
 * Without options, the plans of CI, each of them whole, and a dense walk; with
 * --full the nightly's as well. States are numbered through all the plans of
 * the form, so a run that was cut short goes on with --from. Exit code 0 if
 * all agreed, 1 on a mismatch, 2 on bad usage.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oracle/tests/enumerate.h"

#define PROGRESS_STATES	(1u << 18)
#define DENSE_CI	160u
#define DENSE_FULL	10000u

struct options {
	bool full, list;
	uint64_t pairs;		/* 0 = all; else sample about so many */
	uint64_t from;
	uint64_t at_least;
	uint64_t seed;
	uint64_t dense;
	const char *plan;
	enum twin_mistake mistake;
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void usage(FILE *f)
{
	fprintf(f,
		"usage: enumerate [--full] [--plan NAME] [--pairs N] [--from N] [--dense STEPS]\n"
		"                 [--seed N] [--at-least N] [--break MISTAKE] [--list]\n"
		"  --full        the nightly form: over 10^10 (state, page) pairs\n"
		"  --plan NAME   only this plan (\"dense\": only the dense walk)\n"
		"  --pairs N     sample the plans evenly, about N pairs in all\n"
		"  --from N      begin at state N, as a progress line named it\n"
		"  --dense N     steps of the dense walk\n"
		"  --seed N      seed of the dense walk\n"
		"  --at-least N  fail if the plans (without the dense walk) covered fewer pairs\n"
		"  --break M     the twin makes a mistake; what follows must be a mismatch\n"
		"  --list        the plans and their sizes\n");
}

static bool parse_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return text[0] >= '0' && text[0] <= '9' && !*end && !errno;
}

static int bad_usage(const char *what, const char *word)
{
	fprintf(stderr, "enumerate: %s '%s'\n", what, word);
	usage(stderr);
	return 2;
}

static bool mistake_by_name(const char *name, enum twin_mistake *mistake)
{
	for (*mistake = 0; *mistake < NR_TWIN_MISTAKES; ++*mistake)
		if (!strcmp(name, twin_mistake_names[*mistake]))
			return true;
	return false;
}

/* 0, or the exit code + 1. */
static int parse_options(int argc, char **argv, struct options *opt)
{
	struct { const char *name; uint64_t *value; } numbers[] = {
		{ "--pairs", &opt->pairs }, { "--from", &opt->from }, { "--seed", &opt->seed },
		{ "--at-least", &opt->at_least }, { "--dense", &opt->dense },
	};
	bool dense_given = false;
	unsigned n;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--full")) {
			opt->full = true;
			continue;
		}
		if (!strcmp(argv[i], "--list")) {
			opt->list = true;
			continue;
		}
		if (!strcmp(argv[i], "--help")) {
			usage(stdout);
			return 1;
		}
		if (!strcmp(argv[i], "--plan") && i + 1 < argc) {
			opt->plan = argv[++i];
			continue;
		}
		if (!strcmp(argv[i], "--break") && i + 1 < argc) {
			if (!mistake_by_name(argv[++i], &opt->mistake))
				return 1 + bad_usage("the twin cannot make the mistake", argv[i]);
			continue;
		}
		for (n = 0; n < 5; n++)
			if (!strcmp(argv[i], numbers[n].name))
				break;
		if (n == 5)
			return 1 + bad_usage("unknown option or no value:", argv[i]);
		if (i + 1 == argc || !parse_number(argv[i + 1], numbers[n].value))
			return 1 + bad_usage("a number must follow", argv[i]);
		dense_given |= n == 4;
		i++;
	}
	if (!dense_given)
		opt->dense = opt->full ? DENSE_FULL : DENSE_CI;
	return 0;
}

static bool wanted(const struct options *opt, const struct plan *plan)
{
	if (opt->plan)
		return !strcmp(opt->plan, plan_name(plan));
	return opt->full || plan_in_ci(plan);
}

static void list_plans(const struct options *opt)
{
	unsigned i;

	for (i = 0; i < plan_count(); i++) {
		const struct plan *plan = plan_get(i);

		if (wanted(opt, plan))
			printf("%-12s %-7s %12" PRIu64 " states %14" PRIu64 " pairs\n",
			       plan_name(plan), plan_in_ci(plan) ? "ci" : "nightly",
			       plan_states(plan), plan_pairs(plan));
	}
}

/* Near total / @pairs, and coprime to @states: no axis' radix divides it, every digit is met. */
static uint64_t sampling_stride(uint64_t total, uint64_t pairs, uint64_t states)
{
	uint64_t stride, a, b, t;

	if (!pairs || pairs >= total)
		return 1;
	for (stride = total / pairs; ; stride++) {
		for (a = states, b = stride; b; t = a % b, a = b, b = t)
			;
		if (a == 1)
			return stride;
	}
}

static void show_progress(const struct rig *rig, uint64_t next, double began)
{
	double spent = seconds() - began;

	fprintf(stderr, "%s%s: %" PRIu64 " states, %.3g pairs, %.3g pairs/s, go on with --from %"
		PRIu64 "%s", isatty(2) ? "\r" : "", rig->plan, rig->states, (double)rig->pairs,
		rig->pairs / (spent > 0 ? spent : 1), next, isatty(2) ? "  " : "\n");
}

/* All wanted plans, their states numbered through. */
static void run_plans(struct rig *rig, const struct options *opt, double began)
{
	uint64_t total = 0, offset = 0, next, states, stride;
	uint64_t pairs_before, states_before;
	double shown = began, plan_began;
	unsigned i;

	for (i = 0; i < plan_count(); i++)
		if (wanted(opt, plan_get(i)))
			total += plan_pairs(plan_get(i));

	for (i = 0; i < plan_count() && !rig->failed; i++) {
		const struct plan *plan = plan_get(i);

		if (!wanted(opt, plan))
			continue;
		states = plan_states(plan);
		stride = sampling_stride(total, opt->pairs, states);
		next = opt->from > offset ? opt->from - offset : 0;
		pairs_before = rig->pairs;
		states_before = rig->states;
		plan_began = seconds();
		while (next < states && !rig->failed) {
			next = plan_run(plan, rig, next, stride, PROGRESS_STATES);
			if (opt->full && seconds() - shown > 10) {
				show_progress(rig, offset + next, began);
				shown = seconds();
			}
		}
		if (rig->states != states_before)
			printf("%-12s %12" PRIu64 " states %14" PRIu64 " pairs  %6.1f s\n",
			       plan_name(plan), rig->states - states_before,
			       rig->pairs - pairs_before, seconds() - plan_began);
		fflush(stdout);
		offset += states;
	}
}

static bool plan_exists(const char *name)
{
	unsigned i;

	for (i = 0; i < plan_count(); i++)
		if (!strcmp(name, plan_name(plan_get(i))))
			return true;
	return !strcmp(name, "dense");
}

int main(int argc, char **argv)
{
	struct options opt = { .seed = 1 };
	double began = seconds(), dense_began;
	static struct rig rig;
	uint64_t enumerated;
	int ret;

	ret = parse_options(argc, argv, &opt);
	if (ret)
		return ret - 1;
	if (opt.plan && !plan_exists(opt.plan))
		return bad_usage("no plan is called", opt.plan);
	if (opt.list) {
		list_plans(&opt);
		return 0;
	}

	rig_init(&rig, &real_oracle, opt.mistake, stdout);
	run_plans(&rig, &opt, began);
	enumerated = rig.pairs;
	if (!rig.failed && opt.dense && (!opt.plan || !strcmp(opt.plan, "dense"))) {
		dense_began = seconds();
		dense_run(&rig, opt.seed, opt.dense);
		printf("%-12s %12" PRIu64 " states %14" PRIu64 " pairs  %6.1f s, seed %" PRIu64 "\n",
		       "dense", opt.dense, rig.pairs - enumerated, seconds() - dense_began, opt.seed);
	}

	printf("enumerate: %" PRIu64 " states, %" PRIu64 " (state, page) pairs, %" PRIu64
	       " blocks in %.1f s: %s\n", rig.states, rig.pairs, rig.blocks, seconds() - began,
	       rig.failed ? "MISMATCH" : "oracle and twin agree");
	if (rig.failed)
		return 1;
	if (enumerated < opt.at_least) {
		fprintf(stderr, "enumerate: the plans covered fewer than %" PRIu64 " pairs\n",
			opt.at_least);
		return 1;
	}
	return 0;
}

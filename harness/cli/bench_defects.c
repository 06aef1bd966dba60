// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock bench defects: each defect of the model hunted from an empty corpus.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/bench_defects.h"
#include "harness/cli/cli.h"
#include "harness/targets/model/model.h"

enum { KEY_TRIALS = KEY_COMMAND, KEY_CAP, KEY_TIME, KEY_JOBS, KEY_ONLY, KEY_GUIDED };

#define MAX_ONLY 64

struct bench_defects {
	struct defect_bench_options options;
	const char *only[MAX_ONLY];
	unsigned nr_only;
};

static error_t parse_bench_defects(int key, char *arg, struct argp_state *state)
{
	struct bench_defects *bench = state->input;
	struct defect_bench_options *o = &bench->options;
	uint64_t value;

	switch (key) {
	case KEY_TRIALS:
		if (!parse_number(arg, 1000, &value) || !value)
			argp_failure(state, EXIT_INPUT, 0, "--trials wants 1 to 1000, not `%s`", cli_shown(arg));
		o->trials = value;
		break;
	case KEY_CAP:
		if (!parse_number(arg, 1ULL << 40, &value) || !value)
			argp_failure(state, EXIT_INPUT, 0, "--cap wants a number of programs, not `%s`", cli_shown(arg));
		o->cap = value;
		break;
	case KEY_TIME:
		if (!parse_duration(arg, &o->seconds) || o->seconds <= 0)
			argp_failure(state, EXIT_INPUT, 0, "--time wants seconds, or 10m, or 2h, not `%s`", cli_shown(arg));
		break;
	case KEY_JOBS:
		if (!parse_number(arg, 64, &value) || !value)
			argp_failure(state, EXIT_INPUT, 0, "--jobs wants 1 to 64, not `%s`", cli_shown(arg));
		o->jobs = value;
		break;
	case KEY_ONLY:
		if (bench->nr_only == MAX_ONLY)
			argp_failure(state, EXIT_INPUT, 0, "--only can be given %d times", MAX_ONLY);
		bench->only[bench->nr_only++] = arg;
		break;
	case KEY_GUIDED:
		o->guided_only = true;
	}
	return 0;
}

static bool chosen(const struct bench_defects *bench, const char *name)
{
	for (unsigned i = 0; i < bench->nr_only; i++)
		if (!fnmatch(bench->only[i], name, 0))
			return true;
	return !bench->nr_only;
}

/* The defects that hunting can find; the number of them. */
static unsigned choose(const struct bench_defects *bench, struct defect_subject *subjects)
{
	unsigned nr = 0;

	for (const struct model_defect_info *d = model_defect_table; d->name; d++) {
		struct defect_subject *s = &subjects[nr];

		if (d->kind == MODEL_DEFECT_SCHEDULES || d->kind == MODEL_DEFECT_EQUIVALENT ||
		    !chosen(bench, d->name))
			continue;
		nr++;
		*s = (struct defect_subject){
			.name = d->name, .shortest = d->shortest,
			.advisories = d->kind == MODEL_DEFECT_ADVISORY,
		};
		snprintf(s->sound, sizeof(s->sound), "model:%s", d->policy);
		snprintf(s->defective, sizeof(s->defective), "model:%s,defect=%s", d->policy, d->name);
	}
	return nr;
}

static int bench_to(struct cli *cli, FILE *out, void *arg)
{
	return zaplock_bench_defects(arg, out);
}

int cmd_bench_defects(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "trials", KEY_TRIALS, "N", 0, "Trials of each defect (default 20)", 1 },
		{ "cap", KEY_CAP, "N", 0, "Programs after which a trial is given up (default 1000000)", 1 },
		{ "time", KEY_TIME, "T", 0, "End after T seconds (or 10m, 2h); what runs then is given up", 1 },
		{ "jobs", KEY_JOBS, "N", 0, "Trials at once (default 1)", 1 },
		{ "only", KEY_ONLY, "GLOB", 0, "Only defects whose name matches; may be given again", 1 },
		{ "guided-only", KEY_GUIDED, 0, 0, "No trials without feedback to compare with", 1 },
		{ 0 }
	};
	struct bench_defects bench = { 0 };
	const struct command_args args = {
		.options = options,
		.parse = parse_bench_defects,
		.input = &bench,
		.doc = "Hunt each defect that can be injected into the model (`zaplock defects`) from an empty "
		       "corpus, with state coverage and without.\v"
		       "A trial ends when a program shows a finding that the sound model does not show on it. Printed "
		       "are how many trials ended so, the median and the restricted mean of programs, the median of "
		       "CPU seconds, and the median length of the minimized programs beside the shortest known. With "
		       "--out the shortest program of this run is stored for each defect.\n\n"
		       "Examples:\n"
		       "  zaplock bench defects --trials 3 --cap 100K --guided-only\n"
		       "  zaplock bench defects --only 'yan-*' --jobs 2 --format json\n\n"
		       "Exit status: 0 all were killed, 1 a defect survived, 2 bad input, 3 trials did not run.",
		.formats = FORMATS_TABLE,
	};
	struct defect_subject *subjects;
	unsigned nr = 0;
	struct cli cli;
	int code = EXIT_CLEAN;

	cli_parse(&cli, &args, argc, argv);
	while (model_defect_table[nr].name)
		nr++;
	subjects = calloc(nr, sizeof(*subjects));
	bench.options.nr_subjects = subjects ? choose(&bench, subjects) : 0;
	bench.options.subjects = subjects;
	bench.options.seed = cli.seed;
	bench.options.json = cli.format == FORMAT_JSON;
	bench.options.out = cli.out;
	if (!subjects)
		code = cli_infra(&cli, "out of memory");
	else if (!bench.options.nr_subjects)
		code = cli_bad_input(&cli, "no defect that can be hunted matches `%s`; `zaplock defects` lists them",
				     cli_shown(bench.only[0]));
	if (!code) {
		cli.command = "bench-defects";	/* the report's name in --out */
		code = cli_report(&cli, bench_to, &bench.options);
	}
	free(subjects);
	cli_close(&cli);
	return code;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock campaign: options of the campaign that fuzz/fleet/ runs.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fleet/fleet.h"
#include "harness/cli/cli.h"

#define MAX_ERRATA 64

enum { KEY_TIME = KEY_COMMAND, KEY_MEMORY, KEY_CORES, KEY_LIBFUZZER, KEY_AFL, KEY_ERRATA, KEY_QUIET,
       KEY_KEEP_CORPUS };

struct campaign {
	struct campaign_options options;
	const char *errata[MAX_ERRATA + 1];
	unsigned nr_errata;
};

static uint64_t number(const char *option, const char *arg, uint64_t max, struct argp_state *state)
{
	uint64_t value = 0;

	if (!parse_number(arg, max, &value))
		argp_failure(state, EXIT_INPUT, 0, "--%s wants a number up to %llu, not `%s`", option,
			     (unsigned long long)max, cli_shown(arg));
	return value;
}

static error_t parse_campaign(int key, char *arg, struct argp_state *state)
{
	struct campaign *campaign = state->input;
	struct campaign_options *o = &campaign->options;

	switch (key) {
	case KEY_TIME:
		if (!parse_duration(arg, &o->seconds))
			argp_failure(state, EXIT_INPUT, 0, "--time wants seconds, or 10m, or 8h, not `%s`", cli_shown(arg));
		break;
	case KEY_MEMORY:
		o->memory = number("memory", arg, 1ull << 50, state);
		break;
	case KEY_CORES:
		o->cores = number("cores", arg, 1024, state);
		break;
	case KEY_LIBFUZZER:
		o->libfuzzer = number("libfuzzer", arg, 64, state);
		break;
	case KEY_AFL:
		o->afl = number("afl", arg, 64, state);
		break;
	case KEY_QUIET:
		o->quiet = true;
		break;
	case KEY_KEEP_CORPUS:
		o->keep_corpus = true;
		break;
	case KEY_ERRATA:
		if (campaign->nr_errata == MAX_ERRATA)
			argp_failure(state, EXIT_INPUT, 0, "--errata can be given %d times", MAX_ERRATA);
		campaign->errata[campaign->nr_errata++] = arg;
	}
	return 0;
}

int cmd_campaign(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "time", KEY_TIME, "T", 0, "End after T seconds (or 10m, 8h); otherwise when interrupted", 1 },
		{ "cores", KEY_CORES, "N", 0, "Run everything on N CPUs (default: all)", 1 },
		{ "memory", KEY_MEMORY, "SIZE", 0, "All instances together; above it the largest is started anew (4G)", 1 },
		{ "libfuzzer", KEY_LIBFUZZER, "N", 0, "libFuzzer instances for each target (default: what the cores give)", 1 },
		{ "afl", KEY_AFL, "N", 0, "AFL++ instances for each target (default: 1 if it is there)", 1 },
		{ "errata", KEY_ERRATA, "PATH", 0, "Program or directory whose findings are known; may be given again", 1 },
		{ "quiet", KEY_QUIET, 0, 0, "A plain line now and then, no screen", 1 },
		{ "keep-corpus", KEY_KEEP_CORPUS, 0, 0, "Do not minimize the corpus at the end", 1 },
		{ 0 }
	};
	struct campaign campaign = { .options = { .libfuzzer = -1, .afl = -1, .version = ZAPLOCK_VERSION } };
	const struct command_args args = {
		.options = options,
		.parse = parse_campaign,
		.input = &campaign,
		.args_doc = "[CORPUS...]",
		.doc = "Fuzz several targets for a night: libFuzzer and AFL++ side by side, one corpus, one store of findings.\v"
		       "--target may be given again, for one target after the other. Everything is kept in --out (default "
		       CAMPAIGN_OUT "): corpus/, targets/*/findings/, findings.sqlite; the same directory goes on where it was. "
		       "Each new finding is stored, then reproduced, minimized and explained while the rest goes on; "
		       "`zaplock report DIR` makes pages of it. AFL++ takes part where it is installed and `./dev afl` built "
		       "its harness.\n\n"
		       "Examples:\n"
		       "  zaplock campaign --time 8h --errata corpus/errata --target model:linux-6.1 --target ukvm:6.12 corpus/seeds\n"
		       "  zaplock campaign --time 10m --cores 2 --memory 4G --afl 0 --out night\n\n"
		       "Exit status: 0 nothing but known findings, 1 findings that no erratum in force explains, 2 bad input, "
		       "3 infrastructure broke.",
		.formats = 1u << FORMAT_TEXT,
		.max_args = UINT32_MAX,
	};
	struct campaign_options *o = &campaign.options;
	static const char *const default_targets[] = { DEFAULT_TARGET, NULL };
	struct cli cli;
	int code = EXIT_CLEAN;

	cli_parse(&cli, &args, argc, argv);
	o->targets = cli.nr_targets ? cli.targets : default_targets;
	o->profile = cli.profile;
	o->out = cli.out;
	o->seed = cli.seed;
	o->corpus = cli.nr_args ? (const char *const *)cli.args : NULL;
	o->errata = campaign.nr_errata ? campaign.errata : NULL;
	/* Opened here once so that a wrong name meets the same words as elsewhere. */
	for (unsigned i = 0; o->targets[i] && !code; i++) {
		struct target *target = cli_target(&cli, o->targets[i]);

		code = target ? EXIT_CLEAN : cli_target_code();
		target_close(target);
	}
	if (!code)
		code = zaplock_campaign(o);
	cli_close(&cli);
	return code;
}

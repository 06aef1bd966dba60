// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock bench: options of the measurements that fuzz/ takes.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/bench.h"
#include "harness/cli/cli.h"
#include "harness/targets/kvm/bench.h"
#include "harness/targets/kvm/kvm.h"

enum { KEY_SECONDS = KEY_COMMAND };

static error_t parse_bench(int key, char *arg, struct argp_state *state)
{
	struct bench_options *options = state->input;
	char *end;

	options->seconds = strtod(arg, &end);
	if (!*arg || *end || !(options->seconds >= 0.01 && options->seconds <= 3600))
		argp_failure(state, EXIT_INPUT, 0, "--seconds wants 0.01 to 3600, not `%s`", cli_shown(arg));
	return 0;
}

static int bench_to(struct cli *cli, FILE *out, void *arg)
{
	const struct bench_options *options = arg;
	struct target *target = cli->target ? cli_target(cli, cli->target) : NULL;
	bool real = target && target->ops == &kvm_target_ops;
	int code = real ? kvm_bench(target, options->seconds, options->json, out) : EXIT_CLEAN;

	target_close(target);
	return real ? code : zaplock_bench(options, out);
}

int cmd_bench(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "seconds", KEY_SECONDS, "N", 0, "Seconds for each figure (default 1)", 1 },
		{ 0 }
	};
	struct bench_options bench = { 0 };
	const struct command_args args = {
		.options = options,
		.parse = parse_bench,
		.input = &bench,
		.doc = "Measure what checking costs: lockstep against the target alone and against an empty "
		       "libFuzzer target, in the same run. `zaplock bench defects' hunts the model's defects.\v"
		       "Examples:\n"
		       "  zaplock bench\n"
		       "  zaplock bench --target model:linux-6.16 --seconds 5 --format json\n"
		       "  zaplock bench --target kvm         against a bare loop of the same ioctls",
		.formats = FORMATS_TABLE,
	};
	struct target *target;
	struct cli cli;
	int code = EXIT_CLEAN;

	if (argc > 1 && !strcmp(argv[1], "defects")) {
		argv[1] = "bench defects";
		return cmd_bench_defects(argc - 1, argv + 1);
	}
	cli_parse(&cli, &args, argc, argv);
	bench.target = cli.target;
	bench.seed = cli.seed;
	bench.json = cli.format == FORMAT_JSON;
	if (cli.target) {
		target = cli_target(&cli, cli.target);
		code = target ? EXIT_CLEAN : cli_target_code();
		target_close(target);
	}
	if (!code)
		code = cli_report(&cli, bench_to, &bench);
	cli_close(&cli);
	return code;
}

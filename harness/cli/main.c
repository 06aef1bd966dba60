// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock: finds the places where KVM leaves a guest mapped with the wrong
 * memory type. This file picks the subcommand.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/fleet/fleet.h"
#include "harness/cli/cli.h"

static const struct command commands[] = {
	{ "run", "programs in lockstep on the oracle and a target, one verdict each", cmd_run },
	{ "explain", "the memtype map of guest memory after a step, and why", cmd_explain },
	{ "fuzz", "search for findings, guided by state coverage", cmd_fuzz },
	{ "campaign", "fuzz several targets for a night, with libFuzzer and AFL++", cmd_campaign },
	{ "report", "pages of what a campaign found, with memory maps", cmd_report },
	{ "export", "a program as a stand-alone reproducer in C", cmd_export },
	{ "import", "a recorded trace as a program", cmd_import },
	{ "explore", "every interleaving of a program's together groups", cmd_explore },
	{ "minimize", "the smallest program with the same triage key", cmd_minimize },
	{ "diff", "where two targets or profiles behave differently", cmd_diff },
	{ "audit", "check a recorded trace of a real host against the oracle", cmd_audit },
	{ "gate", "regressions and errata: fails on what is new, for CI", cmd_gate },
	{ "bisect", "which commit of a kernel tree brought a finding", cmd_bisect },
	{ "corpus", "convert, check, list and merge programs", cmd_corpus },
	{ "rules", "the rules, with their citations", cmd_rules },
	{ "targets", "what programs can run on, and what each target shows", cmd_targets },
	{ "profiles", "the sets of KVM's memtype rules", cmd_profiles },
	{ "defects", "the defects that can be injected into the model", cmd_defects },
	{ "doctor", "what this host can check, and what would change that", cmd_doctor },
	{ "bench", "speed, measured as ratios in one run", cmd_bench },
};
#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const char *argp_program_version = "zaplock " ZAPLOCK_VERSION;

static int usage(FILE *out)
{
	fputs("Usage: zaplock COMMAND [OPTION...] [ARGUMENT...]\n"
	      "Find the places where KVM leaves a guest mapped with the wrong memory type.\n\n", out);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\nOptions that every command takes:\n"
	      "  --target T    what runs the programs, as `zaplock targets` lists it\n"
	      "  --profile P   whose rules the oracle judges by, as `zaplock profiles` lists them\n"
	      "  --format F    text (default), json; verdicts also junit, sarif, ktap, html\n"
	      "  --out DIR     write the report there\n"
	      "  --seed N      seed of everything random\n"
	      "  --help, --version\n"
	      "\nExamples:\n"
	      "  zaplock fuzz --time 60             look for findings on the model of Linux 6.1\n"
	      "  zaplock run corpus/regressions     run a folder of programs\n"
	      "  zaplock explain a.zap --gpa 0xa0000   why that page has that memory type\n"
	      "\nExit status: 0 clean or known, 1 findings, 2 bad input or usage, 3 infrastructure broke,\n"
	      "4 skipped; over several programs 2 stands over 3, 3 over 1, 1 over 4.\n", out);
	return out == stdout ? EXIT_CLEAN : EXIT_INPUT;
}

/*
 * A closed stdin, stdout or stderr would hand its number to the next file we
 * open; fill it with one that fails the same way.
 */
static void fill_standard_files(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd ? O_RDONLY : O_WRONLY);
}

/* Output that did not reach its reader is a failure, whatever the verdict was. */
static void check_stdout(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return;
	fprintf(stderr, "zaplock: cannot write to stdout: %s\n", errno ? strerror(errno) : "I/O error");
	_exit(EXIT_INFRA);
}

int main(int argc, char **argv)
{
	const char *names[NR_COMMANDS + 1] = { NULL };
	char hint[80];
	int merged;

	fill_standard_files();
	merged = zaplock_merge_main(argc, argv);
	if (merged >= 0)
		return merged;
	atexit(check_stdout);
	argp_err_exit_status = EXIT_INPUT;
	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?") || !strcmp(argv[1], "help"))
		return usage(stdout);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts(argp_program_version);
		return EXIT_CLEAN;
	}
	for (size_t i = 0; i < NR_COMMANDS; i++) {
		names[i] = commands[i].name;
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "zaplock: there is no command `%.60s`%s; `zaplock --help` lists them\n", argv[1],
		nearest_hint(argv[1], names, hint, sizeof(hint)));
	return EXIT_INPUT;
}

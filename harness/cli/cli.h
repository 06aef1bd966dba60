/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the subcommands share: global options, exit codes, programs from files
 * and directories, targets by name (design 7). One file a subcommand.
 */
#ifndef ZAPLOCK_CLI_CLI_H
#define ZAPLOCK_CLI_CLI_H

#include <argp.h>

#include "reports/reports.h"

enum exit_code {
	EXIT_CLEAN	= 0,	/* clean, or only known findings */
	EXIT_FINDINGS	= 1,
	EXIT_INPUT	= 2,	/* bad input or usage */
	EXIT_INFRA	= 3,	/* what zaplock stands on broke: a target, the disk, memory */
	EXIT_SKIPPED	= 4,
};

/* Of two exit codes the one that stands: 2 over 3 over 1 over 4 over 0. */
int exit_worse(int a, int b);

#define DEFAULT_TARGET "model:linux-6.1"

#define CLI_MAX_TARGETS 16

struct cli {
	const char *command;		/* "run" */
	const char *target;		/* as given, the last one; or NULL */
	const char *targets[CLI_MAX_TARGETS + 1];	/* all of them, NULL-terminated */
	unsigned nr_targets;
	enum profile profile;		/* PROFILE_NONE: not given */
	const char *vfio;		/* --vfio, which ends up in the target; or NULL */
	const char *other_target;	/* the one given before that, for `diff`; or NULL */
	enum profile other_profile;
	enum report_format format;
	const char *out;		/* directory, or NULL */
	uint64_t seed;
	uint32_t formats;		/* bit per format that the command can write */
	char **args;			/* what is not an option */
	unsigned nr_args;
	struct engine *engines;		/* open targets */
};

#define FORMATS_REPORT	(1u << FORMAT_TEXT | 1u << FORMAT_JSON | 1u << FORMAT_JUNIT | 1u << FORMAT_SARIF | \
			 1u << FORMAT_KTAP | 1u << FORMAT_HTML)
#define FORMATS_TABLE	(1u << FORMAT_TEXT | 1u << FORMAT_JSON)

/* Keys of options, beyond ASCII so that they have no short form. */
enum option_key {
	KEY_TARGET = 0x100, KEY_PROFILE, KEY_FORMAT, KEY_OUT, KEY_SEED, KEY_VFIO,
	KEY_COMMAND,		/* commands number theirs from here ... */
	KEY_COMMAND_END = 0x200,	/* ... to here */
};

/* A command's own options; @parse gets those only and may be NULL. */
struct command_args {
	const struct argp_option *options;	/* ends with { 0 }; NULL: none */
	error_t (*parse)(int key, char *arg, struct argp_state *state);
	void *input;				/* state->input in @parse */
	const char *args_doc;			/* "PROGRAM..." */
	const char *doc;			/* one line, then what the command does, then examples */
	uint32_t formats;
	enum report_format default_format;
	unsigned min_args, max_args;		/* max 0: none may stand */
};

/*
 * Parses a command line into *cli. Does not return on --help, --version or
 * bad usage (exit 2).
 */
void cli_parse(struct cli *cli, const struct command_args *args, int argc, char **argv);

/* Prints "zaplock COMMAND: message" to stderr; returns EXIT_INPUT or EXIT_INFRA. */
int cli_bad_input(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int cli_infra(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The most severe finding, the first of these; NULL when only advisories or nothing shows. */
const struct finding *cli_main_finding(const struct result *result);

/* @text as a message may show it: escaped, 60 bytes at most. Good until the next call. */
const char *cli_shown(const char *text);

/* A whole number in any C base with an optional K, M or G; false if @text is none or above @max. */
bool parse_number(const char *text, uint64_t max, uint64_t *value);

/* "90", "90s", "10m", "2h"; false if @text is none. */
bool parse_duration(const char *text, double *seconds);

/* The nearest of @names (NULL-terminated) to @wrong: " (did you mean `x`?)" into @buf, "" if none is near. */
const char *nearest_hint(const char *wrong, const char *const *names, char *buf, size_t size);

/* Programs by path; directories are walked for *.zap and binary programs. */
struct path_list {
	char **paths;
	size_t nr, max;
};

/*
 * All programs under @args, sorted within each; a directory without any is an
 * error unless @empty_ok. 0 or an exit code, having said why.
 */
int paths_collect(struct cli *cli, char **args, unsigned nr_args, bool empty_ok,
		  struct path_list *list);
void paths_free(struct path_list *list);

/* Loads @path; on error says where and why, in stderr and @report (or NULL), and returns EXIT_INPUT. */
int cli_load(struct cli *cli, struct program *program, const char *path, struct report *report);

/* @program as the bytes of a file; the caller frees. NULL when memory is out. */
char *cli_bytes(const struct program *program, bool binary, size_t *length);

/* Writes @program to @path, whole or not at all; NULL: stdout. 0 or an exit code, having said why. */
int cli_write(const struct cli *cli, const struct program *program, bool binary, const char *path);

/* Makes --out unless it is there. 0 or an exit code, having said why. */
int cli_make_out(const struct cli *cli);

/*
 * The lockstep engine for @program: over --target, or, where none was given,
 * over the model of the profile that the program was written for. 0 or an exit
 * code, having said why. The cli keeps engines open; cli_close() ends them.
 */
int cli_engine(struct cli *cli, const struct program *program, struct lockstep **ls);
void cli_close(struct cli *cli);

/*
 * Opens @spec, with nearest names in the message when there is no such target.
 * NULL, having said why.
 */
struct target *cli_target(const struct cli *cli, const char *spec);
/* The exit code for the last cli_target() that failed: EXIT_INPUT, or EXIT_INFRA where the host lacks something. */
int cli_target_code(void);

/*
 * Runs @emit with the file that the command reports to: stdout, or
 * COMMAND.SUFFIX in --out, which appears whole or, when nothing was written to
 * it, not at all. Returns @emit's exit code, or a worse one.
 */
int cli_report(struct cli *cli, int (*emit)(struct cli *cli, FILE *out, void *arg), void *arg);

/* All of a command without options of its own: cli_parse(), cli_report(), cli_close(). */
int cli_simple(const struct command_args *args, int argc, char **argv,
	       int (*emit)(struct cli *cli, FILE *out, void *arg), void *arg);

/* The machine code of guest op @op as text; false where there is none, or no Capstone. A report_disassembler. */
bool cli_disassemble(const struct op *op, char *text, size_t size);

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

int cmd_run(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_fuzz(int argc, char **argv);
int cmd_explore(int argc, char **argv);
int cmd_minimize(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_gate(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_targets(int argc, char **argv);
int cmd_profiles(int argc, char **argv);
int cmd_defects(int argc, char **argv);
int cmd_corpus(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_bisect(int argc, char **argv);
int cmd_campaign(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_bench_defects(int argc, char **argv);

#endif

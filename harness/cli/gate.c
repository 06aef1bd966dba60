// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock gate: regressions and errata in seconds, for CI. Red means new: a
 * finding that no `expect` line names, or an expected one that no longer shows.
 *
 * Programs run in a child, which runs one after the other while all is well, so
 * that one that takes the target down, or never ends, is a red line and not the
 * end of the gate.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/errata.h"

#define DEFAULT_TIMEOUT 10.0

enum { KEY_TIMEOUT = KEY_COMMAND };

/* What gate and child share: one program at a time. */
struct exchange {
	struct program program;
	struct result result;
	int code;		/* of opening the target */
};

struct gate {
	double timeout;
	struct path_list paths;
	struct report *report;
	struct exchange *exchange;
	char today[12];
	pid_t child;
	int to_child, from_child;
};

static error_t parse_gate(int key, char *arg, struct argp_state *state)
{
	struct gate *gate = state->input;

	if (key == KEY_TIMEOUT && (!parse_duration(arg, &gate->timeout) || !gate->timeout))
		argp_failure(state, EXIT_INPUT, 0, "--timeout wants seconds, or 1m, not `%s`", cli_shown(arg));
	return 0;
}

/* Runs the exchange's program whenever it is told to, until nobody is left to tell. */
static __attribute__((noreturn)) void child_main(struct cli *cli, struct exchange *x, int in, int out)
{
	const struct lockstep_options options = { .profile = cli->profile, .explain = true };
	struct lockstep *ls;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(in, &byte, 1) == 1) {
		x->code = cli_engine(cli, &x->program, &ls);
		if (!x->code)
			lockstep_run(ls, &x->program, &options, &x->result);
		if (write(out, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static int start_child(struct cli *cli, struct gate *gate)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		return cli_infra(cli, "no pipe: %s", strerror(errno));
	fflush(NULL);
	gate->child = fork();
	if (gate->child < 0)
		return cli_infra(cli, "cannot start a process: %s", strerror(errno));
	if (!gate->child) {
		close(to[1]);
		close(from[0]);
		child_main(cli, gate->exchange, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	gate->to_child = to[1];
	gate->from_child = from[0];
	return EXIT_CLEAN;
}

/* Ends the child; its wait status. */
static int end_child(struct gate *gate, int sig)
{
	int status = 0;

	if (!gate->child)
		return 0;
	if (sig)
		kill(gate->child, sig);
	close(gate->to_child);
	close(gate->from_child);
	while (waitpid(gate->child, &status, 0) < 0 && errno == EINTR)
		;
	gate->child = 0;
	return status;
}

/* A program that its process did not survive is a finding like any other. */
static void make_casualty(struct cli *cli, struct gate *gate, bool hung, int status)
{
	const struct program *program = &gate->exchange->program;
	struct result *result = &gate->exchange->result;
	struct finding *f = &result->findings[0];
	const char *spec = cli->target ? cli->target : "the model";
	char death[32];

	memset(result, 0, sizeof(*result));
	result->verdict = VERDICT_FINDING;
	result->profile = cli->profile ? cli->profile : program->machine.profile;
	snprintf(result->target, sizeof(result->target), "%.63s", spec);
	snprintf(result->why, sizeof(result->why), hung ? "it did not end within %g s and was stopped" :
		 "the process that ran it ended", gate->timeout);
	result->nr_findings = 1;
	*f = (struct finding){ .rule = hung ? VR_HANG : VR_CRASH, .rule_id = RULE_RACE, .vcpu = -1 };
	if (hung)
		snprintf(death, sizeof(death), "timeout");
	else if (WIFSIGNALED(status))
		snprintf(death, sizeof(death), "SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		snprintf(death, sizeof(death), "exit-%d", WEXITSTATUS(status));
	snprintf(f->key, sizeof(f->key), "%s/program/%s/type", verdict_rule_names[f->rule], death);
	snprintf(f->message, sizeof(f->message), "%s (%s)", result->why, death);
}

/* The exchange's program in the child. 0, or an exit code where the target cannot be opened. */
static int run_isolated(struct cli *cli, struct gate *gate)
{
	struct pollfd from = { .events = POLLIN };
	int code = EXIT_CLEAN, ready;
	char byte = 0;

	if (!gate->child)
		code = start_child(cli, gate);
	if (code)
		return code;
	from.fd = gate->from_child;
	if (write(gate->to_child, &byte, 1) != 1)
		ready = 1;	/* it is gone: the read below says so */
	else
		do
			ready = poll(&from, 1, gate->timeout * 1000);
		while (ready < 0 && errno == EINTR);
	if (ready > 0 && read(gate->from_child, &byte, 1) == 1)
		return gate->exchange->code;
	make_casualty(cli, gate, !ready, end_child(gate, ready ? 0 : SIGKILL));
	return EXIT_CLEAN;
}

static int gate_one(struct cli *cli, struct gate *gate, const char *path)
{
	struct exchange *x = gate->exchange;
	struct erratum_terms terms;
	char error[256], message[1024], shown[512];
	int code = cli_load(cli, &x->program, path, gate->report);

	if (code)
		return code;
	if (erratum_read(&x->program, &terms, error, sizeof(error))) {
		char raw[900];

		snprintf(raw, sizeof(raw), "%s: %s", escape_text(path, shown, sizeof(shown)), error);
		escape_text(raw, message, sizeof(message));
		report_bad_input(gate->report, path, message);
		return cli_bad_input(cli, "%s", message);
	}
	code = run_isolated(cli, gate);
	if (code)
		return code;
	expect_evaluate(&x->program, &x->result);
	erratum_evaluate(&terms, gate->today, &x->result);
	report_result(gate->report, path, &x->program, &x->result);
	return result_exit_code(&x->result);
}

static int gate_all(struct cli *cli, FILE *out, void *arg)
{
	struct gate *gate = arg;
	int code = EXIT_CLEAN;

	gate->report = report_new(cli->format, cli->command, out, REPORT_GATE);
	if (!gate->report)
		return cli_infra(cli, "out of memory");
	/* One target after the other; none: each program's own. */
	for (unsigned t = 0; t == 0 || t < cli->nr_targets; t++) {
		cli->target = cli->nr_targets ? cli->targets[t] : NULL;
		for (size_t i = 0; i < gate->paths.nr; i++)
			code = exit_worse(code, gate_one(cli, gate, gate->paths.paths[i]));
		end_child(gate, 0);
	}
	report_finish(gate->report, true);
	return code;
}

int cmd_gate(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "timeout", KEY_TIMEOUT, "T", 0, "A program that takes longer hangs (default 10 s)", 1 },
		{ 0 }
	};
	struct gate gate = { .timeout = DEFAULT_TIMEOUT };
	const struct command_args args = {
		.options = options,
		.parse = parse_gate,
		.input = &gate,
		.args_doc = "CORPUS...",
		.doc = "Run regressions and errata and compare each with its `expect` lines.\v"
		       "Fails on a finding that no `expect` line names, and on an expected finding that no longer "
		       "shows: then the erratum is out of date and its lines should go. An erratum (`# why:`) also fails "
		       "past its `# until:` date, on a kernel outside its `# kernels:`, and when its `# key:` no longer "
		       "shows. Prints what failed, with rule and step, and ends with one summary line. With several "
		       "--target every program runs on each. ZAPLOCK_TODAY=2028-01-01 shows what it will say then.\n\n"
		       "Examples:\n"
		       "  zaplock gate corpus/regressions corpus/errata\n"
		       "  zaplock gate --target model:linux-6.1 --target ukvm:6.12 corpus/regressions\n"
		       "  zaplock gate --format junit --out reports corpus\n"
		       "  zaplock gate --target model:canary corpus   (must be red)\n\n"
		       "Exit status: 0 all as expected, 1 not, 2 bad input, 3 a target broke, 4 some skipped.",
		.formats = FORMATS_REPORT,
		.min_args = 1,
		.max_args = UINT32_MAX,
	};
	struct lockstep *ls;
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	erratum_today(gate.today);
	gate.exchange = mmap(NULL, sizeof(*gate.exchange), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	if (gate.exchange == MAP_FAILED)
		return cli_infra(&cli, "out of memory");
	code = paths_collect(&cli, cli.args, cli.nr_args, false, &gate.paths);
	/* A wrong --target is one message, not one a program; and what is open is open in the child. */
	for (unsigned t = 0; t < cli.nr_targets && !code; t++) {
		cli.target = cli.targets[t];
		code = cli_engine(&cli, NULL, &ls);
	}
	if (!code)
		code = cli_report(&cli, gate_all, &gate);
	paths_free(&gate.paths);
	cli_close(&cli);
	return code;
}

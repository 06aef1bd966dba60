// SPDX-License-Identifier: GPL-2.0-only
/* Programs in a child process: pipes say whose turn it is, shared memory holds the rest. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/cli/isolate.h"

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

static int start_child(struct cli *cli, struct isolate *iso)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		return cli_infra(cli, "no pipe: %s", strerror(errno));
	fflush(NULL);
	iso->child = fork();
	if (iso->child < 0)
		return cli_infra(cli, "cannot start a process: %s", strerror(errno));
	if (!iso->child) {
		close(to[1]);
		close(from[0]);
		child_main(cli, iso->exchange, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	iso->to_child = to[1];
	iso->from_child = from[0];
	return EXIT_CLEAN;
}

/* Ends the child; its wait status. */
static int end_child(struct isolate *iso, int sig)
{
	int status = 0;

	if (!iso->child)
		return 0;
	if (sig)
		kill(iso->child, sig);
	close(iso->to_child);
	close(iso->from_child);
	while (waitpid(iso->child, &status, 0) < 0 && errno == EINTR)
		;
	iso->child = 0;
	return status;
}

/* A program that its process did not survive is a finding like any other. */
static void make_casualty(struct cli *cli, struct isolate *iso, bool hung, int status)
{
	const struct program *program = &iso->exchange->program;
	struct result *result = &iso->exchange->result;
	struct finding *f = &result->findings[0];
	const char *spec = cli->target ? cli->target : "the model";
	char death[32];

	memset(result, 0, sizeof(*result));
	result->verdict = VERDICT_FINDING;
	result->profile = cli->profile ? cli->profile : program->machine.profile;
	snprintf(result->target, sizeof(result->target), "%.63s", spec);
	snprintf(result->why, sizeof(result->why), hung ? "it did not end within %g s and was stopped" :
		 "the process that ran it ended", iso->timeout);
	result->nr_findings = 1;
	*f = (struct finding){ .rule = hung ? VR_HANG : VR_CRASH, .rule_id = hung ? RULE_HANG : RULE_CRASH,
				.vcpu = -1 };
	if (hung)
		snprintf(death, sizeof(death), "timeout");
	else if (WIFSIGNALED(status))
		snprintf(death, sizeof(death), "SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		snprintf(death, sizeof(death), "exit-%d", WEXITSTATUS(status));
	snprintf(f->key, sizeof(f->key), "%s/program/%s/type", verdict_rule_names[f->rule], death);
	snprintf(f->message, sizeof(f->message), "%s (%s)", result->why, death);
}

int isolate_run(struct cli *cli, struct isolate *iso)
{
	struct pollfd from = { .events = POLLIN };
	int code = EXIT_CLEAN, ready;
	char byte = 0;

	if (!iso->child)
		code = start_child(cli, iso);
	if (code)
		return code;
	from.fd = iso->from_child;
	if (write(iso->to_child, &byte, 1) != 1)
		ready = 1;	/* it is gone: the read below says so */
	else
		do
			ready = poll(&from, 1, iso->timeout * 1000);
		while (ready < 0 && errno == EINTR);
	if (ready > 0 && read(iso->from_child, &byte, 1) == 1)
		return iso->exchange->code;
	make_casualty(cli, iso, !ready, end_child(iso, ready ? 0 : SIGKILL));
	return EXIT_CLEAN;
}

void isolate_end(struct isolate *iso)
{
	end_child(iso, 0);
}

int isolate_init(struct cli *cli, struct isolate *iso, double timeout)
{
	*iso = (struct isolate){ .timeout = timeout };
	/* A child that is gone is seen when its answer is read. */
	signal(SIGPIPE, SIG_IGN);
	iso->exchange = mmap(NULL, sizeof(*iso->exchange), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	return iso->exchange == MAP_FAILED ? cli_infra(cli, "out of memory") : EXIT_CLEAN;
}

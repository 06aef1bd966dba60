// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that ran a target died: was it the target? Its last program is run
 * again, and minimized, in processes of its own, and becomes a finding `crash`
 * or `hang` (design 9).
 */
#define _GNU_SOURCE	/* sigabbrev_np */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/casualty.h"

#define ISOLATED_SECONDS	5
#define ISOLATED_RUNS		400	/* a fork each: a second or two in all */
#define EXIT_ALIVE		0
#define EXIT_UNABLE		3

/* The same death? Signals by number; sanitizers by their exit code. */
static bool same_death(int a, int b)
{
	if (WIFSIGNALED(a) || WIFSIGNALED(b))
		return WIFSIGNALED(a) && WIFSIGNALED(b) && WTERMSIG(a) == WTERMSIG(b);
	return WEXITSTATUS(a) == WEXITSTATUS(b);
}

static __attribute__((noreturn)) void isolated_main(const struct casualty *c, const struct program *program)
{
	static struct result result;
	struct lockstep_options run = { .profile = c->profile };
	char error[256];
	struct target *target;
	struct lockstep *ls;
	int null = open("/dev/null", O_WRONLY);

	signal(SIGINT, SIG_IGN);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	alarm(ISOLATED_SECONDS);
	target = target_open(c->target, error, sizeof(error));
	ls = target ? lockstep_new(target) : NULL;
	if (!ls)
		_exit(EXIT_UNABLE);
	lockstep_run(ls, program, &run, &result);
	_exit(EXIT_ALIVE);
}

int casualty_try(const struct casualty *c, const struct program *program)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		isolated_main(c, program);
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNABLE)
		return -1;
	return status;
}

bool casualty_dies_alike(const struct program *program, const struct casualty *c)
{
	int status = casualty_try(c, program);

	return status > 0 && same_death(status, c->status);
}

static bool dies_alike(const struct program *program, void *arg)
{
	return casualty_dies_alike(program, arg);
}

/* The op it died at: the shortest prefix that dies, found by halving. */
static void cut_behind_death(struct program *program, const struct casualty *c)
{
	unsigned lives = 0, dies = program->nr_ops;

	while (lives + 1 < dies) {
		program->nr_ops = (lives + dies) / 2;
		if (casualty_dies_alike(program, c))
			dies = program->nr_ops;
		else
			lives = program->nr_ops;
	}
	program->nr_ops = dies;
	program_repair(program);
}

static void name_death(int status, bool hung, char *name, size_t size)
{
	const char *abbrev = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

	if (hung)
		snprintf(name, size, "hang");
	else if (WIFSIGNALED(status))
		snprintf(name, size, "SIG%s", abbrev ? abbrev : "?");
	else
		snprintf(name, size, "exit-%d", WEXITSTATUS(status));
}

static void make_key(const struct program *program, enum verdict_rule rule, const char *death,
		     char key[KEY_MAX])
{
	snprintf(key, KEY_MAX, "%s/%s/%s/%s", verdict_rule_names[rule],
		 program->nr_ops ? op_kind_name(program->ops[program->nr_ops - 1].kind) : "start",
		 death, severity_name(SEVERITY_TYPE));
}

static void make_result(const struct casualty *c, const struct program *program, const char *death,
			struct result *result)
{
	struct finding *f = &result->findings[0];

	*f = (struct finding){
		.rule = c->hung ? VR_HANG : VR_CRASH, .rule_id = c->hung ? RULE_HANG : RULE_CRASH,
		.severity = SEVERITY_TYPE,
		.step = program_steps(program), .vcpu = -1,
	};
	make_key(program, f->rule, death, f->key);
	snprintf(f->message, sizeof(f->message),
		 "the process that ran the target ended here (%s)%s%.200s%s", death, c->log ? "; " : "",
		 c->log ? c->log : "", c->log ? " has what it said" : "");
	snprintf(result->target, sizeof(result->target), "%s", c->target_name);
	result->profile = c->judged_by;
	result->verdict = VERDICT_FINDING;
	result->nr_findings = 1;
}

bool casualty_examine(const struct casualty *c, const uint8_t *input, size_t size)
{
	static struct program program;
	static struct result result;
	const char *note = NULL;
	char death[32];
	bool alone;

	/* By its own word, or while it was starting: not the target's doing. */
	if (!c->hung && WIFEXITED(c->status) && WEXITSTATUS(c->status) == EXIT_UNABLE)
		return false;
	name_death(c->status, c->hung, death, sizeof(death));
	program_decode(&program, input, size);
	program_strip(&program);
	alone = !c->hung && casualty_dies_alike(&program, c);
	if (alone)
		cut_behind_death(&program, c);
	else if (!c->hung && WIFEXITED(c->status))
		return false;
	else
		note = c->hung ? "not minimized: each try takes as long as the hang"
			       : "as found: it did not die again when run alone, earlier programs may matter";
	make_result(c, &program, death, &result);
	/* First as it is, since minimizing takes a second. */
	if (!c->store(&program, &result, note ? note : "as found, not minimized", !alone, c->arg) ||
	    !alone)
		return true;
	program_minimize(&program, dies_alike, (void *)c, ISOLATED_RUNS);
	result.findings[0].step = program_steps(&program);
	c->store(&program, &result, NULL, true, c->arg);
	return true;
}

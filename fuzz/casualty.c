// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker died: was it the target? Its last program stands in shared memory.
 * It is run again, and minimized, in processes of its own, and stored as a
 * finding `crash` or `hang` (design 9).
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

#include "fuzz/campaign.h"

#define ISOLATED_SECONDS	5
#define ISOLATED_RUNS		400	/* a fork each: a second or two in all */
#define EXIT_ALIVE		0
#define EXIT_UNABLE		3

struct autopsy {
	struct campaign *c;
	int status;		/* how the worker died */
};

/* The same death? Signals by number; sanitizers by their exit code. */
static bool same_death(int a, int b)
{
	if (WIFSIGNALED(a) || WIFSIGNALED(b))
		return WIFSIGNALED(a) && WIFSIGNALED(b) && WTERMSIG(a) == WTERMSIG(b);
	return WEXITSTATUS(a) == WEXITSTATUS(b);
}

static __attribute__((noreturn)) void isolated_main(struct campaign *c, const struct program *program)
{
	static struct result result;
	struct lockstep_options run = { .profile = c->options->profile };
	char error[256];
	struct target *target;
	struct lockstep *ls;
	int null = open("/dev/null", O_WRONLY);

	signal(SIGINT, SIG_IGN);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	alarm(ISOLATED_SECONDS);
	target = target_open(c->options->target, error, sizeof(error));
	ls = target ? lockstep_new(target) : NULL;
	if (!ls)
		_exit(EXIT_UNABLE);
	lockstep_run(ls, program, &run, &result);
	_exit(EXIT_ALIVE);
}

static bool dies_alike(const struct program *program, void *arg)
{
	struct autopsy *a = arg;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		isolated_main(a->c, program);
	if (pid < 0)
		return false;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && (WEXITSTATUS(status) == EXIT_ALIVE ||
				  WEXITSTATUS(status) == EXIT_UNABLE))
		return false;
	return same_death(status, a->status);
}

/* The op it died at: the shortest prefix that dies, found by halving. */
static void cut_behind_death(struct program *program, struct autopsy *a)
{
	unsigned lives = 0, dies = program->nr_ops;

	while (lives + 1 < dies) {
		program->nr_ops = (lives + dies) / 2;
		if (dies_alike(program, a))
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

static void store(struct campaign *c, unsigned nr, const struct program *program,
		  struct key_entry *entry, const char *death, const char *note)
{
	static struct result result;
	struct finding *f = &result.findings[0];
	int err;

	*f = (struct finding){
		.rule = entry->rule, .rule_id = RULE_RACE, .severity = entry->severity,
		.step = program_steps(program), .vcpu = -1,
	};
	snprintf(f->key, sizeof(f->key), "%s", entry->key);
	snprintf(f->message, sizeof(f->message),
		 "the process that ran the target ended here (%s); %s/worker-%u.log has what it said",
		 death, c->out, nr);
	snprintf(result.target, sizeof(result.target), "%s", c->target_name);
	result.profile = c->profile;
	result.verdict = VERDICT_FINDING;
	result.nr_findings = 1;
	err = finding_store(c->out, f->key, program, &result, c->seed, note);
	if (err)
		atomic_store(&c->shared->keys.store_error, -err);
	else
		atomic_store(&entry->stored, 1);
}

bool casualty_report(struct campaign *c, unsigned nr, int status, bool hung)
{
	static struct program program;
	struct fuzz_stats *stats = &c->shared->stats[nr];
	struct autopsy autopsy = { .c = c, .status = status };
	enum verdict_rule rule = hung ? VR_HANG : VR_CRASH;
	struct key_entry *entry;
	const char *note = NULL;
	char death[32], key[KEY_MAX];
	bool alone, added;

	/* By its own word, or while it was starting: not the target's doing. */
	if (!hung && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNABLE)
		return false;
	name_death(status, hung, death, sizeof(death));
	program_decode(&program, stats->input, stats->input_size);
	program_strip(&program);
	alone = !hung && dies_alike(&program, &autopsy);
	if (alone)
		cut_behind_death(&program, &autopsy);
	else if (!hung && WIFEXITED(status))
		return false;
	else
		note = hung ? "not minimized: each try takes as long as the hang"
			    : "as found: it did not die again when run alone, earlier programs may matter";
	make_key(&program, rule, death, key);
	entry = key_table_add(&c->shared->keys, key, KEY_NEW, &added);
	if (!entry)
		return true;
	atomic_fetch_add(&entry->count, 1);
	entry->severity = SEVERITY_TYPE;
	entry->rule = rule;
	if (!added)
		return true;
	/* First as it is, since minimizing takes a second. */
	store(c, nr, &program, entry, death, note ? note : "as found, not minimized");
	if (alone) {
		program_minimize(&program, dies_alike, &autopsy, ISOLATED_RUNS);
		store(c, nr, &program, entry, death, NULL);
	}
	return true;
}

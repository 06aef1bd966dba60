// SPDX-License-Identifier: GPL-2.0-only
/*
 * The supervisor of a campaign: starts workers, watches that they live and
 * move, shows what they do, and ends them. It runs no program itself, so that
 * nothing a target does can take the findings along.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/campaign.h"
#include "fuzz/engine.h"

#define TICK_NS		50000000	/* between two looks at the workers */
#define GRACE_SECONDS	10.0		/* for workers to end after being told to */
#define MAX_INFRA	3u		/* restarts of workers that ended for no known reason */

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int complain(const char *what)
{
	fprintf(stderr, "zaplock fuzz: %s\n", what);
	return 2;
}

static int make_dir(const char *out, const char *below)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s%s", out, below);
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

/* Opens the target once, so that a bad --target is the user's error and no worker's; learns the errata. */
static int probe(struct campaign *c)
{
	const struct fuzz_options *o = c->options;
	struct fuzz_core_options core_options = {
		.target = o->target, .profile = o->profile, .keys = &c->shared->keys,
		.stats = &c->shared->stats[0],
	};
	char error[1024];
	struct fuzz_core *core = fuzz_core_open(&core_options, error, sizeof(error));
	int ret = 0;

	if (!core)
		return complain(error);
	fuzz_core_describe(core, c->target_name, sizeof(c->target_name), &c->profile);
	if (errata_learn(&c->shared->keys, fuzz_core_lockstep(core), o->profile, o->errata, error,
			 sizeof(error)) < 0)
		ret = complain(error);
	fuzz_core_close(core);
	return ret;
}

static int make_out(struct campaign *c)
{
	char error[1024];
	int err = make_dir(c->out, "");

	if (!err)
		err = make_dir(c->out, "/findings");
	if (!err)
		err = make_dir(c->out, "/corpus");
	if (!err)
		err = findings_recall(&c->shared->keys, c->out);
	if (!err)
		return 0;
	snprintf(error, sizeof(error), "cannot use %s: %s", c->out, strerror(-err));
	return complain(error);
}

/* Everything that can be wrong with what the user gave, before anything is written. */
static int prepare(struct campaign *c)
{
	size_t size = sizeof(*c->shared) + c->jobs * sizeof(c->shared->stats[0]);
	const char *const *seeds = c->options->corpus;
	char error[1024];
	int err;

	c->shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->shared == MAP_FAILED) {
		complain("no memory for the statistics that workers share; use fewer --jobs");
		return 3;
	}
	err = probe(c);
	if (err)
		return err;
	if (seeds && seeds_import(NULL, seeds, error, sizeof(error)) < 0)
		return complain(error);
	err = make_out(c);
	if (err)
		return err;
	if (seeds && seeds_import(c->corpus, seeds, error, sizeof(error)) < 0)
		return complain(error);
	return 0;
}

static int start_worker(struct campaign *c, unsigned nr)
{
	const struct fuzz_options *o = c->options;
	struct worker *worker = &c->workers[nr];
	char log[4200];
	const struct worker_job job = {
		.core = {
			.target = o->target, .profile = o->profile, .out = c->out,
			.keys = &c->shared->keys, .stats = &c->shared->stats[nr], .seed = c->seed,
			.counters = o->no_feedback ? NULL : engine_counters,
			.advisories = o->advisories,
		},
		.corpus = c->corpus, .reload = c->jobs > 1, .log = log, .artifacts = c->out,
		.nr = nr, .restarts = worker->restarts, .stop = &c->shared->stop,
		.quota = o->runs ? o->runs / c->jobs + (nr < o->runs % c->jobs) : UINT64_MAX,
	};
	pid_t pid;

	snprintf(log, sizeof(log), "%s/worker-%u.log", c->out, nr);
	pid = worker_fork(&job);
	if (pid < 0)
		return pid;
	worker->pid = pid;
	worker->seen_programs = c->shared->stats[nr].programs;
	worker->seen_at = now_seconds();
	return 0;
}

static bool is_hanging(struct campaign *c, unsigned nr, double now)
{
	return worker_hangs(&c->workers[nr], &c->shared->stats[nr], now, c->options->hang_seconds);
}

static bool store_casualty(const struct program *program, const struct result *result,
			   const char *note, bool last, void *arg)
{
	struct campaign *c = arg;
	const struct finding *f = &result->findings[0];
	bool added;
	struct key_entry *entry = key_table_add(&c->shared->keys, f->key, KEY_NEW, &added);
	int err;

	if (!entry)
		return false;
	/* As found comes first, and counts. */
	if (note) {
		atomic_fetch_add(&entry->count, 1);
		entry->severity = f->severity;
		entry->rule = f->rule;
		if (!added)
			return false;
	}
	err = finding_store(c->out, f->key, program, result, c->seed, note);
	if (err)
		atomic_store(&c->shared->keys.store_error, -err);
	else
		atomic_store(&entry->stored, 1);
	return true;
}

/* Stores what killed worker @nr; false when nothing of the target's was to blame. */
static bool report_casualty(struct campaign *c, unsigned nr, int status, bool hung)
{
	const struct fuzz_stats *stats = &c->shared->stats[nr];
	char log[4200];
	const struct casualty casualty = {
		.target = c->options->target, .profile = c->options->profile,
		.target_name = c->target_name, .judged_by = c->profile, .status = status, .hung = hung,
		.log = log, .store = store_casualty, .arg = c,
	};

	snprintf(log, sizeof(log), "%s/worker-%u.log", c->out, nr);
	return casualty_examine(&casualty, stats->input, stats->input_size);
}

/* Looks at one worker; restarts it after a casualty. False when the campaign cannot go on. */
static bool look_after(struct campaign *c, unsigned nr, double now)
{
	struct worker *worker = &c->workers[nr];
	bool hung = false;
	int status;
	pid_t pid;

	if (worker->done)
		return true;
	pid = waitpid(worker->pid, &status, WNOHANG);
	if (!pid) {
		if (!is_hanging(c, nr, now))
			return true;
		hung = true;
		worker_kill(worker, &status);
	}
	worker->pid = 0;
	if (!hung && WIFEXITED(status) && !WEXITSTATUS(status)) {
		worker->done = true;
		return true;
	}
	if (!report_casualty(c, nr, status, hung) && ++c->infra_restarts > MAX_INFRA) {
		fprintf(stderr, "zaplock fuzz: workers keep ending for no reason of the target's; see %s/worker-%u.log\n",
			c->out, nr);
		return false;
	}
	/* The program that killed it was not counted; it must not run for ever. */
	c->shared->stats[nr].programs++;
	c->shared->stats[nr].busy = 0;
	worker->restarts++;
	return !start_worker(c, nr);
}

static void stop_workers(struct campaign *c)
{
	double deadline = now_seconds() + GRACE_SECONDS;
	unsigned left = c->jobs;
	int status;

	atomic_store(&c->shared->stop, 1);
	while (left) {
		left = 0;
		for (unsigned i = 0; i < c->jobs; i++) {
			struct worker *worker = &c->workers[i];

			if (!worker->pid || worker->done)
				continue;
			if (waitpid(worker->pid, &status, WNOHANG) == worker->pid)
				worker->pid = 0;
			else if (now_seconds() > deadline || is_hanging(c, i, now_seconds()))
				worker_kill(worker, &status);
			else
				left++;
		}
		if (left)
			nanosleep(&(struct timespec){ .tv_nsec = TICK_NS / 10 }, NULL);
	}
}

static bool all_done(const struct campaign *c)
{
	for (unsigned i = 0; i < c->jobs; i++)
		if (!c->workers[i].done)
			return false;
	return true;
}

/* Shows what has been stored since the last look. */
static bool has_enough(struct campaign *c)
{
	const struct fuzz_options *o = c->options;
	char path[4096];

	if (!o->enough || c->shared->keys.nr_new == c->nr_shown)
		return false;
	for (unsigned i = 0; i < KEY_TABLE_SIZE; i++) {
		struct key_entry *entry = &c->shared->keys.entries[i];

		if (!entry->stored || entry->shown || entry->origin != KEY_NEW)
			continue;
		entry->shown = true;
		c->nr_shown++;
		finding_path(c->out, entry->key, path, sizeof(path));
		if (o->enough(entry->key, path, o->enough_arg))
			return true;
	}
	return false;
}

static bool supervise(struct campaign *c)
{
	bool healthy = true;
	sigset_t child, old;

	/* Wait for a tick or for a worker's end, whichever comes first. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &old);

	for (unsigned i = 0; i < c->jobs && healthy; i++)
		healthy = !start_worker(c, i);
	while (healthy && !interrupted && !all_done(c) && !has_enough(c)) {
		double now = now_seconds();

		if (c->options->seconds > 0 && now - c->started >= c->options->seconds)
			break;
		for (unsigned i = 0; i < c->jobs && healthy; i++)
			healthy = look_after(c, i, now);
		status_line(c);
		sigtimedwait(&child, NULL, &(struct timespec){ .tv_nsec = TICK_NS });
	}
	stop_workers(c);
	status_end(c);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return healthy;
}

static int exit_code(const struct campaign *c, const struct fuzz_summary *s, bool healthy)
{
	uint64_t infra = 0;

	for (unsigned i = 0; i < c->jobs; i++)
		infra += c->shared->stats[i].infra;
	if (s->findings_new > s->by_severity[SEVERITY_ADVISORY])
		return 1;
	if (!healthy || infra || c->shared->keys.store_error)
		return 3;
	return s->skipped && s->skipped == s->programs ? 4 : 0;
}

int zaplock_fuzz(const struct fuzz_options *options)
{
	struct sigaction action = { .sa_handler = on_signal }, old_int, old_term, old_hup;
	struct fuzz_summary summary = { 0 };
	struct campaign *c = calloc(1, sizeof(*c));
	bool healthy;
	int ret;

	if (!c)
		return 3;
	c->options = options;
	c->out = options->out ? options->out : "zaplock-out";
	c->jobs = options->jobs ? options->jobs : 1;
	if (c->jobs > MAX_JOBS)
		c->jobs = MAX_JOBS;
	c->seed = options->seed ? options->seed : (uint64_t)time(NULL) * 1000003 + getpid();
	c->tty = !options->quiet && isatty(STDERR_FILENO);
	snprintf(c->corpus, sizeof(c->corpus), "%s/corpus", c->out);
	ret = prepare(c);
	if (ret)
		goto out;
	interrupted = 0;
	sigaction(SIGINT, &action, &old_int);
	sigaction(SIGTERM, &action, &old_term);
	sigaction(SIGHUP, &action, &old_hup);
	c->started = now_seconds();
	healthy = supervise(c);
	campaign_summarize(c, &summary);
	if (options->json)
		campaign_print_json(c, &summary, stdout);
	else
		campaign_print(c, &summary, stdout);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGTERM, &old_term, NULL);
	sigaction(SIGHUP, &old_hup, NULL);
	ret = exit_code(c, &summary, healthy);
	if (options->summary)
		*options->summary = summary;
out:
	if (c->shared && c->shared != MAP_FAILED)
		munmap(c->shared, sizeof(*c->shared) + c->jobs * sizeof(c->shared->stats[0]));
	free(c);
	return ret;
}

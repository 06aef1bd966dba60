// SPDX-License-Identifier: GPL-2.0-only
/* The instances of a campaign: how many of which engine, and that they live and move. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/campaign.h"
#include "fuzz/engine.h"
#include "fuzz/fleet/internal.h"

#define MAX_FAILURES	8u	/* deaths in a row of an instance that never got going */
#define SETTLED_SECONDS	20.0	/* whoever lived so long had got going */
#define GRACE_SECONDS	15.0	/* AFL++ writes its state when it ends */

static void plan(struct fleet *f, enum engine engine, unsigned lane, unsigned nr)
{
	struct instance *instance;

	if (f->nr_instances == FUZZ_MAX_INSTANCES)
		return;
	instance = &f->instances[f->nr_instances++];
	*instance = (struct instance){ .engine = engine, .lane = lane, .doing = "starting" };
	if (engine == ENGINE_LIBFUZZER) {
		snprintf(instance->name, sizeof(instance->name), "libfuzzer-%u", nr);
		return;
	}
	instance->main = !nr;
	snprintf(instance->name, sizeof(instance->name), nr ? "afl-%u" : "afl-main", nr);
}

/* AFL++ instances of each lane: as asked, or one where the cores suffice for both engines. */
static unsigned afl_of(const struct fleet *f, unsigned lane, unsigned cores)
{
	if (!afl_has_target(f, &f->lanes[lane]))
		return 0;
	if (f->options->afl >= 0)
		return f->options->afl;
	return cores >= 2;
}

/* AFL++ refuses an empty seed directory. */
static void seed_corpus(const struct fleet *f)
{
	char path[PATH_SIZE + 16];

	if (count_files(f->corpus))
		return;
	snprintf(path, sizeof(path), "%s/empty", f->corpus);
	write_atomically(path, "\n", 1);
}

int instances_plan(struct fleet *f)
{
	unsigned cores = f->options->cores ? f->options->cores : sysconf(_SC_NPROCESSORS_ONLN);
	unsigned nr_afl = 0, nr = 0, each;

	for (unsigned lane = 0; lane < f->nr_lanes; lane++)
		nr_afl += afl_of(f, lane, cores);
	each = cores > nr_afl ? (cores - nr_afl) / f->nr_lanes : 0;
	if (f->options->libfuzzer >= 0)
		each = f->options->libfuzzer;
	else if (!each)
		each = 1;
	for (unsigned lane = 0; lane < f->nr_lanes; lane++) {
		/* A lane that AFL++ cannot serve still gets fuzzed. */
		unsigned mine = each || afl_of(f, lane, cores) ? each : 1;

		for (unsigned i = 0; i < mine; i++)
			plan(f, ENGINE_LIBFUZZER, lane, nr++);
	}
	nr = 0;
	for (unsigned lane = 0; lane < f->nr_lanes; lane++)
		for (unsigned i = 0; i < afl_of(f, lane, cores); i++)
			plan(f, ENGINE_AFL, lane, nr++);
	seed_corpus(f);
	if (!nr)
		return 0;
	remove_dir(f->afl_in);
	if (mkdir(f->afl_in, 0755) && errno != EEXIST)
		return fleet_complain(2, "cannot make %s: %s", f->afl_in, strerror(errno));
	exchange_to_afl(f);
	return 0;
}

static pid_t fork_libfuzzer(struct fleet *f, unsigned nr)
{
	const struct instance *instance = &f->instances[nr];
	const struct lane *lane = &f->lanes[instance->lane];
	char log[PATH_SIZE + 64], inbox[PATH_SIZE + 8], artifacts[PATH_SIZE + 8];
	const struct worker_job job = {
		.core = {
			.target = lane->spec, .profile = f->options->profile, .out = inbox,
			.keys = &f->shared->keys[instance->lane], .stats = &f->shared->stats[nr],
			.seed = f->seed, .counters = engine_counters, .leave = true,
		},
		.corpus = f->corpus, .reload = true, .log = log, .artifacts = artifacts,
		.nr = nr, .restarts = instance->worker.restarts, .quota = UINT64_MAX, .stop = &f->shared->stop,
	};

	snprintf(inbox, sizeof(inbox), "%s/inbox", lane->dir);
	snprintf(artifacts, sizeof(artifacts), "%s/logs", f->out);
	snprintf(log, sizeof(log), "%s/logs/%s.log", f->out, instance->name);
	return worker_fork(&job);
}

static void start(struct fleet *f, unsigned nr, double now)
{
	struct instance *instance = &f->instances[nr];
	pid_t pid;

	fflush(NULL);
	if (instance->engine == ENGINE_LIBFUZZER) {
		pid = fork_libfuzzer(f, nr);
	} else {
		pid = fork();
		if (!pid)
			afl_exec(f, nr);
	}
	if (pid < 0) {
		snprintf(instance->doing, sizeof(instance->doing), "cannot start: %s", strerror(errno));
		instance->start_at = now + 5;
		return;
	}
	if (instance->engine == ENGINE_AFL)
		setpgid(pid, pid);
	instance->worker.pid = pid;
	instance->worker.seen_programs = f->shared->stats[nr].programs;
	instance->worker.seen_at = instance->started = now;
	if (!instance->worker.restarts)
		snprintf(instance->doing, sizeof(instance->doing), "fuzzing");
}

/* It is gone: soon again, later and later where it never gets going. */
static void ended(struct fleet *f, unsigned nr, int status, bool hung, double now)
{
	struct instance *instance = &f->instances[nr];
	char how[48];

	instance->worker.pid = 0;
	if (hung)
		snprintf(how, sizeof(how), "a hang");
	else if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	instance->failures = now - instance->started > SETTLED_SECONDS ? 0 : instance->failures + 1;
	/* Whatever AFL++ died of, the harness is a process of its own. */
	if (instance->engine == ENGINE_LIBFUZZER)
		casualty_file(f, nr, status, hung);
	instance->worker.restarts++;
	f->shared->stats[nr].busy = 0;
	if (instance->failures > MAX_FAILURES) {
		instance->given_up = true;
		snprintf(instance->doing, sizeof(instance->doing), "given up after %s; see logs/%s.log", how,
			 instance->name);
		return;
	}
	instance->start_at = now + (instance->failures ? 0.05 * (1 << instance->failures) : 0);
	snprintf(instance->doing, sizeof(instance->doing), "fuzzing; restarted %u times, last after %s",
		 instance->worker.restarts, how);
}

bool instances_look_after(struct fleet *f, double now)
{
	bool alive = false;

	for (unsigned i = 0; i < f->nr_instances; i++) {
		struct instance *instance = &f->instances[i];
		int status = 0;
		bool hung = false;

		if (instance->given_up)
			continue;
		alive = true;
		if (!instance->worker.pid) {
			if (now >= instance->start_at)
				start(f, i, now);
			continue;
		}
		if (instance->engine == ENGINE_LIBFUZZER &&
		    worker_hangs(&instance->worker, &f->shared->stats[i], now, f->options->hang_seconds)) {
			hung = true;
			worker_kill(&instance->worker, &status);
		} else if (waitpid(instance->worker.pid, &status, WNOHANG) != instance->worker.pid) {
			continue;
		}
		ended(f, i, status, hung, now);
	}
	return alive;
}

static void tell(const struct instance *instance, int sig)
{
	/* AFL++'s group: its harness too. */
	kill(instance->engine == ENGINE_AFL ? -instance->worker.pid : instance->worker.pid, sig);
}

void instances_stop(struct fleet *f)
{
	double deadline = now_seconds() + GRACE_SECONDS;
	unsigned left;

	atomic_store(&f->shared->stop, STOP_FUZZING);
	for (unsigned i = 0; i < f->nr_instances; i++)
		if (f->instances[i].worker.pid && f->instances[i].engine == ENGINE_AFL)
			kill(f->instances[i].worker.pid, SIGINT);
	do {
		left = 0;
		for (unsigned i = 0; i < f->nr_instances; i++) {
			struct instance *instance = &f->instances[i];
			int status;

			if (!instance->worker.pid)
				continue;
			if (waitpid(instance->worker.pid, &status, WNOHANG) == instance->worker.pid) {
				instance->worker.pid = 0;
				snprintf(instance->doing, sizeof(instance->doing), "done");
			} else if (now_seconds() > deadline ||
				   (instance->engine == ENGINE_LIBFUZZER &&
				    worker_hangs(&instance->worker, &f->shared->stats[i], now_seconds(),
						 f->options->hang_seconds))) {
				tell(instance, SIGKILL);
				left++;
			} else {
				left++;
			}
		}
		if (left)
			nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	} while (left);
}

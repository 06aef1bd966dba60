// SPDX-License-Identifier: GPL-2.0-only
/*
 * The supervisor of a campaign: sets up, keeps instances and clerk alive until
 * time is up or somebody ends it, and sums up. It runs no program and writes no
 * store while they do.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/campaign.h"
#include "fuzz/fleet/internal.h"

#define TICK_NS		100000000
#define CLERK_RETRY	5.0	/* seconds before a clerk that ended is started again */
#define DRAIN_SECONDS	180.0	/* for the clerk's queue at the end */
#define MEMORY_SECONDS	2.0

static volatile sig_atomic_t interrupts;

static void on_signal(int sig)
{
	interrupts++;
}

static double cpu_seconds(const struct rusage *used)
{
	return used->ru_utime.tv_sec + used->ru_stime.tv_sec +
	       (used->ru_utime.tv_usec + used->ru_stime.tv_usec) / 1e6;
}

/* Is the clerk there? Starts it again if not. True when it has ended well. */
static bool look_after_clerk(struct fleet *f, double now)
{
	struct rusage used;
	int status;
	pid_t pid;

	if (f->clerk.pid) {
		if (wait4(f->clerk.pid, &status, WNOHANG, &used) != f->clerk.pid)
			return false;
		f->own_seconds += cpu_seconds(&used);
		f->clerk.pid = 0;
		f->clerk.seen_at = now;
		if (WIFEXITED(status) && !WEXITSTATUS(status))
			return true;
		f->clerk.restarts++;
	}
	if (f->clerk.restarts && now - f->clerk.seen_at < CLERK_RETRY)
		return false;
	pid = clerk_fork(f);
	if (pid > 0)
		f->clerk.pid = pid;
	else
		f->clerk.seen_at = now;
	return false;
}

static const char *supervise(struct fleet *f)
{
	double memory_at = 0;

	for (;;) {
		double now = now_seconds();

		if (interrupts)
			return "a signal";
		if (f->options->seconds > 0 && now - f->started >= f->options->seconds)
			return "its time";
		look_after_clerk(f, now);
		if (!instances_look_after(f, now))
			return "the end of its instances";
		if (now - memory_at >= MEMORY_SECONDS) {
			memory_watch(f);
			memory_at = now;
		}
		screen_update(f, now);
		nanosleep(&(struct timespec){ .tv_nsec = TICK_NS }, NULL);
	}
}

/* The clerk stores and examines what is left. A second Ctrl-C ends that: it is all stored. */
static void drain(struct fleet *f)
{
	double deadline = now_seconds() + DRAIN_SECONDS;
	int before = interrupts;
	int status;

	atomic_store(&f->shared->stop, STOP_ALL);
	if (f->clerk.restarts > 2 && !f->clerk.pid)
		return;		/* the store is out of order; its reason stands on the board */
	while (!look_after_clerk(f, now_seconds())) {
		if (now_seconds() > deadline || interrupts > before || f->clerk.restarts > 5) {
			if (f->clerk.pid)
				worker_kill(&f->clerk, &status);
			return;
		}
		screen_update(f, now_seconds());
		nanosleep(&(struct timespec){ .tv_nsec = TICK_NS / 5 }, NULL);
	}
}

static int sum_up(struct fleet *f, const char *ended_by, double seconds)
{
	char minimized[160] = "", error[8192];
	struct stored_finding *list = NULL;
	struct store *store;
	size_t nr = 0;
	int ret = 0;

	if (!f->options->keep_corpus && interrupts < 2)
		corpus_minimize(f, minimized, sizeof(minimized));
	store = store_open(f->out, STORE_WRITE, error, sizeof(error));
	if (store)
		list = store_findings(store, &nr);
	if (!store || !list || store_run_end(store, f->run, seconds, ended_by, minimized)) {
		f->board->failed++;
		snprintf(f->board->error, sizeof(f->board->error), "%.500s", store ? store_error(store) : error);
	}
	screen_end(f);
	summary_print(f, list, nr, ended_by, seconds, minimized);
	for (size_t i = 0; i < nr; i++)
		if (lane_by_name(f, list[i].target) && list[i].last_seen >= f->began &&
		    (list[i].state == STATE_NEW || list[i].state == STATE_EXPIRED))
			ret = 1;
	store_free(list);
	store_close(store);
	return ret;
}

static int run(struct fleet *f)
{
	struct sigaction action = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
	const char *ended_by;
	struct rusage used;
	bool broken = false;
	double seconds;
	int ret;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	fprintf(stderr, "zaplock campaign: %u instances on %u targets in %s, seed %llu\n", f->nr_instances,
		f->nr_lanes, f->out, (unsigned long long)f->seed);
	f->started = f->last_screen = now_seconds();
	ended_by = supervise(f);
	seconds = now_seconds() - f->started;
	getrusage(RUSAGE_SELF, &used);
	f->own_seconds += cpu_seconds(&used);
	instances_stop(f);
	drain(f);
	ret = sum_up(f, ended_by, seconds);
	for (unsigned i = 0; i < f->nr_instances; i++)
		broken |= f->instances[i].given_up;
	return ret ? ret : broken || f->board->failed ? 3 : 0;
}

int zaplock_campaign(const struct campaign_options *options)
{
	struct fleet *f = calloc(1, sizeof(*f));
	int ret;

	if (!f)
		return 3;
	f->options = options;
	f->out = options->out ? options->out : CAMPAIGN_OUT;
	f->tty = !options->quiet && isatty(STDERR_FILENO);
	interrupts = 0;
	ret = fleet_prepare(f);
	if (!ret)
		ret = run(f);
	fleet_release(f);
	free(f);
	return ret;
}

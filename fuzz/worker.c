// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker: a forked process that is libFuzzer from here on. It ends by
 * _exit() from inside the callback, since LLVMFuzzerRunDriver never returns
 * control between programs; whatever else ends it is the target's doing.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/campaign.h"
#include "fuzz/engine.h"

#define HANG_SECONDS	20.0	/* a program takes microseconds, under ASan a millisecond */
#define BUSY_SECONDS	300.0	/* a minimization takes a second at most */

static struct fuzz_core *core;
static struct fuzz_stats *stats;
static const _Atomic uint32_t *stop;
static uint64_t quota;		/* programs this worker may run */

static int run_one(const uint8_t *data, size_t size)
{
	if (atomic_load_explicit(stop, memory_order_relaxed) ||
	    atomic_load_explicit(&stats->programs, memory_order_relaxed) >= quota)
		_exit(0);
	/* libFuzzer gives up when its first input, a newline, covers nothing. */
	engine_counters[0] = 1;
	fuzz_core_run(core, data, size);
	return 0;
}

static void redirect_output(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);

	if (fd < 0)
		return;
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static __attribute__((noreturn)) void worker_main(const struct worker_job *job)
{
	/* libFuzzer's seed is an unsigned int, 0 means the clock. */
	uint64_t seed = job->core.seed * 0x9e3779b97f4a7c15ULL + job->nr * 7919 + job->restarts;
	char seed_arg[32], artifact_arg[4200], error[512];
	char *argv[] = {
		"zaplock-fuzz", seed_arg, "-max_len=4096", "-len_control=0", "-detect_leaks=0",
		"-verbosity=0", "-timeout=0", "-rss_limit_mb=0", "-malloc_limit_mb=0",
		"-handle_abrt=0", "-handle_bus=0", "-handle_fpe=0", "-handle_ill=0",
		"-handle_int=0", "-handle_segv=0", "-handle_term=0", "-handle_xfsz=0",
		"-purge_allocator_interval=-1", "-entropic=0",
		"-use_counters=0", "-mutate_depth=1",	/* that a state was reached counts, not how often */
		job->reload ? "-reload=10" : "-reload=0", artifact_arg, (char *)job->corpus, NULL,
	};
	char **args = argv;
	int argc = sizeof(argv) / sizeof(argv[0]) - 1;

	/* Ctrl-C reaches the whole group; the supervisor says when to stop. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	redirect_output(job->log);
	snprintf(artifact_arg, sizeof(artifact_arg), "-artifact_prefix=%s/", job->artifacts);
	snprintf(seed_arg, sizeof(seed_arg), "-seed=%u", (unsigned)(seed >> 32) | 1);
	stats = job->core.stats;
	stop = job->stop;
	quota = job->quota;
	core = fuzz_core_open(&job->core, error, sizeof(error));
	if (!core) {
		fprintf(stderr, "zaplock: %s\n", error);
		_exit(3);
	}
	fuzz_core_gen_options(core, &engine_gen_options);
	if (!job->core.counters)
		engine_mode = ENGINE_GENERATE;
	engine_watch_counters(COVERAGE_SIZE);
	LLVMFuzzerRunDriver(&argc, &args, run_one);
	_exit(3);	/* it only comes back when it could not start */
}

pid_t worker_fork(const struct worker_job *job)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		worker_main(job);
	return pid < 0 ? -errno : pid;
}

void worker_kill(struct worker *worker, int *status)
{
	kill(worker->pid, SIGKILL);
	while (waitpid(worker->pid, status, 0) < 0 && errno == EINTR)
		;
	worker->pid = 0;
}

bool worker_hangs(struct worker *worker, const struct fuzz_stats *stats, double now, double limit)
{
	uint64_t programs = stats->programs;

	if (programs != worker->seen_programs) {
		worker->seen_programs = programs;
		worker->seen_at = now;
		return false;
	}
	if (stats->busy)
		return now - worker->seen_at > BUSY_SECONDS;
	return now - worker->seen_at > (limit > 0 ? limit : HANG_SECONDS);
}

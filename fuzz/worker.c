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
#include <unistd.h>

#include "fuzz/campaign.h"
#include "fuzz/engine.h"

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

/* libFuzzer's chatter and sanitizer reports go to OUT/worker-N.log. */
static void redirect_output(const struct campaign *c, unsigned nr)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/worker-%u.log", c->out, nr);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd < 0)
		return;
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static __attribute__((noreturn)) void worker_main(struct campaign *c, unsigned nr)
{
	const struct fuzz_options *o = c->options;
	struct fuzz_core_options core_options = {
		.target = o->target, .profile = o->profile, .out = c->out,
		.keys = &c->shared->keys, .stats = &c->shared->stats[nr], .seed = c->seed,
		.counters = o->no_feedback ? NULL : engine_counters,
		.advisories = o->advisories,
	};
	/* libFuzzer's seed is an unsigned int, 0 means the clock. */
	uint64_t seed = c->seed * 0x9e3779b97f4a7c15ULL + nr * 7919 + c->workers[nr].restarts;
	char seed_arg[32], artifact_arg[4200], error[512];
	char *argv[] = {
		"zaplock-fuzz", seed_arg, "-max_len=4096", "-len_control=0", "-detect_leaks=0",
		"-verbosity=0", "-timeout=0", "-rss_limit_mb=0", "-malloc_limit_mb=0",
		"-handle_abrt=0", "-handle_bus=0", "-handle_fpe=0", "-handle_ill=0",
		"-handle_int=0", "-handle_segv=0", "-handle_term=0", "-handle_xfsz=0",
		"-purge_allocator_interval=-1", "-entropic=0",
		"-use_counters=0",	/* that a state was reached counts, not how often */
		c->jobs > 1 ? "-reload=10" : "-reload=0", artifact_arg, c->corpus, NULL,
	};
	char **args = argv;
	int argc = sizeof(argv) / sizeof(argv[0]) - 1;

	/* Ctrl-C reaches the whole group; the supervisor says when to stop. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	redirect_output(c, nr);
	snprintf(artifact_arg, sizeof(artifact_arg), "-artifact_prefix=%s/", c->out);
	snprintf(seed_arg, sizeof(seed_arg), "-seed=%u", (unsigned)(seed >> 32) | 1);
	stats = core_options.stats;
	stop = &c->shared->stop;
	quota = o->runs ? o->runs / c->jobs + (nr < o->runs % c->jobs) : UINT64_MAX;
	core = fuzz_core_open(&core_options, error, sizeof(error));
	if (!core) {
		fprintf(stderr, "zaplock: %s\n", error);
		_exit(3);
	}
	fuzz_core_gen_options(core, &engine_gen_options);
	if (o->no_feedback)
		engine_mode = ENGINE_GENERATE;
	engine_watch_counters(COVERAGE_SIZE);
	LLVMFuzzerRunDriver(&argc, &args, run_one);
	_exit(3);	/* it only comes back when it could not start */
}

int worker_start(struct campaign *c, unsigned nr)
{
	struct worker *worker = &c->workers[nr];
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		worker_main(c, nr);
	worker->pid = pid;
	worker->seen_programs = c->shared->stats[nr].programs;
	worker->seen_at = now_seconds();
	return 0;
}

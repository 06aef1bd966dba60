// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hunt runs the loop of `zaplock fuzz`, the same mutator and state coverage
 * under the same libFuzzer, without its files. Findings of the sound target on
 * the same program do not count: a kernel may have bugs of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/engine.h"
#include "fuzz/hunt.h"

#define MINIMIZE_RUNS	20000
#define CLOCK_EVERY	64	/* programs between two looks at the clock */

static struct {
	struct hunt_options options;
	struct lockstep *sound, *defective;
	struct lockstep_options run;
	struct program program;
	struct result found, before;
	struct hunt_result result;
	double start;
	int fd;
} hunt;

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static bool has_key(const struct result *result, const char *key)
{
	for (unsigned i = 0; i < result->nr_findings; i++)
		if (!strcmp(result->findings[i].key, key))
			return true;
	return false;
}

/* The first finding of the defective target on @program that the sound one lacks; NULL if none. */
static const char *telling_key(const struct program *program, const struct lockstep_options *run)
{
	lockstep_run(hunt.defective, program, run, &hunt.found);
	if (!hunt.found.nr_findings)
		return NULL;
	lockstep_run(hunt.sound, program, &(struct lockstep_options){ .advisories = run->advisories },
		     &hunt.before);
	for (unsigned i = 0; i < hunt.found.nr_findings; i++)
		if (!has_key(&hunt.before, hunt.found.findings[i].key))
			return hunt.found.findings[i].key;
	return NULL;
}

/* What the minimizer keeps: that the program shows the defect, by whatever finding. */
static bool still_tells(const struct program *candidate, void *arg)
{
	return telling_key(candidate, &(struct lockstep_options){
					      .advisories = hunt.options.advisories });
}

static __attribute__((noreturn)) void hunt_over(void)
{
	struct hunt_result *r = &hunt.result;

	r->ran = true;
	r->seconds = cpu_seconds() - hunt.start;
	if (r->killed) {
		r->found_ops = hunt.program.nr_ops;
		r->minimize_runs = program_minimize(&hunt.program, still_tells, NULL, MINIMIZE_RUNS);
		r->ops = hunt.program.nr_ops;
		r->size = program_encode(&hunt.program, r->program, sizeof(r->program));
		if (r->size > sizeof(r->program))
			r->size = 0;
	}
	_exit(write(hunt.fd, r, sizeof(*r)) == sizeof(*r) ? 0 : 1);
}

static int hunt_one(const uint8_t *data, size_t size)
{
	const char *key;

	engine_counters[0] = 1;		/* or libFuzzer gives up on its first input */
	program_decode(&hunt.program, data, size);
	hunt.result.programs++;
	key = telling_key(&hunt.program, &hunt.run);
	if (key) {
		snprintf(hunt.result.key, sizeof(hunt.result.key), "%s", key);
		hunt.result.killed = true;
		hunt_over();
	}
	if (hunt.result.programs >= hunt.options.cap ||
	    (hunt.options.seconds > 0 && hunt.result.programs % CLOCK_EVERY == 0 &&
	     cpu_seconds() - hunt.start >= hunt.options.seconds))
		hunt_over();
	return 0;
}

static struct lockstep *open_target(const char *spec)
{
	char error[512];
	struct target *target = target_open(spec, error, sizeof(error));

	if (!target)
		fprintf(stderr, "zaplock bench: %s\n", error);
	return target ? lockstep_new(target) : NULL;
}

static __attribute__((noreturn)) void hunt_child(const struct hunt_options *options, int fd)
{
	char seed[32];
	char *argv[] = {
		"hunt", seed, "-max_len=4096", "-len_control=0", "-detect_leaks=0", "-verbosity=0",
		"-timeout=0", "-rss_limit_mb=0", "-malloc_limit_mb=0", "-entropic=0",
		"-use_counters=0", "-mutate_depth=1", "-handle_abrt=0", "-handle_segv=0", NULL,
	};
	char **args = argv;
	int argc = sizeof(argv) / sizeof(argv[0]) - 1, null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	hunt.options = *options;
	hunt.fd = fd;
	hunt.sound = open_target(options->sound);
	hunt.defective = open_target(options->defective);
	if (!hunt.sound || !hunt.defective)
		_exit(1);
	null = open("/dev/null", O_WRONLY);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	hunt.run.advisories = options->advisories;
	if (options->guided)
		hunt.run.coverage = (struct coverage){ engine_counters, COVERAGE_SIZE - 1 };
	engine_mode = options->guided ? ENGINE_MUTATE : ENGINE_GENERATE;
	engine_gen_options = (struct gen_options){ 0 };
	engine_watch_counters(COVERAGE_SIZE);
	program_init(&hunt.program);
	/* libFuzzer's seed is 32 bits, 0 the clock. */
	snprintf(seed, sizeof(seed), "-seed=%u",
		 (unsigned)(options->seed * 0x9e3779b97f4a7c15ULL >> 32) | 1);
	hunt.start = cpu_seconds();
	LLVMFuzzerRunDriver(&argc, &args, hunt_one);
	_exit(1);
}

pid_t hunt_start(const struct hunt_options *options, int *fd)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		hunt_child(options, fds[1]);
	}
	close(fds[1]);
	if (pid < 0) {
		pid = -errno;
		close(fds[0]);
	}
	*fd = fds[0];
	return pid;
}

struct hunt_result hunt_end(pid_t pid, int fd)
{
	struct hunt_result result = { 0 };
	size_t size = 0;
	ssize_t n;
	int status;

	while (size < sizeof(result) && (n = read(fd, (char *)&result + size, sizeof(result) - size))) {
		if (n < 0 && errno != EINTR)
			break;
		size += n > 0 ? n : 0;
	}
	if (size < sizeof(result))
		result.ran = false;
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return result;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * AFL++ in a campaign: is it there, in a version that we know, with a harness
 * of this build; and its command line and environment
 * (https://aflplus.plus/docs/env_variables/, fuzzing_in_depth.md).
 */
#define _GNU_SOURCE	/* strcasestr */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fuzz/fleet/internal.h"

#define INSTALL_AFL "apt-get install afl++, then ./dev afl"

static __attribute__((format(printf, 2, 3)))
void missing(struct fleet *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(f->afl_missing, sizeof(f->afl_missing), format, ap);
	va_end(ap);
}

/* The first @name in @dirs (":" between them) that @mode allows; false: none. */
static bool look_for(const char *dirs, const char *name, int mode, char path[PATH_SIZE])
{
	while (dirs && *dirs) {
		size_t length = strcspn(dirs, ":");

		if (length && snprintf(path, PATH_SIZE, "%.*s/%s", (int)length, dirs, name) < (int)PATH_SIZE &&
		    !access(path, mode))
			return true;
		dirs += length + (dirs[length] == ':');
	}
	path[0] = '\0';
	return false;
}

/* The first line that a command prints, stderr included; "" if it does not run. */
static void first_line(const char *program, const char *argument, char *line, size_t size)
{
	char command[2 * PATH_SIZE];
	FILE *pipe;

	line[0] = '\0';
	if (strpbrk(program, "'\\"))
		return;		/* would need quoting that sh and we agree on */
	snprintf(command, sizeof(command), "'%s' %s 2>&1 </dev/null", program, argument);
	pipe = popen(command, "r");
	if (!pipe)
		return;
	while (fgets(line, size, pipe) && line[0] == '\n')
		;
	while (fgetc(pipe) != EOF)
		;
	pclose(pipe);
	line[strcspn(line, "\n")] = '\0';
}

static bool check_version(struct fleet *f)
{
	char help[512];
	const char *at;

	first_line(f->afl_fuzz, "-h", help, sizeof(help));
	at = strcasestr(help, "afl-fuzz++");
	if (at && atoi(at + strlen("afl-fuzz++")) == 4)
		return true;
	missing(f, "%s is no AFL++ 4 (it says \"%.60s\"): install AFL++ 4.x, or put it first in PATH",
		f->afl_fuzz, at ? at : help);
	return false;
}

static bool check_harness(struct fleet *f)
{
	char line[256], *names;

	first_line(f->afl_harness, "--targets", line, sizeof(line));
	names = strchr(line, ' ');
	if (names && strtoul(line, NULL, 10) == sizeof(struct fuzz_shared)) {
		snprintf(f->afl_targets, sizeof(f->afl_targets), "%s ", names);
		return true;
	}
	missing(f, "%s is of another build of zaplock; build it again: ./dev afl", f->afl_harness);
	return false;
}

void afl_find(struct fleet *f)
{
	char self[PATH_SIZE] = "", dirs[4 * PATH_SIZE], *slash;
	const char *env = getenv("ZAPLOCK_AFL_DIR");
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	slash = n > 0 ? strrchr(self, '/') : NULL;
	if (slash)
		*slash = '\0';
	snprintf(dirs, sizeof(dirs), "%s:%s:%s/fuzz:%s/../build-afl:%s/../lib/zaplock", env ? env : "", self,
		 self, self, self);
	look_for(self, "ukvm", R_OK, f->ukvm_dir);
	if (!look_for(getenv("PATH"), "afl-fuzz", X_OK, f->afl_fuzz))
		missing(f, "AFL++ is not installed: " INSTALL_AFL);
	else if (!look_for(dirs, "fuzz_afl", X_OK, f->afl_harness))
		missing(f, "the AFL++ harness is not built: ./dev afl");
	else if (!look_for(dirs, "libzaplock-mutator.so", R_OK, f->afl_mutator))
		missing(f, "libzaplock-mutator.so is neither beside zaplock nor in ZAPLOCK_AFL_DIR: ./dev afl");
	else if (check_version(f))
		check_harness(f);
}

bool afl_has_target(const struct fleet *f, const struct lane *lane)
{
	char word[80];

	snprintf(word, sizeof(word), " %.*s ", (int)strcspn(lane->name, ":"), lane->name);
	return !f->afl_missing[0] && strstr(f->afl_targets, word);
}

static void set(const char *name, const char *format, ...)
{
	char value[PATH_SIZE + 64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(value, sizeof(value), format, ap);
	va_end(ap);
	setenv(name, value, 1);
}

static void set_environment(const struct fleet *f, unsigned nr)
{
	static const char *const on[] = {
		"AFL_NO_UI", "AFL_NO_AFFINITY", "AFL_SKIP_CPUFREQ", "AFL_CUSTOM_MUTATOR_ONLY",
		"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "AFL_NO_STARTUP_CALIBRATION",
		"AFL_AUTORESUME",	/* its directory may hold an earlier run's queue */
		"AFL_SYNC_TIME",	/* minutes */
	};
	const struct lane *lane = &f->lanes[f->instances[nr].lane];

	for (unsigned i = 0; i < sizeof(on) / sizeof(on[0]); i++)
		setenv(on[i], "1", 1);
	setenv("AFL_FORKSRV_INIT_TMOUT", "60000", 1);
	set("AFL_CUSTOM_MUTATOR_LIBRARY", "%s", f->afl_mutator);
	set("ZAPLOCK_SHARED", "%s %u %u", f->shared_path, f->instances[nr].lane, nr);
	set("ZAPLOCK_TARGET", "%s", lane->spec);
	set("ZAPLOCK_OUT", "%s/inbox", lane->dir);
	if (lane->profile != PROFILE_NONE)
		set("ZAPLOCK_PROFILE", "%s", profile_table[lane->profile].name);
	if (f->ukvm_dir[0])
		setenv("ZAPLOCK_UKVM_DIR", f->ukvm_dir, 0);
	unsetenv("ZAPLOCK_STOP");
}

void afl_exec(const struct fleet *f, unsigned nr)
{
	const struct instance *instance = &f->instances[nr];
	char log[PATH_SIZE + 64], out[PATH_SIZE + 8], seed[32];
	const char *argv[] = {
		f->afl_fuzz, instance->main ? "-M" : "-S", instance->name, "-i", f->afl_in, "-o", out,
		"-t", "5000+", "-m", "none", "-s", seed,
		/* -M alone reads what libFuzzer keeps, and the others get it from there. */
		instance->main ? "-F" : "--", instance->main ? f->afl_in : f->afl_harness,
		instance->main ? "--" : NULL, instance->main ? f->afl_harness : NULL, NULL,
	};
	int fd;

	setpgid(0, 0);	/* Ctrl-C is for the supervisor */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	snprintf(out, sizeof(out), "%s/afl", f->out);
	snprintf(log, sizeof(log), "%s/logs/%s.log", f->out, instance->name);
	snprintf(seed, sizeof(seed), "%u", (unsigned)(f->seed * 2654435761u + nr * 7919 + instance->worker.restarts) >> 1);
	set_environment(f, nr);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	fd = open("/dev/null", O_RDONLY);
	dup2(fd, STDIN_FILENO);
	execv(f->afl_fuzz, (char *const *)argv);
	fprintf(stderr, "zaplock: cannot start %s: %s\n", f->afl_fuzz, strerror(errno));
	_exit(3);
}

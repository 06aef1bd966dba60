// SPDX-License-Identifier: GPL-2.0-only
/*
 * The corpus at the end of a campaign: libFuzzer's merge keeps the smallest
 * inputs that reach every state, on each target in turn. It is crash-resistant
 * because it runs the inputs in a process that it starts anew after a crash:
 * this program, which main() sends to zaplock_merge_main().
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/campaign.h"
#include "fuzz/engine.h"
#include "fuzz/fleet/internal.h"

#define MERGE_ENV	"ZAPLOCK_MERGE"		/* "PROFILE TARGET" */
#define MERGE_SECONDS	300.0			/* for a target */

static struct fuzz_core *core;

static int run_one(const uint8_t *data, size_t size)
{
	engine_counters[0] = 1;		/* libFuzzer gives up when its first input covers nothing */
	fuzz_core_run(core, data, size);
	return 0;
}

int zaplock_merge_main(int argc, char **argv)
{
	static struct key_table keys;
	static struct fuzz_stats stats;
	struct fuzz_core_options options = { .keys = &keys, .stats = &stats, .counters = engine_counters };
	const char *job = getenv(MERGE_ENV);
	char error[512];
	char *target;

	if (!job || argc < 2 || argv[1][0] != '-')
		return -1;
	options.profile = strtoul(job, &target, 10);
	options.target = target + 1;
	core = fuzz_core_open(&options, error, sizeof(error));
	if (!core) {
		fprintf(stderr, "zaplock: %s\n", error);
		return 3;
	}
	engine_watch_counters(COVERAGE_SIZE);
	return LLVMFuzzerRunDriver(&argc, &argv, run_one);
}

static __attribute__((noreturn)) void merge_main(const struct fleet *f, const struct lane *lane)
{
	char self[64], job[PATH_SIZE];
	char *argv[] = {
		self, "-merge=1", "-max_len=4096", "-detect_leaks=0", "-rss_limit_mb=0",
		"-malloc_limit_mb=0", "-use_counters=0", "-timeout=60", "-artifact_prefix=logs/",
		"corpus.min", "corpus", NULL,
	};
	int argc = sizeof(argv) / sizeof(argv[0]) - 1;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* libFuzzer hands its own arguments to a shell, unquoted: nothing of the user's may stand in them. */
	snprintf(self, sizeof(self), "/proc/%d/exe", (int)getpid());
	snprintf(job, sizeof(job), "%u %s", f->options->profile, lane->spec);
	setenv(MERGE_ENV, job, 1);
	if (chdir(f->out) || !freopen("logs/merge.log", "a", stderr) ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(3);
	_exit(zaplock_merge_main(argc, argv));
}

/* 0 when it ended well within its time. */
static int merge_one(const struct fleet *f, const struct lane *lane)
{
	double deadline = now_seconds() + MERGE_SECONDS;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		merge_main(f, lane);
	if (pid < 0)
		return -errno;
	setpgid(pid, pid);
	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now_seconds() > deadline) {
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -ETIME;
		}
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return status ? -EIO : 0;
}

void remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* A campaign that was killed between the two renames left its corpus under another name. */
void corpus_recover(struct fleet *f)
{
	char old[PATH_SIZE + 8], new[PATH_SIZE + 8];

	snprintf(old, sizeof(old), "%s.old", f->corpus);
	snprintf(new, sizeof(new), "%s.min", f->corpus);
	if (access(f->corpus, F_OK) && !access(old, F_OK))
		rename(old, f->corpus);
	remove_dir(old);
	remove_dir(new);
}

void corpus_minimize(struct fleet *f, char *said, size_t size)
{
	char old[PATH_SIZE + 8], new[PATH_SIZE + 8];
	unsigned before = count_files(f->corpus), after;
	int err = 0;

	snprintf(old, sizeof(old), "%s.old", f->corpus);
	snprintf(new, sizeof(new), "%s.min", f->corpus);
	if (mkdir(new, 0755))
		err = -errno;
	for (unsigned i = 0; i < f->nr_lanes && !err; i++)
		err = merge_one(f, &f->lanes[i]);
	after = count_files(new);
	if (!err && after && !rename(f->corpus, old) && !rename(new, f->corpus))
		snprintf(said, size, "%u of %u programs kept", after, before);
	else
		snprintf(said, size, "left as it is, %u programs: merging %s", before,
			 err == -ETIME ? "took too long" : "failed; see logs/merge.log");
	corpus_recover(f);
}

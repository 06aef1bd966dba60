// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole campaigns on a target that fails as told: what a crash, a hang, a lie
 * and a broken target come to, and that nothing is lost on the way.
 */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz/findings.h"

static char out[64];
static struct program program;

static int make_out(void **state)
{
	strcpy(out, "/tmp/zaplock-campaign-XXXXXX");
	return mkdtemp(out) ? 0 : -1;
}

static int remove_out(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", out);
	return system(command);
}

static int fuzz(const char *target, struct fuzz_options options, struct fuzz_summary *summary)
{
	options.target = target;
	options.out = out;
	options.seed = 7;
	options.quiet = true;
	options.summary = summary;
	return zaplock_fuzz(&options);
}

/* What is stored for @key, loaded. */
static void load_finding(const char *key)
{
	struct parse_error error;
	char path[4096], stored[KEY_MAX];

	finding_path(out, key, path, sizeof(path));
	if (program_load(&program, path, &error))
		fail_msg("%s: %s", path, error.expected);
	assert_non_null(program_note_value(&program, "key", stored, sizeof(stored)));
	assert_string_equal(stored, key);
}

static void test_fine(void **state)
{
	struct fuzz_summary s;

	assert_int_equal(fuzz("fake:fine", (struct fuzz_options){ .runs = 5000 }, &s), 0);
	assert_int_equal(s.programs, 5000);
	assert_int_equal(s.findings_new, 0);
	assert_int_equal(s.seed, 7);
	assert_true(s.coverage > 100);
	assert_true(s.corpus > 10);
	assert_true(s.rules_hit > 10 && s.rules_hit <= s.rules_total);
}

static void test_jobs_share_the_runs(void **state)
{
	struct fuzz_summary s;

	assert_int_equal(fuzz("fake:fine", (struct fuzz_options){ .runs = 3001, .jobs = 3 }, &s), 0);
	assert_int_equal(s.programs, 3001);
}

static void check_crash(const char *target, const char *key)
{
	struct fuzz_summary s;

	assert_int_equal(fuzz(target, (struct fuzz_options){ .runs = 300 }, &s), 1);
	assert_int_equal(s.findings_new, 1);
	assert_int_equal(s.crashes, 1);
	assert_int_equal(s.programs, 300);
	load_finding(key);
	assert_int_equal(program.nr_ops, 1);
	assert_int_equal(program.ops[0].kind, OP_WBINVD);
	assert_int_equal(program.nr_expects, 1);
	assert_string_equal(program.expects[0].rule, "crash");
}

static void test_crash(void **state)
{
	check_crash("fake:crash", "crash/wbinvd/SIGSEGV/type");
}

static void test_exit(void **state)
{
	check_crash("fake:exit", "crash/wbinvd/exit-77/type");
}

static void test_hang(void **state)
{
	struct fuzz_options options = { .seconds = 3, .hang_seconds = 0.5 };
	struct fuzz_summary s;

	assert_int_equal(fuzz("fake:hang", options, &s), 1);
	assert_true(s.hangs >= 1);
	assert_int_equal(s.crashes, 0);
}

static void test_broken(void **state)
{
	struct fuzz_summary s;

	assert_int_equal(fuzz("fake:broken", (struct fuzz_options){ .runs = 100 }, &s), 3);
	assert_true(s.infra >= 50);	/* the others have no op */
	assert_int_equal(fuzz("fake:nonsense", (struct fuzz_options){ .runs = 100 }, &s), 2);
	assert_int_equal(fuzz("nonsense", (struct fuzz_options){ .runs = 100 }, &s), 2);
}

/* Found, minimized, remembered by the next campaign, and quiet once an erratum explains it. */
static void test_finding_to_erratum(void **state)
{
	char command[512], errata[128];
	const char *paths[] = { errata, NULL };
	struct fuzz_options options = { .runs = 20000 };
	struct fuzz_summary s;
	struct dirent *e;
	char key[KEY_MAX] = "";
	DIR *dir;

	assert_int_equal(fuzz("fake:wrong", options, &s), 1);
	assert_int_equal(s.findings_new, 1);
	assert_int_equal(s.findings_before, 0);
	snprintf(command, sizeof(command), "%s/findings", out);
	dir = opendir(command);
	assert_non_null(dir);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		assert_string_equal(key, "");
		assert_memory_equal(e->d_name, "msr-value", 9);
		snprintf(key, sizeof(key), "%.80s", e->d_name);
	}
	closedir(dir);

	assert_int_equal(fuzz("fake:wrong", options, &s), 1);
	assert_int_equal(s.findings_new, 1);
	assert_int_equal(s.findings_before, 1);

	snprintf(errata, sizeof(errata), "%s/errata", out);
	snprintf(command, sizeof(command),
		 "mkdir %s && sed 's/^machine/# why: as ordered\\n&/' %s/findings/%s >%s/e.zap && rm %s/findings/*",
		 errata, out, key, errata, out);
	assert_int_equal(system(command), 0);
	options.errata = paths;
	assert_int_equal(fuzz("fake:wrong", options, &s), 0);
	assert_int_equal(s.findings_new, 0);
	assert_int_equal(s.findings_known, 1);

	/* A broken erratum is the user's to mend. */
	snprintf(command, sizeof(command), "echo nonsense >%s/f.zap", errata);
	assert_int_equal(system(command), 0);
	assert_int_equal(fuzz("fake:wrong", options, &s), 2);
}

static void test_seeds(void **state)
{
	char command[512], seeds[128];
	const char *paths[] = { seeds, NULL };
	struct fuzz_options options = { .runs = 50, .corpus = paths };
	struct fuzz_summary s;

	snprintf(seeds, sizeof(seeds), "%s/seeds", out);
	snprintf(command, sizeof(command),
		 "mkdir %s && printf 'zaplock 1\\nmachine profile=linux-6.1\\n---\\nvcpu0 rdmsr MTRRcap\\n' >%s/a.zap",
		 seeds, seeds);
	assert_int_equal(system(command), 0);
	/* Few runs: from the seed it is at hand. */
	assert_int_equal(fuzz("fake:wrong", options, &s), 1);
	snprintf(seeds, sizeof(seeds), "%s/none", out);
	assert_int_equal(fuzz("fake:wrong", options, &s), 2);
}

/* Whatever is wrong with the input, nothing is written. */
static void test_bad_input_writes_nothing(void **state)
{
	char command[512], seeds[128];
	const char *paths[] = { seeds, NULL };
	struct fuzz_options options = { .runs = 50, .corpus = paths };
	struct fuzz_summary s;

	snprintf(seeds, sizeof(seeds), "%s/seeds", out);
	snprintf(command, sizeof(command),
		 "mkdir %s && printf 'zaplock 1\\n---\\n' >%s/a.zap && echo nonsense >%s/b.zap",
		 seeds, seeds, seeds);
	assert_int_equal(system(command), 0);
	strcat(out, "/new");
	assert_int_equal(fuzz("fake:fine", options, &s), 2);
	options.corpus = NULL;
	assert_int_equal(fuzz("fake:nonsense", options, &s), 2);
	assert_int_not_equal(access(out, F_OK), 0);
	*strrchr(out, '/') = '\0';
}

/* SIGINT ends a campaign without limits, with the exit code it has earned. */
static void test_interrupt(void **state)
{
	struct timespec wait = { .tv_sec = 1, .tv_nsec = 500000000 };
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		struct fuzz_summary s;

		_exit(fuzz("fake:wrong", (struct fuzz_options){ .jobs = 2 }, &s) == 1 &&
		      s.programs > 0 ? 42 : 1);
	}
	nanosleep(&wait, NULL);
	kill(pid, SIGINT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

int main(void)
{
#define CAMPAIGN(f) cmocka_unit_test_setup_teardown(f, make_out, remove_out)
	const struct CMUnitTest tests[] = {
		CAMPAIGN(test_fine), CAMPAIGN(test_jobs_share_the_runs), CAMPAIGN(test_crash),
		CAMPAIGN(test_exit), CAMPAIGN(test_hang), CAMPAIGN(test_broken),
		CAMPAIGN(test_finding_to_erratum), CAMPAIGN(test_seeds), CAMPAIGN(test_bad_input_writes_nothing),
		CAMPAIGN(test_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

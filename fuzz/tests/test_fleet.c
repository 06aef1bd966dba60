// SPDX-License-Identifier: GPL-2.0-only
/*
 * `zaplock campaign` on targets that fail as told: what they do ends up in the
 * store, examined, whatever is killed on the way.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz/findings.h"
#include "fuzz/fleet/fleet.h"
#include "reports/store.h"

static char out[64];

static int make_out(void **state)
{
	strcpy(out, "/tmp/zaplock-fleet-XXXXXX");
	return mkdtemp(out) ? 0 : -1;
}

static int remove_out(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s %s.txt", out, out);
	return system(command);
}

static struct campaign_options options_for(const char *const *targets, double seconds)
{
	return (struct campaign_options){
		.targets = targets, .out = out, .version = "test", .seconds = seconds, .libfuzzer = 1,
		.afl = 0, .quiet = true, .hang_seconds = 0.5, .keep_corpus = true,
	};
}

/* In a process of its own, as the tool would; its exit code, or -1. What it says goes to OUT.txt. */
static pid_t start(const struct campaign_options *options)
{
	char log[80];
	pid_t pid;

	fflush(NULL);
	snprintf(log, sizeof(log), "%s.txt", out);
	pid = fork();
	if (pid)
		return pid;
	if (!freopen(log, "w", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		_exit(99);
	setvbuf(stdout, NULL, _IOLBF, 0);
	_exit(zaplock_campaign(options));
}

static int finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int campaign(const char *target, double seconds)
{
	const char *const targets[] = { target, NULL };
	const struct campaign_options options = options_for(targets, seconds);

	return finish(start(&options));
}

static bool said(const char *word)
{
	char command[256];

	snprintf(command, sizeof(command), "grep -q -- '%s' %s.txt", word, out);
	return !system(command);
}

static struct stored_finding *load(size_t *nr)
{
	char error[8192];
	struct store *store = store_open(out, STORE_READ, error, sizeof(error));
	struct stored_finding *list;

	if (!store)
		fail_msg("%s", error);
	list = store_findings(store, nr);
	assert_non_null(list);
	store_close(store);
	return list;
}

static const char *stored_path(const char *target_dir, const char *key)
{
	static char path[4096], dir[128];

	snprintf(dir, sizeof(dir), "%s/targets/%s", out, target_dir);
	finding_path(dir, key, path, sizeof(path));
	return path;
}

/* Found, stored, reproduced, minimized, explained; known once there is an erratum, expired with its date. */
static void test_life_of_a_finding(void **state)
{
	const char *const targets[] = { "fake:wrong", "fake:fine", NULL };
	char errata[96], command[8192], path[4096];
	const char *const paths[] = { errata, NULL };
	struct campaign_options options = options_for(targets, 1);
	struct stored_finding *list;
	int64_t first_seen;
	size_t nr;

	options.keep_corpus = false;
	assert_int_equal(finish(start(&options)), 1);
	assert_true(said("^corpus .* of .* programs kept"));
	options.keep_corpus = true;
	list = load(&nr);
	assert_int_equal(nr, 1);
	assert_string_equal(list[0].target, "fake:wrong");
	assert_string_equal(list[0].rule, "msr-value");
	assert_int_equal(list[0].state, STATE_NEW);
	assert_int_equal(list[0].tries, 5);
	assert_int_equal(list[0].shown, 5);
	assert_true(list[0].programs > 1);
	assert_non_null(strstr(list[0].minimal, "vcpu0 rdmsr MTRRcap"));
	assert_true(strlen(list[0].minimal) < strlen(list[0].program));
	assert_non_null(strstr(list[0].detail, "\"rule\":\"msr-value\""));
	assert_true(said("reproduced 5 of 5"));
	assert_true(said("^seed .*001$"));
	first_seen = list[0].first_seen;
	snprintf(path, sizeof(path), "%s", stored_path("fake-wrong", list[0].key));
	assert_int_equal(access(path, R_OK), 0);
	store_free(list);

	snprintf(errata, sizeof(errata), "%s/errata", out);
	snprintf(command, sizeof(command), "mkdir %s; sed '1i # why: as ordered\\n# until: 2999-01-01' %s >%s/e.zap",
		 errata, path, errata);
	assert_int_equal(system(command), 0);
	options.errata = paths;
	assert_int_equal(finish(start(&options)), 0);
	assert_true(said("^seed .*002$"));
	list = load(&nr);
	assert_int_equal(nr, 1);
	assert_int_equal(list[0].state, STATE_KNOWN);
	assert_int_equal(list[0].first_seen, first_seen);
	assert_non_null(strstr(list[0].erratum, "/e.zap"));
	store_free(list);

	snprintf(command, sizeof(command), "sed -i s/2999/1999/ %s/e.zap", errata);
	assert_int_equal(system(command), 0);
	assert_int_equal(finish(start(&options)), 1);
	list = load(&nr);
	assert_int_equal(nr, 1);
	assert_int_equal(list[0].state, STATE_EXPIRED);
	store_free(list);
	assert_true(said("past its date"));
}

static void test_fixed(void **state)
{
	struct stored_finding f = {
		.key = "msr-value/rdmsr/x/type", .target = "fake:fine", .profile = "linux-6.1", .rule = "msr-value",
		.severity = "type", .first_seen = 1000, .last_seen = 1000, .programs = 1,
		.program = "zaplock 1\n---\nvcpu0 rdmsr MTRRcap\n",
	}, *list;
	char error[8192];
	struct store *store = store_open(out, STORE_WRITE, error, sizeof(error));
	int64_t id;
	size_t nr;

	assert_int_equal(store_add(store, &f, &id, NULL), 0);
	assert_int_equal(store_examined(store, id, 5, 5, f.program, NULL, NULL), 0);
	store_close(store);
	assert_int_equal(campaign("fake:fine", 0.5), 0);
	list = load(&nr);
	assert_int_equal(list[0].state, STATE_FIXED);
	store_free(list);
}

static void check_death(const char *target, const char *target_dir, const char *key, unsigned shown)
{
	struct stored_finding *list;
	bool found = false;
	size_t nr;

	assert_int_equal(campaign(target, 2), 1);
	assert_true(said("restarted"));
	list = load(&nr);
	for (size_t i = 0; i < nr; i++) {
		if (strncmp(list[i].key, key, strlen(key)))
			continue;
		found = true;
		assert_true(list[i].shown >= shown);
		assert_true(list[i].minimal[0]);
		assert_int_equal(access(stored_path(target_dir, list[i].key), R_OK), 0);
	}
	store_free(list);
	assert_true(found);
}

static void test_crash(void **state)
{
	check_death("fake:crash", "fake-crash", "crash/wbinvd/SIGSEGV/type", 3);
}

static void test_hang(void **state)
{
	check_death("fake:hang", "fake-hang", "hang/", 0);
}

static void test_one_at_a_time(void **state)
{
	const char *const targets[] = { "fake:fine", NULL };
	const struct campaign_options options = options_for(targets, 0);
	char lock[96], log[96];
	pid_t pid = start(&options);

	snprintf(lock, sizeof(lock), "%s/lock", out);
	snprintf(log, sizeof(log), "%s.txt", out);
	for (unsigned i = 0; i < 500 && (access(lock, F_OK) || !said("instances on")); i++)
		usleep(20000);
	unlink(log);	/* the first goes on writing to what had that name */
	assert_int_equal(campaign("fake:fine", 1), 2);
	assert_true(said("another campaign (process [0-9]*) runs in"));
	/* Ctrl-C ends it with its summary and the exit code that it has earned. */
	kill(pid, SIGINT);
	assert_int_equal(finish(pid), 0);
}

/* The findings that its last line showed. */
static unsigned shown(void)
{
	char command[128];
	unsigned nr = 0;
	FILE *pipe;

	snprintf(command, sizeof(command), "sed -n 's/.*findings \\([0-9]*\\) new.*/\\1/p' %s.txt | tail -n 1", out);
	pipe = popen(command, "r");
	if (fscanf(pipe, "%u", &nr) != 1)
		nr = 0;
	pclose(pipe);
	return nr;
}

/* kill -9 takes the supervisor, and with it all its processes; the next run picks up what they filed. */
static void test_kill(void **state)
{
	const char *const targets[] = { "fake:wrong", NULL };
	const struct campaign_options options = options_for(targets, 0);
	struct stored_finding *list;
	size_t nr;

	for (unsigned round = 0; round < 6; round++) {
		pid_t pid = start(&options);
		unsigned was;

		usleep(300000 + round * 250000);
		kill(pid, SIGKILL);
		assert_int_equal(finish(pid), -1);
		was = shown();
		/* Its children let go of the directory when they follow it. */
		for (unsigned i = 0; i < 500; i++) {
			char command[128];

			snprintf(command, sizeof(command), "flock -n %s/lock true", out);
			if (!system(command))
				break;
			usleep(20000);
		}
		list = load(&nr);
		assert_true(nr >= was);
		store_free(list);
	}
	assert_int_equal(campaign("fake:wrong", 1), 1);
	list = load(&nr);
	assert_int_equal(nr, 1);
	assert_int_equal(list[0].shown, 5);
	store_free(list);
}

/* More memory than allowed is a restart, and no finding. */
static void test_memory(void **state)
{
	const char *const targets[] = { "fake:fine", NULL };
	struct campaign_options options = options_for(targets, 3);
	size_t nr;

	options.memory = 1 << 20;
	assert_int_equal(finish(start(&options)), 0);
	assert_true(said("MiB in use, of 1 allowed: starting libfuzzer-0 anew"));
	store_free(load(&nr));
	assert_int_equal(nr, 0);
}

/* A store that cannot be used is said before anything is started, and stays as it is. */
static void test_bad_store(void **state)
{
	const char *const targets[] = { "fake:fine", NULL };
	struct campaign_options options = options_for(targets, 1);
	char command[256], below[96];

	snprintf(command, sizeof(command), "echo nonsense >%s/" STORE_FILE, out);
	assert_int_equal(system(command), 0);
	assert_int_equal(campaign("fake:fine", 1), 2);
	assert_true(said("not a database"));
	snprintf(command, sizeof(command), "grep -q '^nonsense$' %s/" STORE_FILE, out);
	assert_int_equal(system(command), 0);
	/* A directory that cannot be. */
	snprintf(below, sizeof(below), "%s/lock/x", out);
	options.out = below;
	assert_int_equal(finish(start(&options)), 2);
	assert_true(said("Not a directory"));
}

/* A disk that fills up while it runs: said, exit 3 (or 1 for what was found), and what was stored stays. */
static void test_full(void **state)
{
	const char *const targets[] = { "fake:wrong", NULL };
	const struct campaign_options options = options_for(targets, 1);
	struct stored_finding f = {
		.key = "msr-value/before/x/type", .target = "other", .profile = "linux-6.1", .rule = "msr-value",
		.severity = "type", .first_seen = 1000, .last_seen = 1000, .programs = 1,
	}, *list;
	struct rlimit old, little = { 40 << 10, 40 << 10 };
	char error[8192];
	struct store *store = store_open(out, STORE_WRITE, error, sizeof(error));
	size_t nr;
	pid_t pid;
	int code;

	assert_int_equal(store_add(store, &f, NULL, NULL), 0);
	store_close(store);
	getrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_IGN);
	little.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &little);
	pid = start(&options);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);
	code = finish(pid);
	assert_in_range(code, 1, 3);
	list = load(&nr);
	assert_true(nr >= 1);
	assert_int_equal(list[nr - 1].last_seen, 1000);
	store_free(list);
	/* With room again it all goes on. */
	assert_int_equal(campaign("fake:wrong", 1), 1);
	list = load(&nr);
	assert_int_equal(nr, 2);
	store_free(list);
}

int main(int argc, char **argv)
{
#define FLEET(f) cmocka_unit_test_setup_teardown(f, make_out, remove_out)
	const struct CMUnitTest tests[] = {
		FLEET(test_life_of_a_finding), FLEET(test_fixed), FLEET(test_crash), FLEET(test_hang),
		FLEET(test_one_at_a_time), FLEET(test_kill), FLEET(test_memory), FLEET(test_bad_store), FLEET(test_full),
	};
	int merged = zaplock_merge_main(argc, argv);

	return merged >= 0 ? merged : cmocka_run_group_tests(tests, NULL, NULL);
}

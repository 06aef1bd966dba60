// SPDX-License-Identifier: GPL-2.0-only
/*
 * The findings store: what was shown survives kill -9, a full disk costs the
 * write and nothing else, and no file that is not ours is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "reports/store_internal.h"

#define KILLS 100

static char dir[64], path[128];

static int make_dir(void **state)
{
	strcpy(dir, "/tmp/zaplock-store-XXXXXX");
	snprintf(path, sizeof(path), "%s/%s", mkdtemp(dir), STORE_FILE);
	return 0;
}

static int remove_dir(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static struct store *open_store(enum store_mode mode)
{
	char error[8192];
	struct store *store = store_open(dir, mode, error, sizeof(error));

	if (!store)
		fail_msg("%s", error);
	return store;
}

static struct stored_finding finding(const char *key)
{
	return (struct stored_finding){
		.key = key, .target = "model:linux-6.1", .profile = "linux-6.1", .rule = "missed-zap",
		.severity = "type", .first_seen = 1000, .last_seen = 1000, .programs = 1,
		.program = "zaplock 1\n---\n",
	};
}

static void add(struct store *store, struct stored_finding f)
{
	if (store_add(store, &f, NULL, NULL))
		fail_msg("%s", store_error(store));
}

static void test_round_trip(void **state)
{
	struct store *store = open_store(STORE_WRITE);
	struct stored_finding f = finding("b"), *list;
	int64_t id = -1, again = -1;
	bool added;
	size_t nr;

	assert_int_equal(store_add(store, &f, &id, &added), 0);
	assert_true(added);
	f.last_seen = 2000;
	f.programs = 4;
	f.program = "another";
	f.state = STATE_EXPIRED;
	f.erratum = "corpus/errata/it's.zap";
	assert_int_equal(store_add(store, &f, &again, &added), 0);
	assert_false(added);
	assert_int_equal(id, again);
	/* A clock that was set back: what is known of the past stays. */
	f.first_seen = f.last_seen = 500;
	f.programs = 0;
	add(store, f);
	f = finding("a");
	f.severity = "nonconforming";
	f.programs = 100;
	f.first_seen = 3000;
	add(store, f);
	f = finding("c");
	f.programs = 2;
	add(store, f);
	f.target = "ukvm:6.1";
	add(store, f);
	assert_int_equal(store_examined(store, id, 4, 5, "minimal", "{\"why\":[]}", NULL), 0);
	store_close(store);

	store = open_store(STORE_READ);
	list = store_findings(store, &nr);
	assert_int_equal(nr, 4);
	assert_string_equal(list[0].key, "b");
	assert_int_equal(list[0].first_seen, 1000);
	assert_int_equal(list[0].last_seen, 2000);
	assert_int_equal(list[0].programs, 5);
	assert_string_equal(list[0].program, "zaplock 1\n---\n");
	assert_string_equal(list[0].erratum, "corpus/errata/it's.zap");
	assert_int_equal(list[0].state, STATE_EXPIRED);
	assert_int_equal(list[0].shown, 4);
	assert_int_equal(list[0].tries, 5);
	assert_string_equal(list[0].minimal, "minimal");
	assert_string_equal(list[0].detail, "{\"why\":[]}");
	assert_string_equal(list[0].note, "");
	assert_string_equal(list[1].key, "c");
	assert_string_equal(list[2].target, "ukvm:6.1");
	assert_string_equal(list[3].key, "a");
	assert_int_equal(list[3].last_seen, 3000);	/* not before first_seen */
	store_free(list);
	/* Reading is all that a reader may do. */
	f = finding("d");
	assert_int_equal(store_add(store, &f, NULL, NULL), -EACCES);
	store_close(store);
}

static void test_runs(void **state)
{
	struct store *store = open_store(STORE_WRITE);
	struct stored_run run = { .started = 86400 * 10 + 5, .seed = UINT64_MAX, .targets = "a b", .version = "1" };
	struct stored_sample sample = { .instance = "i", .engine = "e", .target = "a", .doing = "x", .ops = 7 };
	struct rule_set hit = { 0 }, back;
	struct stored_sample *samples;
	struct stored_run *runs;
	unsigned of_day;
	int64_t id;
	size_t nr;

	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(store_run_begin(store, &run, &id, &of_day), 0);
		assert_int_equal(of_day, i);
	}
	run.started += 86400;
	assert_int_equal(store_run_begin(store, &run, &id, &of_day), 0);
	assert_int_equal(of_day, 1);
	sample.run = id;
	for (sample.seconds = 2; sample.seconds >= 0; sample.seconds--)
		assert_int_equal(store_sample(store, &sample), 0);
	rule_set_add(&hit, 3);
	assert_int_equal(store_rules(store, id, "a", &hit), 0);
	assert_int_equal(store_rules(store, id, "a", &hit), 0);
	assert_int_equal(store_run_end(store, id, 2.5, "time", NULL), 0);
	runs = store_runs(store, &nr);
	assert_int_equal(nr, 4);
	assert_true(runs[3].seed == UINT64_MAX && runs[3].seconds == 2.5);
	assert_string_equal(runs[3].ended_by, "time");
	assert_string_equal(runs[2].ended_by, "");
	store_free(runs);
	samples = store_samples(store, id, &nr);
	assert_int_equal(nr, 3);
	assert_true(samples[0].seconds == 0 && samples[2].seconds == 2 && samples[1].ops == 7);
	store_free(samples);
	assert_int_equal(store_rules_hit(store, id, "a", &back), 0);
	assert_memory_equal(&back, &hit, sizeof(hit));
	store_close(store);
}

/* Adds findings for ever and shows each, once it is stored, in @shown. */
static void store_and_show(unsigned round, _Atomic unsigned *shown)
{
	char error[8192], key[KEY_MAX];
	struct store *store = store_open(dir, STORE_WRITE, error, sizeof(error));

	if (!store)
		_exit(1);
	for (unsigned i = 0;; i++) {
		struct stored_finding f = finding(key);

		snprintf(key, sizeof(key), "%u/%u", round, i);
		if (store_add(store, &f, NULL, NULL))
			_exit(1);
		*shown = i + 1;
		if (i % 8 == 7)
			store_examined(store, i, 1, 1, "minimal", NULL, NULL);
	}
}

/* Is each finding there that was shown, by round? */
static void all_there(enum store_mode mode, const unsigned *shown)
{
	struct store *store = open_store(mode);
	unsigned there[KILLS] = { 0 }, round, i;
	struct stored_finding *list;
	size_t nr;

	list = store_findings(store, &nr);
	assert_non_null(list);
	for (size_t at = 0; at < nr; at++) {
		assert_int_equal(sscanf(list[at].key, "%u/%u", &round, &i), 2);
		there[round] += i < shown[round];
	}
	assert_memory_equal(there, shown, sizeof(there));
	store_free(list);
	store_close(store);
}

static void test_kill(void **state)
{
	const char *seed = getenv("ZAPLOCK_SEED");
	unsigned random = seed ? strtoul(seed, NULL, 0) : time(NULL), shown[KILLS] = { 0 }, in_all = 0;
	_Atomic unsigned *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	printf("ZAPLOCK_SEED=%u\n", random);
	store_close(open_store(STORE_WRITE));
	for (unsigned round = 0; round < KILLS; round++) {
		int status;
		pid_t pid;

		*shared = 0;
		pid = fork();
		if (!pid)
			store_and_show(round, shared);
		/* On a loaded machine too, something is stored in every other round. */
		for (unsigned wait = 0; round % 2 && !*shared && wait < 5000; wait++)
			usleep(1000);
		random = random * 1103515245 + 12345;
		/* Once it has stored some, wherever it is then; a slow machine may need a while to get there. */
		for (unsigned i = 0; i < 20000 && *shared < (random >> 16) % 8; i++)
			usleep(500);
		usleep((random >> 20) % 4000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));	/* it did not end by itself */
		in_all += shown[round] = *shared;
		if (round % 10 == 9)
			all_there(round % 20 == 9 ? STORE_READ : STORE_WRITE, shown);
	}
	assert_true(in_all >= KILLS / 2);
	munmap((void *)shared, 4096);
}

/* A file size limit makes writes fail as a full disk does, at an awkward moment. */
static void fill_up(void)
{
	char error[8192], key[KEY_MAX];
	struct store *store = store_open(dir, STORE_WRITE, error, sizeof(error));
	static char big[60000];
	int err = 0;

	memset(big, 'x', sizeof(big) - 1);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 1 << 20, 1 << 20 });
	for (unsigned i = 0; store && i < 100 && !err; i++) {
		struct stored_finding f = finding(key);

		snprintf(key, sizeof(key), "big/%u", i);
		f.program = big;
		err = store_add(store, &f, NULL, NULL);
	}
	if (!err || !strstr(store_error(store), "full") || !strstr(store_error(store), STORE_FILE))
		_exit(1);
	store_close(store);
	_exit(42);
}

static void test_full(void **state)
{
	struct store *store = open_store(STORE_WRITE);
	struct stored_finding *list;
	size_t nr;
	int status;
	pid_t pid;

	add(store, finding("before"));
	store_close(store);
	pid = fork();
	if (!pid)
		fill_up();
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	/* With room again the store goes on where it was. */
	store = open_store(STORE_WRITE);
	add(store, finding("after"));
	list = store_findings(store, &nr);
	assert_non_null(list);
	assert_in_range(nr, 3, 101);
	for (size_t i = 0; i < nr; i++)
		assert_non_null(list[i].program);
	store_free(list);
	store_close(store);
}

static void write_file(const char *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_equal(write(fd, bytes, length), length);
	close(fd);
}

static size_t read_file(char *bytes, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, bytes, size);

	close(fd);
	return n;
}

/* The store is refused in both modes, with @word, and not a byte of it changes. */
static void refused(const char *word)
{
	static char before[1 << 20], after[1 << 20];
	size_t length = read_file(before, sizeof(before));

	for (enum store_mode mode = STORE_READ; mode <= STORE_WRITE; mode++) {
		char error[8192] = "";
		struct store *store = store_open(dir, mode, error, sizeof(error));

		assert_null(store);
		if (!strstr(error, word) || !strstr(error, path))
			fail_msg("\"%s\" says nothing of \"%s\"", error, word);
		assert_int_equal(read_file(after, sizeof(after)), length);
		assert_memory_equal(before, after, length);
	}
}

static void test_not_ours(void **state)
{
	static char bytes[1 << 20];
	struct store *store;
	size_t length;
	char error[8192];
	sqlite3 *db;

	assert_null(store_open(dir, STORE_READ, error, sizeof(error)));
	assert_non_null(strstr(error, "No such file"));
	memset(bytes, 'z', 9000);
	write_file(bytes, 9000);
	refused("not a database");
	unlink(path);
	sqlite3_open(path, &db);
	sqlite3_exec(db, "CREATE TABLE mine (a)", NULL, NULL, NULL);
	sqlite3_close(db);
	refused("no findings store");
	unlink(path);

	store = open_store(STORE_WRITE);
	for (unsigned i = 0; i < 200; i++) {
		char key[KEY_MAX];

		snprintf(key, sizeof(key), "missed-zap/%u", i);
		add(store, finding(key));
	}
	store_close(store);
	length = read_file(bytes, sizeof(bytes));
	assert_in_range(length, 16384, sizeof(bytes) - 1);
	/* Damage: pages lost at the end, and one overwritten. */
	write_file(bytes, length / 2 / 4096 * 4096);
	refused("damaged");
	memset(bytes + 8192, 0xa5, 4096);
	write_file(bytes, length);
	refused("damaged");
	memset(bytes, 'z', 100);
	write_file(bytes, length);
	refused("not a database");
	unlink(path);

	store = open_store(STORE_WRITE);
	assert_int_equal(store_exec(store, "PRAGMA user_version = 99", ""), SQLITE_OK);
	store_close(store);
	refused("version 99");
}

static void test_unwritable(void **state)
{
	char error[8192];
	struct store *store = open_store(STORE_WRITE);
	struct stored_finding *list;
	size_t nr;

	add(store, finding("a"));
	store_close(store);
	chmod(path, 0444);
	chmod(dir, 0555);
	if (access(dir, W_OK)) {
		assert_null(store_open(dir, STORE_WRITE, error, sizeof(error)));
		assert_non_null(strstr(error, "writable"));
	} else {
		print_message("root writes everywhere: the refusal was not tested\n");
	}
	store = open_store(STORE_READ);
	list = store_findings(store, &nr);
	assert_int_equal(nr, 1);
	store_free(list);
	store_close(store);
	chmod(dir, 0755);
	assert_null(store_open("/nonexistent", STORE_WRITE, error, sizeof(error)));
	assert_non_null(strstr(error, "/nonexistent"));
}

int main(void)
{
#define STORE(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		STORE(test_round_trip), STORE(test_runs), STORE(test_kill), STORE(test_full),
		STORE(test_not_ours), STORE(test_unwritable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

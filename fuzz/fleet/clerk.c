// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clerk: the one process that watches what instances file, writes it to the
 * store, and has it examined. A finding's file is removed once the store has
 * it, so that kill -9 finds it in the one or the other.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/campaign.h"
#include "fuzz/fleet/internal.h"

#define TICK_NS		100000000
#define NOTE_SECONDS	5.0	/* between two looks at counts, AFL++'s queues, the corpus */
#define EXAMINE_SECONDS	120.0
#define DRAIN_SECONDS	120.0	/* for the queue, once the instances have ended */
#define MAX_QUEUE	4096u

struct task {
	int64_t id;		/* of a stored finding; 0: a casualty */
	bool again;		/* an earlier run's: does it still show? */
	unsigned lane;
	char path[PATH_SIZE];	/* of a casualty */
};

struct clerk {
	struct fleet *f;
	struct store *store;
	struct task queue[MAX_QUEUE];
	unsigned head, tail;	/* queue[head % MAX_QUEUE] is next */
	pid_t examiner;
	struct task task;	/* what it examines */
	double examining_since, noted_at, sampled_at;
};

static bool refused(struct clerk *c, int err)
{
	if (!err)
		return false;
	snprintf(c->f->board->error, sizeof(c->f->board->error), "%s", store_error(c->store));
	c->f->board->failed++;
	return true;
}

/* A key says which rule and severity it is of: RULE/CHANGE/DIRECTION/SEVERITY. */
struct stored_finding finding_of(const struct lane *lane, const char *key, char rule[24])
{
	const struct erratum *erratum = erratum_of(lane, key);
	const char *severity = strrchr(key, '/');

	snprintf(rule, 24, "%.*s", (int)strcspn(key, "/"), key);
	return (struct stored_finding){
		.key = key, .target = lane->name, .profile = profile_table[lane->profile].name,
		.kernel = lane->kernel, .rule = rule, .severity = severity ? severity + 1 : "type",
		.state = !erratum ? STATE_NEW : erratum->expired ? STATE_EXPIRED : STATE_KNOWN,
		.erratum = erratum ? erratum->path : NULL,
		.first_seen = time(NULL), .last_seen = time(NULL), .programs = 1,
	};
}

static void enqueue(struct clerk *c, struct task task)
{
	if (c->tail - c->head == MAX_QUEUE) {
		c->f->board->dropped++;
		return;
	}
	c->queue[c->tail++ % MAX_QUEUE] = task;
}

/* -- what instances filed ----------------------------------------------- */

static char *slurp(const char *path)
{
	static char text[PROGRAM_MAX_TEXT + 1];
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file)
		fclose(file);
	text[n] = '\0';
	return n ? text : NULL;
}

/* One filed program: into the store, then its file goes. */
static void take_finding(struct clerk *c, unsigned lane_nr, const char *path)
{
	static struct program program;
	const struct lane *lane = &c->f->lanes[lane_nr];
	struct parse_error error;
	struct key_entry *entry;
	char key[KEY_MAX], rule[24];
	char *text = slurp(path);
	bool added;
	int64_t id;

	if (!text || program_parse(&program, text, strlen(text), path, &error) ||
	    !program_note_value(&program, "key", key, sizeof(key))) {
		unlink(path);	/* no worker of ours wrote that */
		return;
	}
	entry = key_table_add(&c->f->shared->keys[lane_nr], key, KEY_NEW, &added);
	if (!entry)
		return;
	if (entry->origin == KEY_NEW) {
		struct stored_finding f = finding_of(lane, key, rule);
		uint64_t count = entry->count;

		f.program = text;
		/* None where an earlier run filed it and was killed. */
		if (count > entry->noted)
			f.programs = count - entry->noted;
		if (refused(c, store_add(c->store, &f, &id, &added)))
			return;
		entry->noted = count;
		entry->filed = entry->stored = 1;
		if (added)
			enqueue(c, (struct task){ .id = id, .lane = lane_nr });
	}
	unlink(path);
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

static void take_inboxes(struct clerk *c)
{
	for (unsigned lane = 0; lane < c->f->nr_lanes; lane++) {
		char dir_path[PATH_SIZE + 32], path[PATH_SIZE + 320];
		struct dirent *e;
		DIR *dir;

		snprintf(dir_path, sizeof(dir_path), "%s/inbox/findings", c->f->lanes[lane].dir);
		dir = opendir(dir_path);
		while (dir && (e = readdir(dir))) {
			if (!ends_in(e->d_name, ".zap"))
				continue;
			snprintf(path, sizeof(path), "%s/%s", dir_path, e->d_name);
			take_finding(c, lane, path);
		}
		if (dir)
			closedir(dir);
	}
}

static bool is_queued(const struct clerk *c, const char *path)
{
	if (c->examiner && !c->task.id && !strcmp(c->task.path, path))
		return true;
	for (unsigned i = c->head; i != c->tail; i++)
		if (!c->queue[i % MAX_QUEUE].id && !strcmp(c->queue[i % MAX_QUEUE].path, path))
			return true;
	return false;
}

static void take_casualties(struct clerk *c)
{
	exchange_casualties(c->f);
	for (unsigned lane = 0; lane < c->f->nr_lanes; lane++) {
		struct task task = { .lane = lane };
		char dir_path[PATH_SIZE + 32];
		struct dirent *e;
		DIR *dir;

		snprintf(dir_path, sizeof(dir_path), "%s/casualties", c->f->lanes[lane].dir);
		dir = opendir(dir_path);
		while (dir && (e = readdir(dir))) {
			if (!strstr(e->d_name, ",status=") || strstr(e->d_name, ".tmp"))
				continue;
			snprintf(task.path, sizeof(task.path), "%.*s/%s", (int)PATH_SIZE / 2, dir_path, e->d_name);
			if (!is_queued(c, task.path))
				enqueue(c, task);
		}
		if (dir)
			closedir(dir);
	}
}

/* -- counts --------------------------------------------------------------- */

/* Programs that showed keys since the last look: last_seen and programs; known ones are added here. */
static void note_counts(struct clerk *c, unsigned lane_nr)
{
	const struct lane *lane = &c->f->lanes[lane_nr];

	for (unsigned i = 0; i < KEY_TABLE_SIZE; i++) {
		struct key_entry *entry = &c->f->shared->keys[lane_nr].entries[i];
		struct stored_finding f;
		char rule[24];
		uint64_t count = entry->count;

		if (count == entry->noted || (entry->origin == KEY_NEW && !entry->stored))
			continue;
		f = finding_of(lane, entry->key, rule);
		f.programs = count - entry->noted;
		if (refused(c, store_add(c->store, &f, NULL, NULL)))
			return;
		entry->noted = count;
	}
}

/* What the screen shows is what the store holds. */
static void count_findings(struct clerk *c)
{
	uint32_t nr_of[NR_FINDING_STATES][NR_SEVERITIES] = { { 0 } };
	struct stored_finding *list;
	size_t nr;

	list = store_findings(c->store, &nr);
	for (size_t i = 0; list && i < nr; i++) {
		unsigned severity = 0;

		/* What is fixed has not been seen in this run. */
		if (!lane_by_name(c->f, list[i].target) ||
		    (list[i].state != STATE_FIXED && list[i].last_seen < c->f->began))
			continue;
		while (severity < NR_SEVERITIES - 1 && strcmp(severity_name(severity), list[i].severity))
			severity++;
		nr_of[list[i].state][severity]++;
	}
	store_free(list);
	for (unsigned state = 0; list && state < NR_FINDING_STATES; state++)
		for (unsigned severity = 0; severity < NR_SEVERITIES; severity++)
			c->f->board->findings[state][severity] = nr_of[state][severity];
}

/* AFL++'s map holds code edges and our state counters; what is left without these is code. */
static void read_code_coverage(struct fleet *f, unsigned nr)
{
	const struct fuzz_stats *stats = &f->shared->stats[nr];
	char path[PATH_SIZE + 64], line[256];
	long edges = 0, states = 0;
	FILE *file;

	if (f->instances[nr].engine != ENGINE_AFL)
		return;
	snprintf(path, sizeof(path), "%s/afl/%s/fuzzer_stats", f->out, f->instances[nr].name);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "edges_found : %ld", &edges);
	if (file)
		fclose(file);
	for (unsigned i = 0; i < COVERAGE_SIZE; i++)
		states += !!stats->coverage[i];
	if (edges > states)
		f->board->code[nr] = edges - states;
}

static void sample(struct clerk *c, double now)
{
	struct fleet *f = c->f;
	int err = store_begin(c->store);

	for (unsigned i = 0; i < f->nr_instances && !err; i++) {
		const struct instance *instance = &f->instances[i];
		const struct fuzz_stats *stats = &f->shared->stats[i];
		const struct stored_sample s = {
			.run = f->run, .seconds = now - f->started, .instance = instance->name,
			.engine = instance->engine == ENGINE_AFL ? "afl" : "libfuzzer",
			.target = f->lanes[instance->lane].name, .programs = stats->programs, .ops = stats->ops,
			.coverage = lane_coverage(f, instance->lane), .code = f->board->code[i],
			.corpus = f->board->corpus, .doing = instance->doing,
		};

		err = store_sample(c->store, &s);
		if (!err)
			err = store_rules(c->store, f->run, s.target, &stats->rules_hit);
	}
	if (!err)
		err = store_commit(c->store);
	refused(c, err);
	c->sampled_at = now;
}

/* -- examining ------------------------------------------------------------ */

static void begin_examination(struct clerk *c)
{
	pid_t pid;

	if (c->examiner || c->head == c->tail)
		return;
	c->task = c->queue[c->head++ % MAX_QUEUE];
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(c->task.id ? !!examine_finding(c->f, c->task.id, c->task.again)
				 : !!examine_casualty(c->f, c->task.lane, c->task.path));
	}
	if (pid < 0)
		return;
	c->examiner = pid;
	c->examining_since = now_seconds();
	c->f->board->examining = 1;
}

/* An examiner that came to no end says nothing about its finding but that. */
static void note_failure(struct clerk *c, int status)
{
	struct stored_finding *row = store_finding(c->store, c->task.id);
	char note[96];

	if (!row)
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		snprintf(note, sizeof(note), "examining it took longer than %.0f s", EXAMINE_SECONDS);
	else if (WIFSIGNALED(status))
		snprintf(note, sizeof(note), "examining it ended by signal %d", WTERMSIG(status));
	else
		snprintf(note, sizeof(note), "examining it failed; see logs/clerk.log");
	refused(c, store_examined(c->store, row->id, row->shown, row->tries ? row->tries : 1, NULL, NULL, note));
	store_free(row);
}

static void end_examination(struct clerk *c)
{
	int status;

	if (!c->examiner)
		return;
	if (now_seconds() - c->examining_since > EXAMINE_SECONDS)
		kill(c->examiner, SIGKILL);
	if (waitpid(c->examiner, &status, WNOHANG) != c->examiner)
		return;
	c->examiner = 0;
	c->f->board->examining = 0;
	c->f->board->examined++;
	if (!c->task.id)
		unlink(c->task.path);
	else if (status && !c->task.again)
		note_failure(c, status);
}

/* What earlier runs left unexamined, and whether what they found still shows. */
static void recall(struct clerk *c)
{
	struct stored_finding *list;
	size_t nr;

	list = store_findings(c->store, &nr);
	for (size_t i = 0; list && i < nr; i++) {
		const struct lane *lane = lane_by_name(c->f, list[i].target);
		bool again = list[i].tries > 0;

		if (!lane || !list[i].program[0] || (again && (c->f->board->recalled || !list[i].shown ||
							      list[i].state == STATE_FIXED)))
			continue;
		/* A crash is no finding of a run in this process. */
		if (again && (!strcmp(list[i].rule, "crash") || !strcmp(list[i].rule, "hang")))
			continue;
		enqueue(c, (struct task){ .id = list[i].id, .again = again });
	}
	store_free(list);
	c->f->board->recalled = 1;
}

/* -- the process ---------------------------------------------------------- */

static void work(struct clerk *c, double now)
{
	take_inboxes(c);
	end_examination(c);
	begin_examination(c);
	c->f->board->waiting = c->tail - c->head;
	if (now - c->noted_at < NOTE_SECONDS)
		return;
	c->noted_at = now;
	take_casualties(c);
	exchange_corpus(c->f);
	for (unsigned lane = 0; lane < c->f->nr_lanes; lane++)
		note_counts(c, lane);
	for (unsigned i = 0; i < c->f->nr_instances; i++)
		read_code_coverage(c->f, i);
	count_findings(c);
	/* Ever more rarely, so that a night has no more samples than a chart can show. */
	if (now - c->sampled_at >= NOTE_SECONDS + (now - c->f->started) / 100)
		sample(c, now);
}

static bool is_drained(const struct clerk *c, double since, double now)
{
	return (c->head == c->tail && !c->examiner) || now - since > DRAIN_SECONDS;
}

static __attribute__((noreturn)) void clerk_main(struct fleet *f)
{
	struct clerk *c = calloc(1, sizeof(*c));
	char error[8192], log[PATH_SIZE + 32];
	double drain_since = 0, now;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (nice(5) < 0)
		errno = 0;
	snprintf(log, sizeof(log), "%s/logs/clerk.log", f->out);
	if (!freopen(log, "a", stderr))
		_exit(3);
	if (!c)
		_exit(3);
	c->f = f;
	c->store = store_open(f->out, STORE_WRITE, error, sizeof(error));
	if (!c->store) {
		snprintf(f->board->error, sizeof(f->board->error), "%.500s", error);
		f->board->failed++;
		_exit(3);
	}
	recall(c);
	for (;;) {
		now = now_seconds();
		if (f->shared->stop == STOP_ALL && !drain_since) {
			/* Nothing more comes: look at everything once more. */
			drain_since = now;
			c->noted_at = 0;
		}
		work(c, now);
		if (drain_since && is_drained(c, drain_since, now))
			break;
		nanosleep(&(struct timespec){ .tv_nsec = TICK_NS }, NULL);
	}
	for (unsigned lane = 0; lane < f->nr_lanes; lane++)
		note_counts(c, lane);
	count_findings(c);
	sample(c, now);
	store_close(c->store);
	_exit(0);
}

pid_t clerk_fork(struct fleet *f)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		clerk_main(f);
	return pid < 0 ? -errno : pid;
}

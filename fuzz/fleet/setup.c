// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before a campaign: its directory, which no other may be using, its targets,
 * errata, seeds and store. Whatever is wrong is said now, before anything is
 * written.
 */
#define _GNU_SOURCE	/* memfd_create */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/fleet/internal.h"
#include "fuzz/seeds.h"

int fleet_complain(int code, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs("zaplock campaign: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	return code;
}

static int make_dir(const char *format, ...)
{
	char path[PATH_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(path, sizeof(path), format, ap);
	va_end(ap);
	if (!mkdir(path, 0755) || errno == EEXIST)
		return 0;
	return fleet_complain(2, "cannot make %s: %s; name another directory with --out", path,
			      strerror(errno));
}

/* Held until the last process of the campaign is gone. */
static int take_lock(struct fleet *f)
{
	char path[PATH_SIZE], holder[16] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/lock", f->out);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return fleet_complain(2, "cannot write %s: %s; name another directory with --out", path,
				      strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (pread(fd, holder, sizeof(holder) - 1, 0) < 0)
			holder[0] = '\0';
		return fleet_complain(2, "another campaign (process %d) runs in %s; name another directory "
				      "with --out, or end it", atoi(holder), f->out);
	}
	snprintf(holder, sizeof(holder), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) || pwrite(fd, holder, strlen(holder), 0) < 0)
		return fleet_complain(3, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

struct learning {
	struct fleet *f;
	struct lane *lane;
	unsigned nr;
	char today[16];
};

static void learn_erratum(const char *path, const struct program *program, const struct result *result,
			  void *arg)
{
	struct learning *learning = arg;
	char until[32] = "";

	errata_add_keys(&learning->f->shared->keys[learning->nr], result);
	program_note_value(program, "until", until, sizeof(until));
	for (unsigned i = 0; i < result->nr_findings; i++) {
		struct erratum *erratum = calloc(1, sizeof(*erratum) + strlen(path) + 1);

		if (!erratum || !result->findings[i].foreseen) {
			free(erratum);
			continue;
		}
		snprintf(erratum->key, sizeof(erratum->key), "%s", result->findings[i].key);
		strcpy(erratum->path, path);
		/* YYYY-MM-DD sorts as text; `zaplock gate` complains of other forms. */
		erratum->expired = until[0] && strcmp(until, learning->today) < 0;
		erratum->next = learning->lane->errata;
		learning->lane->errata = erratum;
		learning->lane->nr_errata++;
	}
}

static void name_kernel(struct lane *lane)
{
	const char *arg = strchr(lane->name, ':');
	struct utsname host;

	if (!strncmp(lane->name, "kvm", 3) && !uname(&host))
		snprintf(lane->kernel, sizeof(lane->kernel), "%s", host.release);
	else
		snprintf(lane->kernel, sizeof(lane->kernel), "%.*s", arg ? (int)strcspn(arg + 1, ",") : 0,
			 arg ? arg + 1 : "");
}

/* Opens the target once, so that what is wrong with it is said once; learns its errata. */
static int probe(struct fleet *f, unsigned nr)
{
	struct lane *lane = &f->lanes[nr];
	struct learning learning = { .f = f, .lane = lane, .nr = nr };
	struct fuzz_core_options options = {
		.target = lane->spec, .profile = f->options->profile, .keys = &f->shared->keys[nr],
		.stats = &f->shared->stats[0],
	};
	time_t now = time(NULL);
	struct fuzz_core *core;
	char error[1024];
	size_t n;
	int ret = 0;

	core = fuzz_core_open(&options, error, sizeof(error));
	if (!core)
		return fleet_complain(2, "%s", error);
	fuzz_core_describe(core, lane->name, sizeof(lane->name), &lane->profile);
	name_kernel(lane);
	n = snprintf(lane->dir, sizeof(lane->dir), "%s/targets/", f->out);
	for (const char *p = lane->name; *p && n + 2 < sizeof(lane->dir); p++, n++)
		lane->dir[n] = strchr("/:", *p) ? '-' : *p;
	strftime(learning.today, sizeof(learning.today), "%Y-%m-%d", gmtime(&now));
	if (f->options->errata &&
	    errata_each(fuzz_core_lockstep(core), f->options->profile, f->options->errata, learn_erratum,
			&learning, error, sizeof(error)) < 0)
		ret = fleet_complain(2, "%s", error);
	fuzz_core_close(core);
	return ret;
}

static int probe_targets(struct fleet *f)
{
	for (unsigned i = 0; f->options->targets[i]; i++) {
		int ret;

		if (i == FUZZ_MAX_LANES)
			return fleet_complain(2, "at most %u targets side by side", FUZZ_MAX_LANES);
		f->lanes[i].spec = f->options->targets[i];
		ret = probe(f, i);
		if (ret)
			return ret;
		for (unsigned j = 0; j < i; j++)
			if (!strcmp(f->lanes[i].name, f->lanes[j].name))
				return fleet_complain(2, "the target %s is given twice", f->lanes[i].name);
		f->nr_lanes++;
	}
	return 0;
}

static int share_memory(struct fleet *f)
{
	int fd = memfd_create("zaplock-campaign", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(*f->shared)))
		return fleet_complain(3, "no memory to share between processes: %s", strerror(errno));
	f->shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	f->board = mmap(NULL, sizeof(*f->board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->shared == MAP_FAILED || f->board == MAP_FAILED)
		return fleet_complain(3, "no memory to share between processes: %s", strerror(errno));
	f->shared->size = sizeof(*f->shared);
	/* Processes that we did not fork open it through ours. */
	snprintf(f->shared_path, sizeof(f->shared_path), "/proc/%d/fd/%d", (int)getpid(), fd);
	return 0;
}

static int make_dirs(struct fleet *f)
{
	int ret = make_dir("%s/targets", f->out);

	for (unsigned i = 0; i < f->nr_lanes && !ret; i++) {
		const char *dir = f->lanes[i].dir;

		(ret = make_dir("%s", dir)) || (ret = make_dir("%s/findings", dir)) ||
		(ret = make_dir("%s/inbox", dir)) || (ret = make_dir("%s/inbox/findings", dir)) ||
		(ret = make_dir("%s/casualties", dir));
	}
	if (!ret)
		ret = make_dir("%s/logs", f->out);
	if (!ret)
		corpus_recover(f);
	return ret ? ret : make_dir("%s", f->corpus);
}

/* What earlier runs found is no news; an erratum may have come since. */
static int recall(struct fleet *f, struct store *store, const struct stored_finding *list, size_t nr)
{
	int err = 0;

	for (size_t i = 0; i < nr && !err; i++) {
		struct lane *lane = lane_by_name(f, list[i].target);
		const struct erratum *erratum = lane ? erratum_of(lane, list[i].key) : NULL;
		struct key_entry *entry;
		bool added;

		if (!lane)
			continue;
		if (erratum && list[i].state != STATE_FIXED)
			err = store_set_state(store, list[i].id, erratum->expired ? STATE_EXPIRED : STATE_KNOWN,
					      erratum->path);
		entry = key_table_add(&f->shared->keys[lane - f->lanes], list[i].key, KEY_BEFORE, &added);
		if (entry)
			entry->stored = 1;
	}
	return err;
}

/* Begins the run in the store. Only the clerk holds it open afterwards: SQLite does not survive fork(). */
static int begin_run(struct fleet *f)
{
	char error[8192], targets[2048] = "";
	struct store *store = store_open(f->out, STORE_WRITE, error, sizeof(error));
	struct stored_run run = { .started = f->began, .targets = targets, .version = f->options->version };
	struct stored_finding *list;
	unsigned of_day = 1;
	char today[16];
	int err = 0;
	size_t nr;

	if (!store)
		return fleet_complain(2, "%s", error);
	for (unsigned i = 0; i < f->nr_lanes; i++)
		snprintf(targets + strlen(targets), sizeof(targets) - strlen(targets), "%s%s", i ? " " : "",
			 f->lanes[i].name);
	err = store_run_begin(store, &run, &f->run, &of_day);
	/* YYYYMMDDnnn, each day and each run within it: nobody fuzzes the same night twice. */
	strftime(today, sizeof(today), "%Y%m%d", gmtime(&(time_t){ f->began }));
	f->seed = f->options->seed ? f->options->seed : strtoull(today, NULL, 10) * 1000 + of_day;
	if (!err)
		err = store_run_seed(store, f->run, f->seed);
	list = err ? NULL : store_findings(store, &nr);
	if (!list || recall(f, store, list, nr))
		err = fleet_complain(3, "%s", store_error(store));
	store_free(list);
	store_close(store);
	return err;
}

/* Everything, children included, runs on the first @cores CPUs that we may use. */
static void bind_cores(unsigned cores)
{
	cpu_set_t may, set;

	if (!cores || sched_getaffinity(0, sizeof(may), &may))
		return;
	CPU_ZERO(&set);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && (unsigned)CPU_COUNT(&set) < cores; cpu++)
		if (CPU_ISSET(cpu, &may))
			CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int fleet_prepare(struct fleet *f)
{
	const char *const *seeds = f->options->corpus;
	char error[1024];
	int ret;

	f->began = time(NULL);
	snprintf(f->corpus, sizeof(f->corpus), "%s/corpus", f->out);
	snprintf(f->afl_in, sizeof(f->afl_in), "%s/afl-in", f->out);
	ret = share_memory(f);
	if (!ret)
		ret = probe_targets(f);
	if (!ret && seeds && seeds_import(NULL, seeds, error, sizeof(error)) < 0)
		ret = fleet_complain(2, "%s", error);
	afl_find(f);
	if (!ret && f->options->afl > 0 && f->afl_missing[0])
		ret = fleet_complain(2, "%s", f->afl_missing);
	if (!ret)
		ret = make_dir("%s", f->out);
	if (!ret)
		ret = take_lock(f);
	if (!ret)
		ret = make_dirs(f);
	if (!ret)
		ret = begin_run(f);
	if (!ret && seeds && seeds_import(f->corpus, seeds, error, sizeof(error)) < 0)
		ret = fleet_complain(2, "%s", error);
	if (ret)
		return ret;
	bind_cores(f->options->cores);
	return instances_plan(f);
}

void fleet_release(struct fleet *f)
{
	for (unsigned i = 0; i < f->nr_lanes; i++)
		while (f->lanes[i].errata) {
			struct erratum *erratum = f->lanes[i].errata;

			f->lanes[i].errata = erratum->next;
			free(erratum);
		}
}

struct lane *lane_by_name(struct fleet *f, const char *name)
{
	for (unsigned i = 0; i < f->nr_lanes; i++)
		if (!strcmp(f->lanes[i].name, name))
			return &f->lanes[i];
	return NULL;
}

const struct erratum *erratum_of(const struct lane *lane, const char *key)
{
	const struct erratum *erratum = lane->errata;

	while (erratum && strcmp(erratum->key, key))
		erratum = erratum->next;
	return erratum;
}

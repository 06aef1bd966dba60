// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core that engines share. Hot path: decode, lockstep_run, look up the
 * keys of findings (few programs have any that are new).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/fuzz_lockstep.h"
#include "fuzz/generator.h"

#define MINIMIZE_RUNS	20000	/* candidates; far more than 128 ops need */
#define SAMPLE_COVERAGE	16	/* programs between two looks at the counters */

struct fuzz_core {
	struct fuzz_core_options options;
	struct target *target;
	struct lockstep *ls;
	struct lockstep_options run;
	struct program program, minimal;
	struct result result, minimal_result;
};

struct lockstep *fuzz_core_lockstep(struct fuzz_core *core)
{
	return core->ls;
}

void fuzz_core_describe(const struct fuzz_core *core, char *name, size_t size,
			enum profile *profile)
{
	snprintf(name, size, "%s", core->target->name);
	*profile = core->run.profile ? core->run.profile : core->target->profile;
}

const struct result *fuzz_core_result(const struct fuzz_core *core)
{
	return &core->result;
}

void fuzz_core_gen_options(const struct fuzz_core *core, struct gen_options *options)
{
	*options = (struct gen_options){
		.profile = core->run.profile ? core->run.profile : core->target->profile,
		.points = core->target->caps & CAP_SCHEDULES ? core->target->ops->points : NULL,
	};
}

struct fuzz_core *fuzz_core_open(const struct fuzz_core_options *options, char *error, size_t size)
{
	struct fuzz_core *core = calloc(1, sizeof(*core));

	if (!core) {
		snprintf(error, size, "no memory for a fuzzing core");
		return NULL;
	}
	core->options = *options;
	core->target = target_open(options->target, error, size);
	if (!core->target)
		goto fail;
	core->ls = lockstep_new(core->target);
	if (!core->ls) {
		snprintf(error, size, "no memory for the lockstep engine");
		goto fail;
	}
	core->run.profile = options->profile;
	core->run.advisories = options->advisories;
	if (options->counters)
		core->run.coverage = (struct coverage){ options->counters, COVERAGE_SIZE - 1 };
	return core;
fail:
	fuzz_core_close(core);
	return NULL;
}

void fuzz_core_close(struct fuzz_core *core)
{
	if (!core)
		return;
	lockstep_free(core->ls);
	if (core->target)
		target_close(core->target);
	free(core);
}

/* A key nobody has seen: on disk as it is, then minimized, explained, and on disk again. */
static void new_finding(struct fuzz_core *core, struct key_entry *entry)
{
	const struct fuzz_core_options *o = &core->options;
	struct lockstep_options explain = core->run;
	const char *note = NULL;
	int err;

	if (!o->out)
		return;
	if (o->leave) {
		err = finding_store(o->out, entry->key, &core->program, &core->result, o->seed,
				    "as found, not minimized");
		atomic_store(&entry->filed, !err);
		if (err)
			atomic_store(&o->keys->store_error, -err);
		return;
	}
	explain.explain = true;
	explain.coverage = (struct coverage){ 0 };
	atomic_store(&o->stats->busy, 1);
	err = finding_store(o->out, entry->key, &core->program, &core->result, o->seed,
			    "as found, not minimized");
	program_copy(&core->minimal, &core->program);
	if (!lockstep_minimize(core->ls, &core->minimal, entry->key, &core->run, MINIMIZE_RUNS))
		note = "as found: it did not show again when run alone";
	lockstep_run(core->ls, &core->minimal, &explain, &core->minimal_result);
	if (!err)
		err = finding_store(o->out, entry->key, &core->minimal, &core->minimal_result,
				    o->seed, note);
	if (err)
		atomic_store(&o->keys->store_error, -err);
	else
		atomic_store(&entry->stored, 1);
	atomic_store(&o->stats->busy, 0);
}

static void see_to_findings(struct fuzz_core *core)
{
	const struct result *result = &core->result;

	for (unsigned i = 0; i < result->nr_findings; i++) {
		const struct finding *f = &result->findings[i];
		struct key_entry *entry;
		bool added;

		if (f->rule >= VR_FIRST_ADVISORY && !core->options.advisories)
			continue;
		entry = key_table_add(core->options.keys, f->key, KEY_NEW, &added);
		if (!entry)
			continue;
		atomic_fetch_add_explicit(&entry->count, 1, memory_order_relaxed);
		/* One that could not be filed is tried again, more and more rarely: a full disk must not stall us. */
		added |= core->options.leave && entry->origin == KEY_NEW && !entry->filed &&
			 !(entry->count & (entry->count - 1));
		if (!added && entry->origin != KEY_BEFORE)
			continue;
		entry->severity = f->severity;
		entry->rule = f->rule;
		if (!added)
			continue;
		new_finding(core, entry);
		if (core->options.stop_at_new) {
			fprintf(stderr, "zaplock: new finding %s\n", entry->key);
			abort();
		}
	}
}

static void bump(_Atomic uint64_t *counter, uint64_t by)
{
	/* Single writer: no locked instruction needed. */
	atomic_store_explicit(counter,
			      atomic_load_explicit(counter, memory_order_relaxed) + by,
			      memory_order_relaxed);
}

static void sample_coverage(struct fuzz_stats *stats, const uint8_t *counters)
{
	for (unsigned i = 0; i < COVERAGE_SIZE; i++)
		stats->coverage[i] |= counters[i];
}

static void count_result(struct fuzz_core *core)
{
	struct fuzz_stats *stats = core->options.stats;
	const struct result *result = &core->result;

	bump(&stats->programs, 1);
	bump(&stats->ops, result->ops_run);
	bump(&stats->accepted, result->ops_accepted);
	for (size_t i = 0; i < sizeof(stats->rules_hit.word) / sizeof(stats->rules_hit.word[0]); i++)
		stats->rules_hit.word[i] |= result->rules_hit.word[i];
	switch (result->verdict) {
	case VERDICT_FINDING:
		bump(&stats->with_findings, 1);
		break;
	case VERDICT_UNDEFINED:
		bump(&stats->undefined, 1);
		break;
	case VERDICT_SKIPPED:
	case VERDICT_INFRA:
		bump(result->verdict == VERDICT_INFRA ? &stats->infra : &stats->skipped, 1);
		memcpy(stats->why, result->why, sizeof(stats->why));
		break;
	default:
		break;
	}
	if (core->options.counters && stats->programs % SAMPLE_COVERAGE == 0)
		sample_coverage(stats, core->options.counters);
}

void fuzz_core_run(struct fuzz_core *core, const uint8_t *data, size_t size)
{
	struct fuzz_stats *stats = core->options.stats;

	if (size > FUZZ_MAX_INPUT)
		return;
	memcpy(stats->input, data, size);
	atomic_store_explicit(&stats->input_size, size, memory_order_release);
	program_decode(&core->program, data, size);
	lockstep_run(core->ls, &core->program, &core->run, &core->result);
	count_result(core);
	if (core->result.nr_findings)
		see_to_findings(core);
}

/* -- engines that own main() -------------------------------------------- */

static const char **split_path(char *list)
{
	const char **paths = calloc(strlen(list) + 2, sizeof(*paths));
	unsigned nr = 0;

	for (char *p = strtok(list, ":"); p && paths; p = strtok(NULL, ":"))
		paths[nr++] = p;
	return paths;
}

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "zaplock: %s\n", what);
	exit(2);
}

static int make_dirs(const char *out)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/findings", out);
	if (mkdir(out, 0755) && errno != EEXIST)
		return -errno;
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

/* The campaign's memory, by "PATH LANE INSTANCE". */
static void join_campaign(const char *where, struct fuzz_core_options *options)
{
	unsigned lane, instance;
	struct fuzz_shared *shared;
	char path[64];
	int fd;

	if (sscanf(where, "%63s %u %u", path, &lane, &instance) != 3 || lane >= FUZZ_MAX_LANES ||
	    instance >= FUZZ_MAX_INSTANCES)
		die("ZAPLOCK_SHARED is for `zaplock campaign` to set");
	fd = open(path, O_RDWR | O_CLOEXEC);
	shared = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED || lseek(fd, 0, SEEK_END) != sizeof(*shared) ||
	    shared->size != sizeof(*shared))
		die("this harness is of another build than the campaign; build both again");
	close(fd);
	options->keys = &shared->keys[lane];
	options->stats = &shared->stats[instance];
	options->leave = true;
	options->stop_at_new = false;
}

struct fuzz_core *fuzz_core_from_env(uint8_t *counters)
{
	static struct fuzz_stats stats;
	/* Shared with what a fork server forks, so that a key stops an engine once. */
	struct key_table *keys = mmap(NULL, sizeof(*keys), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *target = getenv("ZAPLOCK_TARGET"), *profile = getenv("ZAPLOCK_PROFILE");
	const char *errata = getenv("ZAPLOCK_ERRATA"), *out = getenv("ZAPLOCK_OUT");
	const char *campaign = getenv("ZAPLOCK_SHARED");
	struct fuzz_core_options options = {
		.target = target ? target : "model:linux-6.1", .out = out ? out : "zaplock-out",
		.keys = keys, .stats = &stats, .counters = counters,
		.stop_at_new = getenv("ZAPLOCK_STOP") != NULL,
	};
	struct fuzz_core *core;
	const char **paths;
	char error[512];

	if (keys == MAP_FAILED)
		die("no memory");
	if (profile) {
		options.profile = profile_by_name(profile);
		if (options.profile == PROFILE_NONE)
			die("ZAPLOCK_PROFILE: no such profile; `zaplock profiles` lists them");
	}
	if (campaign)
		join_campaign(campaign, &options);
	if (make_dirs(options.out) || (!campaign && findings_recall(keys, options.out)))
		die("ZAPLOCK_OUT: cannot make or read the findings directory there");
	core = fuzz_core_open(&options, error, sizeof(error));
	if (!core)
		die(error);
	if (errata && !campaign) {
		paths = split_path(strdup(errata));
		if (!paths || errata_learn(keys, core->ls, options.profile, paths, error,
					   sizeof(error)) < 0)
			die(paths ? error : "no memory");
	}
	return core;
}

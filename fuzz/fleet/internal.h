/* SPDX-License-Identifier: GPL-2.0-only */
/* A running campaign: what supervisor, clerk and examiners share; private to this folder. */
#ifndef ZAPLOCK_FUZZ_FLEET_INTERNAL_H
#define ZAPLOCK_FUZZ_FLEET_INTERNAL_H

#include <signal.h>

#include "fuzz/fleet/fleet.h"
#include "fuzz/worker.h"
#include "reports/store.h"

#define PATH_SIZE 4096u
#define MAX_PENDING 16u		/* casualties of a target that wait to be examined; more are only counted */

/* A key that an erratum explains on a lane's target. */
struct erratum {
	struct erratum *next;
	bool expired;
	char key[KEY_MAX];
	char path[];
};

/* A target of the campaign. */
struct lane {
	const char *spec;		/* as given */
	char name[64];			/* the target's own */
	char kernel[96];
	char dir[PATH_SIZE];		/* OUT/targets/NAME: findings/, inbox/, casualties/ */
	enum profile profile;		/* judged by */
	struct erratum *errata;
	unsigned nr_errata;
};

enum engine { ENGINE_LIBFUZZER, ENGINE_AFL };

struct instance {
	char name[32];			/* "libfuzzer-0", "afl-main" */
	enum engine engine;
	unsigned lane;
	bool main;			/* AFL's -M */
	struct worker worker;
	double started, start_at;	/* start_at: not before, after a failure */
	unsigned failures;		/* deaths in a row, each soon after a start */
	bool given_up;
	char doing[96];
	uint64_t seen_programs;		/* for the rate on the screen ... */
	double rate;			/* ... programs/s */
};

/* What the clerk tells the supervisor; every number is of what is in the store. */
struct board {
	_Atomic uint32_t findings[NR_FINDING_STATES][NR_SEVERITIES];	/* seen in this run, or not examined yet */
	_Atomic uint32_t waiting, examined, dropped, corpus;
	_Atomic uint64_t code[FUZZ_MAX_INSTANCES];	/* AFL's map entries, less the state counters among them */
	_Atomic uint32_t examining;
	_Atomic uint32_t recalled;	/* the queue has been filled from the store */
	_Atomic uint32_t crashes_taken[FUZZ_MAX_INSTANCES][2];	/* of AFL's crashes/ and hangs/ */
	char examining_key[KEY_MAX];
	_Atomic uint32_t failed;	/* writes that the store refused */
	char error[512];		/* of the last of them */
};

struct fleet {
	const struct campaign_options *options;
	const char *out;
	char corpus[PATH_SIZE], afl_in[PATH_SIZE];
	char shared_path[64];		/* of the memory file, for AFL++'s processes */
	struct fuzz_shared *shared;
	struct board *board;
	struct lane lanes[FUZZ_MAX_LANES];
	struct instance instances[FUZZ_MAX_INSTANCES];
	unsigned nr_lanes, nr_instances;
	char afl_fuzz[PATH_SIZE], afl_harness[PATH_SIZE], afl_mutator[PATH_SIZE], ukvm_dir[PATH_SIZE];
	char afl_missing[512];		/* why there is no AFL++; "" if there is */
	char afl_targets[256];		/* names that the harness has, blanks around each */
	uint64_t seed;
	int64_t run;			/* in the store */
	int64_t began;			/* seconds since the epoch */
	double started, last_screen;
	struct worker clerk;
	double own_seconds;		/* CPU time of supervisor, clerk and examiners */
	unsigned screen_lines;
	bool tty;
};

/* setup.c: all that can be wrong with what the user gave; 0 or an exit code, having said why. */
int fleet_prepare(struct fleet *f);
int fleet_complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fleet_release(struct fleet *f);
/* afl.c: looks for AFL++, its harness and the mutator; sets afl_missing. */
void afl_find(struct fleet *f);
bool afl_has_target(const struct fleet *f, const struct lane *lane);

/* instance.c */
int instances_plan(struct fleet *f);	/* 0, or an exit code, having said why */
/* Starts what is not running, restarts what ended. False when nothing is left that could run. */
bool instances_look_after(struct fleet *f, double now);
void instances_stop(struct fleet *f);
/* afl.c: becomes afl-fuzz. */
__attribute__((noreturn)) void afl_exec(const struct fleet *f, unsigned nr);

/* memory.c: keeps all instances within options->memory. */
void memory_watch(struct fleet *f);

/* clerk.c: the process that writes the store; @last: drains what is left, and ends. */
pid_t clerk_fork(struct fleet *f);
#define STOP_FUZZING	1	/* shared->stop: instances end */
#define STOP_ALL	2	/* the clerk examines what is left, and ends */

/* examine.c: both run in a process of their own, and write to the store. */
int examine_finding(struct fleet *f, int64_t id, bool again);
int examine_casualty(struct fleet *f, unsigned lane, const char *path);
struct lane *lane_by_name(struct fleet *f, const char *name);
const struct erratum *erratum_of(const struct lane *lane, const char *key);
/* clerk.c: @key on @lane, seen now, in one program; @rule holds its rule's name. */
struct stored_finding finding_of(const struct lane *lane, const char *key, char rule[24]);

/* exchange.c: what AFL++ keeps goes into the corpus, what kills it to the casualties. */
void exchange_corpus(struct fleet *f);
void exchange_to_afl(struct fleet *f);
void exchange_casualties(struct fleet *f);
/* Files a program that killed an instance, for the clerk. */
void casualty_file(struct fleet *f, unsigned nr, int status, bool hung);
unsigned count_files(const char *dir);

/* merge.c: libFuzzer's merge of the corpus, on each target; what it came to. */
void corpus_recover(struct fleet *f);
/* A directory and the files in it. */
void remove_dir(const char *path);
void corpus_minimize(struct fleet *f, char *said, size_t size);

/* screen.c */
void screen_update(struct fleet *f, double now);
void screen_end(struct fleet *f);
void campaign_rates(struct fleet *f, double now);
unsigned lane_coverage(const struct fleet *f, unsigned lane);
void summary_print(struct fleet *f, const struct stored_finding *list, size_t nr, const char *ended_by,
		   double seconds, const char *minimized);

#endif

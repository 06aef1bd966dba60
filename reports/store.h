/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The findings store: what campaigns found, in one SQLite file (WAL).
 *
 * One process writes, any number read meanwhile. What store_add() has taken
 * survives kill -9 and a power cut, so whoever shows a finding stores it first
 * (design 9). A store that cannot be read, of another version, or on a full
 * disk is an error with a sentence; what was in it stays.
 *
 * Functions return 0 or a negative errno, with a sentence in store_error().
 * Strings that come out of the store belong to the list that holds them.
 */
#ifndef ZAPLOCK_REPORTS_STORE_H
#define ZAPLOCK_REPORTS_STORE_H

#include <stdint.h>

#include "harness/lockstep/lockstep.h"

#define STORE_FILE	"findings.sqlite"	/* in the campaign's directory */
#define STORE_VERSION	1			/* PRAGMA user_version */

struct store;

enum store_mode {
	STORE_READ,	/* must exist; nothing is written, a directory without write access will do */
	STORE_WRITE,	/* made if it is not there */
};

enum finding_state {
	STATE_NEW,	/* no erratum explains it */
	STATE_KNOWN,	/* an erratum does */
	STATE_FIXED,	/* its program no longer shows it on this target */
	STATE_EXPIRED,	/* its erratum is past its `# until:` date */
	NR_FINDING_STATES,
};
extern const char *const finding_state_names[NR_FINDING_STATES];

/* A triage key on a target. Texts may be NULL going in where marked so, never coming out ("" then). */
struct stored_finding {
	int64_t id;
	const char *key;	/* (key, target) is unique */
	const char *target;	/* "ukvm:6.1" */
	const char *profile;	/* judged by */
	const char *kernel;	/* what the target runs: "6.1.148", a commit; or NULL */
	const char *rule;	/* verdict_rule_names[] */
	const char *severity;	/* severity_name() */
	enum finding_state state;
	const char *erratum;	/* path of the program that explains it; or NULL */
	int64_t first_seen, last_seen;	/* seconds since the epoch; last_seen never goes back */
	uint64_t programs;	/* that showed it, all campaigns together */
	const char *program;	/* text, as found; or NULL (known ones are not kept) */
	const char *minimal;	/* text, minimized; NULL until examined */
	unsigned shown, tries;	/* its program showed it in @shown of @tries runs; tries 0: not examined yet */
	const char *detail;	/* JSON, a finding of schema/run-1.json: message, why[], memtypes; or NULL */
	const char *note;	/* what went wrong when it was examined; or NULL */
};

/* One start of a campaign. */
struct stored_run {
	int64_t id;
	int64_t started, ended;	/* seconds since the epoch; ended 0: running, or killed */
	double seconds;		/* fuzzed, by the monotonic clock */
	uint64_t seed;
	const char *targets;	/* names, blanks between them */
	const char *version;	/* of zaplock */
	const char *ended_by;	/* "time", "signal", "infra"; "" while it runs */
	const char *minimized;	/* what became of the corpus at the end; "" if nothing */
};

/* What one instance had done @seconds after its run began; counts are of this run. */
struct stored_sample {
	int64_t run;
	double seconds;
	const char *instance;	/* "libfuzzer-0", "afl-main" */
	const char *engine;	/* "libfuzzer", "afl" */
	const char *target;
	uint64_t programs, ops;
	uint64_t coverage;	/* state-coverage counters touched, of all its target's instances */
	uint64_t code;		/* edges of instrumented code; 0: not instrumented */
	uint64_t corpus;	/* programs in the shared corpus */
	const char *doing;	/* "fuzzing", "restarted after a crash" */
};

/* Opens DIR/findings.sqlite. NULL, with a sentence and what to do in @error. */
struct store *store_open(const char *dir, enum store_mode mode, char *error, size_t size);
void store_close(struct store *store);
const char *store_error(const struct store *store);

/* -- writing ------------------------------------------------------------ */

/*
 * Adds @f, or brings what is there under its (key, target) up to date: last_seen, programs
 * (added), state, erratum, profile and kernel; the first program stays. A fixed finding that is
 * seen again is new. *id and *added (either may be NULL) say which and whether it is new.
 */
int store_add(struct store *store, const struct stored_finding *f, int64_t *id, bool *added);

/* What came of running @id's program again, minimizing and explaining it. Texts may be NULL. */
int store_examined(struct store *store, int64_t id, unsigned shown, unsigned tries,
		   const char *minimal, const char *detail, const char *note);
int store_set_state(struct store *store, int64_t id, enum finding_state state, const char *erratum);

/* A run begins: *id and its ordinal among those that began within the same UTC day, from 1. */
int store_run_begin(struct store *store, const struct stored_run *run, int64_t *id, unsigned *of_day);
int store_run_seed(struct store *store, int64_t run, uint64_t seed);
int store_run_end(struct store *store, int64_t run, double seconds, const char *ended_by,
		  const char *minimized);
int store_sample(struct store *store, const struct stored_sample *sample);
/* The rules that programs of @run exercised on @target so far. */
int store_rules(struct store *store, int64_t run, const char *target, const struct rule_set *hit);

/* Several writes as one: none or all. */
int store_begin(struct store *store);
int store_commit(struct store *store);

/* -- reading ------------------------------------------------------------ */

/* All findings, the most severe and most often seen first. NULL on error; free with store_free(). */
struct stored_finding *store_findings(struct store *store, size_t *nr);
/* That one alone. */
struct stored_finding *store_finding(struct store *store, int64_t id);
struct stored_run *store_runs(struct store *store, size_t *nr);		/* oldest first */
struct stored_sample *store_samples(struct store *store, int64_t run, size_t *nr);	/* by time */
int store_rules_hit(struct store *store, int64_t run, const char *target, struct rule_set *hit);
/* A list and its texts. */
void store_free(void *list);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `zaplock fuzz`: libFuzzer inside the binary, driven by our generator,
 * mutator and state coverage. Worker processes fuzz; the process that called
 * supervises them, so that a crash or a hang of the target loses nothing.
 */
#ifndef ZAPLOCK_FUZZ_FUZZ_H
#define ZAPLOCK_FUZZ_FUZZ_H

#include "harness/lockstep/lockstep.h"

#define FUZZ_MAX_FINDINGS 1000u		/* keys stored in one campaign */

/* How a campaign ended, for callers that report it themselves. */
struct fuzz_summary {
	uint64_t programs, ops, accepted, seed;
	double seconds;
	unsigned rules_hit, rules_total;	/* of those that speak in the profile */
	unsigned coverage;			/* state-coverage counters touched */
	unsigned corpus;			/* inputs kept */
	unsigned findings_new, findings_known;	/* distinct keys without and with an erratum */
	unsigned findings_before;		/* of the former: stored by an earlier campaign */
	unsigned by_severity[NR_SEVERITIES];	/* of those without */
	unsigned crashes, hangs;		/* among these */
	uint64_t undefined, skipped, infra;	/* programs with that verdict */
};

struct fuzz_options {
	const char *target;		/* "model:linux-6.1" */
	enum profile profile;		/* as in struct lockstep_options */
	const char *const *corpus;	/* NULL-terminated seeds, files or directories, text or binary; only read. May be NULL */
	const char *const *errata;	/* NULL-terminated directories or programs whose keys are known; may be NULL */
	const char *out;		/* findings/, corpus/ (kept from run to run) and logs; NULL = "zaplock-out" */
	double seconds;			/* 0 = no limit */
	uint64_t runs;			/* programs; 0 = no limit */
	unsigned jobs;			/* worker processes; 0 = 1 */
	uint64_t seed;			/* 0 = from the clock; printed either way */
	double hang_seconds;		/* a program that takes longer hangs; 0 = 20 */
	bool advisories;		/* store advisories too; they do not change the exit code */
	bool quiet;			/* no status line, only the closing summary */
	bool json;			/* the closing summary as one JSON object */
	bool no_feedback;		/* unguided: generator and mutator without coverage */
	/* Asked of each finding once it is stored at @path; true ends the campaign. May be NULL. */
	bool (*enough)(const char *key, const char *path, void *arg);
	void *enough_arg;
	struct fuzz_summary *summary;	/* filled in at the end if not NULL */
};

/*
 * Runs a campaign. Status on stderr, closing summary on stdout. Ends at
 * @seconds, @runs, SIGINT or SIGTERM. Returns the exit code (design 7): 0 clean or
 * only known keys, 1 findings that no erratum explains, 2 bad input (target, directories),
 * 3 infrastructure, 4 the target could run no program.
 */
int zaplock_fuzz(const struct fuzz_options *options);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `zaplock campaign`: libFuzzer and AFL++ instances on several targets, one
 * corpus, one findings store. A supervisor keeps the instances alive and shows
 * what they do; a clerk stores, reproduces, minimizes and explains what they
 * find, so that no fuzzer waits for a disk.
 */
#ifndef ZAPLOCK_FUZZ_FLEET_FLEET_H
#define ZAPLOCK_FUZZ_FLEET_FLEET_H

#include "harness/lockstep/lockstep.h"

#define CAMPAIGN_OUT "zaplock-campaign"

struct campaign_options {
	const char *const *targets;	/* NULL-terminated specs, at least one */
	enum profile profile;		/* as in struct lockstep_options */
	const char *const *corpus;	/* NULL-terminated seeds, only read; may be NULL */
	const char *const *errata;	/* NULL-terminated; may be NULL */
	const char *out;		/* NULL: CAMPAIGN_OUT */
	const char *version;		/* of zaplock, for the store */
	double seconds;			/* of fuzzing; 0 = until interrupted */
	uint64_t memory;		/* bytes that all instances may use together; 0 = no limit */
	unsigned cores;			/* CPUs that everything runs on; 0 = all there are */
	int libfuzzer, afl;		/* instances for each target; -1 = as many as fit */
	uint64_t seed;			/* 0 = the day's; printed either way */
	double hang_seconds;		/* a program that takes longer hangs; 0 = 20 */
	bool quiet;			/* plain lines, no screen */
	bool keep_corpus;		/* do not minimize it at the end */
};

/*
 * Runs a campaign and prints its summary. Exit code (design 7): 0 nothing but
 * known findings, 1 findings that no erratum in force explains, 2 bad input (targets,
 * directories, a store that cannot be used, another campaign in @out), 3 infrastructure.
 */
int zaplock_campaign(const struct campaign_options *options);

/*
 * libFuzzer starts the running program again to merge a corpus; main() asks
 * here first. -1: not what this process was started for.
 */
int zaplock_merge_main(int argc, char **argv);

#endif

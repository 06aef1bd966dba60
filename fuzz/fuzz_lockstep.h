/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every engine calls with its bytes: decode, run in lockstep, and see to
 * findings. One instance a process.
 */
#ifndef ZAPLOCK_FUZZ_LOCKSTEP_H
#define ZAPLOCK_FUZZ_LOCKSTEP_H

#include "fuzz/findings.h"

#define FUZZ_MAX_INPUT	4096u		/* bytes: about 128 ops */
#define COVERAGE_SIZE	(1u << 14)	/* counters; a power of two */

/* What a worker tells its supervisor; shared memory, each field written by the worker alone. */
struct fuzz_stats {
	_Atomic uint64_t programs, ops, accepted, undefined, skipped, infra, with_findings;
	struct rule_set rules_hit;
	uint8_t coverage[COVERAGE_SIZE];	/* counters ever touched, sampled */
	_Atomic uint32_t busy;			/* minimizing: programs stands still */
	char why[256];				/* of the last skipped or infra verdict */
	/* The input that runs now: all that is left when the target dies. */
	_Atomic uint32_t input_size;
	uint8_t input[FUZZ_MAX_INPUT];
};

/*
 * What the processes of `zaplock campaign` share, AFL++'s among them: a memory file. A harness of
 * another build would read it wrong; @size tells.
 */
#define FUZZ_MAX_LANES		16u
#define FUZZ_MAX_INSTANCES	64u
struct fuzz_shared {
	uint32_t size;				/* sizeof(struct fuzz_shared) */
	_Atomic uint32_t stop;
	struct key_table keys[FUZZ_MAX_LANES];	/* one a target */
	struct fuzz_stats stats[FUZZ_MAX_INSTANCES];
};

struct fuzz_core_options {
	const char *target;
	enum profile profile;
	const char *out;		/* findings are stored below; NULL: only counted */
	struct key_table *keys;
	struct fuzz_stats *stats;
	uint8_t *counters;		/* COVERAGE_SIZE of them, or NULL: unguided */
	uint64_t seed;			/* for the head of stored findings */
	bool advisories;		/* advisories are findings too */
	bool stop_at_new;		/* abort() at a new key, for engines that want crashes */
	bool leave;			/* a new finding is only filed as found; somebody else examines it */
};

struct fuzz_core;

/* NULL on error, with a sentence in @error. */
struct fuzz_core *fuzz_core_open(const struct fuzz_core_options *options, char *error, size_t size);
void fuzz_core_close(struct fuzz_core *core);
struct lockstep *fuzz_core_lockstep(struct fuzz_core *core);
/* The target's name, and the profile that programs of the generator are judged by. */
void fuzz_core_describe(const struct fuzz_core *core, char *name, size_t size,
			enum profile *profile);
/* What the last run came to. */
const struct result *fuzz_core_result(const struct fuzz_core *core);

/* Decodes and runs; a new key is minimized and stored before this returns. */
void fuzz_core_run(struct fuzz_core *core, const uint8_t *data, size_t size);

/* What to generate for the core's target. */
struct gen_options;
void fuzz_core_gen_options(const struct fuzz_core *core, struct gen_options *options);

/*
 * A core set up from the environment, for engines that own main():
 * ZAPLOCK_TARGET (model:linux-6.1), ZAPLOCK_PROFILE, ZAPLOCK_ERRATA (directories,
 * ':' between them), ZAPLOCK_OUT (zaplock-out), ZAPLOCK_STOP=1. Exits with status 2 and a
 * sentence when something is wrong with them. In a campaign ZAPLOCK_SHARED ("PATH LANE INSTANCE")
 * stands instead of errata and ZAPLOCK_STOP.
 */
struct fuzz_core *fuzz_core_from_env(uint8_t *counters);

#endif

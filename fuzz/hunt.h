/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One hunt for one defect: libFuzzer from an empty corpus on a defective target
 * until a program shows a finding that the sound target does not show on it.
 */
#ifndef ZAPLOCK_FUZZ_HUNT_H
#define ZAPLOCK_FUZZ_HUNT_H

#include <sys/types.h>

#include "fuzz/fuzz_lockstep.h"

struct hunt_options {
	const char *sound, *defective;	/* targets */
	bool advisories;	/* only an advisory tells them apart */
	bool guided;		/* with state coverage, or the same generator without */
	uint64_t seed;
	uint64_t cap;		/* programs after which the hunt is given up */
	double seconds;		/* CPU seconds after which it is; 0 = none */
};

struct hunt_result {
	bool ran;		/* false: no target or no memory; nothing below counts */
	bool killed;
	uint64_t programs;	/* until killed or given up */
	double seconds;		/* CPU time of that */
	char key[KEY_MAX];	/* what killed it ... */
	unsigned found_ops, ops;	/* ... in a program of so many ops, so many after minimizing */
	unsigned minimize_runs;
	uint32_t size;
	uint8_t program[FUZZ_MAX_INPUT];	/* the minimized one, encoded */
};

/*
 * Starts a hunt in a child process: libFuzzer returns to nobody. Returns the
 * pid, or -errno; *fd becomes readable when the hunt is over.
 */
pid_t hunt_start(const struct hunt_options *options, int *fd);

/* Waits for the child, closes @fd. */
struct hunt_result hunt_end(pid_t pid, int fd);

#endif

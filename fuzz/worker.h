/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A worker: a forked process that is libFuzzer from then on, in lockstep on one
 * target. Whoever supervises it sees what it does in shared memory.
 */
#ifndef ZAPLOCK_FUZZ_WORKER_H
#define ZAPLOCK_FUZZ_WORKER_H

#include <sys/types.h>

#include "fuzz/fuzz_lockstep.h"

struct worker_job {
	struct fuzz_core_options core;	/* stats and keys in shared memory */
	const char *corpus;		/* directory; shared with other workers where @reload */
	bool reload;
	const char *log;		/* file that libFuzzer's chatter and sanitizers' reports go to */
	const char *artifacts;		/* directory */
	unsigned nr, restarts;		/* a seed of its own for each */
	uint64_t quota;			/* programs that it may run, in all its lives */
	const _Atomic uint32_t *stop;	/* it ends once this is set */
};

/* Is it still moving? Kept by the supervisor. */
struct worker {
	pid_t pid;		/* 0: none */
	unsigned restarts;
	uint64_t seen_programs;	/* at the last look ... */
	double seen_at;		/* ... and when that was */
	bool done;
};

/* Forks a worker, which exits with 0 when it is done, 3 when it could not start. Its pid or -errno. */
pid_t worker_fork(const struct worker_job *job);

/* Has @worker stood at one program for longer than @limit seconds (0: 20)? Minimizing may take minutes. */
bool worker_hangs(struct worker *worker, const struct fuzz_stats *stats, double now, double limit);

/* SIGKILL, and its wait status. */
void worker_kill(struct worker *worker, int *status);

#endif

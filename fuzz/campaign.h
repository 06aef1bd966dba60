/* SPDX-License-Identifier: GPL-2.0-only */
/* A running campaign: what supervisor and workers share; private to this folder. */
#ifndef ZAPLOCK_FUZZ_CAMPAIGN_H
#define ZAPLOCK_FUZZ_CAMPAIGN_H

#include <sys/types.h>

#include "fuzz/fuzz_lockstep.h"

#define MAX_JOBS 256u

/* Shared memory. */
struct campaign_shared {
	struct key_table keys;
	_Atomic uint32_t stop;
	struct fuzz_stats stats[];
};

struct worker {
	pid_t pid;		/* 0: none */
	unsigned restarts;
	uint64_t seen_programs;	/* at the last look ... */
	double seen_at;		/* ... and when that was */
	bool done;
};

struct campaign {
	const struct fuzz_options *options;
	const char *out;
	char corpus[4096];	/* OUT/corpus */
	unsigned jobs;
	uint64_t seed;
	char target_name[64];
	enum profile profile;	/* judged by */
	struct campaign_shared *shared;
	struct worker workers[MAX_JOBS];
	double started, last_status;
	unsigned infra_restarts, nr_shown;
	bool tty;
};

double now_seconds(void);

/* worker.c: forks worker @nr. 0 or -errno. */
int worker_start(struct campaign *c, unsigned nr);

/* casualty.c: worker @nr died with wait @status (or was killed for hanging). Stores the finding; false when nothing of the target's was to blame. */
bool casualty_report(struct campaign *c, unsigned nr, int status, bool hung);

/*
 * seeds.c: brings the programs below @paths, text or binary, into OUT/corpus as
 * binary; @check: only reads them all. Number, or -EINVAL with @error.
 */
int seeds_import(struct campaign *c, const char *const *paths, bool check, char *error,
		 size_t size);

/* status.c */
void status_line(struct campaign *c);
void status_end(struct campaign *c);
void campaign_summarize(struct campaign *c, struct fuzz_summary *summary);
void campaign_print(struct campaign *c, const struct fuzz_summary *summary, FILE *out);
void campaign_print_json(struct campaign *c, const struct fuzz_summary *summary, FILE *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* A running campaign: what supervisor and workers share; private to this folder. */
#ifndef ZAPLOCK_FUZZ_CAMPAIGN_H
#define ZAPLOCK_FUZZ_CAMPAIGN_H

#include <sys/types.h>

#include "fuzz/casualty.h"
#include "fuzz/seeds.h"
#include "fuzz/worker.h"

#define MAX_JOBS 256u

/* Shared memory. */
struct campaign_shared {
	struct key_table keys;
	_Atomic uint32_t stop;
	struct fuzz_stats stats[];
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

/* The monotonic clock: nobody can set it. */
double now_seconds(void);

/* status.c */
void status_line(struct campaign *c);
void status_end(struct campaign *c);
void campaign_summarize(struct campaign *c, struct fuzz_summary *summary);
void campaign_print(struct campaign *c, const struct fuzz_summary *summary, FILE *out);
void campaign_print_json(struct campaign *c, const struct fuzz_summary *summary, FILE *out);

#endif

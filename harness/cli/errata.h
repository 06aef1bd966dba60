/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an erratum says of itself (corpus/README.md): `# kernels:`, `# until:`,
 * `# key:`; and whether that holds.
 */
#ifndef ZAPLOCK_CLI_ERRATA_H
#define ZAPLOCK_CLI_ERRATA_H

#include "harness/lockstep/lockstep.h"

#define ERRATUM_MAX_RANGES 8

/* One item of `# kernels:`. Versions are major << 16 | minor, both inclusive; commits are half-open. */
struct kernel_range {
	uint32_t from, to;		/* 0, 0: commits */
	char first[41], fix[41];	/* the commit that brought it; the one that ended it, or "" */
};

struct erratum_terms {
	bool is_erratum;		/* has `# why:` */
	char until[12];			/* YYYY-MM-DD, or "" */
	char key[KEY_MAX];		/* or "" */
	struct kernel_range ranges[ERRATUM_MAX_RANGES];
	unsigned nr_ranges;		/* 0: any kernel */
};

/* 0, or -EINVAL with a sentence in @error. */
int erratum_read(const struct program *program, struct erratum_terms *terms, char *error, size_t size);

/*
 * Holds @result, after expect_evaluate(), against @terms. What is past its date on
 * @today (YYYY-MM-DD), shows on a kernel outside its ranges, or lacks its key no longer meets the
 * expectation.
 */
void erratum_evaluate(const struct erratum_terms *terms, const char *today, struct result *result);

/* Today, UTC; $ZAPLOCK_TODAY where it is set, to see what a gate will say then. */
void erratum_today(char today[12]);

/* The version of the one kernel that a target runs, by its name ("ukvm:6.12"), as in struct kernel_range; 0: none. */
uint32_t target_kernel(const char *target);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics of times until something happened, some of which are only known
 * to be longer than what was waited for (censored).
 */
#ifndef ZAPLOCK_FUZZ_SURVIVAL_H
#define ZAPLOCK_FUZZ_SURVIVAL_H

#include <stdbool.h>
#include <stddef.h>

struct survival_time {
	double time;
	bool censored;		/* it had not happened by then */
};

/*
 * The Kaplan-Meier estimate's median: the first time by which half of all have
 * happened. Sorts @times. Infinity where the censored ones leave it unknown.
 */
double survival_median(struct survival_time *times, size_t nr);

/*
 * The restricted mean up to @tau: the area under the Kaplan-Meier curve over
 * [0, tau] (Royston and Parmar 2013); without censoring before @tau the mean of
 * min(time, tau). The curve stays level behind the last time. Sorts @times.
 */
double survival_restricted_mean(struct survival_time *times, size_t nr, double tau);

/* The middle one, or the mean of the middle two; sorts. @nr > 0. */
double median(double *values, size_t nr);

#endif

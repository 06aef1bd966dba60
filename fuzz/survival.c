// SPDX-License-Identifier: GPL-2.0-only
/* Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations", 1958. */
#include <math.h>
#include <stdlib.h>

#include "fuzz/survival.h"

/* By time; of equal times the ones that happened first. */
static int compare_times(const void *a, const void *b)
{
	const struct survival_time *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->censored - y->censored;
}

double survival_median(struct survival_time *times, size_t nr)
{
	double alive = 1;

	qsort(times, nr, sizeof(*times), compare_times);
	for (size_t i = 0; i < nr; i++) {
		if (times[i].censored)
			continue;
		alive *= 1 - 1.0 / (nr - i);
		/* Half up to rounding: 10 factors of 19/20, 18/19, ... are 0.5 but for the last bits. */
		if (alive <= 0.5 + 1e-9)
			return times[i].time;
	}
	return INFINITY;
}

double survival_restricted_mean(struct survival_time *times, size_t nr, double tau)
{
	double alive = 1, area = 0, at = 0;

	qsort(times, nr, sizeof(*times), compare_times);
	for (size_t i = 0; i < nr && times[i].time < tau; i++) {
		if (times[i].censored)
			continue;
		area += alive * (times[i].time - at);
		at = times[i].time;
		alive *= 1 - 1.0 / (nr - i);
	}
	return area + alive * (tau - at);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double median(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), compare_doubles);
	return nr % 2 ? values[nr / 2] : (values[nr / 2 - 1] + values[nr / 2]) / 2;
}

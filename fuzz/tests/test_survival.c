// SPDX-License-Identifier: GPL-2.0-only
/*
 * Medians and restricted means with censored times, against figures worked out
 * by hand. The row "Freireich" is the 6-MP group of Freireich et al., Blood 21
 * (1963) 699, the textbook case: its Kaplan-Meier median is 23 weeks, its restricted mean 23.29.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fuzz/survival.h"

#define MAX_TIMES 24
#define C(t) { t, true }
#define T(t) { t, false }

static const struct row {
	const char *name;
	size_t nr;
	struct survival_time times[MAX_TIMES];
	double tau, median, mean;
} rows[] = {
	{ "one", 1, { T(7) }, 10, 7, 7 },
	{ "one censored", 1, { C(10) }, 10, INFINITY, 10 },
	{ "none censored, odd", 3, { T(5), T(1), T(3) }, 10, 3, 3 },
	{ "none censored, even: half have happened at the second", 4, { T(1), T(2), T(3), T(4) }, 10, 2, 2.5 },
	{ "censored at the end: the mean of min(time, tau)", 4, { T(2), T(4), C(10), C(10) }, 10, 4, 6.5 },
	{ "more than half censored", 3, { T(2), C(10), C(10) }, 10, INFINITY, 22.0 / 3 },
	{ "all censored", 3, { C(10), C(10), C(10) }, 10, INFINITY, 10 },
	/* 1 to t=1, 2/3 of it after; the censored one leaves 1 of 1, so 0 after t=3. */
	{ "censored in between", 3, { T(1), C(2), T(3) }, 10, 3, 1 + 2 * 2.0 / 3 },
	{ "the same time: what happened first", 2, { C(4), T(4) }, 10, 4, 4 + 6 * 0.5 },
	{ "tau cuts off", 3, { T(2), T(4), T(100) }, 10, 4, (2 + 4 + 10) / 3.0 },
	{ "twenty, half by the tenth", 20,
	  { T(1), T(2), T(3), T(4), T(5), T(6), T(7), T(8), T(9), T(10), T(11), T(12), T(13), T(14),
	    T(15), T(16), T(17), T(18), T(19), T(20) }, 20, 10, 10.5 },
	{ "Freireich", 21,
	  { T(6), T(6), T(6), C(6), T(7), C(9), T(10), C(10), C(11), T(13), T(16), C(17), C(19), C(20),
	    T(22), T(23), C(25), C(32), C(32), C(34), C(35) }, 35, 23, 23.287395 },
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct row row = rows[i];
		double median = survival_median(row.times, row.nr);
		double mean = survival_restricted_mean(row.times, row.nr, row.tau);

		if (median != row.median && !(isinf(median) && isinf(row.median)))
			fail_msg("%s: median %g, not %g", row.name, median, row.median);
		if (fabs(mean - row.mean) > 1e-6)
			fail_msg("%s: mean %.12g, not %.12g", row.name, mean, row.mean);
	}
}

static void test_median(void **state)
{
	double odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 2 }, never[] = { 1, INFINITY, INFINITY };

	assert_true(median(odd, 3) == 5);
	assert_true(median(even, 4) == 2.5);
	assert_true(isinf(median(never, 3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_median),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

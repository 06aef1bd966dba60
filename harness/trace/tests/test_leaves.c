// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of leaves against an array that is searched from end to end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/trace/leaves.h"

#define NR_KEYS 3000u

static uint64_t seed;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void check(struct trace_leaves *leaves, const struct trace_leaf *twin)
{
	struct trace_leaf *leaf = NULL;
	size_t listed = 0, present = 0;

	for (unsigned i = 0; i < NR_KEYS; i++) {
		struct trace_leaf *found = leaves_find(leaves, i & 1, i / 6 * 0x40200ULL,
						       i / 2 % 3 + 1);

		assert_int_equal(!!found, !!twin[i].level);
		present += !!found;
		if (found)
			assert_int_equal(found->spte, twin[i].spte);
	}
	while ((leaf = leaves_next(leaves, leaf)))
		listed++;
	assert_int_equal(listed, present);
	assert_int_equal(leaves->nr, present);
}

static void test_against_twin(void **state)
{
	const char *given = getenv("ZAPLOCK_SEED");
	struct trace_leaf *twin = calloc(NR_KEYS, sizeof(*twin));
	struct trace_leaves leaves = { 0 };

	seed = given ? strtoull(given, NULL, 0) : 42;
	print_message("ZAPLOCK_SEED=%llu\n", (unsigned long long)seed);
	for (unsigned step = 0; step < 60000; step++) {
		unsigned i = next_random() % NR_KEYS;
		/* Fill, empty and fill again. */
		bool put = next_random() % 8 < (step / 15000 % 2 ? 2 : 6);
		struct trace_leaf leaf = {
			.as_id = i & 1, .level = i / 2 % 3 + 1, .gfn = i / 6 * 0x40200ULL,
			.spte = next_random(),
		};

		if (put) {
			assert_non_null(leaves_put(&leaves, &leaf));
			twin[i] = leaf;
		} else if (twin[i].level) {
			leaves_remove(&leaves, leaves_find(&leaves, leaf.as_id, leaf.gfn, leaf.level));
			twin[i].level = 0;
		}
		if (step % 1000 == 0)
			check(&leaves, twin);
	}
	check(&leaves, twin);
	leaves_free(&leaves);
	assert_null(leaves_find(&leaves, 0, 0, 1));
	assert_null(leaves_next(&leaves, NULL));
	free(twin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

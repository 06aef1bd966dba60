// SPDX-License-Identifier: GPL-2.0-only
/* The table of leaves against its slow obvious twin, on random operations with a printed seed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/lockstep/leaves.h"

#define NR_KEYS 4096

static uint64_t seed;

static uint32_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 16;
}

static struct leaf nth_leaf(unsigned n)
{
	unsigned level = 1 + n / 2 % 3;

	return (struct leaf){ .as_id = n & 1, .level = level, .root = n / 2048,
			      .gfn = n / 6 * level_pages(level) };
}

static void test_against_twin(void **state)
{
	static bool present[NR_KEYS];
	static uint64_t value[NR_KEYS];
	struct leaf_table table;
	unsigned nr = 0;

	seed = time(NULL) | 1;
	print_message("seed %llu\n", (unsigned long long)seed);
	assert_int_equal(leaf_table_init(&table), 0);
	for (unsigned i = 0; i < 400000; i++) {
		unsigned n = next_random() % NR_KEYS;
		struct leaf key = nth_leaf(n);
		struct tracked_leaf *t = leaf_table_find(&table, &key);

		assert_int_equal(!!t, present[n]);
		if (t)
			assert_int_equal(t->leaf.spte, value[n]);
		switch (next_random() % (i % 5000 < 3000 ? 3 : 5)) {
		case 0: case 1:
			if (t)
				break;
			key.spte = value[n] = i;
			leaf_table_add(&table, &key);
			present[n] = true;
			nr++;
			break;
		case 3: case 4:
			if (!t)
				break;
			leaf_table_remove(&table, t);
			present[n] = false;
			nr--;
			break;
		}
		if (next_random() % 20000 == 0) {
			leaf_table_reset(&table);
			memset(present, 0, sizeof(present));
			nr = 0;
		}
		assert_int_equal(table.nr, nr);
	}
	leaf_table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_against_twin) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

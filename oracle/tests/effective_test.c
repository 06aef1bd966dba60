// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every cell of the published tables: SDM table 11-7 (rules A.8), APM vol 2
 * tables 7-11, 15-19 and 15-20 (rules A.10), typed in as they are printed.
 */
#include "oracle/tests/rig.h"

#define CELLS	6

struct table_row {
	const char *name;
	const char *cells[CELLS];
};

static int type_by_name(const char *name)
{
	static const struct { const char *name; int type; } names[] = {
		{ "UC", MT_UC }, { "UC-", MT_UC_MINUS }, { "WC", MT_WC }, { "WT", MT_WT },
		{ "WP", MT_WP }, { "WB", MT_WB }, { "CD", AMD_CD }, { "WC+", AMD_WC_PLUS },
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].type;
	fail_msg("no type %s", name);
	return -1;
}

static void check(const struct table_row *rows, unsigned nr, const char *const columns[CELLS],
		  int (*cell)(int row, int column))
{
	for (unsigned r = 0; r < nr; r++)
		for (unsigned c = 0; c < CELLS; c++) {
			int got = cell(type_by_name(rows[r].name), type_by_name(columns[c]));

			if (got != type_by_name(rows[r].cells[c]))
				fail_msg("%s x %s: got %d, printed %s", rows[r].name, columns[c],
					 got, rows[r].cells[c]);
		}
}

static const char *const intel_columns[CELLS] = { "UC", "UC-", "WC", "WT", "WB", "WP" };
static const struct table_row sdm_11_7[] = {
	{ "UC", { "UC", "UC", "WC", "UC", "UC", "UC" } },
	{ "WC", { "UC", "WC", "WC", "UC", "WC", "UC" } },
	{ "WT", { "UC", "UC", "WC", "WT", "WT", "WP" } },
	{ "WB", { "UC", "UC", "WC", "WT", "WB", "WP" } },
	{ "WP", { "UC", "WC", "WC", "WT", "WP", "WP" } },
};

static const char *const amd_columns[CELLS] = { "UC", "UC-", "WC", "WP", "WT", "WB" };
static const struct table_row apm_7_11[] = {
	{ "UC", { "UC", "UC", "WC", "UC", "UC", "UC" } },
	{ "WC", { "CD", "WC", "WC", "CD", "CD", "WC" } },
	{ "WP", { "CD", "CD", "WC", "WP", "CD", "WP" } },
	{ "WT", { "CD", "CD", "WC", "CD", "WT", "WT" } },
	{ "WB", { "CD", "CD", "WC", "WP", "WT", "WB" } },
};

static const struct table_row apm_15_19[] = {
	{ "UC",  { "UC", "UC", "UC", "UC", "UC", "UC" } },
	{ "UC-", { "UC", "UC-", "WC", "UC", "UC", "UC" } },
	{ "WC",  { "WC", "WC", "WC", "WC+", "WC+", "WC+" } },
	{ "WP",  { "UC", "UC", "UC", "WP", "UC", "WP" } },
	{ "WT",  { "UC", "UC", "UC", "UC", "WT", "WT" } },
	{ "WB",  { "UC", "UC", "WC", "WP", "WT", "WB" } },
};

static int cell_intel(int row, int column)
{
	return effective_type_intel(row, column);
}

static int cell_ept(int row, int column)
{
	return effective_type_ept((struct mt){ .type = row }, column);
}

static int cell_amd(int row, int column)
{
	return effective_type_amd(row, column);
}

static int cell_npt(int row, int column)
{
	return combine_pat_npt(row, column);
}

/* A host PAT entry of the guest's own type, or WB under UC-, leaves the type alone. */
static int cell_npt_mtrr(int row, int column)
{
	return effective_type_npt(column, column, row);
}

static void test_intel(void **state)
{
	check(sdm_11_7, 5, intel_columns, cell_intel);
	check(sdm_11_7, 5, intel_columns, cell_ept);
}

static void test_ipat(void **state)
{
	for (unsigned pat = 0; pat < 8; pat++)
		for (unsigned type = 0; type < 7; type++)
			if (memtype_legal_mtrr(type) && memtype_legal_pat(pat))
				assert_int_equal(effective_type_ept(
					(struct mt){ .type = type, .ipat = 1 }, pat), type);
}

static void test_amd(void **state)
{
	check(apm_7_11, 5, amd_columns, cell_amd);
}

static void test_npt(void **state)
{
	check(apm_15_19, 6, amd_columns, cell_npt);
	/* 15-20: as 7-11 for what 15-19 can yield ... */
	check(apm_7_11, 5, amd_columns, cell_npt_mtrr);
}

/* ... and its row for WC+, which guest WC over a cacheable host type yields. */
static void test_wc_plus(void **state)
{
	static const struct { int mtrr, want; } rows[] = {
		{ MT_UC, AMD_WC }, { MT_WC, AMD_WC }, { MT_WP, AMD_WC_PLUS },
		{ MT_WT, AMD_WC_PLUS }, { MT_WB, AMD_WC_PLUS },
	};
	static const int cacheable[] = { MT_WP, MT_WT, MT_WB };

	for (unsigned i = 0; i < 5; i++)
		for (unsigned h = 0; h < 3; h++)
			assert_int_equal(effective_type_npt(MT_WC, cacheable[h], rows[i].mtrr),
					 rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intel),
		cmocka_unit_test(test_ipat),
		cmocka_unit_test(test_amd),
		cmocka_unit_test(test_npt),
		cmocka_unit_test(test_wc_plus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

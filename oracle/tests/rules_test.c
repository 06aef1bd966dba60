// SPDX-License-Identifier: GPL-2.0-only
/* The tables of rules.c: complete, unique, cited. */
#include "oracle/tests/rig.h"

static void test_rules_are_complete(void **state)
{
	for (unsigned i = 0; i < NR_RULES; i++) {
		const struct rule_info *rule = &rule_table[i];

		assert_non_null(rule->id);
		assert_int_equal(strncmp(rule->id, "R-", 2), 0);
		assert_true(strlen(rule->sentence) > 10);
		assert_true(strlen(rule->citation) > 4);
		assert_true(rule->severity < NR_SEVERITIES);
		assert_int_equal(rule->profiles >> NR_PROFILES, 0);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(rule->id, rule_table[j].id);
	}
}

/* The ids of rules.md that reports and errata name. */
static void test_families_exist(void **state)
{
	static const char *const families[] = {
		"R-MSR", "R-RB", "R-LOOK", "R-MT", "R-STALE", "R-ZAPMIN", "R-ZAPSET", "R-HUGE",
		"R-FLUSH", "R-ROLE", "R-CR", "R-RESET", "R-UNIF", "R-SLOT", "R-CAP", "R-RACE",
		"R-CRASH", "R-HANG",
	};

	for (unsigned f = 0; f < sizeof(families) / sizeof(*families); f++) {
		unsigned i = 0;

		while (i < NR_RULES && strcmp(rule_table[i].id, families[f]))
			i++;
		assert_true(i < NR_RULES);
	}
}

static void test_profiles(void **state)
{
	static const struct { const char *name; enum profile profile; } rows[] = {
		{ "linux-5.15", PROFILE_LINUX_5_15 }, { "linux-6.1", PROFILE_LINUX_6_1 },
		{ "yan-v4", PROFILE_YAN_V4 }, { "linux-6.7", PROFILE_LINUX_6_7 },
		{ "linux-6.11", PROFILE_LINUX_6_11 }, { "linux-6.11-rc", PROFILE_LINUX_6_11_RC },
		{ "linux-6.16", PROFILE_LINUX_6_16 },
		{ "none", PROFILE_NONE }, { "", PROFILE_NONE }, { "linux-6.1x", PROFILE_NONE },
		{ "linux-6", PROFILE_NONE },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(profile_by_name(rows[i].name), rows[i].profile);
	for (unsigned i = 0; i < NR_PROFILES; i++) {
		assert_non_null(profile_table[i].kernels);
		assert_non_null(profile_table[i].sentence);
	}
}

static void test_names(void **state)
{
	assert_string_equal(severity_name(SEVERITY_TYPE), "type");
	assert_string_equal(severity_name(SEVERITY_IPAT_ONLY), "ipat-only");
	assert_string_equal(severity_name(SEVERITY_NONCONFORMING), "nonconforming");
	assert_string_equal(severity_name(SEVERITY_HOST_ONLY), "host-only");
	assert_string_equal(severity_name(SEVERITY_ADVISORY), "advisory");
	for (unsigned i = 0; i < NR_CHANGES; i++) {
		const char *name = change_class_name(i);

		assert_non_null(name);
		assert_null(strpbrk(name, " \t"));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(name, change_class_name(j));
	}
	assert_string_equal(change_class_name(CHANGE_CR0_CD_CLEAR), "cr0:cd-clear");
	assert_string_equal(change_class_name(CHANGE_PHYSBASE_EDIT_V1), "physbase:edit-v1");
	assert_string_equal(change_class_name(CHANGE_DMA_FIRST_ON), "dma:first-on");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_are_complete),
		cmocka_unit_test(test_families_exist),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

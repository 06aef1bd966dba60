// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can the enumerator fail? The twin is checked against the manual's own words,
 * then each side is broken in turn (the twin's rules one by one, the oracle's
 * answers one by one) and a mismatch must be reported.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "oracle/tests/enumerate.h"

#define SAMPLE_STRIDE	1009u	/* a prime that divides no plan's number of states */

/* One row a sentence of SDM 11.11.2 to 11.11.4.1 (rules A.2, A.3). Fixed ranges are WP. */
static const struct row {
	const char *name;
	uint64_t def_type, base[2], mask[2], gpa;
	struct twin_answer expected;
} rows[] = {
	{ "E=0 is UC for all of memory", MT_WB, { MT_WB }, { 0x800 }, 0x1000, { MT_UC, 0, 0 } },
	{ "no match: default type", 0x800 | MT_WT, { 0 }, { 0 }, 0x200000, { MT_WT, 0, 0 } },
	{ "FE: fixed before variable", 0xc00 | MT_WB, { MT_UC }, { 0x800 }, 0xff000, { MT_WP, 0, 0 } },
	{ "fixed ranges end at 1M", 0xc00 | MT_WB, { MT_UC }, { 0x800 }, 0x100000, { MT_UC, 0, 0 } },
	{ "FE=0: no fixed ranges", 0x800 | MT_WT, { 0 }, { 0 }, 0xff000, { MT_WT, 0, 0 } },
	{ "V=0: no match", 0x800 | MT_WB, { MT_UC }, { 0 }, 0x200000, { MT_WB, 0, 0 } },
	{ "first page of a range", 0x800 | MT_WB, { 0x40000000 | MT_WC },
	  { 0xc0000800 }, 0x40000000, { MT_WC, 0, 0 } },
	{ "last page of a range", 0x800 | MT_WB, { 0x40000000 | MT_WC },
	  { 0xc0000800 }, 0x7ffff000, { MT_WC, 0, 0 } },
	{ "page behind a range", 0x800 | MT_WB, { 0x40000000 | MT_WC },
	  { 0xc0000800 }, 0x80000000, { MT_WB, 0, 0 } },
	{ "page before a range", 0x800 | MT_WB, { 0x40000000 | MT_WC },
	  { 0xc0000800 }, 0x3ffff000, { MT_WB, 0, 0 } },
	{ "misaligned base starts at base AND mask", 0x800 | MT_WB, { 0x50000000 | MT_WC },
	  { 0xc0000800 }, 0x40000000, { MT_WC, 0, 0 } },
	{ "holed mask: second part", 0x800 | MT_WB, { 0x00000000 | MT_WC },
	  { 0x40000800 }, 0x80000000, { MT_WC, 0, 0 } },
	{ "holed mask: hole", 0x800 | MT_WB, { 0x00000000 | MT_WC },
	  { 0x40000800 }, 0x40000000, { MT_WB, 0, 0 } },
	{ "identical types", 0x800 | MT_UC, { MT_WP, MT_WP }, { 0x800, 0x800 }, 0, { MT_WP, 0, 0 } },
	{ "UC and WB is UC", 0x800 | MT_WT, { MT_WB, MT_UC }, { 0x800, 0x800 }, 0, { MT_UC, 0, 0 } },
	{ "UC and WC is UC", 0x800 | MT_WT, { MT_UC, MT_WC }, { 0x800, 0x800 }, 0, { MT_UC, 0, 0 } },
	{ "WT and WB is WT", 0x800 | MT_UC, { MT_WT, MT_WB }, { 0x800, 0x800 }, 0, { MT_WT, 0, 0 } },
	{ "WB and WT is WT", 0x800 | MT_UC, { MT_WB, MT_WT }, { 0x800, 0x800 }, 0, { MT_WT, 0, 0 } },
	{ "WC and WB is undefined", 0x800 | MT_UC, { MT_WC, MT_WB }, { 0x800, 0x800 }, 0,
	  { MT_WB, 0, 1 } },
	{ "WP and WT is undefined", 0x800 | MT_UC, { MT_WP, MT_WT }, { 0x800, 0x800 }, 0,
	  { MT_WB, 0, 1 } },
};

static void test_twin_says_what_the_manual_says(void **state)
{
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct twin t = {
			.profile = PROFILE_LINUX_6_1, .vendor = VENDOR_INTEL, .tdp = true,
			.cpuid_mtrr = true, .maxphyaddr = 32, .dma = 1, .cr0 = RUNNING_CR0,
			.def_type = row->def_type,
			.base = { row->base[0], row->base[1] },
			.mask = { row->mask[0], row->mask[1] },
		};
		struct twin_answer a;

		memset(t.fixed, MT_WP, sizeof(t.fixed));
		a = twin_memtype(&t, row->gpa);
		if (memcmp(&a, &row->expected, sizeof(a)))
			fail_msg("%s: type %u ipat %u undefined %u", row->name, a.type, a.ipat,
				 a.undefined);
	}
}

/* Sample every plan of CI; true if all agreed. */
static bool sampled_run_agrees(const struct subject *subject, enum twin_mistake mistake,
			       FILE *report)
{
	static struct rig rig;
	unsigned i;

	rig_init(&rig, subject, mistake, report);
	for (i = 0; i < plan_count() && !rig.failed; i++)
		if (plan_in_ci(plan_get(i)))
			plan_run(plan_get(i), &rig, 0, SAMPLE_STRIDE, UINT64_MAX);
	return !rig.failed;
}

static void test_every_mistake_of_the_twin_shows(void **state)
{
	unsigned mistake;

	assert_true(sampled_run_agrees(&real_oracle, TWIN_CORRECT, stdout));
	for (mistake = TWIN_CORRECT + 1; mistake < NR_TWIN_MISTAKES; mistake++)
		if (sampled_run_agrees(&real_oracle, mistake, NULL))
			fail_msg("%s went unseen", twin_mistake_names[mistake]);
}

static struct mt_run overshooting_memtype(struct oracle *o, unsigned vcpu, uint64_t gfn,
					  enum epoch epoch)
{
	struct mt_run run = oracle_memtype(o, vcpu, gfn, epoch);

	run.end++;
	return run;
}

static struct mt_run forgetful_memtype(struct oracle *o, unsigned vcpu, uint64_t gfn,
				       enum epoch epoch)
{
	return oracle_memtype(o, vcpu, gfn, EPOCH_NOW);
}

static enum mt_match mixed_matches(struct oracle *o, unsigned vcpu, uint64_t gfn,
				   uint64_t npages, struct mt observed, enum epoch epoch)
{
	enum mt_match match = oracle_matches(o, vcpu, gfn, npages, observed, epoch);

	return match == MT_MIXED ? MT_MATCHES : match;
}

static bool never_changed(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages)
{
	return false;
}

static void narrow_step(struct oracle *o, const struct op *op, struct oracle_result *result)
{
	oracle_step(o, op, result);
	if (result->extent.kind == EXTENT_MATCH)
		result->extent.nr_match = 1;
}

static void quiet_step(struct oracle *o, const struct op *op, struct oracle_result *result)
{
	oracle_step(o, op, result);
	result->changed = 0;
}

static void test_every_wrong_answer_of_an_oracle_shows(void **state)
{
	static const struct {
		const char *name;
		struct subject subject;
	} broken[] = {
		{ "overshooting run", { oracle_step, overshooting_memtype, oracle_matches,
					oracle_memtype_changed } },
		{ "EPOCH_BEFORE is now", { oracle_step, forgetful_memtype, oracle_matches,
					   oracle_memtype_changed } },
		{ "mixed block matches", { oracle_step, oracle_memtype, mixed_matches,
					   oracle_memtype_changed } },
		{ "nothing ever changed", { oracle_step, oracle_memtype, oracle_matches,
					    never_changed } },
		{ "extent too narrow", { narrow_step, oracle_memtype, oracle_matches,
					 oracle_memtype_changed } },
		{ "changed names nobody", { quiet_step, oracle_memtype, oracle_matches,
					    oracle_memtype_changed } },
	};
	static struct rig rig;
	unsigned i;

	rig_init(&rig, &real_oracle, TWIN_CORRECT, stdout);
	assert_true(dense_run(&rig, 1, 32));
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		rig_init(&rig, &broken[i].subject, TWIN_CORRECT, NULL);
		if (dense_run(&rig, 1, 320))
			fail_msg("%s went unseen", broken[i].name);
	}
	assert_false(sampled_run_agrees(&broken[0].subject, TWIN_CORRECT, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twin_says_what_the_manual_says),
		cmocka_unit_test(test_every_mistake_of_the_twin_shows),
		cmocka_unit_test(test_every_wrong_answer_of_an_oracle_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

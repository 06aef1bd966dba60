// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two tapes side by side: each row is a program, what either target showed,
 * and the keys of the differences that this makes. Two profiles: what rules B
 * says of them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/diff.h"
#include "harness/lockstep/tests/tape.h"

const struct target_ops *const target_table[] = { &tape_ops, NULL };

#define ALL_CAPS (CAP_FAULTS | CAP_MSR_VALUES | CAP_CR_VALUES | CAP_SPTES | CAP_SPTE_EVENTS | \
		  CAP_VCPUS | CAP_MEMTYPES)

#define EPT(pfn, type, flags) \
	((uint64_t)(pfn) << PAGE_SHIFT | (uint64_t)(type) << EPT_MT_SHIFT | EPT_R | EPT_W | \
	 EPT_X | SPTE_MMU_PRESENT | (flags))
#define WB_IPAT(pfn)	EPT(pfn, MT_WB, EPT_IPAT)
#define RO(spte)	((spte) & ~EPT_W)
#define MAP(g, lvl, new)	{ .kind = EV_SPTE, .level = lvl, .gfn = g, .new_spte = new }
#define ZAP(g, lvl, old)	{ .kind = EV_SPTE, .level = lvl, .gfn = g, .old_spte = old }
#define OK(v)	{ .kind = OUT_OK, .has_value = true, .value = v }

#define HEAD "zaplock 1\nslot 0 gpa=0x0 size=0x400000\n---\n"
#define CD HEAD "vcpu0 read 0x1000\nvcpu0 cr0 +cd\n"
#define RD HEAD "vcpu0 read 0x1000\n"

struct row {
	const char *name, *program;
	uint32_t without;			/* capabilities that B lacks */
	struct tape_step a[4], b[4];
	enum diff_verdict verdict;
	const char *keys[4];			/* "key@step", NULL-terminated */
	unsigned left_out;
	const char *ignore;
};

static const struct row rows[] = {
	{ "alike", CD, 0,
	  { { .events = { MAP(1, 1, WB_IPAT(0x100)) } }, { .out = OK(1) } },
	  { { .events = { MAP(1, 1, WB_IPAT(0x100)) } }, { .out = OK(1) } }, DIFF_SAME, { 0 }, 0, 0 },
	{ "pfns and roots are each one's own", RD, 0,
	  { { .events = { MAP(1, 1, WB_IPAT(0x100)) } } },
	  { { .events = { { .kind = EV_SPTE, .level = 1, .gfn = 1, .root = 7,
			    .new_spte = WB_IPAT(0x200) | 1 << 8 } } } }, DIFF_SAME, { 0 }, 0, 0 },
	{ "outcome", HEAD "vcpu0 wrmsr MTRRphysBase3 0x6\n", 0, { { 0 } }, { { .out = { .kind = OUT_GP } } },
	  DIFF_DIFFERS, { "outcome/wrmsr:MTRRphysBase/ok>gp@1" }, 0, 0 },
	{ "outcome of a target that sees no faults", HEAD "vcpu0 wrmsr MTRRphysBase3 0x6\n", CAP_FAULTS,
	  { { 0 } }, { { .out = { .kind = OUT_GP } } }, DIFF_SAME, { 0 }, 0, 0 },
	{ "errno", HEAD "host slot 1 gpa=0x0 size=0x1000\n", 0,
	  { { .out = { .kind = OUT_ERRNO, .has_value = true, .value = 22 } } },
	  { { .out = { .kind = OUT_ERRNO, .has_value = true, .value = 17 } } },
	  DIFF_DIFFERS, { "outcome/slot/errno22>errno17@1" }, 0, 0 },
	{ "value", HEAD "vcpu0 rdmsr PAT\n", 0, { { .out = OK(1) } }, { { .out = OK(2) } },
	  DIFF_DIFFERS, { "value/rdmsr:PAT/differs@1" }, 0, 0 },
	{ "zapped by one", CD, 0,
	  { { .events = { MAP(1, 1, WB_IPAT(1)) } }, { .events = { ZAP(1, 1, WB_IPAT(1)) } } },
	  { { .events = { MAP(1, 1, WB_IPAT(1)) } }, { 0 } },
	  DIFF_DIFFERS, { "leaf-extra/cr0:cd-set/wb+ipat@2" }, 0, 0 },
	{ "mapped by the other", RD, 0, { { .events = { MAP(1, 1, WB_IPAT(1)) } } }, { { 0 } },
	  DIFF_DIFFERS, { "leaf-missing/read/wb+ipat@1" }, 0, 0 },
	{ "memtype", RD, 0,
	  { { .events = { MAP(1, 1, WB_IPAT(1)) } } }, { { .events = { MAP(1, 1, EPT(1, MT_UC, 0)) } } },
	  DIFF_DIFFERS, { "memtype/read/wb+ipat>uc@1" }, 0, 0 },
	{ "memtype of a target that has none", RD, CAP_MEMTYPES,
	  { { .events = { MAP(1, 1, WB_IPAT(1)) } } }, { { .events = { MAP(1, 1, EPT(1, MT_UC, 0)) } } },
	  DIFF_SAME, { 0 }, 0, 0 },
	{ "writable", RD, 0,
	  { { .events = { MAP(1, 1, WB_IPAT(1)) } } }, { { .events = { MAP(1, 1, RO(WB_IPAT(1))) } } },
	  DIFF_DIFFERS, { "writable/read/rw>ro@1" }, 0, 0 },
	{ "a huge leaf against small ones is one difference", RD, 0,
	  { { .events = { MAP(0, 2, WB_IPAT(0) | SPTE_PS) } } },
	  { { .events = { MAP(0, 1, WB_IPAT(0)), MAP(1, 1, WB_IPAT(1)), MAP(2, 1, WB_IPAT(2)) } } },
	  DIFF_DIFFERS, { "level/read/2m>4k@1" }, 0, 0 },
	{ "many leaves are one difference", RD, 0, { { 0 } },
	  { { .events = { MAP(0, 1, WB_IPAT(0)), MAP(1, 1, WB_IPAT(1)), MAP(2, 1, RO(WB_IPAT(2))) } } },
	  DIFF_DIFFERS, { "leaf-extra/read/wb+ipat@1" }, 0, 0 },
	{ "the first op that differs ends it", CD, 0,
	  { { .events = { MAP(1, 1, WB_IPAT(1)) } }, { .out = { .kind = OUT_GP } } }, { { 0 }, { 0 } },
	  DIFF_DIFFERS, { "leaf-missing/read/wb+ipat@1" }, 0, 0 },
	{ "what is ignored does not, and is not seen again", CD, 0,
	  { { .events = { MAP(1, 1, WB_IPAT(1)) } }, { .out = { .kind = OUT_GP } } }, { { 0 }, { 0 } },
	  DIFF_DIFFERS, { "outcome/cr0/gp>ok@2" }, 0, "leaf-missing/read/wb+ipat" },
	{ "crash", RD, 0, { { 0 } }, { { .status = TARGET_CRASH } },
	  DIFF_DIFFERS, { "crash/read/lives>crash@1" }, 0, 0 },
	{ "one warns", RD, 0, { { .warns = "f" } }, { { 0 } },
	  DIFF_DIFFERS, { "crash/read/warns>lives@1" }, 0, 0 },
	{ "both warn", RD, 0, { { .warns = "f" } }, { { .warns = "g" } }, DIFF_SAME, { 0 }, 0, 0 },
	{ "past a crash that is ignored and survived", CD, 0, { { 0 }, { .out = OK(1) } },
	  { { .status = TARGET_CRASH }, { .out = OK(2) } },
	  DIFF_DIFFERS, { "value/cr0/differs@2" }, 0, "crash/read/lives>crash" },
	{ "a crash that is ignored and not survived", CD, 0, { { 0 }, { .out = OK(1) } },
	  { { .status = TARGET_CRASH, .out = { .kind = OUT_ANY } }, { .out = OK(2) } },
	  DIFF_CUT, { 0 }, 0, "crash/read/lives>crash" },
	{ "both crash", RD, 0, { { .status = TARGET_CRASH } }, { { .status = TARGET_CRASH } },
	  DIFF_CUT, { 0 }, 0, 0 },
	{ "one hangs where the other crashes", RD, 0, { { .status = TARGET_HANG } }, { { .status = TARGET_CRASH } },
	  DIFF_DIFFERS, { "crash/read/hang>crash@1" }, 0, 0 },
	{ "infra", RD, 0, { { 0 } }, { { .status = TARGET_INFRA } }, DIFF_INFRA, { 0 }, 0, 0 },
	{ "what one cannot tell ends it", CD, 0,
	  { { .out = { .kind = OUT_ANY } }, { 0 } }, { { 0 }, { .out = { .kind = OUT_GP } } },
	  DIFF_CUT, { 0 }, 0, 0 },
	/* B skips: the second attempt runs B first, and A not at all, so A's tape is one op behind. */
	{ "what one cannot run, neither runs", CD, 0,
	  { { .out = OK(1) } }, { { .status = TARGET_SKIPPED }, { .out = OK(2) } },
	  DIFF_DIFFERS, { "value/cr0/differs@2" }, 1, 0 },
};

static struct program *parse(const char *text)
{
	struct program *program = malloc(sizeof(*program));
	struct parse_error error;

	assert_non_null(program);
	if (program_parse(program, text, strlen(text), "row", &error))
		fail_msg("%s does not parse: line %u: %s", text, error.line, error.expected);
	return program;
}

static bool ignore(const char *key, void *arg)
{
	return !strcmp(key, arg);
}

static void check(const char *name, const struct diff_result *result, enum diff_verdict verdict,
		  const char *const *keys, size_t max_keys)
{
	size_t nr = 0;

	if (result->verdict != verdict)
		fail_msg("%s: verdict %d, want %d (%s %s)", name, result->verdict, verdict,
			 result->why, result->nr ? result->differences[0].key : "");
	while (nr < max_keys && keys[nr])
		nr++;
	if (result->nr != nr)
		fail_msg("%s: %u differences, want %zu: %s", name, result->nr, nr,
			 result->nr > nr ? result->differences[nr].key : "");
	for (size_t i = 0; i < nr; i++) {
		char text[KEY_MAX + 16];

		snprintf(text, sizeof(text), "%s@%u", result->differences[i].key,
			 result->differences[i].step);
		assert_string_equal(text, keys[i]);
		assert_string_not_equal(result->differences[i].side[0], "");
		assert_string_not_equal(result->differences[i].side[0], result->differences[i].side[1]);
	}
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct program *program = parse(row->program);
		struct tape a = { 0 }, b = { 0 };
		struct diff_result result;
		struct diff *d;

		tape_load(&a, ALL_CAPS, row->a);
		tape_load(&b, ALL_CAPS & ~row->without, row->b);
		d = diff_new(&a.target, &b.target);
		if (row->ignore)
			diff_set_ignore(d, ignore, (void *)row->ignore);
		assert_int_equal(diff_unseen(d), row->without);
		diff_run(d, program, &result);
		check(row->name, &result, row->verdict, row->keys, 4);
		assert_int_equal(result.ops_left_out, row->left_out);
		diff_free(d);
		free(a.target.events);
		free(b.target.events);
		free(program);
	}
}

/* Non-coherent DMA and CD=1: WB+IPAT up to 6.6, WB from 6.7 on (B.4 and B.7, row 3), WB in 6.11 (B.8). */
static const struct {
	enum profile a, b;
	const char *program;
	enum diff_verdict verdict;
	const char *key;
} profile_rows[] = {
	{ PROFILE_LINUX_6_1, PROFILE_LINUX_6_1, "host dma on\nvcpu0 cr0 +cd\n", DIFF_SAME, NULL },
	{ PROFILE_LINUX_6_1, PROFILE_LINUX_6_7, "host dma on\nvcpu0 cr0 +cd\n", DIFF_DIFFERS,
	  "memtype/cr0:cd-set/wb+ipat>wb@2" },
	{ PROFILE_LINUX_6_1, PROFILE_LINUX_6_7, "vcpu0 cr0 +cd\nvcpu0 cr0 -cd\nhost dma on\n", DIFF_SAME, NULL },
	{ PROFILE_LINUX_6_7, PROFILE_LINUX_6_11, "host dma on\n", DIFF_DIFFERS,
	  "memtype/dma:first-on/uc>wb@1" },
	/* A holed mask with 2^28 pieces: an answer, and soon. */
	{ PROFILE_LINUX_6_7, PROFILE_LINUX_6_11, "vcpu0 wrmsr MTRRphysBase0 0x6\n"
	  "vcpu0 wrmsr MTRRphysMask0 0x1800\nvcpu0 wrmsr MTRRdefType 0x806\nhost dma on\n", DIFF_SAME, NULL },
};

static void test_profiles(void **state)
{
	for (size_t i = 0; i < sizeof(profile_rows) / sizeof(profile_rows[0]); i++) {
		char text[512];
		struct diff_result result;
		struct program *program;
		struct diff *d = diff_new_profiles(profile_rows[i].a, profile_rows[i].b);

		snprintf(text, sizeof(text), HEAD "%s", profile_rows[i].program);
		program = parse(text);
		diff_run(d, program, &result);
		check(profile_rows[i].program, &result, profile_rows[i].verdict, &profile_rows[i].key, 1);
		diff_free(d);
		free(program);
	}
}

static void test_minimize(void **state)
{
	static const char key[] = "memtype/cr0:cd-set/wb+ipat>wb";
	struct program *program = parse("zaplock 1\nmachine vcpus=2\nslot 0 gpa=0x0 size=0x400000\n---\n"
					"vcpu1 wrmsr PAT 0x6\nhost dma on\nvcpu0 read 0x1000\nvcpu1 wbinvd\n"
					"vcpu0 cr0 +cd\nvcpu0 cr0 -cd\n");
	struct program *want = parse("zaplock 1\n---\nhost dma on\nvcpu0 cr0 +cd\n");
	struct diff *d = diff_new_profiles(PROFILE_LINUX_6_1, PROFILE_LINUX_6_7);
	char text[2][512];

	assert_int_equal(diff_minimize(d, program, "no such key", 1000), 0);
	assert_true(diff_minimize(d, program, key, 10000) > 1);
	program_print(program, text[0], sizeof(text[0]));
	program_print(want, text[1], sizeof(text[1]));
	assert_string_equal(text[0], text[1]);
	diff_free(d);
	free(program);
	free(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_minimize),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

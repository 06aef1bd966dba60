// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine against tapes: each row is a program, what a target showed, and
 * the verdict that design 6 gives it. Memtypes in the rows come from rules B.4
 * (profile linux-6.1): no non-coherent DMA is WB+IPAT, with it the MTRRs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/tests/tape.h"

const struct target_ops *const target_table[] = { &tape_ops, NULL };

#define ALL_CAPS (CAP_FAULTS | CAP_MSR_VALUES | CAP_CR_VALUES | CAP_SPTES | CAP_SPTE_EVENTS | \
		  CAP_ZAP_EVENTS | CAP_TLB | CAP_GUEST_TLB | CAP_VCPUS | CAP_MEMTYPES)

#define EPT(pfn, type, flags) \
	((uint64_t)(pfn) << PAGE_SHIFT | (uint64_t)(type) << EPT_MT_SHIFT | EPT_R | EPT_W | \
	 EPT_X | SPTE_MMU_PRESENT | (flags))
#define WB_IPAT(pfn)	EPT(pfn, MT_WB, EPT_IPAT)
#define MAP(g, lvl, new)		{ .kind = EV_SPTE, .level = lvl, .gfn = g, .new_spte = new }
#define ZAP(g, lvl, old)		{ .kind = EV_SPTE, .level = lvl, .gfn = g, .old_spte = old }
#define CHANGE_TO(g, lvl, old, new) \
	{ .kind = EV_SPTE, .level = lvl, .gfn = g, .old_spte = old, .new_spte = new }
#define FILL(g, lvl, spte)	{ .kind = EV_FILL, .level = lvl, .gfn = g, .new_spte = spte }
#define ENTER(v)		{ .kind = EV_ENTER, .vcpu = v, .level = 1 }
#define FLUSH_ALL	{ .kind = EV_FLUSH, .vcpu = ALL_VCPUS, .level = 1, .end = 1ULL << 52 }
#define GUEST_FLUSH(v, scope)	{ .kind = EV_GUEST_FLUSH, .vcpu = v, .level = scope }

#define HEAD "zaplock 1\nmachine profile=linux-6.1\nslot 0 gpa=0x0 size=0x400000\n"
#define HEAD2 "zaplock 1\nmachine profile=linux-6.1 vcpus=2\nslot 0 gpa=0x0 size=0x400000\n"
/* Non-coherent DMA on, MTRRs enabled with default WB. */
#define DMA_WB "---\nhost dma on\nvcpu0 wrmsr MTRRdefType 0x806\n"

struct row {
	const char *name, *program;
	uint32_t without;			/* capabilities taken away */
	struct tape_step steps[8];
	enum verdict verdict;
	const char *findings[4];		/* "rule@step", NULL-terminated */
};

static const struct row rows[] = {
	{ "right leaf", HEAD "---\nvcpu0 read 0x1000\n", 0,
	  { { .events = { ENTER(0), MAP(1, 1, WB_IPAT(0x100)), FILL(1, 1, WB_IPAT(0x100)) } } },
	  VERDICT_CLEAN, { 0 } },
	{ "wrong type on install", HEAD "---\nvcpu0 read 0x1000\n", 0,
	  { { .events = { MAP(1, 1, EPT(0x100, MT_UC, EPT_IPAT)) } } },
	  VERDICT_FINDING, { "fresh-memtype@1" } },
	{ "wrong IPAT on install", HEAD "---\nvcpu0 read 0x1000\n", 0,
	  { { .events = { MAP(1, 1, EPT(0x100, MT_WB, 0)) } } },
	  VERDICT_FINDING, { "fresh-memtype@1" } },
	{ "zapped in time", HEAD DMA_WB "vcpu0 read 0x200000\nvcpu0 wrmsr MTRRdefType 0x800\n", 0,
	  { { 0 }, { 0 }, { .events = { MAP(0x200, 1, EPT(1, MT_WB, 0)) } },
	    { .events = { ZAP(0x200, 1, EPT(1, MT_WB, 0)), FLUSH_ALL } } },
	  VERDICT_CLEAN, { 0 } },
	{ "missed zap", HEAD DMA_WB "vcpu0 read 0x200000\nvcpu0 wrmsr MTRRdefType 0x800\n", 0,
	  { { 0 }, { 0 }, { .events = { MAP(0x200, 1, EPT(1, MT_WB, 0)) } } },
	  VERDICT_FINDING, { "missed-zap@4" } },
	{ "two changes that each leave the leaf are two findings",
	  HEAD DMA_WB "vcpu0 read 0x200000\nvcpu0 wrmsr MTRRdefType 0x800\nvcpu0 cr0 +cd\n", 0,
	  { { 0 }, { 0 }, { .events = { MAP(0x200, 1, EPT(1, MT_WB, 0)) } }, { 0 }, { 0 } },
	  VERDICT_FINDING, { "missed-zap@4", "missed-zap@5" } },
	{ "missed zap, target without zap events",
	  HEAD DMA_WB "vcpu0 read 0x200000\nvcpu0 wrmsr MTRRdefType 0x800\n",
	  CAP_ZAP_EVENTS | CAP_SPTE_EVENTS,
	  { { 0 }, { 0 }, { .events = { MAP(0x200, 1, EPT(1, MT_WB, 0)) } } },
	  VERDICT_FINDING, { "stale-memtype@4" } },
	{ "rewritten but not flushed",
	  HEAD DMA_WB "vcpu0 read 0x200000\nvcpu0 wrmsr MTRRdefType 0x800\nvcpu0 read 0x1000\n", 0,
	  { { 0 }, { 0 },
	    { .events = { MAP(0x200, 1, EPT(1, MT_WB, 0)), FILL(0x200, 1, EPT(1, MT_WB, 0)) } },
	    { .events = { CHANGE_TO(0x200, 1, EPT(1, MT_WB, 0), EPT(1, MT_UC, 0)) } },
	    { .events = { ENTER(0) } } },
	  VERDICT_FINDING, { "missed-flush@5" } },
	{ "split without a flush is no missed flush", HEAD "---\nvcpu0 read 0x0\nvcpu0 read 0x0\nvcpu0 read 0x0\n", 0,
	  { { .events = { MAP(0, 3, WB_IPAT(0x40000) | SPTE_PS), FILL(0, 3, WB_IPAT(0x40000) | SPTE_PS) } },
	    { .events = { CHANGE_TO(0, 3, WB_IPAT(0x40000) | SPTE_PS, SPTE_MMU_PRESENT),
			  MAP(0, 2, WB_IPAT(0x40000) | SPTE_PS) } },
	    { .events = { ENTER(0) } } },
	  VERDICT_FINDING, { "missed-flush@3" } },	/* only 2M of the 1G came back */
	{ "dirty and accessed bits never matter", HEAD "---\nvcpu0 read 0x1000\nvcpu0 read 0x1000\n", 0,
	  { { .events = { MAP(1, 1, WB_IPAT(9)), FILL(1, 1, WB_IPAT(9)) } },
	    { .events = { CHANGE_TO(1, 1, WB_IPAT(9), WB_IPAT(9) | 0x300), ENTER(0) } } },
	  VERDICT_CLEAN, { 0 } },
	{ "huge leaf over two types",
	  HEAD DMA_WB "vcpu0 wrmsr MTRRphysBase0 0x100000\nvcpu0 wrmsr MTRRphysMask0 0xfffff00800\nvcpu0 read 0x0\n", 0,
	  { { 0 }, { 0 }, { 0 }, { 0 },
	    { .events = { MAP(0, 2, EPT(0x200, MT_WB, SPTE_PS)) } } },
	  VERDICT_FINDING, { "mixed-hugepage@5" } },
	{ "leaf outside of any slot", HEAD "---\nvcpu0 read 0x800000\n", 0,
	  { { .out = { .kind = OUT_MMIO }, .events = { MAP(0x800, 1, WB_IPAT(1)) } } },
	  VERDICT_FINDING, { "slot-rule@1" } },
	{ "leaf survives its slot", HEAD "---\nvcpu0 read 0x1000\nhost slot 0 delete\n", 0,
	  { { .events = { MAP(1, 1, WB_IPAT(1)) } }, { 0 } },
	  VERDICT_FINDING, { "slot-rule@2" } },
	{ "fault that the rules do not give", HEAD "---\nvcpu0 wrmsr MTRRdefType 0x806\n", 0,
	  { { .out = { .kind = OUT_GP } } }, VERDICT_FINDING, { "msr-fault@1" } },
	{ "no fault where the rules give one", HEAD "---\nvcpu0 wrmsr MTRRdefType 0x802\n", 0,
	  { { 0 } }, VERDICT_FINDING, { "msr-fault@1" } },
	{ "wrong read-back", HEAD "---\nvcpu0 wrmsr MTRRphysBase0 0x1006\nvcpu0 rdmsr MTRRphysBase0\n", 0,
	  { { 0 }, { .out = { .kind = OUT_OK, .has_value = true, .value = 0x1000 } } },
	  VERDICT_FINDING, { "msr-value@2" } },
	{ "NW without CD", HEAD "---\nvcpu0 cr0 +nw\n", 0,
	  { { 0 } }, VERDICT_FINDING, { "cr-fault@1" } },
	{ "PGE toggle without linear flush", HEAD "---\nvcpu0 cr4 +pge\nvcpu0 read 0x1000\n", 0,
	  { { 0 }, { .events = { ENTER(0), MAP(1, 1, WB_IPAT(1)) } } },
	  VERDICT_FINDING, { "missed-flush@2" } },
	{ "PGE toggle with linear flush", HEAD "---\nvcpu0 cr4 +pge\nvcpu0 read 0x1000\n", 0,
	  { { .events = { GUEST_FLUSH(0, FLUSH_SCOPE_ALL) } },
	    { .events = { ENTER(0), MAP(1, 1, WB_IPAT(1)) } } },
	  VERDICT_CLEAN, { 0 } },
	{ "a zap too many is only an advisory", HEAD "---\nvcpu0 read 0x1000\nvcpu0 wrmsr PAT 0x0007040600070406\n", 0,
	  { { .events = { MAP(1, 1, WB_IPAT(1)) } }, { .events = { ZAP(1, 1, WB_IPAT(1)) } } },
	  VERDICT_CLEAN, { 0 } },
	{ "vCPUs that disagree: a leaf of either is fine", HEAD2 DMA_WB "vcpu0 read 0x200000\nvcpu1 read 0x200000\n", 0,
	  { { 0 }, { 0 }, { .events = { MAP(0x200, 1, EPT(1, MT_WB, 0)) } }, { 0 } },
	  VERDICT_CLEAN, { 0 } },
	{ "once they agree, the leaf of neither is stale",
	  HEAD2 DMA_WB "vcpu1 read 0x200000\nvcpu0 read 0x1000\nvcpu1 wrmsr MTRRdefType 0x806\n", 0,
	  { { 0 }, { 0 }, { .events = { MAP(0x200, 1, EPT(1, MT_UC, 0)) } }, { .events = { MAP(1, 1, EPT(2, MT_WB, 0)) } } },
	  VERDICT_FINDING, { "missed-zap@5" } },
	{ "overlap that the architecture leaves undefined",
	  HEAD DMA_WB "vcpu0 wrmsr MTRRphysBase0 0x200001\nvcpu0 wrmsr MTRRphysMask0 0xfffff00800\n"
	  "vcpu0 wrmsr MTRRphysBase1 0x200004\nvcpu0 wrmsr MTRRphysMask1 0xfffff00800\nvcpu0 read 0x200000\n", 0,
	  { { 0 }, { 0 }, { 0 }, { 0 }, { 0 }, { 0 }, { .events = { MAP(0x200, 1, EPT(1, MT_WC, 0)) } } },
	  VERDICT_UNDEFINED, { 0 } },
	{ "crash", HEAD "---\nvcpu0 read 0x1000\n", 0,
	  { { .status = TARGET_CRASH } }, VERDICT_FINDING, { "crash@1" } },
	{ "a warning is a finding, and the run goes on", HEAD "---\nvcpu0 read 0x1000\nvcpu0 read 0x2000\n", 0,
	  { { .warns = "f", .events = { MAP(1, 1, EPT(0x100, MT_UC, EPT_IPAT)) } }, { .warns = "g" } },
	  VERDICT_FINDING, { "crash@1", "fresh-memtype@1", "crash@2" } },
	{ "one place warns again and again: one finding",
	  HEAD "---\nvcpu0 read 0x1000\nvcpu0 wbinvd\nvcpu0 cr0 +cd\n", 0,
	  { { .warns = "f" }, { .warns = "f" }, { .warns = "f" } }, VERDICT_FINDING, { "crash@1" } },
	{ "what died where ends it", HEAD "---\nvcpu0 read 0x1000\nvcpu0 cr0 +nw\n", 0,
	  { { .warns = "f", .status = TARGET_CRASH }, { 0 } }, VERDICT_FINDING, { "crash@1" } },
	{ "hang", HEAD "---\nvcpu0 read 0x1000\n", 0,
	  { { .status = TARGET_HANG } }, VERDICT_FINDING, { "hang@1" } },
	{ "infra", HEAD "---\nvcpu0 read 0x1000\n", 0,
	  { { .status = TARGET_INFRA } }, VERDICT_INFRA, { 0 } },
	{ "skipped", HEAD "---\nvcpu0 smi\n", 0,
	  { { .status = TARGET_SKIPPED } }, VERDICT_SKIPPED, { 0 } },
};

static void run_text(struct tape *tape, const char *text, struct program *program,
		     struct result *result)
{
	static const struct lockstep_options options = { .explain = true };
	struct parse_error error;
	struct lockstep *ls;

	if (program_parse(program, text, strlen(text), "row", &error))
		fail_msg("row does not parse: line %u: %s", error.line, error.expected);
	ls = lockstep_new(&tape->target);
	assert_non_null(ls);
	lockstep_run(ls, program, &options, result);
	lockstep_free(ls);
	free(tape->target.events);
	tape->target.events = NULL;
	tape->target.max_events = 0;
}

static void test_rows(void **state)
{
	struct program *program = malloc(sizeof(*program));
	struct result *result = malloc(sizeof(*result));

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct tape tape = { 0 };
		unsigned nr = 0;

		tape_load(&tape, ALL_CAPS & ~row->without, row->steps);
		run_text(&tape, row->program, program, result);
		if (result->verdict != row->verdict)
			fail_msg("%s: verdict %s, want %s (%s%s)", row->name,
				 verdict_names[result->verdict], verdict_names[row->verdict],
				 result->why,
				 result->nr_findings ? result->findings[0].message : "");
		while (nr < 4 && row->findings[nr])
			nr++;
		assert_int_equal(result->nr_findings, nr);
		for (unsigned f = 0; f < nr; f++) {
			char text[64];

			snprintf(text, sizeof(text), "%s@%u",
				 verdict_rule_names[result->findings[f].rule],
				 result->findings[f].step);
			assert_string_equal(text, row->findings[f]);
		}
	}
	free(result);
	free(program);
}

/* `expect` lines: what equals, what is left over, what no longer shows (design 3). */
static void test_expectations(void **state)
{
	static const struct {
		const char *lines;
		bool met;
		enum verdict verdict;
	} expects[] = {
		{ "", false, VERDICT_FINDING },
		{ "expect clean\n", false, VERDICT_FINDING },
		{ "expect missed-zap\n", true, VERDICT_KNOWN },
		{ "expect missed-zap step=4 gpa=0x200123\n", true, VERDICT_KNOWN },
		{ "expect missed-zap step=3\n", false, VERDICT_FINDING },
		{ "expect missed-zap gpa=0x201000\n", false, VERDICT_FINDING },
		{ "expect missed-zap target=model:*\n", false, VERDICT_FINDING },
		{ "expect missed-zap target=ta?e profile=linux-6.*\n", true, VERDICT_KNOWN },
		{ "expect missed-zap\nexpect msr-fault\n", false, VERDICT_FINDING },
		{ "expect missed-zap\nexpect msr-fault target=kvm\n", true, VERDICT_KNOWN },
	};
	static const struct tape_step steps[8] = {
		[2] = { .events = { MAP(0x200, 1, EPT(1, MT_WB, 0)) } },
	};
	struct program *program = malloc(sizeof(*program));
	struct result *result = malloc(sizeof(*result));

	for (size_t i = 0; i < sizeof(expects) / sizeof(expects[0]); i++) {
		struct tape tape = { 0 };
		char text[512];

		snprintf(text, sizeof(text), "%s%s", HEAD DMA_WB
			 "vcpu0 read 0x200000\nvcpu0 wrmsr MTRRdefType 0x800\n", expects[i].lines);
		tape_load(&tape, ALL_CAPS, steps);
		run_text(&tape, text, program, result);
		expect_evaluate(program, result);
		if (result->expectation_met != expects[i].met ||
		    result->verdict != expects[i].verdict)
			fail_msg("`%s`: met %d, verdict %s: %s", expects[i].lines,
				 result->expectation_met, verdict_names[result->verdict],
				 result->expectation);
		assert_int_equal(result_exit_code(result), !expects[i].met);
	}
	free(result);
	free(program);
}

/* The key of a warning says where, not what led there; an erratum elsewhere may explain it. */
static void test_warnings(void **state)
{
	static const struct {
		struct tape_step step;
		const char *key, *message;
		enum rule_id rule_id;
	} rows[] = {
		{ { .warns = "f" }, "crash/warn/f/type", "WARN_ON(x) in f() at mmu.c:7, called by b < c",
		  RULE_CRASH_WARN },
		{ { .warns = "f", .status = TARGET_CRASH }, "crash/died/f/type",
		  "WARN_ON(x) in f() at mmu.c:7, called by b < c", RULE_CRASH },
		{ { .status = TARGET_CRASH }, "crash/none/died>lives/type", "the tape says so", RULE_CRASH },
		{ { .status = TARGET_HANG }, "hang/none/died>lives/type", "the tape says so", RULE_HANG },
	};
	struct program *program = malloc(sizeof(*program));
	struct result *result = malloc(sizeof(*result));

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding *f = &result->findings[0];
		struct tape tape = { 0 };

		tape_load(&tape, ALL_CAPS, &rows[i].step);
		run_text(&tape, HEAD "---\nvcpu0 read 0x1000\n", program, result);
		assert_int_equal(result->nr_findings, 1);
		assert_string_equal(f->key, rows[i].key);
		assert_string_equal(f->message, rows[i].message);
		assert_int_equal(f->rule_id, rows[i].rule_id);
		expect_evaluate(program, result);
		assert_int_equal(result_exit_code(result), 1);
		result->findings[0].known = true;
		expect_evaluate(program, result);
		assert_int_equal(result->verdict, VERDICT_KNOWN);
		assert_int_equal(result_exit_code(result), 0);
	}
	free(result);
	free(program);
}

/* A target whose events and tables disagree is broken, and nothing it showed counts. */
static void test_cross_check(void **state)
{
	static const struct tape_step steps[2] = {
		{ .events = { MAP(1, 1, WB_IPAT(1)) } },
	};
	struct program *program = malloc(sizeof(*program));
	struct result *result = malloc(sizeof(*result));
	struct tape tape = { 0 };

	tape_load(&tape, ALL_CAPS, steps);
	run_text(&tape, HEAD "---\nvcpu0 read 0x1000\n", program, result);
	assert_int_equal(result->verdict, VERDICT_CLEAN);
	assert_int_equal(result->leaves_at_end, 1);
	tape_load(&tape, ALL_CAPS, steps);
	tape.lies = true;
	run_text(&tape, HEAD "---\nvcpu0 read 0x1000\n", program, result);
	assert_int_equal(result->verdict, VERDICT_INFRA);
	free(result);
	free(program);
}

/* The parser keeps its own list of what can be expected, since arrows point towards it. */
static void test_expectable_rules(void **state)
{
	struct program *program = malloc(sizeof(*program));

	for (unsigned rule = 0; rule < NR_VERDICT_RULES; rule++) {
		struct parse_error error;
		char text[128];
		int refused;

		snprintf(text, sizeof(text), "zaplock 1\n---\nvcpu0 wbinvd\nexpect %s\n",
			 verdict_rule_names[rule]);
		refused = program_parse(program, text, strlen(text), "row", &error);
		if (!refused != (rule < VR_FIRST_ADVISORY))
			fail_msg("expect %s: %s", verdict_rule_names[rule], error.expected);
		assert_int_equal(verdict_rule_by_name(verdict_rule_names[rule]), rule);
	}
	free(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expectable_rules),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_cross_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defects that are listed as equivalent are: on small machines every program
 * up to a length, over the ops that could matter, comes to the same findings
 * and advisories with the defect and without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/lockstep/lockstep.h"
#include "harness/targets/model/model.h"

const struct target_ops *const target_table[] = { &model_target_ops, NULL };

/* Everything that changes a role, flushes, or looks at what a flush left behind. */
#define ROLE_OPS \
	"vcpu0 cr0 -pg\nvcpu0 cr0 +pg\nvcpu0 cr0 +wp\nvcpu0 cr0 -wp\nvcpu0 cr4 +smep\nvcpu0 cr4 -smep\n" \
	"vcpu0 cr4 +pae\nvcpu0 cr4 -pae\nvcpu0 cr4 +pge\nvcpu0 cr3 0x5000\nvcpu0 read 0x1000\n" \
	"vcpu0 write 0x200000\nvcpu0 smi\nvcpu0 rsm\nvcpu0 init\nhost invalidate 0x0 0x400000\n"

/* What fills yan-v4's queue with several ranges, and what shows if one was not zapped. */
#define QUEUE_SETUP \
	"host backing 0x0 1G 4k\nhost dma on\nvcpu0 wrmsr 0x200 0x100000\nvcpu0 wrmsr 0x201 0xfffffff800\n" \
	"vcpu0 wrmsr 0x202 0x200004\nvcpu0 wrmsr 0x203 0xfffffff800\nvcpu0 wrmsr 0x204 0x200001\n" \
	"vcpu0 wrmsr 0x205 0xffffffe800\nvcpu0 wrmsr 0x2ff 0x806\n"
#define QUEUE_OPS \
	"vcpu0 cr0 +cd\nvcpu0 cr0 -cd\nvcpu0 read 0x0\nvcpu0 read 0x100000\nvcpu0 read 0x200000\n" \
	"vcpu0 wrmsr 0x2ff 0xc06\nvcpu0 wrmsr 0x2ff 0x806\nvcpu0 wrmsr 0x250 0x0606060606060606\n" \
	"vcpu0 wrmsr 0x203 0\nvcpu1 cr0 +cd\nvcpu1 cr0 -cd\nvcpu1 read 0x100000\n"

struct plan {
	const char *defect, *machine, *setup, *ops;
	unsigned length;
};

static const struct plan plans[] = {
#define ROLE_PLANS(defect) \
	{ defect, "vendor=intel start=running", "", ROLE_OPS, 4 }, \
	{ defect, "vendor=intel start=pae32", "", ROLE_OPS, 4 }, \
	{ defect, "vendor=intel start=real", "", ROLE_OPS, 4 }, \
	{ defect, "vendor=intel tdp=off start=pae32", "", ROLE_OPS, 4 }, \
	{ defect, "vendor=amd start=running", "", ROLE_OPS, 4 }, \
	{ defect, "vendor=amd start=pae32", "", ROLE_OPS, 4 }
	ROLE_PLANS("no-flush-pg"),
	ROLE_PLANS("no-flush-smep"),
	{ "yan-unsorted", "vendor=intel vcpus=2", QUEUE_SETUP, QUEUE_OPS, 4 },
};

#define MAX_LENGTH 8

struct pair {
	struct target *target;
	struct lockstep *ls;
	struct result result;
};

static const struct model_defect_info *defect_info(const char *name)
{
	const struct model_defect_info *d = model_defect_table;

	while (d->name && strcmp(d->name, name))
		d++;
	return d;
}

static void open_pair(struct pair *pair, const char *spec)
{
	char error[256];

	pair->target = target_open(spec, error, sizeof(error));
	if (!pair->target)
		fail_msg("%s", error);
	pair->ls = lockstep_new(pair->target);
	assert_non_null(pair->ls);
}

static void close_pair(struct pair *pair)
{
	lockstep_free(pair->ls);
	target_close(pair->target);
}

static bool same_result(const struct result *a, const struct result *b)
{
	if (a->verdict != b->verdict || a->nr_findings != b->nr_findings)
		return false;
	for (unsigned i = 0; i < a->nr_findings; i++)
		if (strcmp(a->findings[i].key, b->findings[i].key) ||
		    a->findings[i].step != b->findings[i].step)
			return false;
	return true;
}

static void load(struct program *program, const char *format, const char *a, const char *b)
{
	struct parse_error error;
	char text[4096];
	int length = snprintf(text, sizeof(text), format, a, b);

	if (program_parse(program, text, length, "plan", &error))
		fail_msg("line %u: %s, not %s", error.line, error.expected, error.text);
}

static void compare_all(const struct plan *plan)
{
	static struct program program, ops;
	static struct pair sound, defective;
	const struct lockstep_options options = { .advisories = true };
	unsigned digits[MAX_LENGTH] = { 0 }, setup;
	unsigned long programs = 0;
	char spec[128], *text;

	snprintf(spec, sizeof(spec), "model:%s", defect_info(plan->defect)->policy);
	open_pair(&sound, spec);
	snprintf(spec + strlen(spec), sizeof(spec) - strlen(spec), ",defect=%s", plan->defect);
	open_pair(&defective, spec);
	load(&program, "zaplock 1\nmachine %s\nslot 0 gpa=0 size=4M\n---\n%s", plan->machine, plan->setup);
	load(&ops, "zaplock 1\nmachine %s\nslot 0 gpa=0 size=4M\n---\n%s", plan->machine, plan->ops);
	setup = program.nr_ops;
	program.nr_ops += plan->length;
	for (unsigned place = 0; place < plan->length; programs++) {
		for (unsigned i = 0; i < plan->length; i++)
			program.ops[setup + i] = ops.ops[digits[i]];
		lockstep_run(sound.ls, &program, &options, &sound.result);
		lockstep_run(defective.ls, &program, &options, &defective.result);
		if (!same_result(&sound.result, &defective.result)) {
			text = malloc(65536);
			program_print(&program, text, 65536);
			fail_msg("%s shows on\n%s", plan->defect, text);
		}
		for (place = 0; place < plan->length && ++digits[place] == ops.nr_ops; place++)
			digits[place] = 0;
	}
	print_message("%s, %s: %lu programs\n", plan->defect, plan->machine, programs);
	close_pair(&sound);
	close_pair(&defective);
}

static void test_equivalent(void **state)
{
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		compare_all(&plans[i]);
}

/* Nothing is called equivalent that was not shown to be. */
static void test_each_is_shown(void **state)
{
	for (const struct model_defect_info *d = model_defect_table; d->name; d++) {
		bool planned = false;

		for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
			planned |= !strcmp(plans[i].defect, d->name);
		if (planned != (d->kind == MODEL_DEFECT_EQUIVALENT))
			fail_msg("%s is %s", d->name, planned ? "not listed as equivalent" : "not shown to be equivalent");
	}
}

/* The same programs do tell a defect that is not equivalent. */
static void test_programs_can_tell(void **state)
{
	static struct pair sound, defective;
	static struct program program;
	const struct lockstep_options options = { .advisories = true };

	open_pair(&sound, "model:yan-v4");
	open_pair(&defective, "model:yan-v4,defect=yan-queue-one");
	load(&program, "zaplock 1\nmachine %s\nslot 0 gpa=0 size=4M\n---\n" QUEUE_SETUP "%s",
	     "vendor=intel", "vcpu0 read 0x100000\nvcpu0 read 0x200000\nvcpu0 read 0x0\nvcpu0 cr0 +cd\n");
	lockstep_run(sound.ls, &program, &options, &sound.result);
	lockstep_run(defective.ls, &program, &options, &defective.result);
	assert_false(same_result(&sound.result, &defective.result));
	close_pair(&sound);
	close_pair(&defective);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equivalent),
		cmocka_unit_test(test_each_is_shown),
		cmocka_unit_test(test_programs_can_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

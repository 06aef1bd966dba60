// SPDX-License-Identifier: GPL-2.0-only
/*
 * The minimizer on properties whose smallest program is known, and on random
 * ones, where the result must be 1-minimal: every single line is taken out of
 * the text and the property must go with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "harness/program/tests/random_program.h"

static struct program program, original, candidate;
static char text[PROGRAM_MAX_TEXT + 1], cut[PROGRAM_MAX_TEXT + 1];

static void parse_into(struct program *p, const char *source)
{
	struct parse_error error;
	char message[512];

	if (!program_parse(p, source, strlen(source), "t", &error))
		return;
	parse_error_format(&error, message, sizeof(message));
	fail_msg("%s", message);
}

/* ---- properties ----------------------------------------------------- */

struct property {
	minimize_keeps keeps;
	const void *arg;
	unsigned long runs;
};

/* Counts, and insists on candidates being valid and bare. */
static bool counted_keeps(const struct program *p, void *arg)
{
	static struct program repaired;
	struct property *property = arg;

	property->runs++;
	program_copy(&repaired, p);
	program_repair(&repaired);
	assert_true(program_equal(p, &repaired));
	assert_int_equal(p->nr_expects + p->nr_notes, 0);
	return property->keeps(p, (void *)property->arg);
}

/* DMA is on, and a page that was written under CR0.CD is there when CD goes. */
static bool stale_after_cd(const struct program *p, void *arg)
{
	bool dma = false, cd = false, written = false;

	for (unsigned i = 0; i < p->nr_ops; i++) {
		const struct op *op = &p->ops[i];
		uint64_t gpa = op->v[0] & ~0xfffULL;
		const struct slot *slot = &p->machine.slots[1];

		if (op->kind == OP_DMA)
			dma = op->arg;
		if (op->kind == OP_CR0 && op->flags & OP_DELTA && op->v[0] & CR0_CD)
			cd = true;
		if (op->kind == OP_WRITE && !(op->flags & OP_VA) && dma && cd &&
		    gpa - slot->gpa < slot->size)
			written = true;
		if (op->kind == OP_CR0 && op->flags & OP_DELTA && op->v[1] & CR0_CD) {
			if (written)
				return true;
			cd = false;
		}
	}
	return false;
}

/* Two vCPUs write CR0 in one group, a lower one first, and the higher one is stopped at a zap. */
static bool scheduled_race(const struct program *p, void *arg)
{
	for (unsigned i = 0; i < p->nr_switches; i++) {
		const struct sched_switch *s = &p->switches[i];
		unsigned vcpus = 0;

		for (unsigned j = s->op; j < group_end(p, s->op); j++)
			if (p->ops[j].kind == OP_CR0)
				vcpus |= 1u << p->ops[j].vcpu;
		if (!strcmp(s->point, "zap-begin") && __builtin_popcount(vcpus) > 1 &&
		    p->ops[s->op].vcpu < s->vcpu)
			return true;
	}
	return false;
}

/* As many on as off: no single line can go, pairs can. */
static bool balanced_dma(const struct program *p, void *arg)
{
	int on = 0, off = 0;

	for (unsigned i = 0; i < p->nr_ops; i++)
		if (p->ops[i].kind == OP_DMA)
			*(p->ops[i].arg ? &on : &off) += 1;
	return on && on == off;
}

static bool machine_matters(const struct program *p, void *arg)
{
	const struct machine *m = &p->machine;

	return m->maxphyaddr == 52 && m->vendor == VENDOR_AMD && m->nr_vcpus >= 2 &&
	       m->quirks_off & QUIRK_SLOT_ZAP_ALL;
}

/* A value has certain bits. */
static bool bits_matter(const struct program *p, void *arg)
{
	for (unsigned i = 0; i < p->nr_ops; i++)
		if (p->ops[i].kind == OP_WRMSR && p->ops[i].arg == MSR_MTRR_DEF_TYPE &&
		    (p->ops[i].v[0] & 0xc00) == 0xc00)
			return true;
	return false;
}

/* The quirk is off when a page is read, however it came to be. */
static bool read_without_quirk(const struct program *p, void *arg)
{
	uint32_t off = p->machine.quirks_off;

	for (unsigned i = 0; i < p->nr_ops; i++) {
		if (p->ops[i].kind == OP_QUIRK)
			off = p->ops[i].v[0] ? off & ~p->ops[i].arg : off | p->ops[i].arg;
		if (p->ops[i].kind == OP_READ && off & QUIRK_CD_NW_CLEARED)
			return true;
	}
	return false;
}

static bool has_kind(const struct program *p, enum op_kind kind)
{
	for (unsigned i = 0; i < p->nr_ops; i++)
		if (p->ops[i].kind == kind)
			return true;
	return false;
}

/* Two ops show it, and so does another one alone. */
static bool two_or_one(const struct program *p, void *arg)
{
	return (has_kind(p, OP_WBINVD) && has_kind(p, OP_INVD)) || has_kind(p, OP_READ);
}

/* An SMI of a vCPU that had its registers set, or never ran. */
static bool smi_in_state(const struct program *p, void *arg)
{
	return has_kind(p, OP_SMI) && (has_kind(p, OP_SREGS) || p->machine.start == START_RESET);
}

/* A write before or after INIT, but if after, then with another op. */
static bool order_matters(const struct program *p, void *arg)
{
	bool init = false, write = false;

	for (unsigned i = 0; i < p->nr_ops; i++) {
		if (p->ops[i].kind == OP_WRITE && init && has_kind(p, OP_SIPI))
			return true;
		if (p->ops[i].kind == OP_INIT && write)
			return true;
		init |= p->ops[i].kind == OP_INIT;
		write |= p->ops[i].kind == OP_WRITE;
	}
	return false;
}

static bool always(const struct program *p, void *arg)
{
	return true;
}

#define NOISE	"vcpu0 rdmsr PAT\nvcpu1 wbinvd\nhost invalidate 0x1000 0x5000\nvcpu2 write 0x3000\n" \
		"together\nvcpu0 init\nvcpu1 smi\nend\nvcpu3 wrmsr MTRRphysBase5 0x40000006\n"

static const struct {
	minimize_keeps keeps;
	const char *text, *smallest;
} rows[] = {
	{ stale_after_cd,
	  "# comment\nzaplock 1\nmachine profile=linux-6.1 vcpus=4 maxphyaddr=48 start=reset\n"
	  "quirk slot-zap-all off\nslot 0 gpa=0 size=2M\nslot 1 gpa=1G size=16M dirty-log\n"
	  "slot 2 gpa=8G size=3G\n---\n" NOISE "host dma on\n" NOISE "vcpu2 cr0 +cd +wp\n" NOISE
	  "vcpu3 write 0x40123456\n# why\n" NOISE "vcpu2 cr0 -cd -nw\n" NOISE "expect clean\n",
	  "zaplock 1\nmachine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on\n"
	  "slot 1 gpa=0x0 size=0x1000\n---\nhost dma on\nvcpu0 cr0 +cd\nvcpu0 write 0x0\n"
	  "vcpu0 cr0 -cd\n" },
	{ scheduled_race,
	  "zaplock 1\nmachine vcpus=4\n---\n" NOISE
	  "together sched=3@zap-begin,1@x,3@zap-end\nvcpu1 cr0 +nw +cd\nvcpu3 cr0 -wp\nhost dma on\n"
	  "vcpu2 cr0 0x80000031\nend\n" NOISE,
	  "zaplock 1\nmachine vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on\n"
	  "---\ntogether sched=1@zap-begin\n  vcpu0 cr0 +cd\n  vcpu1 cr0 -wp\nend\n" },
	{ machine_matters,
	  "zaplock 1\nmachine vendor=amd vcpus=4 maxphyaddr=52 tdp=off cpuid-mtrr=off selfsnoop=off "
	  "profile=yan-v4 start=real\nquirk slot-zap-all off\nquirk cd-nw-cleared off\n---\n" NOISE,
	  "zaplock 1\nmachine vendor=amd vcpus=2 maxphyaddr=52 cpuid-mtrr=on tdp=on selfsnoop=on\n"
	  "quirk slot-zap-all off\n---\n" },
	{ bits_matter,
	  "zaplock 1\nmachine vcpus=4\n---\n" NOISE "vcpu3 wrmsr MTRRdefType 0xffffffffffffffff\n",
	  "zaplock 1\nmachine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on\n"
	  "---\nvcpu0 wrmsr MTRRdefType 0xc00\n" },
#define BARE	"zaplock 1\nmachine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on\n"
	/* What escape.c is for: no single line of these can go. */
	{ read_without_quirk,
	  "zaplock 1\n---\nhost quirk cd-nw-cleared off\nvcpu0 read 0x0\n",
	  BARE "quirk cd-nw-cleared off\n---\nvcpu0 read 0x0\n" },
	{ two_or_one, "zaplock 1\n---\nvcpu0 wbinvd\nvcpu0 invd\n", BARE "---\nvcpu0 read 0x0\n" },
	{ smi_in_state, "zaplock 1\n---\nhost sregs vcpu0 cr0=0x80000031\nvcpu0 smi\n",
	  "zaplock 1\nmachine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset\n"
	  "---\nvcpu0 smi\n" },
	{ order_matters, "zaplock 1\n---\nvcpu0 init\nvcpu0 sipi\nvcpu0 write 0x0\n",
	  BARE "---\nvcpu0 write 0x0\nvcpu0 init\n" },
	{ always,
	  "zaplock 1\nmachine vcpus=4\nslot 7 gpa=0 size=1G\n---\n" NOISE NOISE,
	  "zaplock 1\nmachine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on\n"
	  "---\n" },
};

/* ---- 1-minimal ------------------------------------------------------ */

static const struct program *smallest;

static void assert_gone(const struct property *property, const char *what)
{
	struct parse_error error;

	/* A text that does not parse, or that leaves out a default, is no smaller program. */
	if (!program_parse(&candidate, cut, strlen(cut), "cut", &error) &&
	    !program_equal(&candidate, smallest) &&
	    property->keeps(&candidate, (void *)property->arg))
		fail_msg("%s can go:\n%s", what, text);
}

/* @text without [start, end) */
static void cut_out(const char *start, const char *end)
{
	size_t before = start - text;

	memcpy(cut, text, before);
	strcpy(cut + before, end);
}

/* Takes each key out of the machine line, and each switch out of a schedule. */
static void assert_words_needed(const struct property *property, char *line, char separator)
{
	for (char *p = line; *p && *p != '\n'; p++) {
		char *end = p + 1;

		if (*p != separator)
			continue;
		while (*end && *end != '\n' && *end != separator)
			end++;
		cut_out(p, end);
		assert_gone(property, "a key or switch");
	}
}

static void assert_one_minimal(const struct program *p, const struct property *property)
{
	char *line, *next;

	smallest = p;
	program_print(p, text, sizeof(text));
	for (line = text; *line; line = next) {
		next = strchr(line, '\n') + 1;
		cut_out(line, next);
		assert_gone(property, "a line");
		if (!strncmp(line, "machine", 7))
			assert_words_needed(property, line, ' ');
		if (!strncmp(line, "together sched=", 15)) {
			assert_words_needed(property, line, ',');
			assert_words_needed(property, line, ' ');
		}
		if (!strncmp(line, "together", 8)) {
			char *end = strstr(line, "\nend\n") + 1;

			/* The group away, its ops left. */
			cut_out(line, next);
			memmove(cut + (end - text) - (next - line),
				cut + (end - text) - (next - line) + 4,
				strlen(end + 4) + 1);
			assert_gone(property, "a group");
			cut_out(line, end + 4);
			assert_gone(property, "a group with its ops");
		}
	}
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct property property = { rows[i].keeps, NULL, 0 };

		parse_into(&program, rows[i].text);
		assert_int_equal(program_minimize(&program, counted_keeps, &property, 100000),
				 property.runs);
		program_print(&program, text, sizeof(text));
		assert_string_equal(text, rows[i].smallest);
		assert_one_minimal(&program, &property);
	}
}

static void test_balanced(void **state)
{
	struct property property = { balanced_dma, NULL, 0 };

	parse_into(&program, "zaplock 1\nmachine vcpus=4\n---\nhost dma on\n" NOISE
			     "host dma off\nhost dma on\n" NOISE "host dma off\nhost dma off\n"
			     "host dma on\n");
	program_minimize(&program, counted_keeps, &property, 100000);
	assert_int_equal(program.nr_ops, 2);
	assert_one_minimal(&program, &property);
}

/* The ops of @arg's kinds occur in this order, on a machine like that of the original. */
struct wanted {
	uint8_t kinds[4];
	unsigned nr;
	bool tdp, group;
	unsigned nr_slots;
};

static bool has_wanted(const struct program *p, void *arg)
{
	const struct wanted *wanted = arg;
	unsigned found = 0, slots = 0;
	bool group = false;

	for (unsigned i = 0; i < p->nr_ops; i++) {
		if (found < wanted->nr && p->ops[i].kind == wanted->kinds[found])
			found++;
		group |= p->ops[i].flags & OP_ALONG;
	}
	for (unsigned i = 0; i < MAX_SLOTS; i++)
		slots += p->machine.slots[i].size != 0;
	return found == wanted->nr && (group || !wanted->group) &&
	       p->machine.tdp == wanted->tdp && slots >= wanted->nr_slots;
}

static void test_random(void **state)
{
	for (unsigned i = 0; i < 300; i++) {
		struct wanted wanted = { .nr = 0 };
		struct property property = { has_wanted, &wanted, 0 };

		random_program(&program, 40);
		for (unsigned j = 0; j < program.nr_ops && wanted.nr < 4; j++)
			if (random_below(program.nr_ops) < 4)
				wanted.kinds[wanted.nr++] = program.ops[j].kind;
		wanted.tdp = program.machine.tdp;
		for (unsigned j = 0; j < program.nr_ops; j++)
			wanted.group |= program.ops[j].flags & OP_ALONG;
		for (unsigned j = 0; j < MAX_SLOTS; j++)
			wanted.nr_slots += program.machine.slots[j].size && random_below(2);
		program_copy(&original, &program);
		assert_true(program_minimize(&program, counted_keeps, &property, 100000) > 0);
		assert_true(has_wanted(&program, &wanted));
		assert_true(program.nr_ops <= wanted.nr + 2u * wanted.group);
		assert_one_minimal(&program, &property);
	}
}

static void test_bounded(void **state)
{
	for (unsigned long max = 0; max < 60; max++) {
		struct property property = { stale_after_cd, NULL, 0 };

		parse_into(&program, rows[0].text);
		assert_int_equal(program_minimize(&program, counted_keeps, &property, max), max);
		assert_int_equal(property.runs, max);
		assert_true(stale_after_cd(&program, NULL));
	}
}

static void test_not_shown(void **state)
{
	struct property property = { scheduled_race, NULL, 0 };

	parse_into(&program, rows[0].text);
	program_copy(&original, &program);
	assert_int_equal(program_minimize(&program, counted_keeps, &property, 1000), 0);
	assert_true(program_equal(&program, &original));
}

/* A schedule follows its group when that loses its first op. */
static void test_remove_ops(void **state)
{
	parse_into(&program, "zaplock 1\nmachine vcpus=2\n---\ntogether sched=1@a,0@b\nvcpu0 init\n"
			     "vcpu1 init\nvcpu0 rsm\nend\ntogether sched=1@c\nvcpu0 smi\nvcpu1 smi\nend\n");
	program_remove_ops(&program, 0, 1);
	program_print(&program, text, sizeof(text));
	assert_non_null(strstr(text, "---\ntogether sched=1@a,0@b\n  vcpu1 init\n  vcpu0 rsm\nend\n"
				     "together sched=1@c\n  vcpu0 smi\n  vcpu1 smi\nend\n"));
	/* From within one group into the next: the rests stay apart. */
	program_remove_ops(&program, 1, 2);
	program_print(&program, text, sizeof(text));
	assert_non_null(strstr(text, "---\ntogether sched=1@a\n  vcpu1 init\nend\n"
				     "together sched=1@c\n  vcpu1 smi\nend\n"));
	program_remove_ops(&program, 0, 1);
	program_print(&program, text, sizeof(text));
	assert_non_null(strstr(text, "---\ntogether sched=1@c\n  vcpu1 smi\nend\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_balanced),
		cmocka_unit_test(test_random), cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_not_shown), cmocka_unit_test(test_remove_ops),
	};

	random_seed("program_minimize");
	return cmocka_run_group_tests_name("program_minimize", tests, NULL, NULL);
}

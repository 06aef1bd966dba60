// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search over schedules against its slow twin, which runs every one: the
 * same final states, the same findings, from fewer schedules. And what it finds
 * of known races, with as few switches as there are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/explore.h"
#include "harness/lockstep/trace_hash.h"
#include "harness/targets/model/tests/rig.h"

#define HEAD	"zaplock 1\nmachine vcpus=2\nslot 0 gpa=0x0 size=4M\nslot 1 gpa=1G size=1G\n---\n"
#define HALF_UC	"vcpu0 wrmsr MTRRphysBase0 0x40000000\nvcpu0 wrmsr MTRRphysMask0 0xffe0000800\n" \
		"vcpu0 wrmsr MTRRdefType 0x806\n"
#define GROUP(...) "together\n" __VA_ARGS__ "end\n"

#define MAX_STATES 4096u

struct states {
	struct target *target;
	unsigned nr;
	uint64_t state[MAX_STATES];
	unsigned nr_keys;
	char key[16][KEY_MAX];
	unsigned switches;	/* of the last schedule that was found ... */
	char schedule[128];	/* ... "0@fault-pfn,host@end" */
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return trace_mix(hash * 31 + value);
}

/* What is left when all have ended, but for names that depend on who came first. */
static uint64_t final_state(struct target *target, const struct result *result)
{
	const struct model *m = (struct model *)target;
	static struct leaf leaves[4096];
	size_t nr = target->ops->snapshot(target, leaves, 4096);
	uint64_t hash = 0, sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += mix(mix(leaves[i].gfn << 8 | leaves[i].level << 4 | leaves[i].as_id, leaves[i].spte), 1);
	for (unsigned v = 0; v < m->vm.machine.nr_vcpus; v++) {
		const struct vcpu *vcpu = &m->vm.vcpus[v];

		hash = mix(hash, vcpu->requests << 2 | vcpu->has_run << 1 | (vcpu->root == NO_ROOT));
		hash = mix(hash, vcpu->mode.cr0 ^ vcpu->mtrr.def_type << 32);
		for (unsigned i = 0; i < vcpu->tlb.nr; i++)
			sum += mix(vcpu->tlb.entry[i].gfn, vcpu->tlb.entry[i].spte + v);
	}
	for (unsigned i = 0; i < result->nr_findings; i++) {
		for (const char *k = result->findings[i].key; *k; k++)
			hash = mix(hash, *k);
	}
	return mix(mix(mix(hash, sum), m->vm.nr_queue), m->vm.dma_count << 8 | result->verdict);
}

static void ran(void *arg, const struct result *result)
{
	struct states *s = arg;
	uint64_t state = final_state(s->target, result);

	for (unsigned i = 0; i < s->nr; i++) {
		if (s->state[i] == state)
			return;
	}
	assert_true(s->nr < MAX_STATES);
	s->state[s->nr++] = state;
}

static void found(void *arg, const struct program *program, const struct finding *finding,
		  const struct result *result)
{
	struct states *s = arg;
	size_t at = 0;

	assert_true(s->nr_keys < 16);
	strcpy(s->key[s->nr_keys++], finding->key);
	s->switches = program->nr_switches;
	s->schedule[0] = '\0';
	for (unsigned i = 0; i < program->nr_switches && at < sizeof(s->schedule) - 48; i++)
		at += snprintf(s->schedule + at, sizeof(s->schedule) - at, "%s%u@%s", i ? "," : "",
			       program->switches[i].vcpu, program->switches[i].point);
}

static bool has(const struct states *s, uint64_t state)
{
	for (unsigned i = 0; i < s->nr; i++) {
		if (s->state[i] == state)
			return true;
	}
	return false;
}

static void explore(const char *model, const char *text, struct explore_options options,
		    struct explore_stats *stats, struct states *s)
{
	static struct program program;
	struct result *result = malloc(sizeof(*result));
	struct parse_error parse_error;
	char error[200], spec[64];
	struct lockstep *ls;

	if (program_parse(&program, text, strlen(text), "case", &parse_error)) {
		parse_error_format(&parse_error, error, sizeof(error));
		fail_msg("%s", error);
	}
	snprintf(spec, sizeof(spec), "model:%s", model);
	*s = (struct states){ .target = target_open(spec, error, sizeof(error)) };
	if (!s->target)
		fail_msg("%s", error);
	ls = lockstep_new(s->target);
	assert_non_null(ls);
	options.ran = ran;
	options.found = found;
	options.arg = s;
	assert_int_equal(lockstep_explore(ls, &program, &options, stats, result), 0);
	lockstep_free(ls);
	target_close(s->target);
	free(result);
}

static const struct {
	const char *name, *model, *text;
	unsigned preemptions;
} small_groups[] = {
	{ "fault, DMA starts", "linux-6.7", HEAD HALF_UC GROUP("vcpu0 read 1G\nhost dma on\n"), 3 },
	{ "two faults, one page", "linux-6.1", HEAD GROUP("vcpu0 write 1G\nvcpu1 read 1G\n"), 2 },
	{ "two faults, two pages", "linux-6.1", HEAD GROUP("vcpu0 write 0\nvcpu1 read 1G\n"), 2 },
	{ "fault, notifier", "linux-6.1", HEAD "vcpu1 read 1G\n"
	  GROUP("vcpu0 write 1G\nhost invalidate 1G 2M\n"), 2 },
	{ "fault, slot goes", "linux-6.16", HEAD "vcpu1 read 1G\n" GROUP("vcpu0 write 1G\nhost slot 1 delete\n"), 2 },
	{ "fault, no sequence", "linux-6.7,defect=no-seq", HEAD HALF_UC GROUP("vcpu0 read 1G\nhost dma on\n"), 2 },
	{ "MTRR write, fault", "linux-6.1", HEAD "host dma on\nvcpu0 write 1G\nvcpu1 write 1G\n"
	  GROUP("vcpu0 wrmsr MTRRdefType 0x806\nvcpu1 read 1G\n"), 2 },
	{ "queue of zaps", "yan-v4", HEAD "host dma on\nvcpu0 write 1G\nvcpu1 write 1G\n"
	  GROUP("vcpu0 wrmsr MTRRdefType 0x806\nvcpu1 wrmsr MTRRdefType 0x806\n"), 2 },
	{ "three", "linux-6.7", HEAD "host dma on\n"
	  GROUP("vcpu0 cr0 +cd\nvcpu1 read 0\nhost dma off\n"), 1 },
};

static void as_brute_force(void **state)
{
	static struct states slow, fast;
	unsigned wrong = 0;

	for (unsigned i = 0; i < sizeof(small_groups) / sizeof(small_groups[0]); i++) {
		struct explore_options options = { .preemptions = small_groups[i].preemptions };
		struct explore_stats few, all;
		unsigned missing = 0;

		explore(small_groups[i].model, small_groups[i].text, options, &few, &fast);
		options.no_reduction = true;
		explore(small_groups[i].model, small_groups[i].text, options, &all, &slow);
		for (unsigned s = 0; s < slow.nr; s++)
			missing += !has(&fast, slow.state[s]);
		printf("%s: %u states, %lu schedules, %lu run and %lu pruned\n", small_groups[i].name,
		       slow.nr, all.run, few.run, few.pruned);
		if (missing || fast.nr != slow.nr || fast.nr_keys != slow.nr_keys ||
		    memcmp(fast.key, slow.key, sizeof(fast.key)) || !few.covered || !all.covered ||
		    few.run >= all.run) {
			print_error("%s: %u states of %u missing, %u keys of %u\n", small_groups[i].name,
				    missing, slow.nr, fast.nr_keys, slow.nr_keys);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void fewest_switches(void **state)
{
	static const struct {
		const char *model, *text, *key, *schedule;
	} races[] = {
		{ "linux-6.7", HEAD HALF_UC GROUP("vcpu0 read 1G\nhost dma on\n"),
		  "zap-race/dma:first-on/mixed/type", "0@fault-level" },
		/* rules E.24 */
		{ "linux-6.7,defect=no-seq", HEAD HALF_UC GROUP("vcpu0 read 1G\nhost dma on\n"),
		  "zap-race/dma:first-on/mixed/type", "0@fault-pfn" },
		{ "linux-6.16", HEAD "vcpu1 read 0\n" GROUP("host prefault vcpu1 1G 4K\nhost slot 1 delete\n"),
		  "hang/slot:delete/died>lives/type", "1@fault-level" },
	};
	static struct states s;

	for (unsigned i = 0; i < sizeof(races) / sizeof(races[0]); i++) {
		const struct explore_options options = { .preemptions = 2 };
		struct explore_stats stats;

		explore(races[i].model, races[i].text, options, &stats, &s);
		/* The last one found: a prefault after the deletion has a finding of its own. */
		assert_string_equal(s.key[s.nr_keys - 1], races[i].key);
		assert_string_equal(s.schedule, races[i].schedule);
	}
}

/* Independent threads: nothing but who goes first is left to choose. */
static void nothing_to_permute(void **state)
{
	const struct explore_options options = { .preemptions = 5 };
	struct explore_stats stats;
	static struct states s;

	explore("linux-6.1", HEAD "vcpu0 read 0\nvcpu1 read 1G\n" GROUP("vcpu0 cpuid 1\nvcpu1 rdmsr PAT\n"),
		options, &stats, &s);
	assert_int_equal(s.nr, 1);
	assert_true(stats.all);
	assert_true(stats.run <= 4);
}

static void samples(void **state)
{
	const struct explore_options options = { .preemptions = 0, .pct = 500, .pct_depth = 2, .seed = 7 };
	struct explore_stats first, again;
	static struct states a, b;

	explore("linux-6.7", small_groups[0].text, options, &first, &a);
	explore("linux-6.7", small_groups[0].text, options, &again, &b);
	assert_memory_equal(&first, &again, sizeof(first));
	assert_int_equal(first.sampled, 500);
	assert_int_equal(a.nr, b.nr);
	assert_memory_equal(a.state, b.state, a.nr * sizeof(a.state[0]));
	assert_int_equal(a.nr_keys, 1);
	assert_string_equal(a.schedule, "0@fault-level");
}

static void bounds(void **state)
{
	const struct explore_options none = { .preemptions = 0 };
	const struct explore_options stop = { .preemptions = 3, .max_schedules = 5 };
	struct explore_stats stats;
	static struct states s;

	explore("linux-6.7", small_groups[0].text, none, &stats, &s);
	assert_int_equal(s.nr_keys, 0);
	assert_true(stats.covered && !stats.all);
	explore("linux-6.7", small_groups[0].text, stop, &stats, &s);
	assert_false(stats.covered);
	assert_true(stats.run <= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_brute_force),
		cmocka_unit_test(fewest_switches),
		cmocka_unit_test(nothing_to_permute),
		cmocka_unit_test(samples),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Known races, each as a program with its schedule: what the lockstep engine
 * says of it on the kernel that has the race, and on one that has not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/lockstep.h"
#include "harness/targets/model/tests/rig.h"

#define HEAD	"zaplock 1\nmachine vcpus=2\nslot 0 gpa=0x0 size=4M\nslot 1 gpa=1G size=1G\n"
/* Half of slot 1 is UC, the rest WB, as soon as MTRRs matter. */
#define HALF_UC	"vcpu0 wrmsr MTRRphysBase0 0x40000000\nvcpu0 wrmsr MTRRphysMask0 0xffe0000800\n" \
		"vcpu0 wrmsr MTRRdefType 0x806\n"
#define TAIL(...) "together sched=" __VA_ARGS__ "end\n"

static const struct {
	const char *name, *target, *text;
	const char *key;	/* of the only finding; NULL: clean. "?": skipped */
	const char *says;	/* part of the finding's message, or of the reason */
} cases[] = {
	/*
	 * Rules E.24: the level is limited by the MTRRs, then DMA starts and zaps,
	 * then the fault installs the leaf. The invalidate sequence makes it look again.
	 */
	{ "E.24, before edb298c663fc", "linux-6.7,defect=no-seq",
	  HEAD "---\n" HALF_UC TAIL("0@fault-pfn\nvcpu0 read 1G\nhost dma on\n"),
	  "zap-race/dma:first-on/mixed/type", "was installed by `vcpu0 read 0x40000000`" },
	{ "E.24, after", "linux-6.7", HEAD "---\n" HALF_UC TAIL("0@fault-pfn\nvcpu0 read 1G\nhost dma on\n"),
	  NULL, NULL },
	/* v6.1, kvm_tdp_page_fault(): the level is limited before the sequence is read. */
	{ "level before sequence", "linux-6.7",
	  HEAD "---\n" HALF_UC TAIL("0@fault-level\nvcpu0 read 1G\nhost dma on\n"),
	  "zap-race/dma:first-on/mixed/type", NULL },
	{ "level before sequence, no MTRRs", "linux-6.11",
	  HEAD "---\n" HALF_UC TAIL("0@fault-level\nvcpu0 read 1G\nhost dma on\n"), NULL, NULL },
	/* The zap waits for the fault's lock, and finds its leaf. */
	{ "zap behind the lock", "linux-6.7",
	  HEAD "---\n" HALF_UC TAIL("0@fault-lock\nvcpu0 read 1G\nhost dma on\n"), NULL, NULL },
	/* A zap that forgets to is a missed zap in a group, too. */
	{ "no zap at all", "linux-6.1",
	  HEAD "---\n" HALF_UC "vcpu0 read 1G\n" TAIL("1@fault-pfn\nvcpu1 read 1G\nhost dma on\n"),
	  "missed-zap/dma:first-on/mixed/type", NULL },
	/* The page moves between look-up and lock: the fault looks again (R-SLOT). */
	{ "notifier and fault", "linux-6.1",
	  HEAD "---\n" TAIL("0@fault-pfn,host@notifier-middle\nvcpu0 write 1G\nhost invalidate 1G 2M\nend\n"
	  "vcpu0 read 1G\nvcpu1 read 1G\ntogether\nhost dma on\n"), "missed-zap/dma:first-on/too-cached/type", NULL },
	/* A deleted slot: the fault that goes by it ends before the slot is gone (SRCU). */
	{ "slot and fault", "linux-6.1",
	  HEAD "---\n" TAIL("0@fault-pfn,host@slot-invalid\nvcpu0 write 1G\nhost slot 1 delete\n"), NULL, NULL },
	{ "slot and fault, only its leaves zapped", "linux-6.16",
	  "zaplock 1\nmachine vcpus=2\nquirk slot-zap-all off\nslot 1 gpa=1G size=1G\n"
	  "---\n" TAIL("0@fault-pfn,host@slot-invalid\nvcpu0 write 1G\nhost slot 1 delete\n"), NULL, NULL },
	/*
	 * v6.12, kvm_tdp_map_page() retries within its SRCU section for as long as the
	 * slot is invalid, kvm_swap_active_memslots() waits for that section.
	 */
	{ "slot and prefault", "linux-6.16",
	  HEAD "---\nvcpu1 read 0\n" TAIL("1@fault-level\nhost prefault vcpu1 1G 4K\nhost slot 1 delete\n"),
	  "hang/slot:delete/died>lives/type", "deadlock: vcpu1 waits for gfn 0x40000: its memslot is "
	  "invalid; host waits for vcpu1 to leave its SRCU section" },
	/* A flush raised while the vCPU runs guest code makes it exit before its next instruction. */
	{ "kick", "linux-6.7",
	  HEAD "---\nhost dma on\nvcpu0 write 1G\nvcpu1 write 1G\n"
	  TAIL("1@in-guest\nvcpu1 write 1G\nvcpu0 wrmsr MTRRdefType 0x806\n"),
	  NULL, NULL },
	{ "zap without a flush", "linux-6.7,defect=no-flush-zap",
	  HEAD "---\nhost dma on\nvcpu0 write 1G\nvcpu1 write 1G\n"
	  TAIL("1@in-guest\nvcpu1 write 1G\nvcpu0 wrmsr MTRRdefType 0x806\n"),
	  "missed-flush/deftype:enable/cached>outdated/type", NULL },
	/* While the zap is under way a vCPU may run with what it will remove. */
	{ "flush to come", "linux-6.7",
	  HEAD "---\nhost dma on\nvcpu0 write 1G\nvcpu1 write 1G\n"
	  TAIL("0@flush\nvcpu0 wrmsr MTRRdefType 0x806\nvcpu1 write 1G\n"), NULL, NULL },
	{ "a point of another target", "linux-6.7",
	  HEAD "---\n" TAIL("0@no-such-point\nvcpu0 write 1G\nvcpu1 write 1G\n"), "?", "`no-such-point`" },
};

static void run(const char *target_name, const char *text, struct result *result)
{
	static struct program program;
	const struct lockstep_options options = { .explain = true };
	struct parse_error parse_error;
	char error[200] = "", spec[64];
	struct target *target;
	struct lockstep *ls;

	if (program_parse(&program, text, strlen(text), "case", &parse_error)) {
		parse_error_format(&parse_error, error, sizeof(error));
		fail_msg("%s", error);
	}
	snprintf(spec, sizeof(spec), "model:%s", target_name);
	target = target_open(spec, error, sizeof(error));
	if (!target)
		fail_msg("%s", error);
	ls = lockstep_new(target);
	assert_non_null(ls);
	lockstep_run(ls, &program, &options, result);
	lockstep_free(ls);
	target_close(target);
}

static void known_races(void **state)
{
	struct result *result = malloc(sizeof(*result));
	unsigned wrong = 0;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why, *key;

		run(cases[i].target, cases[i].text, result);
		key = result->verdict == VERDICT_SKIPPED ? "?" :
		      result->nr_findings == 1 ? result->findings[0].key :
		      result->nr_findings ? "several findings" : "clean";
		why = result->nr_findings ? result->findings[0].message : result->why;
		if (strcmp(key, cases[i].key ? cases[i].key : "clean") ||
		    (cases[i].says && !strstr(why, cases[i].says)) || result->verdict == VERDICT_INFRA) {
			for (unsigned j = 0; j < result->nr_findings; j++)
				print_error("  %s: %s\n", result->findings[j].key, result->findings[j].message);
			print_error("%s: %s, expected %s; %s\n", cases[i].name, key,
				    cases[i].key ? cases[i].key : "clean", why);
			wrong++;
		}
	}
	free(result);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_races),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * From tracepoints to the engine's events, with records made up here in place of
 * the kernel's, so that EPT, NPT and shadow layouts are tested on any host.
 * SPTE values are those that rules F.5 spell out and recordings of Debian's 6.1
 * and 6.12 show (EPT WB+IPAT leaf 0x6000000029f3b77, UC 0x...b07).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/targets/kvm/kvm.h"
#include "harness/targets/kvm/sptes.h"

const struct target_ops *const target_table[] = { &kvm_target_ops, NULL };

/* --- The trace, played ---------------------------------------------------------------------- */

static struct trace_record tape[64];
static size_t nr_tape;
static bool lost;

struct trace *trace_open(bool tdp_mmu, char *error, size_t size)
{
	return NULL;
}

void trace_close(struct trace *trace)
{
}

bool trace_read(struct trace *trace, struct trace_record **records, size_t *nr, char *why, size_t size)
{
	*records = tape;
	*nr = nr_tape;
	nr_tape = 0;
	strcpy(why, lost ? "events were lost" : "");
	return !lost;
}

/* --- A rig ---------------------------------------------------------------------------------- */

#define LEAF(pfn, low)	((uint64_t)(pfn) << 12 | 0x800 | (low))
#define EPT_WB_IPAT	0x77
#define EPT_UC		0x07
#define PS		0x80
#define FROZEN		0x80000000000005a0ull

static struct sptes sptes;
static struct target target;
static struct vm vm;
static struct kvm_host host;
static char why[256];
static const struct op harmless = { .kind = OP_CPUID };

static int rig(void **state)
{
	leaf_table_free(&sptes.leaves);
	memset(&sptes, 0, sizeof(sptes));
	memset(&vm, 0, sizeof(vm));
	sptes.trace = (struct trace *)&tape;	/* any: ours looks at none */
	sptes.tdp_mmu = true;
	sptes.layout = SPTE_EPT;
	assert_int_equal(leaf_table_init(&sptes.leaves), 0);
	vm.host = &host;
	vm.nr_vcpus = 2;
	vm.vcpus[0].tid = syscall(SYS_gettid);
	vm.vcpus[1].tid = -5;
	for (unsigned v = 0; v < 2; v++) {
		vm.vcpus[v].sregs.cr0 = RUNNING_CR0;
		vm.vcpus[v].sregs.cr3 = RUNNING_CR3;
	}
	nr_tape = 0;
	lost = false;
	target.nr_events = 0;
	return 0;
}

static void play(struct trace_record r)
{
	if (!r.pid)
		r.pid = syscall(SYS_gettid);
	if (!r.level)
		r.level = 1;
	tape[nr_tape++] = r;
}

static void changed(uint64_t gfn, uint64_t old_spte, uint64_t new_spte)
{
	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = gfn, .old_spte = old_spte, .new_spte = new_spte });
}

static bool step(const struct op *op)
{
	target.nr_events = 0;
	why[0] = 0;
	return sptes_step(&sptes, &target, &vm, op, why, sizeof(why));
}

static void assert_event(unsigned i, uint64_t gfn, uint64_t new_spte)
{
	assert_true(i < target.nr_events);
	assert_int_equal(target.events[i].kind, EV_SPTE);
	assert_int_equal(target.events[i].gfn, gfn);
	assert_int_equal(target.events[i].new_spte, new_spte);
}

/* --- The TDP MMU ---------------------------------------------------------------------------- */

static void test_install_and_zap(void **state)
{
	changed(0x10, 0, LEAF(0x29f3, EPT_WB_IPAT));
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 1);
	assert_event(0, 0x10, LEAF(0x29f3, EPT_WB_IPAT));
	/* First frozen, then empty: one removal. */
	changed(0x10, LEAF(0x29f3, EPT_WB_IPAT), FROZEN);
	changed(0x10, FROZEN, 1ull << 63);
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 1);
	assert_event(0, 0x10, FROZEN);
	assert_int_equal(sptes.leaves.nr, 0);
}

/* A fast page fault made it writable and the CPU dirtied it, without an event. */
static void test_bits_that_nobody_traces(void **state)
{
	changed(0x10, 0, LEAF(0x29f3, EPT_WB_IPAT & ~2));
	assert_true(step(&harmless));
	changed(0x10, LEAF(0x29f3, EPT_WB_IPAT | 0x300), FROZEN);
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 1);
}

/* Each of these would make the leaves we know wrong: infra, never a finding. */
static void test_what_does_not_fit(void **state)
{
	static const struct { uint64_t first, old_spte, new_spte; } rows[] = {
		{ LEAF(0x29f3, EPT_WB_IPAT), LEAF(0x29f4, EPT_WB_IPAT), 0 },	/* another pfn */
		{ LEAF(0x29f3, EPT_WB_IPAT), LEAF(0x29f3, EPT_UC), 0 },		/* another memtype */
		{ 0, LEAF(0x29f3, EPT_WB_IPAT), 0 },				/* nobody saw it come */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig(NULL);
		if (rows[i].first)
			changed(0x10, 0, rows[i].first);
		assert_true(step(&harmless));
		changed(0x10, rows[i].old_spte, rows[i].new_spte);
		assert_false(step(&harmless));
		assert_non_null(strstr(why, "no event told of"));
	}
	rig(NULL);
	lost = true;
	assert_false(step(&harmless));
	assert_non_null(strstr(why, "lost"));
}

/* Other threads: an MMU notifier or recovery when gfn and pfn are ours, another VM otherwise. */
static void test_other_threads(void **state)
{
	changed(0x10, 0, LEAF(0x29f3, EPT_WB_IPAT));
	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = 0x11, .pid = 99,
				    .new_spte = LEAF(0x5000, EPT_WB_IPAT) });
	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = 0x10, .pid = 99,
				    .old_spte = LEAF(0x6000, EPT_WB_IPAT) });
	play((struct trace_record){ .kind = TRACE_ZAP_ALL, .pid = 99 });
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 1);
	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = 0x10, .pid = 99,
				    .old_spte = LEAF(0x29f3, EPT_WB_IPAT) });
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 1);
	assert_event(0, 0x10, 0);
	/* The other vCPU's thread is ours. */
	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = 0x12, .pid = -5,
				    .new_spte = LEAF(0x29f5, EPT_WB_IPAT) });
	assert_true(step(&harmless));
	assert_event(0, 0x12, LEAF(0x29f5, EPT_WB_IPAT));
}

static void test_zap_all(void **state)
{
	changed(0x10, 0, LEAF(0x29f3, EPT_WB_IPAT));
	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = 0x200, .level = 2,
				    .new_spte = LEAF(0x2a00, EPT_WB_IPAT | PS) });
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 2);
	play((struct trace_record){ .kind = TRACE_ZAP_ALL });
	/* The old root goes leaf by leaf, later: nothing new. */
	changed(0x10, LEAF(0x29f3, EPT_WB_IPAT), FROZEN);
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 2);
	assert_int_equal(sptes.leaves.nr, 0);
}

/* The children of a split come without events; each has the memtype of the huge leaf, and its own pfn. */
static void test_split(void **state)
{
	const uint64_t huge = LEAF(0x2a00, EPT_WB_IPAT | PS), table = LEAF(0x100, 7);

	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = 0x200, .level = 2, .new_spte = huge });
	assert_true(step(&harmless));
	/* One that failed, and one that did not. */
	play((struct trace_record){ .kind = TRACE_SPLIT, .gfn = 0x200, .level = 2, .old_spte = huge, .failed = true });
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 0);
	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = 0x200, .level = 2, .old_spte = huge, .new_spte = table });
	play((struct trace_record){ .kind = TRACE_SPLIT, .gfn = 0x200, .level = 2, .old_spte = huge });
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 513);
	assert_event(0, 0x200, table);
	assert_event(1, 0x200, LEAF(0x2a00, EPT_WB_IPAT));
	assert_event(512, 0x3ff, LEAF(0x2bff, EPT_WB_IPAT));
	/* What happens to them later fits. */
	changed(0x3ff, LEAF(0x2bff, EPT_WB_IPAT), FROZEN);
	assert_true(step(&harmless));
	assert_int_equal(sptes.leaves.nr, 511);
}

/* Non-leaves, MMIO SPTEs and the guest's own pages. */
static void test_left_out(void **state)
{
	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = 0, .level = 3, .new_spte = LEAF(0x100, 7) });
	play((struct trace_record){ .kind = TRACE_CHANGED, .gfn = 0, .level = 4, .new_spte = LEAF(0x100, 7 | PS) });
	changed(0x20, 0, 0x80000000000c0006);	/* EPT MMIO: misconfigured, generation in 10:3 */
	changed(GUEST_GPA >> 12, 0, LEAF(0x29f3, EPT_WB_IPAT));
	changed((VM_OWN_END >> 12) - 1, 0, LEAF(0x29f3, EPT_WB_IPAT));
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 0);
	play((struct trace_record){ .kind = TRACE_MMIO, .gfn = 0x77 });
	play((struct trace_record){ .kind = TRACE_MMIO, .gfn = (GUEST_GPA >> 12) + 5 });
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 1);
	assert_int_equal(target.events[0].kind, EV_MMIO_SPTE);
	assert_int_equal(target.events[0].gfn, 0x77);
}

/* CR3 points into the program's memory: its leaf is the guest's until the program goes there. */
static void test_root_in_program_memory(void **state)
{
	const struct op elsewhere = { .kind = OP_READ, .v = { 0x400000 } };
	const struct op there = { .kind = OP_READ, .v = { 0x5123 } };

	vm.vcpus[1].sregs.cr3 = 0x5018;
	changed(5, 0, LEAF(0x29f3, EPT_WB_IPAT));
	changed(0x400, 0, LEAF(0x29f4, EPT_WB_IPAT));
	assert_true(step(&elsewhere));
	assert_int_equal(target.nr_events, 1);
	assert_event(0, 0x400, LEAF(0x29f4, EPT_WB_IPAT));
	assert_true(step(&there));
	assert_int_equal(target.nr_events, 1);
	assert_event(0, 5, LEAF(0x29f3, EPT_WB_IPAT));
	/* And one that goes before anybody came. */
	rig(NULL);
	vm.vcpus[1].sregs.cr3 = 0x5018;
	changed(5, 0, LEAF(0x29f3, EPT_WB_IPAT));
	assert_true(step(&elsewhere));
	changed(5, LEAF(0x29f3, EPT_WB_IPAT), 0);
	assert_true(step(&elsewhere));
	assert_int_equal(target.nr_events, 0);
	assert_true(step(&there));
	assert_int_equal(target.nr_events, 0);
}

/* --- Other layouts ---------------------------------------------------------------------------- */

/* NPT: PWT, PCD and PAT are clear; the type is the host's PAT entry 0. */
static void test_npt(void **state)
{
	sptes.layout = SPTE_PAE;
	changed(0x10, 0, LEAF(0x29f3, 0x67));
	assert_true(step(&harmless));
	assert_int_equal(sptes.leaves.leaves[0].view.type, MT_WB);
	assert_int_equal(sptes_caps(&sptes), CAP_SPTE_EVENTS | CAP_ZAP_EVENTS);
	sptes.layout = SPTE_EPT;
	assert_int_equal(sptes_caps(&sptes), CAP_SPTE_EVENTS | CAP_ZAP_EVENTS | CAP_MEMTYPES);
}

/* Without the TDP MMU only installs are traced: leaves are shown once, and taken back before the next op. */
static void test_installs_only(void **state)
{
	sptes.tdp_mmu = false;
	sptes.layout = SPTE_PAE;
	assert_int_equal(sptes_caps(&sptes), CAP_SPTE_EVENTS);
	play((struct trace_record){ .kind = TRACE_SET, .gfn = 0x10, .new_spte = LEAF(0x29f3, 0x67) });
	play((struct trace_record){ .kind = TRACE_SET, .gfn = 0x11, .pid = 99, .new_spte = LEAF(0x29f4, 0x67) });
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 1);
	assert_event(0, 0x10, LEAF(0x29f3, 0x67));
	play((struct trace_record){ .kind = TRACE_SET, .gfn = 0x12, .new_spte = LEAF(0x29f5, 0x67) });
	assert_true(step(&harmless));
	assert_int_equal(target.nr_events, 2);
	assert_event(0, 0x10, 0);
	assert_event(1, 0x12, LEAF(0x29f5, 0x67));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_install_and_zap, rig),
		cmocka_unit_test_setup(test_bits_that_nobody_traces, rig),
		cmocka_unit_test_setup(test_what_does_not_fit, rig),
		cmocka_unit_test_setup(test_other_threads, rig),
		cmocka_unit_test_setup(test_zap_all, rig),
		cmocka_unit_test_setup(test_split, rig),
		cmocka_unit_test_setup(test_left_out, rig),
		cmocka_unit_test_setup(test_root_in_program_memory, rig),
		cmocka_unit_test_setup(test_npt, rig),
		cmocka_unit_test_setup(test_installs_only, rig),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	leaf_table_free(&sptes.leaves);
	free(target.events);
	return failed;
}

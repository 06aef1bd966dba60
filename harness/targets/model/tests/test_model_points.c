// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaving an op in the middle: at every point where mmu_lock is free another
 * vCPU's op, or the host's, runs to its end. Whatever the pair and the point,
 * the state stays whole, no leaf maps a page the host has taken away, and no
 * TLB is wrong at the next entry.
 */
#include <stdio.h>
#include <string.h>

#include "harness/targets/model/tests/rig.h"

/* One run: at the @at-th unlocked point of @outer, @inner happens. */
struct visit {
	struct rig *rig;
	const struct op *inner;
	unsigned at, passed;
	enum point point;	/* where it was */
	bool done;
};

static bool unlocked(const struct vm *vm)
{
	return vm->lock_writer == 0xff && !vm->lock_readers;
}

/* Would a fault of @op only retry until whoever was left goes on? */
static bool must_wait(const struct vm *vm, const struct op *op)
{
	bool faults = op->kind == OP_READ || op->kind == OP_WRITE;

	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		if (faults && vm->slots[i].invalid)
			return true;
	}
	/* And while one vCPU runs yan-v4's queue the others wait. */
	return (faults && vm->invalidate_in_progress) || vm->zapping;
}

static void visit_point(struct model *m, unsigned who, enum point point, void *ctx)
{
	struct visit *visit = ctx;
	struct outcome out;

	if (visit->done || !unlocked(&m->vm) || must_wait(&m->vm, visit->inner))
		return;
	if (visit->passed++ != visit->at)
		return;
	visit->done = true;
	visit->point = point;
	m->on_point = NULL;
	assert_int_equal(m->target.ops->step(&m->target, visit->inner, &out), TARGET_OK);
	m->on_point = visit_point;
}

/* MTRRs on, non-coherent DMA, leaves of both vCPUs, the quirk off. */
static void prepare(struct rig *rig)
{
	rig->machine.quirks_off = QUIRK_CD_NW_CLEARED;
	rig->machine.slots[2] = (struct slot){ 6 * G1, G1, 0 };	/* nothing touches it */
	rig_reset(rig);
	host(rig, OP_DMA, 1, 0, 0, 0);
	for (unsigned v = 0; v < 2; v++) {
		wrmsr(rig, v, MSR_MTRR_PHYSBASE(0), G1 | MT_WC);
		wrmsr(rig, v, MSR_MTRR_PHYSMASK(0), 0xffe0000800ULL);
		wrmsr(rig, v, MSR_MTRR_DEF_TYPE, 0x806);
		access_at(rig, v, OP_WRITE, G1);
		access_at(rig, v, OP_WRITE, 2 * G1);
		access_at(rig, v, OP_READ, 0);
	}
}

static void assert_leaves_are_of_the_host(struct rig *rig)
{
	static struct leaf leaves[4096];
	size_t nr = model_snapshot(&rig->m->vm, leaves, 4096);

	assert_true(nr <= 4096);
	for (size_t i = 0; i < nr; i++) {
		struct spte_view view = spte_view(SPTE_EPT, leaves[i].spte, leaves[i].level);

		assert_non_null(model_gfn_to_slot(&rig->m->vm, leaves[i].gfn));
		assert_int_equal(view.pfn, model_gfn_to_page(&rig->m->vm, leaves[i].gfn).pfn);
	}
}

static void assert_accesses_hit_the_host(struct rig *rig, unsigned vcpu, uint64_t gpa)
{
	struct vcpu *v = &rig->m->vm.vcpus[vcpu];
	struct memslot *slot = model_gfn_to_slot(&rig->m->vm, gpa >> PAGE_SHIFT);
	const struct tlb_entry *e;

	assert_int_equal(access_at(rig, vcpu, OP_READ, gpa), slot ? OUT_OK : OUT_MMIO);
	if (!slot)
		return;
	e = model_tlb_find(v, rig->m->vm.roots[v->root].tag, gpa >> PAGE_SHIFT);
	assert_non_null(e);
	assert_int_equal(((e->spte & SPTE_PFN_MASK) >> PAGE_SHIFT) + ((gpa >> PAGE_SHIFT) - e->gfn),
			 model_gfn_to_page(&rig->m->vm, gpa >> PAGE_SHIFT).pfn);
}

static const struct op outer_ops[] = {
	{ .kind = OP_WRITE, .v = { G1 + M2 } },
	{ .kind = OP_WRITE, .v = { 2 * G1 + G1 / 2 } },
	{ .kind = OP_READ, .v = { 0x1000 } },
	{ .kind = OP_WRMSR, .arg = MSR_MTRR_DEF_TYPE, .v = { 0x800 } },
	{ .kind = OP_CR0, .flags = OP_DELTA, .v = { CR0_CD } },
	{ .kind = OP_CR4, .flags = OP_DELTA, .v = { CR4_SMEP } },
	{ .kind = OP_SMI },
	{ .kind = OP_DMA },
	{ .kind = OP_SLOT, .arg = 0 },
	{ .kind = OP_SLOT, .arg = 0, .v = { 8 * G1, 2 * M2 } },
	{ .kind = OP_INVALIDATE, .v = { G1, G1 } },
	{ .kind = OP_BACKING, .arg = BACKING_MMIO, .v = { 2 * G1, M2 } },
	{ .kind = OP_SPLIT, .arg = 1 },
	{ .kind = OP_COLLAPSE, .arg = 1 },
};

static const struct op inner_ops[] = {
	{ .kind = OP_WRITE, .vcpu = 1, .v = { G1 + M2 } },
	{ .kind = OP_WRITE, .vcpu = 1, .v = { 2 * G1 } },
	{ .kind = OP_READ, .vcpu = 1, .v = { 0x1000 } },
	{ .kind = OP_WRMSR, .vcpu = 1, .arg = MSR_MTRR_DEF_TYPE, .v = { 0x804 } },
	{ .kind = OP_CR0, .vcpu = 1, .flags = OP_DELTA, .v = { CR0_CD } },
	{ .kind = OP_SMI, .vcpu = 1 },
	{ .kind = OP_INVALIDATE, .v = { G1, 2 * G1 } },
	{ .kind = OP_SLOT, .arg = 1 },
	{ .kind = OP_SPLIT, .arg = 1 },
};

/* True while there was an @at-th point. */
static bool run_pair(struct rig *rig, const struct op *outer, const struct op *inner, unsigned at)
{
	struct visit visit = { .rig = rig, .inner = inner, .at = at };
	struct outcome out;

	/* Slot ops and notifiers hold locks of their own against each other. */
	if (op_is_host(outer) && op_is_host(inner))
		return false;
	prepare(rig);
	rig->m->on_point = visit_point;
	rig->m->on_point_ctx = &visit;
	rig->m->target.nr_events = 0;
	if (rig->m->target.ops->step(&rig->m->target, outer, &out) != TARGET_OK)
		fail_msg("op %d, point %s, op %d: %s", outer->kind, model_point_names[visit.point], inner->kind,
			 rig->m->target.why);
	rig->m->on_point = NULL;
	assert_sane(rig);
	assert_leaves_are_of_the_host(rig);
	for (unsigned v = 0; v < 2; v++) {
		assert_accesses_hit_the_host(rig, v, G1 + M2);
		assert_accesses_hit_the_host(rig, v, 2 * G1);
		assert_accesses_hit_the_host(rig, v, 0x1000);
	}
	return visit.done;
}

static void every_pair_at_every_point(void **state)
{
	unsigned runs = 0;

	for (unsigned p = 0; p < model_nr_policies; p++) {
		struct rig rig;

		rig_open(&rig, model_policies[p].name);
		for (unsigned o = 0; o < sizeof(outer_ops) / sizeof(outer_ops[0]); o++) {
			for (unsigned i = 0; i < sizeof(inner_ops) / sizeof(inner_ops[0]); i++) {
				unsigned at = 0;

				while (run_pair(&rig, &outer_ops[o], &inner_ops[i], at))
					at++;
				runs += at;
			}
		}
		rig_close(&rig);
	}
	printf("%u interleavings\n", runs);
	assert_true(runs > 1000);
}

/* A named point of @outer, or a failure if it is never passed. */
static struct visit run_at(struct rig *rig, const struct op *outer, const struct op *inner, enum point point)
{
	for (unsigned at = 0; at < 100; at++) {
		struct visit visit = { .rig = rig, .inner = inner, .at = at };
		struct outcome out;

		prepare(rig);
		rig->m->on_point = visit_point;
		rig->m->on_point_ctx = &visit;
		rig->m->target.nr_events = 0;
		rig->m->target.ops->step(&rig->m->target, outer, &out);
		rig->m->on_point = NULL;
		if (visit.done && visit.point == point)
			return visit;
		if (!visit.done)
			break;
	}
	fail_msg("%s is never passed", model_point_names[point]);
	return (struct visit){ 0 };
}

/*
 * E.24: the level was limited by the MTRRs before mmu_lock was taken. A zap in
 * between makes the fault start over; without the sequence it would install a
 * huge leaf over two types.
 */
static void zap_between_level_and_lock(void **state)
{
	static const char *const args[] = { "linux-6.1", "linux-6.1,defect=no-seq" };
	const struct op outer = { .kind = OP_READ, .v = { 6 * G1 } };
	/* The pair moves over half of the gigabyte; the MSRs are vCPU 0's own, the VMM writes them. */
	const struct op inner = { .kind = OP_SETMSR, .arg = MSR_MTRR_PHYSBASE(0), .v = { 6 * G1 | MT_WC } };

	for (unsigned i = 0; i < 2; i++) {
		struct visit visit;
		unsigned level = 0;
		struct rig rig;

		rig_open(&rig, args[i]);
		visit = run_at(&rig, &outer, &inner, POINT_FAULT_PFN);
		assert_true(visit.done);
		leaf_at(&rig, 0, 6 * G1, &level);
		assert_int_equal(level, i ? LEVEL_1G : LEVEL_2M);
		rig_close(&rig);
	}
}

/* The host takes the page between look-up and lock: the fault sees it and looks again. */
static void page_moves_during_fault(void **state)
{
	const struct op outer = { .kind = OP_READ, .v = { G1 + G1 / 2 } };
	const struct op inner = { .kind = OP_INVALIDATE, .v = { G1, G1 } };
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	run_at(&rig, &outer, &inner, POINT_FAULT_PFN);
	assert_leaves_are_of_the_host(&rig);
	rig_close(&rig);
}

static void names(void **state)
{
	for (unsigned i = 0; i < NR_POINTS; i++) {
		size_t len = strlen(model_point_names[i]);

		assert_true(len && len < 32);
		assert_int_equal(strspn(model_point_names[i], "abcdefghijklmnopqrstuvwxyz0123456789-"), len);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(model_point_names[i], model_point_names[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_at_every_point),
		cmocka_unit_test(zap_between_level_and_lock),
		cmocka_unit_test(page_moves_during_fault),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

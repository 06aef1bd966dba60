// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "harness/targets/model/tests/rig.h"

const struct target_ops *const target_table[] = { &model_target_ops, NULL };

void rig_open(struct rig *rig, const char *arg)
{
	char error[200] = "";
	struct target *t = model_target_ops.open(arg, error, sizeof(error));

	if (!t)
		fail_msg("%s", error);
	*rig = (struct rig){
		.m = (struct model *)t,
		.machine = {
			.nr_vcpus = 2, .maxphyaddr = 40, .cpuid_mtrr = true, .tdp = true, .selfsnoop = true,
			.slots = { { 0, 2 * M2, 0 }, { G1, 2 * G1, 0 } },
		},
	};
	rig_reset(rig);
}

void rig_reset(struct rig *rig)
{
	rig->m->target.nr_events = 0;
	assert_int_equal(rig->m->target.ops->reset(&rig->m->target, &rig->machine), TARGET_OK);
}

void rig_close(struct rig *rig)
{
	rig->m->target.ops->close(&rig->m->target);
}

enum outcome_kind rig_op(struct rig *rig, struct op op)
{
	struct target *t = &rig->m->target;

	t->nr_events = 0;
	if (t->ops->step(t, &op, &rig->out) != TARGET_OK)
		fail_msg("%s: %s", t->name, t->why);
	return rig->out.kind;
}

enum outcome_kind wrmsr(struct rig *rig, unsigned vcpu, uint32_t msr, uint64_t value)
{
	return rig_op(rig, (struct op){ .kind = OP_WRMSR, .vcpu = vcpu, .arg = msr, .v = { value } });
}

uint64_t rdmsr(struct rig *rig, unsigned vcpu, uint32_t msr)
{
	assert_int_equal(rig_op(rig, (struct op){ .kind = OP_RDMSR, .vcpu = vcpu, .arg = msr }), OUT_OK);
	return rig->out.value;
}

enum outcome_kind access_at(struct rig *rig, unsigned vcpu, enum op_kind kind, uint64_t gpa)
{
	return rig_op(rig, (struct op){ .kind = kind, .vcpu = vcpu, .v = { gpa } });
}

enum outcome_kind cr0_bits(struct rig *rig, unsigned vcpu, uint64_t set, uint64_t clear)
{
	return rig_op(rig, (struct op){ .kind = OP_CR0, .vcpu = vcpu, .flags = OP_DELTA,
					.v = { set, clear } });
}

enum outcome_kind cr4_bits(struct rig *rig, unsigned vcpu, uint64_t set, uint64_t clear)
{
	return rig_op(rig, (struct op){ .kind = OP_CR4, .vcpu = vcpu, .flags = OP_DELTA,
					.v = { set, clear } });
}

enum outcome_kind host(struct rig *rig, enum op_kind kind, uint32_t arg, uint64_t v0, uint64_t v1,
		       uint64_t v2)
{
	return rig_op(rig, (struct op){ .kind = kind, .arg = arg, .v = { v0, v1, v2 } });
}

uint64_t leaf_at(struct rig *rig, unsigned as_id, uint64_t gpa, unsigned *level)
{
	const struct vm *vm = &rig->m->vm;

	for (unsigned r = 0; r < vm->nr_roots; r++) {
		const struct root *root = &vm->roots[r];
		struct walk w;

		if (root->table == NO_TABLE || root->as_id != as_id || root->invalid ||
		    !model_walk_to(vm, root, gpa >> PAGE_SHIFT, &w))
			continue;
		if (level)
			*level = w.level;
		return w.spte;
	}
	return NO_LEAF;
}

size_t nr_leaves(struct rig *rig)
{
	return model_snapshot(&rig->m->vm, NULL, 0);
}

uint64_t mt_at(struct rig *rig, uint64_t gpa)
{
	uint64_t spte = leaf_at(rig, 0, gpa, NULL);

	return spte == NO_LEAF ? NO_LEAF : spte & (EPT_MT_MASK | EPT_IPAT);
}

const struct event *event_of(struct rig *rig, enum event_kind kind, unsigned n)
{
	const struct target *t = &rig->m->target;

	for (size_t i = 0; i < t->nr_events; i++) {
		if (t->events[i].kind == kind && !n--)
			return &t->events[i];
	}
	return NULL;
}

unsigned nr_events(struct rig *rig, enum event_kind kind)
{
	unsigned n = 0;

	while (event_of(rig, kind, n))
		n++;
	return n;
}

static unsigned count_tables(const struct vm *vm, uint16_t table, unsigned root)
{
	const struct table *t = &vm->tables[table];
	unsigned n = 1;

	assert_int_equal(t->root, root);
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		uint64_t spte = t->spte[i];

		assert_int_equal(!!spte, t->used[i / 64] >> i % 64 & 1);
		if (spte_present(spte) && !spte_leaf(spte, t->level)) {
			assert_int_equal(vm->tables[spte_child(spte)].level, t->level - 1);
			n += count_tables(vm, spte_child(spte), root);
		}
	}
	return n;
}

void assert_sane(struct rig *rig)
{
	const struct vm *vm = &rig->m->vm;
	unsigned n = 0;

	assert_int_equal(vm->lock_readers, 0);
	assert_int_equal(vm->lock_writer, 0xff);
	assert_int_equal(vm->invalidate_in_progress, 0);
	assert_int_equal(vm->nr_queue, 0);
	assert_false(vm->zapping);
	for (unsigned r = 0; r < vm->nr_roots; r++) {
		unsigned refs = 0;

		if (vm->roots[r].table == NO_TABLE)
			continue;
		n += count_tables(vm, vm->roots[r].table, r);
		for (unsigned v = 0; v < vm->machine.nr_vcpus; v++) {
			refs += vm->vcpus[v].root == r;
			for (unsigned i = 0; i < NR_PREV_ROOTS; i++)
				refs += vm->vcpus[v].prev[i].root == r;
		}
		refs += roots_kept(rig->m) && !vm->roots[r].invalid;
		assert_int_equal(vm->roots[r].refs, refs);
	}
	assert_int_equal(n, vm->tables_in_use);
}

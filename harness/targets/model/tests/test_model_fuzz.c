// SPDX-License-Identifier: GPL-2.0-only
/*
 * Properties under random ops: events tell exactly what the tables become,
 * state stays whole, a reset forgets everything, TLBs hold nothing outdated
 * when a vCPU enters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/targets/model/tests/noise.h"

#define MAX_LEAVES	20000u

struct book {			/* the leaves that events told of */
	struct leaf leaves[MAX_LEAVES];
	size_t nr;
};

static void book_spte(struct book *book, const struct event *ev)
{
	bool leaf = spte_present(ev->new_spte) && ev->level <= LEVEL_1G && spte_leaf(ev->new_spte, ev->level);
	size_t i;

	for (i = 0; i < book->nr; i++) {
		const struct leaf *l = &book->leaves[i];

		if (l->root == ev->root && l->as_id == ev->as_id && l->level == ev->level && l->gfn == ev->gfn)
			break;
	}
	if (i < book->nr) {
		assert_int_equal(book->leaves[i].spte, ev->old_spte);
		book->leaves[i] = book->leaves[--book->nr];
	}
	assert_true(book->nr < MAX_LEAVES);
	if (leaf)
		book->leaves[book->nr++] = (struct leaf){ ev->as_id, ev->level, ev->root, ev->gfn, ev->new_spte };
}

static void book_event(struct book *book, const struct event *ev)
{
	for (unsigned n = 0; n < event_nr_sptes(ev); n++) {
		struct event one = *ev;

		one.gfn = ev->gfn + n * level_pages(ev->level);
		one.old_spte = event_spte(ev, ev->old_spte, n);
		one.new_spte = event_spte(ev, ev->new_spte, n);
		book_spte(book, &one);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct leaf *x = a, *y = b;

	if (x->root != y->root)
		return x->root < y->root ? -1 : 1;
	if (x->gfn != y->gfn)
		return x->gfn < y->gfn ? -1 : 1;
	return x->level - y->level;
}

static void assert_book_is_snapshot(struct book *book, struct rig *rig)
{
	static struct leaf leaves[MAX_LEAVES];
	size_t nr = model_snapshot(&rig->m->vm, leaves, MAX_LEAVES);

	assert_int_equal(nr, book->nr);
	qsort(leaves, nr, sizeof(*leaves), by_place);
	qsort(book->leaves, nr, sizeof(*leaves), by_place);
	for (size_t i = 0; i < nr; i++) {
		assert_int_equal(by_place(&leaves[i], &book->leaves[i]), 0);
		assert_int_equal(leaves[i].spte, book->leaves[i].spte);
	}
}

/* Runs a random op; false if the model says why it cannot (registers with which no CPU runs). */
static bool try_op(struct rig *rig, struct op op)
{
	struct target *t = &rig->m->target;
	enum target_status status;

	t->nr_events = 0;
	status = t->ops->step(t, &op, &rig->out);
	if (status != TARGET_OK && status != TARGET_SKIPPED)
		fail_msg("%s: %s", t->name, t->why);
	return status == TARGET_OK;
}

/* Ops without splits, whose 512 leaves make this quadratic book slow. */
static bool cheap(const struct op *op)
{
	return op->kind != OP_SPLIT && !(op->kind == OP_SLOT && (op->v[2] & SLOT_DIRTY_LOG));
}

static void events_tell_the_truth(void **state)
{
	static struct book book;
	uint64_t seed = noise_seed();

	for (unsigned p = 0; p < model_nr_policies; p++) {
		struct rig rig;

		rig_open(&rig, model_policies[p].name);
		for (unsigned round = 0; round < 60; round++) {
			noise_machine(&seed, &rig.machine);
			rig_reset(&rig);
			assert_int_equal(nr_leaves(&rig), 0);
			book.nr = 0;
			for (unsigned i = 0; i < 60; i++) {
				struct op op = noise_op(&seed, &rig.machine);

				if (!cheap(&op) && i % 16)
					continue;
				if (!try_op(&rig, op))
					break;
				for (size_t e = 0; e < rig.m->target.nr_events; e++) {
					if (rig.m->target.events[e].kind == EV_SPTE)
						book_event(&book, &rig.m->target.events[e]);
				}
				assert_sane(&rig);
			}
			/* An op that was skipped has events that the book has not. */
			if (!rig.m->status)
				assert_book_is_snapshot(&book, &rig);
		}
		rig_close(&rig);
	}
}

/* At each entry, what the TLB of the entering vCPU holds is what the tables say, but for permissions gained. */
static void assert_tlb_current(struct rig *rig, unsigned vcpu)
{
	const struct vm *vm = &rig->m->vm;
	const struct vcpu *v = &vm->vcpus[vcpu];

	for (unsigned i = 0; i < v->tlb.nr; i++) {
		const struct tlb_entry *e = &v->tlb.entry[i];
		const struct root *root = NULL;
		struct walk w;

		for (unsigned r = 0; r < vm->nr_roots; r++) {
			if (vm->roots[r].table != NO_TABLE && vm->roots[r].tag == e->tag)
				root = &vm->roots[r];
		}
		/* Of a root that is gone: nothing looks for its tag any more. */
		if (!root)
			continue;
		assert_true(model_walk_to(vm, root, e->gfn, &w));
		/* A split changes the level and nothing else. */
		assert_int_equal((w.spte ^ e->spte) & SPTE_PFN_MASK & ~((level_pages(e->level) - 1) << PAGE_SHIFT), 0);
		assert_false((e->spte & SPTE_W) && !(w.spte & SPTE_W));
	}
}

static void look_at_entry(struct model *m, unsigned who, enum point point, void *ctx)
{
	struct rig *rig = ctx;

	if (point == POINT_ENTER)
		assert_false(rig->m->vm.lock_writer != 0xff || rig->m->vm.lock_readers);
}

static void tlbs_are_right_at_entry(void **state)
{
	uint64_t seed = noise_seed();

	for (unsigned p = 0; p < model_nr_policies; p++) {
		struct rig rig;

		rig_open(&rig, model_policies[p].name);
		rig.m->on_point = look_at_entry;	/* zaps yield, too */
		rig.m->on_point_ctx = &rig;
		for (unsigned round = 0; round < 150; round++) {
			noise_machine(&seed, &rig.machine);
			rig_reset(&rig);
			for (unsigned i = 0; i < 60; i++) {
				struct op op = noise_op(&seed, &rig.machine);

				if (!try_op(&rig, op))
					break;
				if (event_of(&rig, EV_ENTER, 0) && rig.m->vm.vcpus[op.vcpu].root != NO_ROOT &&
				    !rig.m->vm.vcpus[op.vcpu].requests)
					assert_tlb_current(&rig, op.vcpu);
			}
		}
		rig_close(&rig);
	}
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const uint8_t *)data)[i]) * 1099511628211ULL;
	return hash;
}

/* Of all that a target shows of @nr random ops from a fresh reset. */
static uint64_t trace_hash(struct rig *rig, uint64_t seed, unsigned nr)
{
	uint64_t hash = 14695981039346656037ULL;
	struct target *t = &rig->m->target;

	noise_machine(&seed, &rig->machine);
	rig_reset(rig);
	for (unsigned i = 0; i < nr; i++) {
		struct op op = noise_op(&seed, &rig->machine);

		t->nr_events = 0;
		if (t->ops->step(t, &op, &rig->out) != TARGET_OK)
			break;
		hash = hash_bytes(hash, t->events, t->nr_events * sizeof(*t->events));
		hash = hash_bytes(hash, &rig->out.kind, 1);
		if (rig->out.has_value)
			hash = hash_bytes(hash, &rig->out.value, sizeof(rig->out.value));
	}
	for (unsigned v = 0; v < rig->machine.nr_vcpus; v++) {
		struct target_regs regs = t->ops->regs(t, v);

		hash = hash_bytes(hash, &regs, sizeof(regs));
	}
	return hash;
}

/* The same ops give the same events, whatever ran before. */
static void reset_forgets(void **state)
{
	uint64_t seed = noise_seed();
	struct rig used, fresh;

	rig_open(&used, "linux-6.16");
	for (unsigned i = 0; i < 40; i++) {
		uint64_t got = trace_hash(&used, seed + i, 60);

		rig_open(&fresh, "linux-6.16");
		assert_int_equal(got, trace_hash(&fresh, seed + i, 60));
		rig_close(&fresh);
	}
	rig_close(&used);
}

static void tables_are_whole(void **state)
{
	assert_true(NR_DEFECTS >= 15);
	for (unsigned i = 0; i < NR_DEFECTS; i++) {
		assert_true(strlen(model_defect_table[i].sentence) && strlen(model_defect_table[i].origin));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(model_defect_table[i].name, model_defect_table[j].name);
	}
	assert_null(model_defect_table[NR_DEFECTS].name);
	for (unsigned i = 0; i < model_nr_policies; i++) {
		assert_string_equal(model_policy_table[i].name, model_policies[i].name);
		assert_int_equal(model_policy_table[i].profile, model_policies[i].profile);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_tell_the_truth),
		cmocka_unit_test(tlbs_are_right_at_entry),
		cmocka_unit_test(reset_forgets),
		cmocka_unit_test(tables_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

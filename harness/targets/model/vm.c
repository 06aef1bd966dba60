// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM's locks and its fresh state. Locks are plain state: in a group whoever
 * asks for one that is taken waits (sched.h), anywhere else that is a deadlock.
 */
#include <stdio.h>
#include <string.h>

#include "harness/targets/model/sched.h"

#define NOBODY	0xff

const char *const model_point_names[NR_POINTS + 1] = {
#define POINT(name, text) [POINT_##name] = text,
#include "harness/targets/model/points.def"
#undef POINT
};

void model_fail(struct model *m, enum target_status status, const char *why)
{
	if (m->status)
		return;
	m->status = status;
	snprintf(m->target.why, sizeof(m->target.why), "%s", why);
}

void model_mmu_lock_read(struct model *m, unsigned who)
{
	if (unlikely(m->vm.lock_writer != NOBODY))
		model_wait(m, WAIT_LOCK_READ, 0);
	model_touch(m, OBJ_MMU_LOCK, 0);
	m->vm.lock_readers++;
}

void model_mmu_unlock_read(struct model *m, unsigned who)
{
	model_touch(m, OBJ_MMU_LOCK, 0);
	m->vm.lock_readers--;
}

void model_mmu_lock_write(struct model *m, unsigned who)
{
	if (unlikely(m->vm.lock_writer != NOBODY || m->vm.lock_readers))
		model_wait(m, WAIT_LOCK_WRITE, 0);
	model_touch(m, 0, OBJ_MMU_LOCK);
	m->vm.lock_writer = who;
}

void model_mmu_unlock_write(struct model *m, unsigned who)
{
	model_touch(m, 0, OBJ_MMU_LOCK);
	m->vm.lock_writer = NOBODY;
}

/* Several invalidations at once: their union, as in kvm_mmu_invalidate_range_add(). */
void model_invalidate_begin(struct model *m, uint64_t start, uint64_t end)
{
	struct vm *vm = &m->vm;

	model_touch(m, 0, OBJ_INVALIDATE);
	if (!vm->invalidate_in_progress++) {
		vm->invalidate_start = start;
		vm->invalidate_end = end;
		return;
	}
	if (start < vm->invalidate_start)
		vm->invalidate_start = start;
	if (end > vm->invalidate_end)
		vm->invalidate_end = end;
}

void model_invalidate_end(struct model *m)
{
	model_touch(m, 0, OBJ_INVALIDATE);
	m->vm.invalidate_seq++;
	m->vm.invalidate_in_progress--;
}

/* Empties the tables in use; what was never touched stays untouched. */
static void tables_reset(struct vm *vm)
{
	for (unsigned n = 0; n < vm->nr_tables; n++) {
		struct table *t = &vm->tables[n];

		for (unsigned word = 0; word < PT_ENTRIES / 64; word++) {
			for (uint64_t bits = t->used[word]; bits; bits &= bits - 1)
				t->spte[word * 64 + __builtin_ctzll(bits)] = 0;
			t->used[word] = 0;
		}
	}
	vm->nr_tables = vm->tables_in_use = 0;
	vm->free_table = NO_TABLE;
}

/* v6.16 turns off from the start what cannot matter (inapplicable_quirks). */
static uint32_t initial_quirks_off(const struct model *m)
{
	if (!policy_has(m, POL_QUIRKS_OR))
		return 0;
	if (m->vm.machine.vendor == VENDOR_INTEL)
		return QUIRK_CD_NW_CLEARED;
	return m->tdp ? QUIRK_IGNORE_GUEST_PAT : 0;
}

/* What the header says of quirks this kernel does not have, or cannot bring back, has no effect. */
static void header_quirks(struct model *m)
{
	const struct machine *machine = &m->vm.machine;

	for (uint32_t bits = QUIRKS_KNOWN; bits; bits &= bits - 1) {
		uint32_t quirk = bits & -bits;

		if (machine->quirks_off & quirk)
			model_set_quirk(m, quirk, false);
		else if (machine->quirks_on & quirk)
			model_set_quirk(m, quirk, true);
	}
}

void model_vm_reset(struct model *m, const struct machine *machine)
{
	struct vm *vm = &m->vm;

	tables_reset(vm);
	vm->machine = *machine;
	m->tdp = machine->tdp;
	m->ept = machine->tdp && machine->vendor == VENDOR_INTEL;
	vm->quirks_off = initial_quirks_off(m);
	header_quirks(m);
	vm->dma_count = 0;
	/* kvm_mmu_max_gfn() */
	vm->max_gfn = machine->tdp ? 1ULL << (machine->maxphyaddr - PAGE_SHIFT) : MAX_GFN;
	vm->slots_generation = 0;
	vm->srcu_epoch = 1;
	vm->slots_updating = false;
	vm->lock_readers = 0;
	vm->lock_writer = NOBODY;
	vm->invalidate_in_progress = vm->invalidate_seq = 0;
	vm->zapping = false;
	vm->nr_queue = vm->nr_range_allocs = 0;
	vm->next_tag = vm->next_generation = vm->base_generation = 0;
	vm->nr_roots = vm->nr_maps = vm->kinds.nr = vm->moves.nr = 0;
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct slot *slot = &machine->slots[i];

		vm->slots[i] = (struct memslot){
			.gfn = slot->gpa >> PAGE_SHIFT, .npages = slot->size >> PAGE_SHIFT,
			.hva_gfn = slot->gpa >> PAGE_SHIFT, .flags = slot->flags,
		};
	}
	for (unsigned v = 0; v < machine->nr_vcpus; v++)
		model_vcpu_create(m, v);
}

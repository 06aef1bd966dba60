// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memslots, dirty logging, and what the host does to the pages behind them.
 *
 * Source: virt/kvm/kvm_main.c (__kvm_set_memory_region(), kvm_set_memslot(),
 * the MMU notifier), arch/x86/kvm/x86.c (kvm_mmu_slot_apply_flags()) and
 * mmu/tdp_mmu.c (splitting, write protection, collapsing) of v6.1 and v6.12.
 *
 * The VMM puts each slot into both address spaces, as QEMU does. It maps the
 * slot's memory 1G-aligned like its gpa, and keeps it mapped there if the slot
 * moves. SMRAM is the VMM's own.
 */
#include "harness/targets/model/sched.h"

#define MAX_SLOT_PAGES	((1ULL << 31) - 1)	/* KVM_MEM_MAX_NR_PAGES */

static bool intersects(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
	return a < b_end && b < a_end;
}

struct memslot *model_gfn_to_slot(struct vm *vm, uint64_t gfn)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		if (gfn - vm->slots[i].gfn < vm->slots[i].npages)
			return &vm->slots[i];
	}
	return NULL;
}

/* The first range of @list that touches [gfn, end). */
static const struct host_range *find_range(const struct host_ranges *list, uint64_t gfn,
					   uint64_t end)
{
	for (unsigned i = 0; i < list->nr; i++) {
		if (intersects(gfn, end, list->range[i].gfn, list->range[i].end))
			return &list->range[i];
	}
	return NULL;
}

/* A generation's pfns differ from every other's, and keep gfn's alignment. */
struct host_page model_gfn_to_page(const struct vm *vm, uint64_t gfn)
{
	const struct host_range *kind = find_range(&vm->kinds, gfn, gfn + 1);
	const struct host_range *move = find_range(&vm->moves, gfn, gfn + 1);
	uint64_t generation = vm->base_generation;

	if (kind && kind->generation > generation)
		generation = kind->generation;
	if (move && move->generation > generation)
		generation = move->generation;
	return (struct host_page){
		.pfn = (gfn ^ generation << 28) & (SPTE_PFN_MASK >> PAGE_SHIFT),
		.mmio = kind && kind->kind == BACKING_MMIO,
	};
}

/* Does the host map the naturally aligned region of @level around @gfn with one page? */
static bool host_maps(const struct vm *vm, uint64_t gfn, unsigned level)
{
	static const uint8_t largest[NR_BACKINGS] = {
		[BACKING_4K] = LEVEL_4K, [BACKING_2M] = LEVEL_2M, [BACKING_1G] = LEVEL_1G,
		[BACKING_MMIO] = LEVEL_4K,
	};
	uint64_t pages = level_pages(level), start = gfn & ~(pages - 1), end = start + pages;
	const struct host_range *kind = find_range(&vm->kinds, start, end);
	const struct host_range *move = find_range(&vm->moves, start, end);

	if (kind && (start < kind->gfn || end > kind->end || level > largest[kind->kind]))
		return false;
	return !move || (move->gfn <= start && end <= move->end);
}

unsigned model_max_mapping_level(const struct vm *vm, const struct memslot *slot, uint64_t gfn,
				 unsigned max)
{
	unsigned level;

	for (level = max; level > LEVEL_4K; level--) {
		uint64_t pages = level_pages(level), start = gfn & ~(pages - 1);

		if (start >= slot->gfn && start + pages <= slot->gfn + slot->npages &&
		    !((slot->gfn ^ slot->hva_gfn) & (pages - 1)) && host_maps(vm, gfn, level))
			break;
	}
	return level;
}

/*
 * kvm_swap_active_memslots(), once for each address space: the generation is
 * new when nobody goes by the old memslots any more.
 */
static void swap_slots(struct model *m)
{
	m->vm.slots_updating = true;
	model_srcu_synchronize(m);
	m->vm.slots_updating = false;
	m->vm.slots_generation += 2 * 2;
}

/* kvm_unmap_gfn_range() and the flush after it. */
static void unmap_gfn_range(struct model *m, unsigned who, uint64_t gfn, uint64_t end,
			    bool forget_flush)
{
	bool flush = model_zap_leafs(m, who, gfn, end, -1, false);

	if (flush && !forget_flush)
		model_flush_remote(m, who);
}

/* kvm_arch_flush_shadow_memslot() */
static void flush_slot(struct model *m, unsigned who, const struct memslot *slot)
{
	uint64_t gfn = slot->gfn + has_defect(m, DEFECT_SLOT_SHORT_START);
	uint64_t end = slot->gfn + slot->npages - has_defect(m, DEFECT_SLOT_SHORT_END);
	bool forget = has_defect(m, DEFECT_NO_FLUSH_SLOT);

	if (has_defect(m, DEFECT_NO_ZAP_SLOT))
		return;
	if (has_defect(m, DEFECT_SLOT_KEEPS_LEAVES)) {
		model_mmu_lock_write(m, who);
		unmap_gfn_range(m, who, gfn, (end - 1) & ~(level_pages(LEVEL_2M) - 1), forget);
		model_mmu_unlock_write(m, who);
	} else if (!has_quirk(m, QUIRK_SLOT_ZAP_ALL)) {
		if (has_defect(m, DEFECT_SLOT_SHADOW_KEPT) && !m->tdp)
			return;
		model_mmu_lock_write(m, who);
		unmap_gfn_range(m, who, gfn, end, forget);
		model_mmu_unlock_write(m, who);
	} else {
		model_zap_all_fast(m, who);
	}
}

/* Deleted and moved slots are invalid first, then zapped, then gone. */
static void invalidate_slot(struct model *m, struct memslot *slot)
{
	model_touch(m, 0, OBJ_SLOTS);
	slot->invalid = true;
	swap_slots(m);
	model_point(m, HOST, POINT_SLOT_INVALID);
	flush_slot(m, HOST, slot);
	model_point(m, HOST, POINT_SLOT_ZAPPED);
}

static void commit_slot(struct model *m, struct memslot *slot, struct memslot new)
{
	model_touch(m, 0, OBJ_SLOTS);
	*slot = new;
	swap_slots(m);
	model_point(m, HOST, POINT_SLOT_COMMITTED);
}

/*
 * Splits huge leaves until none is left or memory runs short, and it is kept
 * short: each table split off costs 512 events here and 512 leaves to judge.
 */
static void split_slot(struct model *m, const struct memslot *slot)
{
	struct vm *vm = &m->vm;
	uint64_t end = slot->gfn + slot->npages;
	unsigned budget = SPLIT_TABLES;

	model_mmu_lock_read(m, HOST);
	model_touch(m, OBJ_ROOTS | OBJ_SPTES, 0);
	for (unsigned r = 0; r < vm->nr_roots; r++) {
		struct root *root = &vm->roots[r];
		uint64_t gfn = slot->gfn;
		struct walk w;

		if (root->table == NO_TABLE || root->invalid)
			continue;
		while (model_walk_next(vm, root, gfn, end, &w)) {
			if (w.level == LEVEL_4K) {
				gfn = (w.gfn | (level_pages(LEVEL_2M) - 1)) + 1;
				continue;
			}
			if (!budget-- || !model_split_leaf(m, &w))
				goto out;
		}
	}
out:
	model_mmu_unlock_read(m, HOST);
}

static void wrprot_slot(struct model *m, const struct memslot *slot)
{
	struct vm *vm = &m->vm;
	uint64_t end = slot->gfn + slot->npages;

	model_touch(m, OBJ_ROOTS | OBJ_SPTES, 0);
	for (unsigned r = 0; r < vm->nr_roots; r++) {
		const struct root *root = &vm->roots[r];
		struct walk w;

		if (root->table == NO_TABLE || root->invalid)
			continue;
		if (has_defect(m, DEFECT_DIRTY_ONE_ROOT) && root->as_id)
			continue;
		for (uint64_t gfn = slot->gfn; model_walk_next(vm, root, gfn, end, &w);) {
			unsigned nr = model_leaf_run(m, &w, end);

			gfn = w.gfn + nr * level_pages(w.level);
			if (has_defect(m, DEFECT_DIRTY_LAST_WRITABLE) && w.level == LEVEL_4K)
				nr -= gfn == end;
			if ((has_defect(m, DEFECT_DIRTY_WRITABLE) && w.level > LEVEL_4K) ||
			    (has_defect(m, DEFECT_DIRTY_4K_WRITABLE) && w.level == LEVEL_4K) || !nr)
				continue;
			if (w.spte & SPTE_W)
				model_leaf_run_set(m, &w, nr, w.spte & ~SPTE_W);
		}
	}
}

static void dirty_log_on(struct model *m, const struct memslot *slot)
{
	if (m->tdp && policy_has(m, POL_EAGER_SPLIT))
		split_slot(m, slot);
	model_point(m, HOST, POINT_SPLIT_YIELD);
	model_mmu_lock_read(m, HOST);
	wrprot_slot(m, slot);
	model_mmu_unlock_read(m, HOST);
	model_point(m, HOST, POINT_WRPROT_DONE);
	/* Unconditional, and outside of the lock. */
	if (!has_defect(m, DEFECT_NO_FLUSH_WRPROT))
		model_flush_remote(m, HOST);
}

/* Zaps tables below @table that one leaf of @slot could replace. */
static void collapse_table(struct model *m, const struct memslot *slot, uint16_t table)
{
	struct vm *vm = &m->vm;
	const struct table *t = &vm->tables[table];
	uint64_t start = slot->gfn, end = slot->gfn + slot->npages;

	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		uint64_t gfn = t->gfn + i * level_pages(t->level);
		uint64_t spte = t->spte[i];

		if (!t->used[i / 64]) {
			i |= 63;
			continue;
		}
		if (!spte_present(spte) || spte_leaf(spte, t->level) ||
		    !intersects(gfn, gfn + level_pages(t->level), start, end))
			continue;
		if (t->level <= MAX_LEVEL && gfn >= start && gfn < end &&
		    model_max_mapping_level(vm, slot, gfn, MAX_LEVEL) >= t->level) {
			model_spte_set(m, table, i, 0);
			if (!has_defect(m, DEFECT_NO_FLUSH_COLLAPSE))
				model_flush_remote(m, HOST);
		} else if (t->level > LEVEL_2M) {
			collapse_table(m, slot, spte_child(spte));
		}
	}
}

static void dirty_log_off(struct model *m, const struct memslot *slot)
{
	struct vm *vm = &m->vm;

	model_mmu_lock_read(m, HOST);
	model_touch(m, OBJ_ROOTS | OBJ_SPTES, 0);
	for (unsigned r = 0; r < vm->nr_roots; r++) {
		const struct root *root = &vm->roots[r];

		if (root->table != NO_TABLE && !root->invalid)
			collapse_table(m, slot, root->table);
	}
	model_mmu_unlock_read(m, HOST);
}

/* kvm_mmu_slot_apply_flags(): readonly slots have nothing to protect or collapse. */
static void apply_flags(struct model *m, const struct memslot *slot, uint32_t old_flags)
{
	if ((slot->flags & SLOT_READONLY) || !((slot->flags ^ old_flags) & SLOT_DIRTY_LOG))
		return;
	if (slot->flags & SLOT_DIRTY_LOG)
		dirty_log_on(m, slot);
	else
		dirty_log_off(m, slot);
}

static int change_flags(struct model *m, struct memslot *slot, uint32_t flags)
{
	struct memslot new = *slot;
	uint32_t old_flags = slot->flags;

	if (((flags ^ old_flags) & SLOT_READONLY) && !has_defect(m, DEFECT_RO_TOGGLE))
		return EINVAL;
	if (flags == old_flags)
		return 0;
	new.flags = flags;
	commit_slot(m, slot, new);
	apply_flags(m, slot, old_flags);
	return 0;
}

static bool overlaps_other(const struct vm *vm, const struct memslot *self, uint64_t gfn,
			   uint64_t npages)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct memslot *s = &vm->slots[i];

		if (s != self && s->npages &&
		    intersects(gfn, gfn + npages, s->gfn, s->gfn + s->npages))
			return true;
	}
	return false;
}

int model_set_slot(struct model *m, const struct op *op)
{
	uint64_t gpa = op->v[0], size = op->v[1], flags = op->v[2];
	struct vm *vm = &m->vm;
	struct memslot *slot;
	struct memslot new = {
		.gfn = gpa >> PAGE_SHIFT, .npages = size >> PAGE_SHIFT,
		.hva_gfn = gpa >> PAGE_SHIFT, .flags = flags,
	};

	if (op->arg >= MAX_SLOTS || (flags & ~(uint64_t)(SLOT_READONLY | SLOT_DIRTY_LOG)) ||
	    ((gpa | size) & (PAGE_SIZE - 1)) || gpa + size < gpa || new.npages > MAX_SLOT_PAGES)
		return EINVAL;
	slot = &vm->slots[op->arg];
	if (!size) {
		if (!slot->npages)
			return EINVAL;
		invalidate_slot(m, slot);
		commit_slot(m, slot, (struct memslot){ 0 });
		return 0;
	}
	if (slot->npages &&
	    ((new.npages != slot->npages && !has_defect(m, DEFECT_SLOT_RESIZE)) ||
	     (((flags ^ slot->flags) & SLOT_READONLY) && !has_defect(m, DEFECT_RO_TOGGLE))))
		return EINVAL;
	if (slot->npages && new.gfn == slot->gfn)
		return change_flags(m, slot, flags);
	if (overlaps_other(vm, slot, new.gfn, new.npages) && !has_defect(m, DEFECT_SLOT_OVERLAP))
		return EEXIST;
	if (slot->npages) {
		new.hva_gfn = slot->hva_gfn;
		if (!has_defect(m, DEFECT_NO_ZAP_SLOT_MOVE))
			invalidate_slot(m, slot);
	}
	/* A slot too high is refused only now; the old one comes back, zapped. */
	if (new.gfn + new.npages > vm->max_gfn) {
		model_touch(m, 0, OBJ_SLOTS);
		slot->invalid = false;
		return EINVAL;
	}
	commit_slot(m, slot, new);
	return 0;
}

int model_dirty_log(struct model *m, unsigned id, bool on)
{
	struct memslot *slot;

	if (id >= MAX_SLOTS || !m->vm.slots[id].npages)
		return ENOENT;	/* the VMM's own answer */
	slot = &m->vm.slots[id];
	return change_flags(m, slot, (slot->flags & ~SLOT_DIRTY_LOG) | (on ? SLOT_DIRTY_LOG : 0));
}

/* Puts a range into @list in place of what was there. Needs room for two. */
static void replace_range(struct host_ranges *list, struct host_range new)
{
	for (unsigned i = list->nr; i-- > 0;) {
		struct host_range *r = &list->range[i];
		struct host_range tail = *r;

		if (!intersects(new.gfn, new.end, r->gfn, r->end))
			continue;
		if (r->gfn < new.gfn && new.end < r->end) {
			r->end = new.gfn;
			tail.gfn = new.end;
			list->range[list->nr++] = tail;
		} else if (r->gfn < new.gfn) {
			r->end = new.gfn;
		} else if (new.end < r->end) {
			r->gfn = new.end;
		} else {
			*r = list->range[--list->nr];
		}
	}
	list->range[list->nr++] = new;
}

/* [gfn, end) gets other pages; @kind < 0: of the kinds that are there. */
static void replace_pages(struct vm *vm, uint64_t gfn, uint64_t end, int kind)
{
	struct host_range new = { .gfn = gfn, .end = end, .generation = ++vm->next_generation };

	/* Pages put there anew are of one size throughout, whatever moved there before. */
	if (kind < 0 || vm->moves.nr + 2u <= NR_HOST_RANGES)
		replace_range(&vm->moves, new);
	if (kind < 0)
		return;
	new.kind = kind;
	replace_range(&vm->kinds, new);
}

/* The MMU notifier around a change of the host's page tables. */
static void notifier(struct model *m, uint64_t gfn, uint64_t end, int kind)
{
	struct vm *vm = &m->vm;
	bool locked = false;

	model_point(m, HOST, POINT_NOTIFIER_BEGIN);
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct memslot *slot = &vm->slots[i];
		uint64_t start = slot->gfn > gfn ? slot->gfn : gfn;
		uint64_t stop = slot->gfn + slot->npages < end ? slot->gfn + slot->npages : end;

		if (!slot->npages || start >= stop)
			continue;
		if (!locked) {
			locked = true;
			model_mmu_lock_write(m, HOST);
			if (!has_defect(m, DEFECT_NOTIFIER_NO_SEQ))
				model_invalidate_begin(m, gfn, end);
		}
		if (has_defect(m, DEFECT_NOTIFIER_SHORT))
			stop--;
		if (has_defect(m, DEFECT_NOTIFIER_SHORT_START))
			start++;
		if (!has_defect(m, DEFECT_NO_ZAP_NOTIFIER))
			unmap_gfn_range(m, HOST, start, stop, has_defect(m, DEFECT_NO_FLUSH_NOTIFIER));
		if (has_defect(m, DEFECT_NOTIFIER_ONE_SLOT))
			break;
	}
	if (locked)
		model_mmu_unlock_write(m, HOST);
	model_point(m, HOST, POINT_NOTIFIER_MIDDLE);
	model_touch(m, 0, OBJ_HOST);
	replace_pages(vm, gfn, end, kind);
	if (locked) {
		model_mmu_lock_write(m, HOST);
		if (!has_defect(m, DEFECT_NOTIFIER_NO_SEQ))
			model_invalidate_end(m);
		model_mmu_unlock_write(m, HOST);
	}
	model_point(m, HOST, POINT_NOTIFIER_END);
}

int model_invalidate(struct model *m, const struct op *op)
{
	struct vm *vm = &m->vm;
	uint64_t gfn = op->v[0] >> PAGE_SHIFT;
	uint64_t end = (op->v[0] + op->v[1] + PAGE_SIZE - 1) >> PAGE_SHIFT;

	if (end <= gfn)
		return 0;
	if (op->kind == OP_BACKING && op->arg >= NR_BACKINGS)
		return EINVAL;
	if (op->kind == OP_BACKING) {
		if (vm->kinds.nr + 2u > NR_HOST_RANGES) {
			model_fail(m, TARGET_INFRA, "the model's host has too many backings");
			return 0;
		}
		notifier(m, gfn, end, (int)op->arg);
		return 0;
	}
	if (vm->moves.nr + 2u > NR_HOST_RANGES) {
		/* Too many to tell apart: all pages of the VM move, and the list is empty again. */
		notifier(m, 0, vm->max_gfn, -1);
		vm->base_generation = vm->next_generation;
		vm->moves.nr = 0;
		return 0;
	}
	notifier(m, gfn, end, -1);
	return 0;
}

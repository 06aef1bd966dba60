// SPDX-License-Identifier: GPL-2.0-only
/*
 * Range zaps with mmu_lock held for read: patch 12 of yan-v4, "convert
 * kvm_zap_gfn_range() to use shared mmu_lock in TDP MMU"
 * (20230714065631.20869-1-yan.y.zhao@intel.com), as posted. Not merged.
 *
 * Each SPTE that lies in the range whole is zapped by itself and flushed at
 * once, tables of up to 1G included; one that reaches beyond it is left alone,
 * a huge leaf too. Faults go on meanwhile, and retry: the invalidation is
 * announced, and withdrawn, with mmu_lock held for write.
 */
#include "harness/targets/model/sched.h"

/* The first SPTE met in [gfn, end) that lies in it whole and is no larger than 1G; false: none. */
static bool next_whole(const struct vm *vm, const struct root *root, uint64_t gfn, uint64_t end,
		       struct walk *w)
{
	while (gfn < end) {
		w->table = root->table;
		w->level = root->level;
		for (;;) {
			uint64_t pages = level_pages(w->level);

			w->index = gfn >> 9 * (w->level - 1) & (PT_ENTRIES - 1);
			w->gfn = gfn & ~(pages - 1);
			w->spte = vm->tables[w->table].spte[w->index];
			if (!spte_present(w->spte))
				break;
			if (w->level <= MAX_LEVEL && w->gfn == gfn && gfn + pages <= end)
				return true;
			if (spte_leaf(w->spte, w->level))
				break;
			w->table = spte_child(w->spte);
			w->level--;
		}
		gfn = w->gfn + level_pages(w->level);
	}
	return false;
}

static void zap_root_range(struct model *m, unsigned who, struct root *root, uint64_t start,
			   uint64_t end)
{
	struct walk w;

	while (next_whole(&m->vm, root, start, end, &w)) {
		start = w.gfn + level_pages(w.level);
		model_spte_set(m, w.table, w.index, 0);
		model_flush_remote(m, who);
		if (likely(!m->on_point) || !model_wants_yield(m, POINT_ZAP_YIELD))
			continue;
		model_mmu_unlock_read(m, who);
		model_yield(m, who, POINT_ZAP_YIELD);
		model_mmu_lock_read(m, who);
	}
}

void model_zap_gfn_range_shared(struct model *m, unsigned who, uint64_t start, uint64_t end)
{
	struct vm *vm = &m->vm;
	uint64_t stop = end < vm->max_gfn ? end : vm->max_gfn;
	struct event *ev = target_event(&m->target, EV_ZAP_RANGE);

	ev->vcpu = who;
	ev->gfn = start;
	ev->end = end;
	model_point(m, who, POINT_ZAP_BEGIN);
	model_mmu_lock_write(m, who);
	model_point(m, who, POINT_ZAP_LOCKED);
	model_invalidate_begin(m, 0, MAX_GFN);
	model_mmu_unlock_write(m, who);
	model_mmu_lock_read(m, who);
	model_touch(m, OBJ_ROOTS | OBJ_SPTES, 0);
	for (unsigned r = 0; r < vm->nr_roots; r++) {
		struct root *root = &vm->roots[r];

		if (root->table == NO_TABLE || root->invalid)
			continue;
		root->refs++;
		zap_root_range(m, who, root, start, stop);
		model_root_put(m, r);
	}
	model_mmu_unlock_read(m, who);
	model_mmu_lock_write(m, who);
	model_invalidate_end(m);
	model_mmu_unlock_write(m, who);
	model_point(m, who, POINT_ZAP_END);
}

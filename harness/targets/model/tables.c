// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables from a bounded pool, walks over them, and the zaps and splits
 * that KVM's TDP MMU does to whole ranges.
 *
 * Source: arch/x86/kvm/mmu/tdp_mmu.c and kvm_zap_gfn_range(),
 * kvm_mmu_zap_all_fast() of mmu/mmu.c, v6.1 and v6.12. A bitmap of used
 * entries per table keeps walks, zaps and resets at the cost of what is there.
 *
 * Shadow paging uses the same tables and walks; its rmap and its hash of
 * shadow pages lead to the same leaves.
 */
#include <string.h>

#include "harness/targets/model/sched.h"

static unsigned gfn_shift(unsigned level)
{
	return 9 * (level - 1);
}

uint16_t model_table_alloc(struct vm *vm, unsigned root, unsigned level, uint64_t gfn)
{
	uint16_t n = vm->free_table;
	struct table *t;

	if (n != NO_TABLE)
		vm->free_table = vm->tables[n].next_free;
	else if (vm->nr_tables < NR_TABLES)
		n = vm->nr_tables++;
	else
		return NO_TABLE;
	t = &vm->tables[n];
	t->root = root;
	t->level = level;
	t->gfn = gfn;
	vm->tables_in_use++;
	return n;
}

/* The caller has emptied it. */
static void table_free(struct vm *vm, uint16_t n)
{
	vm->tables[n].next_free = vm->free_table;
	vm->free_table = n;
	vm->tables_in_use--;
}

static void spte_write(struct table *t, unsigned index, uint64_t spte)
{
	t->spte[index] = spte;
	if (spte)
		t->used[index / 64] |= 1ULL << index % 64;
	else
		t->used[index / 64] &= ~(1ULL << index % 64);
}

/* The first used entry from @index on; PT_ENTRIES if there is none. */
static unsigned next_used(const struct table *t, unsigned index)
{
	unsigned word = index / 64;
	uint64_t bits = t->used[word] & ~0ULL << index % 64;

	while (!bits) {
		if (++word == PT_ENTRIES / 64)
			return PT_ENTRIES;
		bits = t->used[word];
	}
	return word * 64 + __builtin_ctzll(bits);
}

/* @nr SPTEs from @index on changed, alike; @old and @new are the first's. */
static void sptes_event(struct model *m, const struct table *t, unsigned index, unsigned nr,
			uint64_t old, uint64_t new)
{
	const struct root *root = &m->vm.roots[t->root];
	struct event *ev = target_event(&m->target, EV_SPTE);

	ev->as_id = root->as_id;
	ev->root = root->tag;
	ev->level = t->level;
	ev->gfn = t->gfn + ((uint64_t)index << gfn_shift(t->level));
	ev->end = ev->gfn + ((uint64_t)nr << gfn_shift(t->level));
	ev->old_spte = old;
	ev->new_spte = new;
}

/* From @index on: how many leaves, at most @max, are alike but for consecutive pfns. */
static unsigned leaf_run(const struct table *t, unsigned index, unsigned max)
{
	uint64_t next = t->spte[index], step = 1ULL << (gfn_shift(t->level) + PAGE_SHIFT);
	unsigned nr = 0;

	while (nr < max && index + nr < PT_ENTRIES && t->spte[index + nr] == next) {
		next += step;
		nr++;
	}
	return nr;
}

/* Replaces @nr leaves, or @nr empty entries, from @index on; they are a run and become one. */
static void leaf_run_set(struct model *m, struct table *t, unsigned index, unsigned nr,
			 uint64_t spte)
{
	uint64_t old = t->spte[index], step = 1ULL << (gfn_shift(t->level) + PAGE_SHIFT);

	for (unsigned i = 0; i < nr; i++)
		spte_write(t, index + i, spte ? spte + i * step : 0);
	sptes_event(m, t, index, nr, old, spte);
}

/* Takes down a table that is no longer linked, and all below it. */
static void table_remove(struct model *m, uint16_t n)
{
	struct table *t = &m->vm.tables[n];

	for (unsigned i = next_used(t, 0); i < PT_ENTRIES; i = next_used(t, i)) {
		if (!spte_present(t->spte[i]))
			spte_write(t, i, 0);	/* MMIO: the generation guards it, no event */
		else if (spte_leaf(t->spte[i], t->level))
			leaf_run_set(m, t, i, leaf_run(t, i, PT_ENTRIES), 0);
		else
			model_spte_set(m, n, i, 0);
	}
	table_free(&m->vm, n);
}

unsigned model_leaf_run(const struct model *m, const struct walk *w, uint64_t end)
{
	uint64_t max = (end - w->gfn + level_pages(w->level) - 1) >> gfn_shift(w->level);

	/* A test's hook sees a yield after every leaf, a group one after every run. */
	if (unlikely(m->on_point) && !m->in_group)
		return 1;
	return leaf_run(&m->vm.tables[w->table], w->index, max < PT_ENTRIES ? max : PT_ENTRIES);
}

static void touch_sptes(struct model *m, const struct table *t, unsigned index, unsigned nr)
{
	uint64_t gfn = t->gfn + ((uint64_t)index << gfn_shift(t->level));

	model_touch_sptes(m, gfn, gfn + nr * level_pages(t->level), true);
}

void model_leaf_run_set(struct model *m, const struct walk *w, unsigned nr, uint64_t spte)
{
	leaf_run_set(m, &m->vm.tables[w->table], w->index, nr, spte);
	touch_sptes(m, &m->vm.tables[w->table], w->index, nr);
}

void model_spte_set(struct model *m, unsigned table, unsigned index, uint64_t spte)
{
	struct table *t = &m->vm.tables[table];
	uint64_t old = t->spte[index];

	if (old == spte)
		return;
	spte_write(t, index, spte);
	sptes_event(m, t, index, 1, old, spte);
	touch_sptes(m, t, index, 1);
	if (spte_present(old) && !spte_leaf(old, t->level) &&
	    (!spte_present(spte) || spte_leaf(spte, t->level)))
		table_remove(m, spte_child(old));
}

bool model_walk_to(const struct vm *vm, const struct root *root, uint64_t gfn, struct walk *w)
{
	w->table = root->table;
	w->level = root->level;
	for (;;) {
		const struct table *t = &vm->tables[w->table];

		w->index = gfn >> gfn_shift(w->level) & (PT_ENTRIES - 1);
		w->spte = t->spte[w->index];
		w->gfn = gfn & ~(level_pages(w->level) - 1);
		if (!spte_present(w->spte))
			return false;
		if (spte_leaf(w->spte, w->level))
			return true;
		w->table = spte_child(w->spte);
		w->level--;
	}
}

/*
 * Descends from the root for every leaf, so that whatever happens to the
 * tables between two calls, as when KVM yields, the next one is right.
 */
bool model_walk_next(const struct vm *vm, const struct root *root, uint64_t gfn, uint64_t end,
	       struct walk *w)
{
	while (gfn < end) {
		const struct table *t = &vm->tables[root->table];
		unsigned level = root->level, index, next;

		w->table = root->table;
		for (;;) {
			index = gfn >> gfn_shift(level) & (PT_ENTRIES - 1);
			next = next_used(t, index);
			if (next == PT_ENTRIES) {
				if (level == root->level)
					return false;
				gfn = (gfn | (level_pages(level + 1) - 1)) + 1;
				break;
			}
			if (next != index) {
				gfn = t->gfn + ((uint64_t)next << gfn_shift(level));
				if (gfn >= end)
					return false;
			}
			w->spte = t->spte[next];
			if (!spte_present(w->spte)) {
				gfn = (gfn | (level_pages(level) - 1)) + 1;
				break;
			}
			if (spte_leaf(w->spte, level)) {
				w->index = next;
				w->level = level;
				w->gfn = gfn & ~(level_pages(level) - 1);
				return true;
			}
			w->table = spte_child(w->spte);
			t = &vm->tables[w->table];
			level--;
		}
	}
	return false;
}

uint64_t model_nonleaf_spte(const struct model *m, uint16_t child)
{
	uint64_t bits = m->ept ? EPT_R | EPT_W | EPT_X | EPT_A : PAE_P | PAE_W | PAE_U | PAE_A;

	return SPTE_MMU_PRESENT | bits | (uint64_t)(child + 1) << PAGE_SHIFT;
}

/* Memtype, IPAT and permissions are the huge leaf's (make_huge_page_split_spte()). */
bool model_split_leaf(struct model *m, const struct walk *w)
{
	struct vm *vm = &m->vm;
	unsigned level = w->level - 1;
	uint16_t n = model_table_alloc(vm, vm->tables[w->table].root, level, w->gfn);
	uint64_t child = w->spte;

	if (n == NO_TABLE)
		return false;
	if (level == LEVEL_4K)
		child &= ~SPTE_PS;
	if (has_defect(m, DEFECT_SPLIT_MEMTYPE) && m->ept)
		child &= ~(EPT_MT_MASK | EPT_IPAT);
	if (has_defect(m, DEFECT_SPLIT_IPAT) && m->ept)
		child &= ~EPT_IPAT;
	model_spte_set(m, w->table, w->index, model_nonleaf_spte(m, n));
	leaf_run_set(m, &vm->tables[n], 0, PT_ENTRIES, child);
	return true;
}

/* Leaves that a zap leaves alone, by a defect. */
static bool zap_spares(const struct model *m, const struct walk *w)
{
	return (has_defect(m, DEFECT_ZAP_SPARES_4K) && w->level == LEVEL_4K) ||
	       (has_defect(m, DEFECT_ZAP_SPARES_2M) && w->level == LEVEL_2M) ||
	       (has_defect(m, DEFECT_ZAP_SPARES_1G) && w->level == LEVEL_1G);
}

/* One root's part; KVM may yield after any leaf and then flushes first. */
static bool zap_leafs_root(struct model *m, unsigned who, unsigned r, uint64_t start, uint64_t end,
			   bool flush)
{
	struct root *root = &m->vm.roots[r];
	struct walk w;

	while (model_walk_next(&m->vm, root, start, end, &w)) {
		unsigned nr = model_leaf_run(m, &w, end);

		if (has_defect(m, DEFECT_ZAP_FIRST_LEAF))
			nr = 1;
		start = w.gfn + nr * level_pages(w.level);
		if (unlikely(m->defective) && zap_spares(m, &w))
			continue;
		model_leaf_run_set(m, &w, nr, 0);
		if (!root->invalid || !policy_has(m, POL_ZAP_VALID_ROOTS))
			flush = true;
		if (has_defect(m, DEFECT_ZAP_FIRST_LEAF))
			break;
		if (likely(!m->on_point) || !model_wants_yield(m, POINT_ZAP_YIELD))
			continue;
		if (flush && !has_defect(m, DEFECT_NO_FLUSH_YIELD))
			model_flush_remote(m, who);
		flush = false;
		model_mmu_unlock_write(m, who);
		model_yield(m, who, POINT_ZAP_YIELD);
		model_mmu_lock_write(m, who);
	}
	return flush;
}

bool model_zap_leafs(struct model *m, unsigned who, uint64_t start, uint64_t end, int as_id,
		     bool flush)
{
	struct vm *vm = &m->vm;

	if (end > vm->max_gfn)
		end = vm->max_gfn;
	model_touch(m, OBJ_ROOTS, 0);
	if (start < end)
		model_touch_sptes(m, start, end, false);
	for (unsigned r = 0; r < vm->nr_roots; r++) {
		struct root *root = &vm->roots[r];

		if (root->table == NO_TABLE || (as_id >= 0 && root->as_id != as_id) ||
		    (root->invalid && policy_has(m, POL_ZAP_VALID_ROOTS)))
			continue;
		root->refs++;
		flush = zap_leafs_root(m, who, r, start, end,
				       flush && !has_defect(m, DEFECT_FLUSH_LAST_ROOT));
		model_root_put(m, r);
	}
	return flush;
}

/* The borders of the zap, bent by defects. */
static struct zap_range bent_range(const struct model *m, uint64_t start, uint64_t end)
{
	struct zap_range range = { start, end < m->vm.max_gfn ? end : m->vm.max_gfn };

	if (has_defect(m, DEFECT_ZAP_SHORT_START))
		range.start++;
	if (has_defect(m, DEFECT_ZAP_SHORT_END))
		range.end--;
	if (has_defect(m, DEFECT_ZAP_SHIFT_UP)) {
		range.start++;
		range.end++;
	}
	if (has_defect(m, DEFECT_ZAP_SHIFT_DOWN)) {
		range.start -= !!range.start;
		range.end--;
	}
	if (has_defect(m, DEFECT_ZAP_LONG_START))
		range.start -= !!range.start;
	if (has_defect(m, DEFECT_ZAP_LONG_END))
		range.end++;
	if (has_defect(m, DEFECT_ZAP_BELOW_4G) && range.end > 1ULL << (32 - PAGE_SHIFT))
		range.end = 1ULL << (32 - PAGE_SHIFT);
	if (has_defect(m, DEFECT_ZAP_SKIP_HUGE)) {
		uint64_t mask = level_pages(LEVEL_2M) - 1;

		range.start = (range.start + mask) & ~mask;
		range.end &= ~mask;
	}
	return range;
}

void model_zap_gfn_range(struct model *m, unsigned who, uint64_t start, uint64_t end)
{
	struct zap_range range = { start, end };
	struct event *ev;
	bool flush;

	if (end <= start)
		return;
	if (unlikely(m->defective))
		range = bent_range(m, start, end);
	if (unlikely(policy_has(m, POL_ZAP_SHARED) && m->tdp)) {
		model_zap_gfn_range_shared(m, who, range.start, range.end);
		return;
	}
	ev = target_event(&m->target, EV_ZAP_RANGE);
	ev->vcpu = who;
	ev->gfn = start;
	ev->end = end;
	model_point(m, who, POINT_ZAP_BEGIN);
	model_mmu_lock_write(m, who);
	model_point(m, who, POINT_ZAP_LOCKED);
	if (!has_defect(m, DEFECT_NO_SEQ)) {
		if (policy_has(m, POL_RANGE_SEQ))
			model_invalidate_begin(m, start, end);
		else
			model_invalidate_begin(m, 0, MAX_GFN);
	}
	flush = model_zap_leafs(m, who, range.start, range.end,
			  has_defect(m, DEFECT_ZAP_ONE_ROOT) ? 0 : -1, false);
	if (flush && !has_defect(m, DEFECT_NO_FLUSH_ZAP))
		model_flush_remote(m, who);
	if (!has_defect(m, DEFECT_NO_SEQ))
		model_invalidate_end(m);
	model_mmu_unlock_write(m, who);
	model_point(m, who, POINT_ZAP_END);
}

/* Everything below the root, top down. */
static void zap_root(struct model *m, unsigned r)
{
	uint16_t n = m->vm.roots[r].table;
	struct table *t = &m->vm.tables[n];

	for (unsigned i = next_used(t, 0); i < PT_ENTRIES; i = next_used(t, i))
		model_spte_set(m, n, i, 0);
}

void model_root_destroy(struct model *m, unsigned r)
{
	struct root *root = &m->vm.roots[r];

	model_touch(m, 0, OBJ_ROOTS);
	zap_root(m, r);
	table_free(&m->vm, root->table);
	root->table = NO_TABLE;
}

void model_zap_all_fast(struct model *m, unsigned who)
{
	struct vm *vm = &m->vm;
	uint64_t doomed = 0;

	_Static_assert(NR_ROOTS <= 64, "roots in a mask");
	model_mmu_lock_write(m, who);
	model_touch(m, OBJ_ALL_REQUESTS, OBJ_ROOTS);
	for (unsigned r = 0; r < vm->nr_roots; r++) {
		struct root *root = &vm->roots[r];

		if (root->table == NO_TABLE || root->invalid)
			continue;
		root->invalid = true;
		if (!roots_kept(m))
			root->refs++;	/* while it is zapped; later kernels hold one all along */
		doomed |= 1ULL << r;
		if (has_defect(m, DEFECT_ZAP_ALL_ONE_ROOT))
			break;
	}
	for (unsigned v = 0; v < vm->machine.nr_vcpus; v++) {
		if (!has_defect(m, DEFECT_ZAP_ALL_NO_REQUEST))
			vm->vcpus[v].requests |= REQ_FREE_OBSOLETE_ROOTS;
	}
	model_point(m, who, POINT_ZAP_ALL);
	model_mmu_unlock_write(m, who);
	model_point(m, who, POINT_ZAP_ALL_UNLOCKED);

	model_mmu_lock_read(m, who);
	for (; doomed; doomed &= doomed - 1) {
		unsigned r = __builtin_ctzll(doomed);

		zap_root(m, r);
		model_root_put(m, r);
	}
	model_mmu_unlock_read(m, who);
}

size_t model_snapshot(const struct vm *vm, struct leaf *leaves, size_t max)
{
	size_t nr = 0;

	for (unsigned r = 0; r < vm->nr_roots; r++) {
		const struct root *root = &vm->roots[r];
		struct walk w;

		if (root->table == NO_TABLE)
			continue;
		for (uint64_t gfn = 0; model_walk_next(vm, root, gfn, MAX_GFN, &w);
		     gfn = w.gfn + level_pages(w.level)) {
			if (nr++ >= max)
				continue;
			leaves[nr - 1] = (struct leaf){ .as_id = root->as_id, .level = w.level,
							.root = root->tag, .gfn = w.gfn,
							.spte = w.spte };
		}
	}
	return nr;
}

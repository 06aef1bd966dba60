// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linear translations that shadow roots hold. A shadow page of a last-level
 * guest table is left out of sync while the guest writes to that table
 * (kvm_mmu_sync_roots(), mmu_try_to_unsync_pages(); mmu/mmu.c of v6.1), so
 * that shadow pages act as a TLB: what was translated stays until a sync,
 * whichever vCPU uses the root. Higher tables are write-protected and followed
 * at once.
 *
 * With TDP no root depends on the guest's tables, and the CPU walks them.
 */
#include "harness/targets/model/guest.h"
#include "harness/targets/model/vm.h"

static void linear_remove(struct root *root, unsigned i)
{
	root->linear[i] = root->linear[--root->nr_linear];
}

static bool overlaps(const struct linear *l, uint64_t va, uint64_t size)
{
	return l->va < va + size && va < l->va + (level_pages(l->level) << PAGE_SHIFT);
}

static void drop_range(struct root *root, uint64_t va, uint64_t size)
{
	for (unsigned i = root->nr_linear; i-- > 0;) {
		if (overlaps(&root->linear[i], va, size))
			linear_remove(root, i);
	}
}

void model_linear_drop(struct model *m, unsigned r, uint64_t va)
{
	if (r != NO_ROOT)
		drop_range(&m->vm.roots[r], va, 1);
}

/* What the guest's tables still say stays; the rest is looked up anew. */
void model_root_sync(struct model *m, unsigned r)
{
	struct root *root;

	if (r == NO_ROOT)
		return;
	root = &m->vm.roots[r];
	for (unsigned i = root->nr_linear; i-- > 0;) {
		const struct linear *l = &root->linear[i];
		const struct guest_map *map = model_guest_walk(m, l->va);

		if (!map || map->gpa + (l->va - map->va) != l->gpa)
			linear_remove(root, i);
	}
}

/* The guest wrote a PTE over [va, va + size); @last_level: of its last-level tables. */
void model_linear_pte_written(struct model *m, uint64_t va, uint64_t size, bool last_level)
{
	if (m->tdp || last_level)
		return;
	for (unsigned r = 0; r < m->vm.nr_roots; r++)
		drop_range(&m->vm.roots[r], va, size);
}

bool model_linear(struct model *m, unsigned vcpu, uint64_t va, uint64_t *gpa)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	const struct guest_map *map;
	struct root *root;
	struct linear *l = NULL;
	struct event *ev;

	if (m->tdp || !(v->mode.cr0 & CR0_PG))
		return model_guest_translate(m, vcpu, va, gpa);
	root = &m->vm.roots[v->root];
	for (unsigned i = 0; i < root->nr_linear && !l; i++) {
		if (overlaps(&root->linear[i], va, 1))
			l = &root->linear[i];
	}
	if (!l) {
		map = model_guest_walk(m, va);
		if (!map)
			return false;
		if (root->nr_linear == NR_LINEAR)
			linear_remove(root, 0);
		l = &root->linear[root->nr_linear++];
		*l = (struct linear){ map->va, map->gpa, map->level };
	}
	*gpa = l->gpa + (va - l->va);
	ev = target_event(&m->target, EV_LINEAR);
	ev->vcpu = vcpu;
	ev->as_id = root->as_id;
	ev->root = root->tag;
	ev->gfn = va >> PAGE_SHIFT;
	ev->end = ev->gfn + 1;
	ev->new_spte = *gpa;
	return true;
}

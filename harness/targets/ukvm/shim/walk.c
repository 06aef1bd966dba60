// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks of EPT and NPT tables: the processor's, one address at a time, and the
 * target's, all present leaves under every valid root.
 */
#include <linux/kvm_host.h>

#include "mmu.h"
#include "mmu/mmu_internal.h"
#include "mmu/spte.h"
#include "shim.h"

static u64 *table_at(u64 spte)
{
	return __va(spte & GENMASK_ULL(51, PAGE_SHIFT));
}

/*
 * Descends from @root, whose entries are of @level, until an entry is not
 * present, not a table, or of level 1. Returns it; its level in *level. EPT
 * entries are present when any of RWX is set, NPT ones when bit 0 is.
 */
u64 *ukvm_walk(unsigned long root, unsigned long gfn, bool ept, int *level)
{
	u64 *table = table_at(root);

	for (;; --*level) {
		u64 *entry = &table[gfn >> (9 * (*level - 1)) & 511];

		if (!(*entry & (ept ? 7 : 1)) || *level == 1 || *entry & PT_PAGE_SIZE_MASK)
			return entry;
		table = table_at(*entry);
	}
}

struct walk {
	struct ukvm_leaf *leaves;
	unsigned long nr, max;
	unsigned int root;
	unsigned char as_id;
};

static void walk_table(struct walk *walk, const u64 *table, int level, u64 gfn)
{
	const u64 pages = 1ull << 9 * (level - 1);

	for (int i = 0; i < 512; i++, gfn += pages) {
		u64 spte = table[i];

		if (!is_shadow_present_pte(spte))
			continue;
		if (level > 1 && !(spte & PT_PAGE_SIZE_MASK)) {
			walk_table(walk, table_at(spte), level - 1, gfn);
			continue;
		}
		if (walk->nr < walk->max)
			walk->leaves[walk->nr] = (struct ukvm_leaf){
				.as_id = walk->as_id, .root = walk->root,
				.level = level, .gfn = gfn, .spte = spte,
			};
		walk->nr++;
	}
}

static void walk_root(struct walk *walk, const struct kvm_mmu_page *root)
{
	walk->root = __pa(root->spt) >> PAGE_SHIFT;
	walk->as_id = root->role.smm;
	walk_table(walk, root->spt, root->role.level, 0);
}

unsigned long ukvm_walk_all(struct kvm *kvm, struct ukvm_leaf *leaves, unsigned long max)
{
	struct walk walk = { .leaves = leaves, .max = max };
	struct kvm_mmu_page *sp;

	/* Without the TDP MMU, KVM leaves its list uninitialized. */
	if (kvm->arch.tdp_mmu_roots.next) {
		list_for_each_entry(sp, &kvm->arch.tdp_mmu_roots, link) {
			if (!sp->role.invalid)
				walk_root(&walk, sp);
		}
	}
	/* The legacy direct MMU: pages that a vCPU, or its cache of roots, holds. */
	list_for_each_entry(sp, &kvm->arch.active_mmu_pages, link) {
		if (sp->root_count && !sp->role.invalid && sp->role.direct)
			walk_root(&walk, sp);
	}
	return walk.nr;
}

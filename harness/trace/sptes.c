// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPTE events (rules F.2, F.5): which leaves are present, and what each new one
 * is. The TDP MMU reports every change of an SPTE, and the installation of a
 * leaf twice; the legacy MMU reports installations only.
 */
#include "harness/trace/audit.h"

static void install(struct audit *a, struct task *task, const struct trace_event *ev,
		    const struct trace_leaf *old)
{
	struct trace_leaf leaf = {
		.gfn = ev->gfn, .spte = ev->new_spte, .line = a->line,
		.as_id = ev->as_id, .level = ev->level,
	};
	struct mt mt = leaf_mt(a, &leaf);
	const struct facts *facts = &a->vm.facts;

	if (facts->mmio_known) {
		leaf.mmio = facts_mmio(facts, leaf.gfn);
		leaf.ram = !leaf.mmio;
	} else if (task && task->mt_known && task->mt_gfn == leaf.gfn) {
		leaf.mmio = task->mt_mmio;
		leaf.ram = !leaf.mmio;
		task->mt_known = false;
	} else {
		leaf.ram = mt.type != MT_UC || mt.ipat ||
			   (old && old->ram && !((old->spte ^ leaf.spte) & SPTE_PFN_MASK));
	}
	a->result->leaves++;
	record_leaf(a, task ? task->vcpu : -1, &leaf);
	judge_fresh(a, &leaf, task ? task->vcpu : -1);
	if (!leaves_put(&a->leaves, &leaf)) {
		audit_note(a, "line %lu: more than %u leaves are present; they are not followed further",
			   a->line, LEAVES_MAX);
		audit_lost(a);
	}
}

/* The same page with the same memtype: accessed, dirty or write-protected anew. */
static bool same_mapping(const struct audit *a, uint64_t old_spte, uint64_t new_spte)
{
	uint64_t mt = vm_layout(&a->vm) == SPTE_EPT ? EPT_MT_MASK | EPT_IPAT : PAE_PWT | PAE_PCD;

	return !((old_spte ^ new_spte) & (SPTE_PFN_MASK | SPTE_PS | mt));
}

void spte_changed(struct audit *a, struct task *task, const struct trace_event *ev, bool ours)
{
	/* Presence and PS are the same in both layouts (rules F.5). */
	struct spte_view old = spte_view(SPTE_EPT, ev->old_spte, ev->level);
	struct spte_view new = spte_view(SPTE_EPT, ev->new_spte, ev->level);
	struct trace_leaf *leaf = leaves_find(&a->leaves, ev->as_id, ev->gfn, ev->level);
	struct trace_leaf gone = { 0 };

	if (leaf && (!old.leaf || !same_mapping(a, leaf->spte, ev->old_spte)) && !ours)
		return;		/* another VM's */
	if (!ours && !leaf)
		return;
	a->vm.tdp_mmu_seen = true;
	if (ev->level > LEVEL_1G)
		return;
	if (old.leaf && new.leaf && same_mapping(a, ev->old_spte, ev->new_spte)) {
		struct trace_leaf found = { .gfn = ev->gfn, .spte = ev->new_spte, .line = a->line,
					    .as_id = ev->as_id, .level = ev->level };

		/* One that was there before the trace: it comes to light here. */
		if (leaf)
			leaf->spte = ev->new_spte;
		else if (!leaves_put(&a->leaves, &found))
			audit_lost(a);
		return;
	}
	if (leaf) {
		gone = *leaf;
		leaves_remove(&a->leaves, leaf);
	}
	if (old.leaf && !new.leaf) {
		a->result->zaps++;
		if (task && !new.present)
			task_add_zap(task, ev->gfn, ev->level);
		if (task && new.present)
			task->split = gone;
	}
	if (new.leaf) {
		/* Whoever maps a page is done with what it did before, and then with that. */
		task_boundary(a, task);
		install(a, task, ev, &gone);
		if (task)
			task->began = a->line + 1;
	}
}

/*
 * Where the TDP MMU is used this is either the same leaf once more or one of a
 * shadow page table for a guest's guest, which is out of scope.
 */
void spte_set(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct spte_view view = spte_view(SPTE_EPT, ev->new_spte, ev->level);
	struct trace_leaf leaf = { .gfn = ev->gfn, .spte = ev->new_spte, .line = a->line,
				   .level = ev->level };
	struct mt mt;

	if (!view.leaf || ev->level > LEVEL_1G || a->vm.tdp_mmu_seen ||
	    a->vm.facts.tdp_mmu == TRI_YES)
		return;
	a->result->leaves++;
	if (a->vm.facts.tdp_mmu == TRI_UNKNOWN) {
		a->result->fresh_unknown++;
		audit_unknown(a, UNKNOWN_TDP_MMU, 1);
		return;
	}
	mt = leaf_mt(a, &leaf);
	leaf.mmio = facts_mmio(&a->vm.facts, leaf.gfn);
	leaf.ram = a->vm.facts.mmio_known ? !leaf.mmio : mt.type != MT_UC || mt.ipat;
	judge_fresh(a, &leaf, task ? task->vcpu : -1);
}

/* Children of a split copy the huge leaf's memtype, and its standing (rules B.1). */
void spte_split(struct audit *a, struct task *task, const struct trace_event *ev)
{
	struct trace_leaf *huge = task ? &task->split : NULL;
	uint64_t pages;

	if (!huge || !huge->level || huge->gfn != ev->gfn || huge->level != ev->level)
		return;
	if (ev->value) {
		huge->level = 0;
		return;
	}
	pages = level_pages(huge->level - 1);
	for (unsigned i = 0; i < 512; i++) {
		struct trace_leaf leaf = *huge;

		leaf.level--;
		leaf.gfn += i * pages;
		leaf.spte += (i * pages) << PAGE_SHIFT;
		if (leaf.level == LEVEL_4K)
			leaf.spte &= ~SPTE_PS;
		if (!leaves_put(&a->leaves, &leaf)) {
			audit_lost(a);
			break;
		}
	}
	huge->level = 0;
}


// SPDX-License-Identifier: GPL-2.0-only
/* TLB contents per vCPU; see tlb.h. Rules R-FLUSH, C.1; SDM 4.10.4, 28.3.3. */
#include "harness/lockstep/tlb.h"

void tlb_reset(struct tlb *tlb)
{
	tlb->nr = tlb->next = tlb->nr_stale = 0;
	tlb->owed = GUEST_FLUSH_NONE;
	tlb->demand_step = 0;
}

static void entry_remove(struct tlb *tlb, uint32_t i)
{
	tlb->nr_stale -= !!tlb->entries[i].stale_step;
	tlb->entries[i] = tlb->entries[--tlb->nr];
}

void tlb_flush(struct tlb *tlb, uint64_t start, uint64_t end)
{
	if (!start && end >= 1ULL << (52 - PAGE_SHIFT)) {
		tlb->nr = tlb->nr_stale = 0;
		tlb->owed = GUEST_FLUSH_NONE;	/* combined mappings went, and with them the linear ones */
		return;
	}
	for (uint32_t i = tlb->nr; i-- > 0;) {
		const struct leaf *leaf = &tlb->entries[i].leaf;

		if (leaf->gfn < end && start < leaf->gfn + level_pages(leaf->level))
			entry_remove(tlb, i);
	}
}

void tlb_guest_flush(struct tlb *tlb, enum guest_flush scope)
{
	if (scope >= tlb->owed)
		tlb->owed = GUEST_FLUSH_NONE;
}

void tlb_fill(struct tlb *tlb, enum spte_layout layout, const struct event *ev)
{
	struct tlb_entry *entry;
	uint64_t end = ev->gfn + level_pages(ev->level);

	/* A fault drops what the TLB held for its gpa (SDM 28.3.3.1), and the new entry replaces it. */
	for (uint32_t i = tlb->nr; i-- > 0;) {
		const struct leaf *leaf = &tlb->entries[i].leaf;

		if (leaf->root == ev->root && leaf->as_id == ev->as_id && leaf->gfn < end &&
		    ev->gfn < leaf->gfn + level_pages(leaf->level))
			entry_remove(tlb, i);
	}
	if (tlb->nr == TLB_ENTRIES) {
		entry_remove(tlb, tlb->next);
		tlb->next = (tlb->next + 1) % TLB_ENTRIES;
	}
	entry = &tlb->entries[tlb->nr++];
	*entry = (struct tlb_entry){
		.leaf = { .as_id = ev->as_id, .level = ev->level, .root = ev->root,
			  .gfn = ev->gfn, .spte = ev->new_spte },
		.view = spte_view(layout, ev->new_spte, ev->level),
	};
}

void tlb_outdate(struct tlb *tlb, const struct leaf *leaf, uint64_t end, struct spte_view now,
		 uint32_t step, enum change_class change)
{
	for (uint32_t i = 0; i < tlb->nr; i++) {
		struct tlb_entry *entry = &tlb->entries[i];
		const struct leaf *held = &entry->leaf;

		if (held->root != leaf->root || held->as_id != leaf->as_id || held->gfn >= end ||
		    leaf->gfn >= held->gfn + level_pages(held->level))
			continue;
		/* Accessed and dirty bits, and gained permissions, never matter. */
		if (now.leaf && now.pfn - leaf->gfn == entry->view.pfn - held->gfn &&
		    now.type == entry->view.type && now.ipat == entry->view.ipat &&
		    (now.writable || !entry->view.writable))
			continue;
		tlb->nr_stale += !entry->stale_step;
		entry->stale_step = step;
		entry->stale_change = change;
	}
}

void tlb_owe(struct tlb *tlb, const struct oracle_result *result, uint32_t step)
{
	if (result->guest_flush <= tlb->owed)
		return;
	tlb->owed = result->guest_flush;
	tlb->owed_rule = result->guest_flush_rule;
	tlb->owed_change = result->change;
	tlb->owed_step = step;
}

struct tlb_entry *tlb_stale(struct tlb *tlb, const struct tlb_entry *after)
{
	for (uint32_t i = after ? after - tlb->entries + 1 : 0; tlb->nr_stale && i < tlb->nr; i++) {
		if (tlb->entries[i].stale_step)
			return &tlb->entries[i];
	}
	return NULL;
}

void tlb_absolve(struct tlb *tlb, struct tlb_entry *entry)
{
	entry->stale_step = 0;
	tlb->nr_stale--;
}

void tlb_forgive(struct tlb *tlb)
{
	for (uint32_t i = tlb->nr; tlb->nr_stale && i-- > 0;) {
		if (tlb->entries[i].stale_step)
			entry_remove(tlb, i);
	}
	tlb->owed = GUEST_FLUSH_NONE;
}

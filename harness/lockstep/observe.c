// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a target shows, taken in: SPTE changes into the table of leaves, fills
 * and flushes into the TLBs. Targets without SPTE events are read by snapshot
 * and diffed. For targets with events, a walk of the tables at the end checks
 * that the events told the truth.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/lockstep/engine.h"

static bool shares_finding(const struct tracked_leaf *parent, const struct leaf *leaf,
			   struct spte_view view)
{
	return parent->reported && parent->view.type == view.type &&
	       parent->view.ipat == view.ipat;
}

/*
 * Leaves that a split made of a stale huge leaf share its finding. The parent
 * is still there, or the op removed it just now: kernels differ in the order.
 */
static bool split_of_reported(struct lockstep *ls, const struct leaf *leaf, struct spte_view view)
{
	if (!ls->any_reported)
		return false;
	for (unsigned level = leaf->level + 1; level <= LEVEL_1G; level++) {
		struct leaf key = *leaf;
		const struct tracked_leaf *parent;

		key.level = level;
		key.gfn &= ~(level_pages(level) - 1);
		parent = leaf_table_find(&ls->leaves, &key);
		if (parent)
			return shares_finding(parent, leaf, view);
	}
	for (unsigned i = 0; i < ls->nr_removed_huge; i++) {
		const struct tracked_leaf *parent = &ls->removed_huge[i];

		if (parent->leaf.as_id == leaf->as_id && parent->leaf.root == leaf->root &&
		    parent->leaf.level > leaf->level &&
		    leaf->gfn - parent->leaf.gfn < leaf_pages(&parent->leaf))
			return shares_finding(parent, leaf, view);
	}
	return false;
}

/* The leaf at @leaf, or the run that begins with it and ends at gfn @end, is @now. */
static void outdate_tlbs(struct lockstep *ls, const struct leaf *leaf, uint64_t end,
			 struct spte_view now)
{
	for (unsigned v = 0; v < ls->program->machine.nr_vcpus; v++) {
		if (ls->tlb[v].nr)
			tlb_outdate(&ls->tlb[v], leaf, end, now, ls->ordinal,
				    ls->oracle_result.change);
	}
}

static void leaf_removed(struct lockstep *ls, struct tracked_leaf *tracked)
{
	if (unlikely(ls->in_group))
		together_late(ls, tracked);
	judge_removed(ls, tracked);
	if (tracked->leaf.level > LEVEL_4K && ls->nr_removed_huge < MAX_REMOVED_HUGE)
		ls->removed_huge[ls->nr_removed_huge++] = *tracked;
	leaf_table_remove(&ls->leaves, tracked);
}

static void leaf_set(struct lockstep *ls, struct tracked_leaf *tracked, const struct leaf *leaf,
		     struct spte_view view)
{
	bool fresh = !tracked;

	if (fresh) {
		bool reported = split_of_reported(ls, leaf, view);

		tracked = leaf_table_add(&ls->leaves, leaf);
		tracked->reported = reported;
	} else if (tracked->view.type != view.type || tracked->view.ipat != view.ipat ||
		   tracked->view.pfn != view.pfn) {
		fresh = true;
		if (unlikely(ls->in_group))
			together_late(ls, tracked);
		tracked->reported = false;
		tracked->asked = tracked->owed = tracked->ran = 0;
	}
	/* Gaining write permission is judged too (readonly slots), losing it is not. */
	if (fresh || (view.writable && !tracked->view.writable)) {
		tracked->step = ls->ordinal;
		ls->nr_touched++;
	}
	tracked->leaf.spte = leaf->spte;
	tracked->view = view;
}

static void observe_sptes(struct lockstep *ls, const struct event *ev)
{
	struct leaf leaf = { .as_id = ev->as_id, .level = ev->level, .root = ev->root };
	unsigned nr = event_nr_sptes(ev);
	struct spte_view now, was;
	struct tracked_leaf *tracked;

	if (ev->level > LEVEL_1G)
		return;
	now = spte_view(ls->layout, ev->new_spte, ev->level);
	was = spte_view(ls->layout, ev->old_spte, ev->level);
	if (!now.leaf && !was.leaf)
		return;		/* a table was linked or unlinked */
	if (was.leaf) {
		leaf.gfn = ev->gfn;
		outdate_tlbs(ls, &leaf, ev->gfn + nr * level_pages(ev->level), now);
	}
	for (unsigned i = 0; i < nr; i++) {
		leaf.gfn = ev->gfn + i * level_pages(ev->level);
		leaf.spte = event_spte(ev, ev->new_spte, i);
		tracked = leaf_table_find(&ls->leaves, &leaf);
		if (now.leaf)
			leaf_set(ls, tracked, &leaf, now);
		else if (tracked)
			leaf_removed(ls, tracked);
		now.pfn += level_pages(ev->level);
	}
	if (ls->options->coverage.counters)
		coverage_spte(ls, ev);
}

static void observe_flush(struct lockstep *ls, const struct event *ev)
{
	for (unsigned v = 0; v < ls->program->machine.nr_vcpus; v++) {
		if (ev->vcpu == ALL_VCPUS || ev->vcpu == v)
			tlb_flush(&ls->tlb[v], ev->gfn, ev->end);
	}
}

/* A flush that the op itself demands is owed from its end on; one seen within the op pays it. */
static void observe_guest_flush(struct lockstep *ls, const struct event *ev)
{
	enum guest_flush scope = ev->level == FLUSH_SCOPE_ALL ? GUEST_FLUSH_ALL
							      : GUEST_FLUSH_CURRENT;

	tlb_guest_flush(&ls->tlb[ev->vcpu], scope);
	if (op_has_vcpu(ls->op) && ls->op->vcpu == ev->vcpu &&
	    scope >= ls->oracle_result.guest_flush)
		ls->oracle_result.guest_flush = GUEST_FLUSH_NONE;
}

void observe_events(struct lockstep *ls)
{
	const struct target *t = ls->target;

	for (size_t i = 0; i < t->nr_events; i++) {
		const struct event *ev = &t->events[i];

		ls->event = i;
		switch (ev->kind) {
		case EV_SPTE:
			observe_sptes(ls, ev);
			break;
		case EV_FILL:
			if (ls->options->coverage.counters)
				coverage_fill(ls, ev);
			tlb_fill(&ls->tlb[ev->vcpu], ls->layout, ev);
			break;
		case EV_FLUSH:
			observe_flush(ls, ev);
			break;
		case EV_GUEST_FLUSH:
			observe_guest_flush(ls, ev);
			break;
		case EV_ENTER:
			if (ls->tlb[ev->vcpu].nr_stale || ls->tlb[ev->vcpu].owed != GUEST_FLUSH_NONE)
				judge_guest_entry(ls, ev->vcpu);
			if (unlikely(ls->in_group))
				together_enters(ls, ev->vcpu);
			break;
		case EV_MMIO_SPTE:
			judge_mmio_spte(ls, ev);
			break;
		case EV_LINEAR:
			judge_linear(ls, ev);
			break;
		case EV_CACHE_OVERRUN:
			judge_cache_overrun(ls, ev);
			break;
		case EV_OP_BEGIN:
		case EV_OP_RESUME:
		case EV_OP_END:
			together_event(ls, ev);
			break;
		case EV_OP_LEAVE:
		case EV_ZAP_RANGE:	/* what it removed comes as EV_SPTE */
			break;
		}
	}
}

/* Walks the target's tables into ls->snapshot. */
static size_t take_snapshot(struct lockstep *ls)
{
	const struct target_ops *ops = ls->target->ops;
	size_t nr = ops->snapshot(ls->target, ls->snapshot, ls->max_snapshot);

	if (nr > ls->max_snapshot) {
		struct leaf *bigger = realloc(ls->snapshot, nr * sizeof(*bigger));

		if (!bigger) {
			fputs("zaplock: out of memory for a snapshot of leaves\n", stderr);
			abort();
		}
		ls->snapshot = bigger;
		ls->max_snapshot = nr;
		nr = ops->snapshot(ls->target, ls->snapshot, ls->max_snapshot);
	}
	return nr;
}

void observe_snapshot(struct lockstep *ls)
{
	size_t nr = take_snapshot(ls);

	for (size_t i = 0; i < nr; i++) {
		struct tracked_leaf *tracked = leaf_table_find(&ls->leaves, &ls->snapshot[i]);

		if (tracked)
			tracked->seen = ls->ordinal;
	}
	for (uint32_t i = ls->leaves.nr; i-- > 0;) {
		struct tracked_leaf *tracked = &ls->leaves.leaves[i];

		if (tracked->seen == ls->ordinal)
			continue;
		outdate_tlbs(ls, &tracked->leaf, tracked->leaf.gfn + leaf_pages(&tracked->leaf),
			     (struct spte_view){ 0 });
		leaf_removed(ls, tracked);
	}
	for (size_t i = 0; i < nr; i++) {
		const struct leaf *leaf = &ls->snapshot[i];
		struct tracked_leaf *tracked = leaf_table_find(&ls->leaves, leaf);
		struct spte_view view = spte_view(ls->layout, leaf->spte, leaf->level);

		if (tracked && tracked->leaf.spte == leaf->spte)
			continue;
		if (tracked)
			outdate_tlbs(ls, leaf, leaf->gfn + leaf_pages(leaf), view);
		leaf_set(ls, tracked, leaf, view);
	}
}

static void disagree(struct lockstep *ls, const struct leaf *leaf, const char *what)
{
	ls->result->verdict = VERDICT_INFRA;
	snprintf(ls->result->why, sizeof(ls->result->why),
		 "the target's SPTE events and its tables disagree: gfn 0x%llx level %u %s",
		 (unsigned long long)leaf->gfn, leaf->level, what);
}

void observe_cross_check(struct lockstep *ls)
{
	size_t nr = take_snapshot(ls);

	for (size_t i = 0; i < nr; i++) {
		const struct leaf *leaf = &ls->snapshot[i];
		const struct tracked_leaf *tracked = leaf_table_find(&ls->leaves, leaf);
		struct spte_view view = spte_view(ls->layout, leaf->spte, leaf->level);

		if (!tracked)
			return disagree(ls, leaf, "is mapped, and no event said so");
		if (tracked->view.type != view.type || tracked->view.ipat != view.ipat ||
		    tracked->view.pfn != view.pfn)
			return disagree(ls, leaf, "maps something else than the events said");
	}
	if (nr != ls->leaves.nr) {
		/* Some tracked leaf is not in the tables: the stamp finds it. */
		for (size_t i = 0; i < nr; i++)
			leaf_table_find(&ls->leaves, &ls->snapshot[i])->seen = UINT32_MAX;
		for (uint32_t i = 0; i < ls->leaves.nr; i++) {
			if (ls->leaves.leaves[i].seen != UINT32_MAX)
				return disagree(ls, &ls->leaves.leaves[i].leaf,
						"is gone, and no event said so");
		}
	}
}

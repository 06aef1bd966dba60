// SPDX-License-Identifier: GPL-2.0-only
/*
 * State coverage (design 8): counters that a fuzzing engine watches, set when
 * something happens in a state in which it had not been seen. They guide
 * engines on targets whose code is not instrumented.
 *
 * What is told apart decides what is kept: a corpus is a sample of programs
 * from which rare states can be reached again, so that its shares matter, not
 * its size. Each feature is a short product of small sets: every pair of (op,
 * state) filled the map with noise, and mutants of noise find no more than fresh
 * programs do.
 */
#include "harness/lockstep/engine.h"

enum feature {
	FEATURE_OP,		/* what an op came to, on which kind of machine */
	FEATURE_QUIRKS,		/* ... with which quirks and DMA */
	FEATURE_AFTER,		/* a change after another one, with leaves or none */
	FEATURE_STATE,		/* a state class after another */
	FEATURE_SPTE,		/* a leaf became another, by which change */
	FEATURE_FILL,		/* a vCPU cached a leaf that others hold or do not, of which kind of slot */
	FEATURE_SWITCH,		/* an op was left at a point, for others */
	FEATURE_STALE,		/* whose TLB now holds what is gone, by which change */
};

static void bump(const struct lockstep *ls, enum feature kind, uint64_t feature)
{
	const struct coverage *c = &ls->options->coverage;
	uint8_t *counter;

	feature = (feature << 3 | kind) * 0x9e3779b97f4a7c15ULL;
	counter = &c->counters[(feature >> 40) & c->mask];
	*counter += *counter < 255;
}

/* EPT, NPT, shadow: what KVM's MMU code branches on first. */
static unsigned machine_class(const struct lockstep *ls)
{
	const struct oracle *o = &ls->oracle;

	return !o->tdp ? 2 : !o->ept;
}

/* The op, what it changed, and the rule that decided whether it was taken. */
static uint64_t op_class(const struct lockstep *ls, const struct outcome *out)
{
	const struct oracle_result *r = &ls->oracle_result;

	return ls->op->kind | (uint64_t)r->change << 6 | (uint64_t)r->outcome_rule << 14 |
	       (uint64_t)out->kind << 24 |
	       (ls->op->kind == OP_QUIRK ? (uint64_t)ls->op->arg << 28 : 0);
}

static void stale_entries(struct lockstep *ls)
{
	unsigned own = op_has_vcpu(ls->op) ? ls->op->vcpu : MAX_VCPUS;

	for (unsigned v = 0; v < ls->program->machine.nr_vcpus; v++) {
		if (ls->tlb[v].nr_stale)
			bump(ls, FEATURE_STALE, ls->oracle_result.change | (uint64_t)(v == own) << 8 |
						 (uint64_t)ls->op->kind << 9);
	}
}

void coverage_op(struct lockstep *ls, unsigned before, unsigned after, const struct outcome *out)
{
	const struct oracle_result *r = &ls->oracle_result;
	uint64_t class = op_class(ls, out);

	bump(ls, FEATURE_OP, class << 2 | machine_class(ls));
	bump(ls, FEATURE_QUIRKS, class << 5 | (uint64_t)!!ls->oracle.dma << 4 | ls->oracle.quirks_disabled);
	if (before != after)
		bump(ls, FEATURE_STATE, before << 8 | after);
	if (r->change != CHANGE_NONE) {
		bump(ls, FEATURE_AFTER, r->change | (uint64_t)ls->last_change << 8 |
					 (uint64_t)!!ls->leaves.nr << 16);
		ls->last_change = r->change;
	}
	stale_entries(ls);
}

/* Where an op was left. */
void coverage_switch(struct lockstep *ls, const struct event *ev)
{
	bump(ls, FEATURE_SWITCH, ls->op->kind | (uint64_t)ev->root << 8);
}

void coverage_spte(struct lockstep *ls, const struct event *ev)
{
	struct spte_view old = spte_view(ls->layout, ev->old_spte, ev->level);
	struct spte_view new = spte_view(ls->layout, ev->new_spte, ev->level);

	bump(ls, FEATURE_SPTE, ls->oracle_result.change | (uint64_t)ev->level << 8 |
		 (uint64_t)!!ev->as_id << 11 |
		 (uint64_t)(old.leaf << 5 | old.type << 2 | old.ipat << 1 | old.writable) << 12 |
		 (uint64_t)(new.leaf << 5 | new.type << 2 | new.ipat << 1 | new.writable) << 20);
}

static bool holds(const struct tlb *tlb, const struct event *ev)
{
	for (unsigned i = 0; i < tlb->nr; i++)
		if (tlb->entries[i].leaf.gfn == ev->gfn && tlb->entries[i].leaf.root == ev->root)
			return true;
	return false;
}

void coverage_fill(struct lockstep *ls, const struct event *ev)
{
	const struct slot *slot = oracle_slot(&ls->oracle, ev->gfn);
	struct spte_view view = spte_view(ls->layout, ev->new_spte, ev->level);
	bool shared = false;

	for (unsigned v = 0; v < ls->program->machine.nr_vcpus && !shared; v++)
		shared = v != ev->vcpu && holds(&ls->tlb[v], ev);
	bump(ls, FEATURE_FILL, ev->level | (uint64_t)view.writable << 3 | (uint64_t)shared << 4 |
		 (uint64_t)(slot ? slot->flags : 7) << 5 | (uint64_t)!!ev->as_id << 8 |
		 (uint64_t)machine_class(ls) << 9);
}

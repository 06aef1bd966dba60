// SPDX-License-Identifier: GPL-2.0-only
/*
 * State coverage (design 8): counters that a fuzzing engine watches, bumped per
 * (op, state class) -> state class with the op's outcome, and per SPTE
 * transition. They guide engines on targets whose code is not instrumented.
 */
#include "harness/lockstep/engine.h"

static void bump(const struct lockstep *ls, uint64_t feature)
{
	const struct coverage *c = &ls->options->coverage;
	uint8_t *counter;

	feature *= 0x9e3779b97f4a7c15ULL;
	counter = &c->counters[(feature >> 40) & c->mask];
	*counter += *counter < 255;
}

void coverage_op(struct lockstep *ls, unsigned before, unsigned after, const struct outcome *out)
{
	const struct oracle_result *r = &ls->oracle_result;

	bump(ls, 1 | ls->op->kind << 4 | (uint64_t)before << 12 | (uint64_t)after << 20 |
		 (uint64_t)out->kind << 28);
	bump(ls, 2 | (uint64_t)r->change << 4 | (uint64_t)before << 12 |
		 (uint64_t)r->extent.kind << 20 | (uint64_t)!!r->changed << 24);
}

void coverage_spte(struct lockstep *ls, const struct event *ev)
{
	struct spte_view old = spte_view(ls->layout, ev->old_spte, ev->level);
	struct spte_view new = spte_view(ls->layout, ev->new_spte, ev->level);

	bump(ls, 3 | ls->op->kind << 4 | (uint64_t)ev->level << 12 | (uint64_t)ev->as_id << 16 |
		 (uint64_t)(old.leaf << 5 | old.type << 2 | old.ipat << 1 | old.writable) << 20 |
		 (uint64_t)(new.leaf << 5 | new.type << 2 | new.ipat << 1 | new.writable) << 28 |
		 (uint64_t)ls->oracle_result.change << 36);
}

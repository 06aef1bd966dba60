// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two profiles of the oracle compared: what is accepted, what is read, and
 * what each page must be mapped as (R-MT). Where the architecture leaves a
 * type open nothing is compared.
 */
#include "harness/lockstep/diff_state.h"

static bool same_mt(struct mt a, struct mt b)
{
	return a.type == b.type && a.ipat == b.ipat;
}

/* Runs of pages looked at for one vCPU after one op: a mask with many holes makes billions. */
#define MAX_RUNS	1024u

/* R-MT of the pages below 2^MAXPHYADDR, where both profiles define it. */
static void compare_pages(struct diff *d, unsigned vcpu)
{
	uint64_t limit = 1ULL << (d->program->machine.maxphyaddr - PAGE_SHIFT), next;
	char type[MT_TEXT_MAX], detail[MT_PAIR_MAX];
	struct difference *new;
	unsigned nr_runs = 0;

	for (uint64_t gfn = 0; gfn < limit && nr_runs < MAX_RUNS; gfn = next, nr_runs++) {
		struct mt_run run[2], before[2];

		next = limit;
		for (unsigned s = 0; s < 2; s++) {
			run[s] = oracle_memtype(&d->side[s].oracle, vcpu, gfn, EPOCH_NOW);
			before[s] = oracle_memtype(&d->side[s].oracle, vcpu, gfn, EPOCH_BEFORE);
			next = run[s].end < next ? run[s].end : next;
			next = before[s].end < next ? before[s].end : next;
		}
		if (same_mt(run[0].mt, run[1].mt) || run[0].mt.undefined || run[1].mt.undefined ||
		    (d->op && same_mt(run[0].mt, before[0].mt) && same_mt(run[1].mt, before[1].mt)))
			continue;
		new = differ(d, DIFF_MEMTYPE, mt_pair_key(run[0].mt, run[1].mt, detail), true);
		if (!new)
			continue;
		new->vcpu = vcpu;
		new->has_gfn = true;
		new->gfn = gfn;
		new->npages = next - gfn;
		for (unsigned s = 0; s < 2; s++)
			differ_say(new, s, "%s (%s)", mt_text(run[s].mt, type),
			    rule_table[run[s].mt.rule].id);
	}
}

static void compare_profiles(struct diff *d)
{
	uint32_t changed = d->op ? d->side[0].oracle_result.changed | d->side[1].oracle_result.changed
				 : UINT32_MAX;

	if (d->op)
		compare_outcomes(d);
	for (unsigned v = 0; v < d->program->machine.nr_vcpus; v++)
		if (changed >> v & 1)
			compare_pages(d, v);
}

void run_profiles(struct diff *d)
{
	const struct program *program = d->program;

	for (unsigned s = 0; s < 2; s++)
		oracle_reset(&d->side[s].oracle, &program->machine, d->side[s].profile);
	compare_profiles(d);
	for (unsigned i = 0; i < program->nr_ops && !d->stop; i++) {
		d->op = &program->ops[i];
		d->step += !(d->op->flags & OP_ALONG);
		for (unsigned s = 0; s < 2; s++) {
			struct side *side = &d->side[s];

			oracle_step(&side->oracle, d->op, &side->oracle_result);
			side->out = side->oracle_result.outcome;
		}
		d->change = d->side[0].oracle_result.change;
		if (d->change == CHANGE_NONE)
			d->change = d->side[1].oracle_result.change;
		d->result->ops_run++;
		compare_profiles(d);
		if (!d->stop && (d->side[0].oracle_result.lost || d->side[1].oracle_result.lost))
			diff_end(d, DIFF_CUT, "no rule says which state an op leaves");
	}
}

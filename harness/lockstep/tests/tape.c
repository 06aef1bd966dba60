// SPDX-License-Identifier: GPL-2.0-only
/* The tape target; see tape.h. */
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/tests/tape.h"

static enum target_status tape_reset(struct target *t, const struct machine *machine)
{
	struct tape *tape = (struct tape *)t;

	tape->pos = 0;
	t->layout = machine->vendor == VENDOR_INTEL && machine->tdp ? SPTE_EPT : SPTE_PAE;
	return TARGET_OK;
}

static enum target_status tape_step(struct target *t, const struct op *op, struct outcome *out)
{
	struct tape *tape = (struct tape *)t;
	const struct tape_step *step = &tape->steps[tape->pos++];

	for (unsigned i = 0; i < TAPE_EVENTS; i++) {
		static const struct event none;

		if (!memcmp(&step->events[i], &none, sizeof(none)))
			break;
		*target_event(t, step->events[i].kind) = step->events[i];
	}
	if (step->warns) {
		struct target_warning *w = target_warn(t, step->warns, step->status != TARGET_OK);

		strcpy(w->file, "mmu.c");
		w->line = 7;
		strcpy(w->text, "WARN_ON(x)");
		strcpy(w->stack, t->want_stacks ? "b < c" : "");
	}
	*out = step->out;
	if (step->status != TARGET_OK)
		strcpy(t->why, "the tape says so");
	return step->status;
}

/* The tape keeps no tables: a snapshot is what its SPTE events leave behind. */
static size_t tape_snapshot(struct target *t, struct leaf *leaves, size_t max)
{
	struct tape *tape = (struct tape *)t;
	struct leaf all[8 * TAPE_EVENTS];
	size_t nr = 0;

	for (unsigned i = 0; !tape->lies && i < tape->pos * TAPE_EVENTS; i++) {
		const struct event *ev = &tape->steps[i / TAPE_EVENTS].events[i % TAPE_EVENTS];
		struct leaf leaf = { .as_id = ev->as_id, .level = ev->level, .root = ev->root,
				     .gfn = ev->gfn, .spte = ev->new_spte };
		size_t at = 0;

		if (ev->kind != EV_SPTE || !ev->level)
			continue;
		while (at < nr && (all[at].gfn != leaf.gfn || all[at].level != leaf.level))
			at++;
		if (spte_view(t->layout, leaf.spte, leaf.level).leaf) {
			all[at] = leaf;
			nr += at == nr;
		} else if (at < nr) {
			all[at] = all[--nr];
		}
	}
	if (nr && max)
		memcpy(leaves, all, (nr < max ? nr : max) * sizeof(*leaves));
	return nr;
}

const struct target_ops tape_ops = {
	.name = "tape", .summary = "plays what a test wrote down",
	.reset = tape_reset, .step = tape_step, .snapshot = tape_snapshot,
};

void tape_load(struct tape *tape, uint32_t caps, const struct tape_step *steps)
{
	tape->target.ops = &tape_ops;
	tape->target.caps = caps;
	tape->steps = steps;
	strcpy(tape->target.name, "tape");
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines and whole programs of the default mix. See fragments.c for what
 * they are made of.
 */
#include <string.h>

#include "fuzz/generator.h"
#include "fuzz/schedules.h"

#define SCHEDULE_SHARE	8u	/* one program in so many has a group with a schedule */

#define MIB(n)	((uint64_t)(n) << 20)
#define GIB(n)	((uint64_t)(n) << 30)

/* Slots as VMMs lay them out: all of low memory, the hole below 1 MiB, above 4G, odd borders. */
static const struct slot layouts[][4] = {
	{ { 0, MIB(2), 0 }, { GIB(1), MIB(4), 0 } },
	{ { 0, MIB(16), 0 }, { GIB(4), MIB(4), 0 }, { 0xfffc0000, 0x40000, SLOT_READONLY } },
	{ { 0, GIB(2), 0 }, { GIB(4), GIB(1), 0 } },
	{ { 0, 0xa0000, 0 }, { 0xc0000, 0x40000, 0 }, { MIB(1), MIB(7), 0 } },
	{ { 0, MIB(4), 0 }, { MIB(4), MIB(4), 0 }, { 0xe0000000, MIB(2), 0 } },
	{ { MIB(1) - PAGE_SIZE, MIB(3), 0 }, { GIB(1) - MIB(2), MIB(4), 0 } },
	{ { 0, GIB(1), 0 }, { GIB(1), MIB(2) + PAGE_SIZE, 0 }, { GIB(8), MIB(2), 0 },
	  { GIB(9), PAGE_SIZE, 0 } },
	{ { 0, MIB(8), SLOT_DIRTY_LOG }, { GIB(1), MIB(2), 0 } },
};

void generate_machine(struct machine *machine, struct rng *rng, const struct gen_options *options)
{
	static const uint8_t vcpus[16] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3 };
	static const uint8_t widths[8] = { 36, 39, 39, 40, 40, 40, 46, 52 };
	uint32_t vendors = options->vendors & 3 ? options->vendors & 3 : 3;
	uint64_t r = rng_next(rng);

	*machine = (struct machine){
		.profile = options->profile,
		.nr_vcpus = vcpus[r & 15],
		.maxphyaddr = widths[r >> 4 & 7],
		.cpuid_mtrr = r >> 7 & 15,
		.tdp = r >> 11 & 15,
		.selfsnoop = r >> 15 & 7,
	};
	/* Memtypes live on Intel: three of four machines are. */
	machine->vendor = vendors == 3 ? !(r >> 18 & 3) : vendors >> 1;
	if (!(r >> 20 & 15))
		machine->start = 1 + (r >> 24 & 3) % (NR_START_MODES - 1);
	if (!(r >> 26 & 3))
		machine->quirks_off = QUIRK_CD_NW_CLEARED;
	if (!(r >> 28 & 7))
		machine->quirks_off |= QUIRK_SLOT_ZAP_ALL;
	if (!(r >> 31 & 7))
		machine->quirks_off |= QUIRK_IGNORE_GUEST_PAT;
	memcpy(machine->slots, RNG_PICK(rng, layouts), sizeof(layouts[0]));
}

/* Addresses where something changes: fixed-range borders, ends of slots, huge-page borders. */
static uint64_t hot_gpa(struct gen *g)
{
	static const uint32_t low[16] = {
		0, 0x1000, 0x7f000, 0x80000, 0x9f000, 0xa0000, 0xbf000, 0xc0000,
		0xc7000, 0xc8000, 0xe0000, 0xf0000, 0xff000, 0x100000, 0x101000, 0x1ff000,
	};
	uint64_t r = rng_next(g->rng);
	const struct slot *slot = &g->machine->slots[r & 3];

	if (!slot->size)
		slot = &g->machine->slots[r >> 2 & 1];
	switch (r >> 4 & 7) {
	case 0:
	case 1:
		return low[r >> 8 & 15];
	case 2:
		return slot->gpa;
	case 3:
		return slot->gpa + slot->size - PAGE_SIZE;
	case 4:
		return slot->gpa + slot->size / 2;
	case 5:
		return slot->gpa + slot->size / 2 - PAGE_SIZE;
	case 6:
		return slot->gpa + slot->size;	/* just outside */
	default:
		return slot->gpa + ((r >> 8) % (slot->size | PAGE_SIZE) & ~(PAGE_SIZE - 1));
	}
}

void gen_begin(struct gen *g, struct rng *rng, const struct machine *machine,
	       struct op *ops, unsigned max)
{
	g->rng = rng;
	g->machine = machine;
	g->ops = ops;
	g->nr = 0;
	g->max = max;
	g->vcpu = 0;
	g->cd = g->smm = 0;
	g->pa_mask = ((1ULL << machine->maxphyaddr) - 1) & ~(PAGE_SIZE - 1);
	for (unsigned i = 0; i < GEN_NR_HOT; i++)
		g->hot[i] = hot_gpa(g) & g->pa_mask;
}

void gen_learn(struct gen *g, const struct op *ops, unsigned nr)
{
	for (unsigned i = 0; i < GEN_NR_HOT && nr; i += 2) {
		const struct op *op = &ops[rng_below(g->rng, nr)];

		if ((op->kind == OP_WRMSR && op->arg >= 0x200 && op->arg < 0x210) ||
		    (op->kind >= OP_READ && op->kind <= OP_EXEC) ||
		    (op->kind >= OP_SLOT && op->kind <= OP_INVALIDATE))
			g->hot[i] = op->v[0] & g->pa_mask;
	}
	for (unsigned i = 0; i < nr; i++) {
		const struct op *op = &ops[i];

		if (op->kind == OP_CR0 && (op->flags & OP_DELTA))
			g->cd = (g->cd | (op->v[0] & CR0_CD ? 1u << op->vcpu : 0)) &
				~(op->v[1] & CR0_CD ? 1u << op->vcpu : 0);
		else if (op->kind == OP_SMI || op->kind == OP_RSM)
			g->smm = (g->smm & ~(1u << op->vcpu)) | (op->kind == OP_SMI) << op->vcpu;
	}
}

static void fragments(struct gen *g)
{
	while (g->nr + 8 < g->max)
		gen_fragment(g);
	/* The last quarter touches what the rest set up, or too late shows nothing. */
	while (g->nr < g->max)
		rng_below(g->rng, 4) ? gen_access(g) : gen_fragment(g);
}

void generate_tail(struct program *program, unsigned from, unsigned nr, struct rng *rng)
{
	struct gen g;

	gen_begin(&g, rng, &program->machine, program->ops + from, nr);
	gen_learn(&g, program->ops, from);
	fragments(&g);
	program->nr_ops = from + nr;
}

void generate_program(struct program *program, struct rng *rng, const struct gen_options *options)
{
	unsigned nr = options->nr_ops;
	struct gen g;

	program->nr_expects = program->nr_switches = program->nr_notes = program->note_bytes = 0;
	generate_machine(&program->machine, rng, options);
	if (!nr)
		nr = 4 + rng_below(rng, GEN_MAX_OPS - 3);
	if (nr > PROGRAM_MAX_OPS)
		nr = PROGRAM_MAX_OPS;
	gen_begin(&g, rng, &program->machine, program->ops, nr);
	if (rng_below(rng, 8))
		gen_prologue(&g);
	fragments(&g);
	program->nr_ops = nr;
	if (options->points && !rng_below(rng, SCHEDULE_SHARE)) {
		schedule_mutate(program, options->points, rng);
		program_repair(program);
	}
}

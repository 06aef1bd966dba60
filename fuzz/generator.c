// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines and whole programs of the default mix. See fragments.c for what
 * they are made of.
 */
#include <string.h>

#include "fuzz/generator.h"

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
	while (g.nr + 8 < nr)
		gen_fragment(&g);
	/* The last quarter touches what the rest set up, or too late shows nothing. */
	while (g.nr < nr)
		rng_below(rng, 4) ? gen_access(&g) : gen_fragment(&g);
	program->nr_ops = nr;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fragments: what firmware, kernels and VMMs do in one go. The MTRR updates
 * follow SDM 11.11.7.2 (rules A.5).
 */
#include "fuzz/values.h"

static struct op *emit(struct gen *g, enum op_kind kind)
{
	struct op *op = g->nr < g->max ? &g->ops[g->nr++] : &g->spill;

	*op = (struct op){ .kind = kind, .vcpu = g->vcpu };
	return op;
}

static void emit_msr(struct gen *g, uint32_t msr, uint64_t value)
{
	struct op *op = emit(g, OP_WRMSR);

	op->arg = msr;
	op->v[0] = value;
}

static void emit_bits(struct gen *g, enum op_kind kind, uint64_t set, uint64_t clear)
{
	struct op *op = emit(g, kind);

	op->flags = OP_DELTA;
	op->v[0] = set;
	op->v[1] = clear;
}

static struct op *emit_host(struct gen *g, enum op_kind kind, uint32_t arg)
{
	struct op *op = emit(g, kind);

	op->vcpu = 0;
	op->arg = arg;
	return op;
}

void gen_access(struct gen *g)
{
	static const uint8_t kinds[] = {
		OP_READ, OP_READ, OP_READ, OP_WRITE, OP_WRITE, OP_WRITE, OP_WRITE, OP_EXEC,
	};
	struct op *op = emit(g, RNG_PICK(g->rng, kinds));

	op->v[0] = gen_gpa(g);
}

static void accesses(struct gen *g, unsigned nr)
{
	while (nr--)
		gen_access(g);
}

static void frag_access(struct gen *g)
{
	accesses(g, 2 + rng_below(g->rng, 5));
}

static unsigned pick_pair(struct gen *g)
{
	return rng_below(g->rng, 4) ? rng_below(g->rng, 3) : rng_below(g->rng, NR_VAR_MTRR);
}

/* SDM 11.11.7.1: V cleared, both halves written, V last. */
static void write_pair(struct gen *g, bool clear_first)
{
	unsigned n = pick_pair(g);
	struct pair pair = gen_pair(g);

	if (clear_first)
		emit_msr(g, MSR_MTRR_PHYSMASK(n), 0);
	emit_msr(g, MSR_MTRR_PHYSBASE(n), pair.base);
	emit_msr(g, MSR_MTRR_PHYSMASK(n), pair.mask);
}

static void frag_pair(struct gen *g)
{
	write_pair(g, rng_below(g->rng, 4));
}

static void edits(struct gen *g)
{
	uint64_t r = rng_next(g->rng);

	if (r & 3)
		write_pair(g, false);
	if ((r & 0xc) == 0)
		emit_msr(g, gen_fixed_msr(g), gen_fixed_value(g));
}

/* An update with E=0 around it. */
static void frag_update(struct gen *g)
{
	uint64_t def = gen_def_type(g) | MTRR_DEF_TYPE_E;

	emit_msr(g, MSR_MTRR_DEF_TYPE, def & ~MTRR_DEF_TYPE_E);
	edits(g);
	emit_msr(g, MSR_MTRR_DEF_TYPE, def);
}

static void update_sdm(struct gen *g, uint64_t def)
{
	emit_bits(g, OP_CR0, CR0_CD, CR0_NW);
	emit(g, OP_WBINVD);
	emit_bits(g, OP_CR4, 0, CR4_PGE);
	emit_msr(g, MSR_MTRR_DEF_TYPE, def & ~MTRR_DEF_TYPE_E);
	edits(g);
	emit_msr(g, MSR_MTRR_DEF_TYPE, def);
	emit(g, OP_WBINVD);
	emit_bits(g, OP_CR0, 0, CR0_CD);
	if (rng_next(g->rng) & 1)
		emit_bits(g, OP_CR4, CR4_PGE, 0);
	g->cd &= ~(1u << g->vcpu);
}

/* SDM 11.11.7.2's update; on several vCPUs one after the other with the same values. */
static void frag_update_sdm(struct gen *g)
{
	uint64_t def = gen_def_type(g) | MTRR_DEF_TYPE_E;
	unsigned nr = rng_next(g->rng) & 1 ? 1 : g->machine->nr_vcpus;
	uint64_t replay = g->rng->state;

	for (unsigned i = 0; i < nr && g->nr < g->max; i++) {
		g->rng->state = replay;
		update_sdm(g, def);
		g->vcpu = (g->vcpu + 1) % g->machine->nr_vcpus;
	}
}

static void frag_msr(struct gen *g)
{
	uint32_t msr = gen_msr(g);

	emit_msr(g, msr, gen_msr_value(g, msr));
}

static void frag_fixed(struct gen *g)
{
	emit_msr(g, gen_fixed_msr(g), gen_fixed_value(g));
}

static void frag_def_type(struct gen *g)
{
	emit_msr(g, MSR_MTRR_DEF_TYPE, gen_def_type(g));
}

/* One write, the same on every vCPU. */
static void frag_everywhere(struct gen *g)
{
	uint32_t msr = gen_msr(g);
	uint64_t value = gen_msr_value(g, msr);

	for (g->vcpu = 0; g->vcpu < g->machine->nr_vcpus; g->vcpu++)
		emit_msr(g, msr, value);
	g->vcpu = 0;
}

static void frag_cd(struct gen *g)
{
	uint32_t bit = 1u << g->vcpu;
	uint64_t r = rng_next(g->rng);

	if (g->cd & bit)
		emit_bits(g, OP_CR0, 0, r & 1 ? CR0_CD | CR0_NW : CR0_CD);
	else
		emit_bits(g, OP_CR0, (r & 7) ? CR0_CD : CR0_CD | CR0_NW, 0);
	g->cd ^= bit;
	if (!(g->cd & bit) || !(r & 0x30))
		return;
	accesses(g, 1 + (r >> 8 & 1));
	emit_bits(g, OP_CR0, 0, CR0_CD | CR0_NW);
	g->cd &= ~bit;
}

static void frag_cr0(struct gen *g)
{
	static const uint64_t bits[] = {
		CR0_CD, CR0_NW, CR0_WP, CR0_PG, CR0_TS, CR0_PE, CR0_ET, 1ULL << 32,
	};
	uint64_t bit = RNG_PICK(g->rng, bits);

	if (rng_below(g->rng, 4) == 0)
		emit(g, OP_CR0)->v[0] = RUNNING_CR0 | RNG_PICK(g->rng, bits) | bit;
	else if (rng_next(g->rng) & 1)
		emit_bits(g, OP_CR0, bit, 0);
	else
		emit_bits(g, OP_CR0, 0, bit);
}

/* There, or there and back with the TLB in use between and after. */
static void toggle_cr4(struct gen *g, uint64_t bit, uint64_t r)
{
	bool set = r & 3;

	emit_bits(g, OP_CR4, set ? bit : 0, set ? 0 : bit);
	if (r & 4)
		return;
	if (r & 8)
		gen_access(g);
	emit_bits(g, OP_CR4, set ? 0 : bit, set ? bit : 0);
	if (r & 16)
		gen_access(g);
}

static void frag_cr(struct gen *g)
{
	static const uint64_t bits[] = {
		CR4_PGE, CR4_PCIDE, CR4_SMEP, CR4_SMAP, CR4_PSE, CR4_PAE, CR4_LA57, CR4_PKE, CR4_PGE,
	};
	uint64_t r = rng_next(g->rng);
	struct op *op;

	switch (r & 3) {
	case 0:
		frag_cr0(g);
		return;
	case 1:
		op = emit(g, OP_CR3);
		op->v[0] = RUNNING_CR3 + (r >> 8 & 3) * PAGE_SIZE;
		if (!(r >> 10 & 3))
			op->v[0] |= r >> 12 & 3;	/* a PCID, or ignored bits */
		if (!(r >> 14 & 3))
			op->flags = OP_NOFLUSH;
		return;
	default:
		toggle_cr4(g, RNG_PICK(g->rng, bits), r >> 3);
	}
}

static void frag_dma(struct gen *g)
{
	emit_host(g, OP_DMA, rng_below(g->rng, 3) != 0);
}

static void frag_quirk(struct gen *g)
{
	static const uint32_t quirks[] = {
		QUIRK_CD_NW_CLEARED, QUIRK_CD_NW_CLEARED, QUIRK_SLOT_ZAP_ALL, QUIRK_IGNORE_GUEST_PAT,
	};

	emit_host(g, OP_QUIRK, RNG_PICK(g->rng, quirks))->v[0] = rng_next(g->rng) & 1;
}

static unsigned used_slot(struct gen *g)
{
	unsigned id = rng_below(g->rng, 4);

	return g->machine->slots[id].size ? id : 0;
}

/*
 * Dirty logging splits a slot's huge pages. One of 1 GiB becomes a quarter of a
 * million leaves, which cost a real kernel the time of a thousand programs, so
 * that is seldom tried.
 */
static bool dear_to_split(struct gen *g, unsigned id)
{
	return g->machine->slots[id].size >= 1ULL << 30 && rng_below(g->rng, 64);
}

/* Deletes, moves, shrinks, changes flags of or adds a slot. */
static void frag_slot(struct gen *g)
{
	unsigned id = used_slot(g);
	const struct slot *slot = &g->machine->slots[id];
	struct op *op = emit_host(g, OP_SLOT, id);

	op->v[0] = slot->gpa;
	op->v[1] = slot->size;
	op->v[2] = slot->flags;
	switch (slot->size ? rng_below(g->rng, 6) : 5) {
	case 0:
		op->v[0] = op->v[1] = op->v[2] = 0;
		if (rng_next(g->rng) & 1) {	/* and back again */
			op = emit_host(g, OP_SLOT, id);
			op->v[0] = slot->gpa;
			op->v[1] = slot->size;
			op->v[2] = slot->flags;
		}
		break;
	case 1:
		op->v[0] = (slot->gpa + (1ULL << (21 + rng_below(g->rng, 12)))) & g->pa_mask;
		break;
	case 2:
		op->v[2] ^= SLOT_READONLY;
		break;
	case 3:
		if (!dear_to_split(g, id))
			op->v[2] ^= SLOT_DIRTY_LOG;
		break;
	default:
		op->arg = rng_below(g->rng, MAX_SLOTS);
		op->v[0] = gen_gpa(g);
		op->v[1] = PAGE_SIZE << rng_below(g->rng, 12);
		op->v[2] = rng_below(g->rng, 4) ? 0 : rng_below(g->rng, 4);
	}
}

/* The part of a slot around a hot address that a host op is about. */
static struct op *emit_range(struct gen *g, enum op_kind kind, uint32_t arg)
{
	static const uint8_t shifts[] = { 12, 12, 13, 16, 20, 21, 21, 22, 30 };
	uint64_t size = 1ULL << RNG_PICK(g->rng, shifts);
	struct op *op = emit_host(g, kind, arg);

	op->v[0] = gen_gpa(g) & ~(size - 1);
	op->v[1] = size;
	return op;
}

static void frag_backing(struct gen *g)
{
	static const uint8_t backings[] = {
		BACKING_4K, BACKING_2M, BACKING_2M, BACKING_1G, BACKING_MMIO, BACKING_MMIO,
	};

	emit_range(g, OP_BACKING, RNG_PICK(g->rng, backings));
}

static void frag_invalidate(struct gen *g)
{
	emit_range(g, OP_INVALIDATE, 0);
}

static void frag_dirty(struct gen *g)
{
	unsigned id = used_slot(g);

	if (rng_next(g->rng) & 1)
		gen_access(g);
	if (dear_to_split(g, id))
		return;
	emit_host(g, OP_SPLIT, id);
	accesses(g, 1);
	if (rng_next(g->rng) & 1)
		emit_host(g, OP_COLLAPSE, id);
}

static void frag_setmsr(struct gen *g)
{
	struct op *op = emit(g, OP_SETMSR);

	op->arg = gen_msr(g);
	op->v[0] = gen_msr_value(g, op->arg);
}

static void frag_sregs(struct gen *g)
{
	struct op *op = emit(g, OP_SREGS);
	uint64_t r = rng_next(g->rng);

	op->arg = SREGS_CR0;
	op->v[0] = RUNNING_CR0;
	if (r & 1) {
		op->v[0] |= CR0_CD;
		g->cd |= 1u << g->vcpu;
	} else {
		g->cd &= ~(1u << g->vcpu);
	}
	if (!(r & 0x1e))
		op->v[0] |= CR0_NW;
	if (!(r & 0x60)) {
		op->arg |= SREGS_CR3;
		op->v[1] = RUNNING_CR3 + (r >> 7 & 3) * PAGE_SIZE;
	}
	if (!(r & 0x600)) {
		op->arg |= SREGS_CR4;
		op->v[2] = RUNNING_CR4 | (r & 0x800 ? CR4_PGE : CR4_SMEP);
	}
	if (!(r & 0x7000)) {
		op->arg |= SREGS_EFER;
		op->v[3] = RUNNING_EFER | (r & 0x8000 ? EFER_NX : 0);
	}
}

static void frag_cpuid(struct gen *g)
{
	static const uint8_t widths[] = { 36, 39, 40, 46, 52 };
	struct op *op;

	if (rng_next(g->rng) & 1) {
		emit(g, OP_CPUID)->arg = rng_next(g->rng) & 1 ? 1 : 0x80000008u;
		return;
	}
	op = emit(g, OP_SETCPUID);
	op->arg = CPUID_MTRR;
	op->v[0] = rng_next(g->rng) & 1;
	if (!rng_below(g->rng, 3)) {
		op->arg |= CPUID_MAXPHYADDR;
		op->v[1] = RNG_PICK(g->rng, widths);
	}
}

static void frag_prefault(struct gen *g)
{
	struct op *op = emit(g, OP_PREFAULT);

	op->v[0] = gen_gpa(g);
	op->v[1] = PAGE_SIZE << rng_below(g->rng, 6);
}

static void frag_init(struct gen *g)
{
	unsigned back = g->vcpu;

	/* vCPU 0 seldom: it comes back in real mode, with CD and NW kept. */
	if (g->machine->nr_vcpus > 1 && rng_below(g->rng, 8))
		g->vcpu = 1 + rng_below(g->rng, g->machine->nr_vcpus - 1);
	emit(g, OP_INIT);
	if (rng_below(g->rng, 6)) {
		emit(g, OP_SIPI);
		gen_access(g);
	}
	g->vcpu = back;
}

static void frag_smm(struct gen *g)
{
	uint32_t bit = 1u << g->vcpu;

	emit(g, g->smm & bit ? OP_RSM : OP_SMI);
	g->smm ^= bit;
	if (!(g->smm & bit) || !rng_below(g->rng, 4))
		return;
	accesses(g, 1);
	emit(g, OP_RSM);
	g->smm ^= bit;
}

/* A PTE that was used changes; what was translated before is flushed, or cached aside, and used again. */
static void remap(struct gen *g, uint64_t va, uint64_t r)
{
	struct op *op = emit(g, OP_MAP);

	op->arg = LEVEL_4K;
	op->v[0] = va;
	op->v[1] = gen_gpa(g);
	switch (r & 7) {
	case 0:
		emit_bits(g, OP_CR4, r & 8 ? CR4_PGE : 0, r & 8 ? 0 : CR4_PGE);
		break;
	case 1:
		emit(g, OP_INVLPG)->v[0] = va;
		break;
	case 2:
		op = emit(g, OP_INVPCID);
		op->arg = r >> 3 & 3;
		op->v[0] = r >> 5 & 1;
		op->v[1] = va;
		break;
	case 3: case 4:	/* away, and back without a flush */
		emit(g, OP_CR3)->v[0] = 0x5000 | (r >> 4 & 1);
		if (r & 8)
			emit_bits(g, OP_CR4, CR4_PCIDE, 0);
		op = emit(g, OP_CR3);
		op->v[0] = RUNNING_CR3 | (r >> 4 & 1);
		op->flags = r & 0x60 ? OP_NOFLUSH : 0;
		break;
	default:	/* CR3 as it is, perhaps under another role for the while */
		if (r & 8)
			emit_bits(g, OP_CR0, r & 0x10 ? CR0_WP : 0, r & 0x10 ? 0 : CR0_WP);
		emit(g, OP_CR3)->v[0] = RUNNING_CR3;
		if (r & 8)
			emit_bits(g, OP_CR0, r & 0x10 ? 0 : CR0_WP, r & 0x10 ? CR0_WP : 0);
		break;
	}
	op = emit(g, OP_READ);
	op->flags = OP_VA;
	op->v[0] = va;
}

/* A guest mapping, used at once and again. */
static void frag_map(struct gen *g)
{
	uint64_t r = rng_next(g->rng);
	uint64_t va = 0x400000 + ((r & 3) << 21);
	struct op *op;

	if (!(r & 0x700000))
		emit_bits(g, OP_CR4, CR4_PCIDE, 0);
	op = emit(g, OP_MAP);
	op->arg = r & 0x300 ? LEVEL_4K : LEVEL_2M;
	op->v[0] = va;
	op->v[1] = gen_gpa(g);
	op->v[2] = r >> 10 & 7;
	if (op->arg == LEVEL_2M)
		op->v[1] &= ~((1ULL << 21) - 1);
	for (unsigned i = r >> 13 & 1; i < 2; i++) {
		op = emit(g, r & 0x4000 ? OP_READ : OP_WRITE);
		op->flags = OP_VA;
		op->v[0] = va;
	}
	if (!(r & 0x18000)) {
		op = emit(g, OP_INVLPG);
		op->v[0] = va;
	}
	if (r & 0x20000)
		remap(g, va, r >> 18);
}

static void frag_tlb(struct gen *g)
{
	uint64_t r = rng_next(g->rng);
	struct op *op;

	switch (r & 3) {
	case 0:
		emit(g, r & 4 ? OP_WBINVD : OP_INVD);
		break;
	case 1:
		op = emit(g, OP_INVPCID);
		op->arg = r >> 2 & 3;
		op->v[0] = r >> 4 & 3;
		op->v[1] = 0x400000;
		break;
	default:
		op = emit(g, OP_INVLPG);
		op->v[0] = 0x400000 + ((r >> 4 & 3) << 21);
	}
}

/* What was written last, what cannot be written, or anything. */
static void frag_rdmsr(struct gen *g)
{
	unsigned r = rng_below(g->rng, 8);
	uint32_t msr = r < 2 ? MSR_MTRRCAP : gen_msr(g);

	for (unsigned i = g->nr; r >= 4 && i-- && i + 8 > g->nr;) {
		if (g->ops[i].kind == OP_WRMSR) {
			msr = g->ops[i].arg;
			break;
		}
	}
	emit(g, OP_RDMSR)->arg = msr;
}

void gen_raw(struct gen *g)
{
	struct op *op = emit(g, rng_below(g->rng, NR_OPS));

	op->vcpu = rng_next(g->rng);
	op->flags = rng_next(g->rng) & (OP_DELTA | OP_NOFLUSH | OP_VA);
	op->arg = rng_next(g->rng) >> rng_below(g->rng, 64);
	for (unsigned i = 0; i < 4; i++)
		op->v[i] = rng_next(g->rng) >> rng_below(g->rng, 64);
	op_repair(op, g->machine);
}

/* The default mix: a fragment's share is its number of entries among 64. */
#define TWICE(f)	f, f
#define FOUR(f)		TWICE(f), TWICE(f)
#define EIGHT(f)	FOUR(f), FOUR(f)
static void (*const mix[64])(struct gen *) = {
	EIGHT(frag_access), EIGHT(frag_access), FOUR(frag_access),
	FOUR(frag_update), TWICE(frag_update_sdm),
	FOUR(frag_pair), TWICE(frag_msr), frag_fixed, TWICE(frag_def_type),
	TWICE(frag_everywhere), FOUR(frag_cd), TWICE(frag_dma), TWICE(frag_rdmsr),
	TWICE(frag_slot), TWICE(frag_backing), frag_dirty, TWICE(frag_sregs), gen_raw,
	frag_invalidate, frag_setmsr, frag_cpuid, frag_quirk, frag_prefault, frag_init,
	frag_smm, frag_map, frag_tlb, frag_cr, frag_cr,
};

void gen_fragment(struct gen *g)
{
	uint64_t r = rng_next(g->rng);

	if (g->machine->nr_vcpus > 1)
		g->vcpu = r & 0x100 ? 0 : (r >> 9 & 7) % g->machine->nr_vcpus;
	mix[r & 63](g);
}

/* DMA, what the host maps, and a first MTRR setting as firmware makes it. */
void gen_prologue(struct gen *g)
{
	uint64_t r = rng_next(g->rng);
	uint64_t def = MTRR_DEF_TYPE_E | (r & 1 ? MT_WB : MT_UC) | (r & 6 ? MTRR_DEF_TYPE_FE : 0);

	if ((r >> 20) % 8 < 5) {	/* small pages everywhere, or as large as slots allow */
		struct op *op = emit_host(g, OP_BACKING, BACKING_4K);

		op->v[1] = 16ULL << 30;
	}
	if (!(r >> 24 & 3))
		frag_backing(g);
	if (r & 0x70)
		emit_host(g, OP_DMA, 1);
	if (!(r & 0x180))
		return;
	/* SeaBIOS: WB with UC holes; others: UC with WB over memory. */
	if (r & 0x200) {
		unsigned n = r >> 10 & 1;
		unsigned shift = 20 + (r >> 11 & 15);

		emit_msr(g, MSR_MTRR_PHYSBASE(n), (g->hot[r >> 15 & 3] & ~((1ULL << shift) - 1)) |
			 (r & 1 ? MT_UC : MT_WB));
		emit_msr(g, MSR_MTRR_PHYSMASK(n),
			 (~((1ULL << shift) - 1) & g->pa_mask) | MTRR_PHYSMASK_V);
	}
	if (r & 0x80000)
		emit_msr(g, gen_fixed_msr(g), gen_fixed_value(g));
	emit_msr(g, MSR_MTRR_DEF_TYPE, def);
}

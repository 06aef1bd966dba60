// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dense walk: a machine of 4 GiB and two vCPUs takes random steps, and
 * after each one every 4K page of the 4 GiB, for both vCPUs, now and before the
 * step, is compared with the twin (MAXPHYADDR may be larger: what lies above is
 * the plans' business); so is what the oracle says of blocks (uniform?
 * changed?) and of the step itself (whose R-MT may have changed, how far zaps
 * may reach), for every block that a 2M or 1G leaf could map and for ranges at
 * odd places. Nothing is sampled here but the steps.
 */
#include <inttypes.h>
#include <string.h>

#include "oracle/tests/enumerate.h"

#define DENSE_BITS		32u
#define DENSE_PAGES		(1u << (DENSE_BITS - PAGE_SHIFT))
#define DENSE_ODD_RANGES	512u
#define STEPS_PER_MACHINE	32u
#define STEPS_BEFORE_RUN	8u	/* only host ops so far: CPUID may still change */

/* An answer in a byte: type, IPAT in bit 3, undefined in bit 4; so a set of answers is a word. */
#define CODE_IPAT	3
#define CODE_UNDEFINED	4

struct picture {
	uint8_t code[DENSE_PAGES];
};

static struct picture pictures[RIG_VCPUS][2];

struct dense {
	struct rig *rig;
	uint64_t rng;
	bool runs;			/* guest ops are allowed */
	bool moved[RIG_VCPUS];		/* the step changed the vCPU's registers */
	uint8_t now[RIG_VCPUS];		/* which picture is today's */
};

static uint64_t next_random(struct dense *d)
{
	uint64_t z = d->rng += 0x9e3779b97f4a7c15;	/* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned below(struct dense *d, unsigned n)
{
	return next_random(d) % n;
}

static struct picture *picture(struct dense *d, unsigned vcpu, enum epoch epoch)
{
	return &pictures[vcpu][d->now[vcpu] ^ (epoch == EPOCH_BEFORE && d->moved[vcpu])];
}

static void take_picture(struct dense *d, unsigned vcpu)
{
	struct picture *p = picture(d, vcpu, EPOCH_NOW);
	uint64_t i;

	for (i = 0; i < DENSE_PAGES; i++) {
		struct twin_answer a = twin_memtype(&d->rig->twin[vcpu], i << PAGE_SHIFT);

		p->code[i] = a.type | a.ipat << CODE_IPAT | a.undefined << CODE_UNDEFINED;
	}
}

/* A machine that mostly honors MTRRs; the policy plan walks through the rest. */
static void begin_machine(struct dense *d)
{
	struct machine m = {
		.profile = PROFILE_LINUX_5_15 + below(d, 4),
		.vendor = VENDOR_INTEL,
		.nr_vcpus = RIG_VCPUS,
		.maxphyaddr = DENSE_BITS + (below(d, 2) ? below(d, 5) : 0),
		.cpuid_mtrr = below(d, 4),
		.tdp = true,
		.selfsnoop = below(d, 2),
		.slots[0] = { .gpa = 0, .size = 1ULL << DENSE_BITS },
	};
	unsigned v;

	if (!below(d, 8))
		m.profile = 1 + below(d, NR_PROFILES - 1);
	if (!below(d, 16))
		m.vendor = VENDOR_AMD;
	if (!below(d, 16))
		m.tdp = false;
	if (!below(d, 4))
		m.quirks_off = QUIRK_CD_NW_CLEARED;
	if (!below(d, 4))
		m.quirks_off |= QUIRK_IGNORE_GUEST_PAT;
	rig_reset(d->rig, &m);
	for (v = 0; v < RIG_VCPUS; v++) {
		d->moved[v] = false;
		take_picture(d, v);
	}
}

static uint64_t random_type(struct dense *d)
{
	static const uint8_t types[] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB };

	return types[below(d, 5)];
}

/* Contiguous mostly, then with bits flipped, then any. */
static uint64_t random_mask(struct dense *d, unsigned maxphyaddr)
{
	uint64_t all = (1ULL << maxphyaddr) - PAGE_SIZE;
	uint64_t mask = all & -(PAGE_SIZE << below(d, maxphyaddr - PAGE_SHIFT + 1));

	switch (below(d, 6)) {
	case 0:
		mask ^= 1ULL << (PAGE_SHIFT + below(d, maxphyaddr - PAGE_SHIFT));
		break;
	case 1:
		mask &= next_random(d);
		break;
	}
	return mask | (below(d, 6) ? MTRR_PHYSMASK_V : 0);
}

/* Aligned to a power of two, so that ranges meet at borders; sometimes beside one. */
static uint64_t random_base(struct dense *d, unsigned maxphyaddr)
{
	uint64_t all = (1ULL << (below(d, 4) ? DENSE_BITS : maxphyaddr)) - PAGE_SIZE;
	uint64_t align = PAGE_SIZE << below(d, DENSE_BITS - PAGE_SHIFT);
	uint64_t base = next_random(d) & -align;

	if (!below(d, 8))
		base += below(d, 2) ? PAGE_SIZE : -PAGE_SIZE;
	return (base & all) | random_type(d);
}

static void write_mtrr(struct dense *d, unsigned vcpu, uint32_t msr, uint64_t value)
{
	bool guest = d->runs && below(d, 4);

	rig_step(d->rig, &(struct op){ .kind = guest ? OP_WRMSR : OP_SETMSR, .vcpu = vcpu,
				       .arg = msr, .v = { value } });
}

static void write_fixed(struct dense *d, unsigned vcpu)
{
	static const uint32_t msrs[] = {
		0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
	};
	uint64_t value = 0, same = random_type(d);
	bool alike = below(d, 2);
	unsigned i;

	for (i = 0; i < 8; i++)
		value |= (alike ? same : random_type(d)) << 8 * i;
	write_mtrr(d, vcpu, msrs[below(d, NR_FIXED_MTRR_MSRS)], value);
}

static void toggle_mmio(struct dense *d)
{
	unsigned i = below(d, TWIN_MMIO_RANGES);
	const struct twin_range *old = &d->rig->twin[0].mmio[i];
	uint64_t size = PAGE_SIZE << below(d, 20);
	uint64_t start = 0x80000000ULL * i + (next_random(d) & 0x7fffffff & -PAGE_SIZE);
	uint64_t end = start + size, border = 0x80000000ULL * (i + 1);

	if (old->start != old->end)
		rig_mmio(d->rig, i, 0, 0);
	else
		rig_mmio(d->rig, i, start, end < border ? end : border);
}

/* Ops on which R-MT does not depend. */
static void unrelated_op(struct dense *d, unsigned vcpu)
{
	struct op op = { .vcpu = vcpu };

	switch (below(d, 6)) {
	case 0:
		op.kind = OP_WRMSR;
		op.arg = MSR_PAT;
		op.v[0] = below(d, 2) ? PAT_RESET_VALUE : 0x0606060606060606;
		break;
	case 1:
		op.kind = OP_WBINVD;
		break;
	case 2:
		op.kind = OP_CR4;
		op.flags = OP_DELTA;
		op.v[below(d, 2)] = CR4_PGE;
		break;
	case 3:
		op.kind = OP_READ;
		op.v[0] = next_random(d) & 0xfffff000;
		break;
	case 4:
		op.kind = OP_RDMSR;
		op.arg = MSR_MTRR_DEF_TYPE;
		break;
	case 5:
		op.kind = OP_INVALIDATE;
		op.v[0] = 0x200000;
		op.v[1] = 0x200000;
		break;
	}
	rig_step(d->rig, &op);
}

/* Turns a quirk off that the profile lets userspace turn off (rules B.9). */
static void quirk_off(struct dense *d)
{
	const struct machine *m = &d->rig->machine;
	bool pat = m->profile == PROFILE_LINUX_6_16 && m->tdp && m->selfsnoop &&
		   m->vendor == VENDOR_INTEL && below(d, 2);

	rig_step(d->rig, &(struct op){ .kind = OP_QUIRK, .arg = pat ? QUIRK_IGNORE_GUEST_PAT :
								      QUIRK_CD_NW_CLEARED });
}

/*
 * Userspace may change a vCPU's CPUID as long as it never ran. A smaller
 * MAXPHYADDR takes bits out of bases and masks that were written before (A.2).
 */
static void change_cpuid(struct dense *d, unsigned vcpu)
{
	const struct twin *t = &d->rig->twin[vcpu];
	struct op op = { .kind = OP_SETCPUID, .vcpu = vcpu };

	if (below(d, 2)) {
		op.arg = CPUID_MTRR;
		op.v[0] = !t->cpuid_mtrr;
	} else {
		op.arg = CPUID_MAXPHYADDR;
		op.v[1] = DENSE_BITS + below(d, 5);
	}
	rig_step(d->rig, &op);
}

/* Exactly one op, so that the picture before it is the one that was taken last. */
static void random_step(struct dense *d)
{
	unsigned n = below(d, NR_VAR_MTRR), vcpu = below(d, 4) == 0, kind = below(d, 100);
	const struct twin *t = &d->rig->twin[vcpu];
	uint64_t enables;

	if (!d->runs && !below(d, 3)) {
		change_cpuid(d, vcpu);
	} else if (!t->dma && below(d, 2)) {
		rig_dma(d->rig, 1);
	} else if (!(t->def_type & MTRR_DEF_TYPE_E) && below(d, 2)) {
		write_mtrr(d, vcpu, MSR_MTRR_DEF_TYPE, random_type(d) | MTRR_DEF_TYPE_E);
	} else if (d->runs && (t->cr0 & CR0_CD) && below(d, 2)) {
		rig_cr0_cache(d->rig, vcpu, false, false);
	} else if (kind < 25) {
		write_mtrr(d, vcpu, MSR_MTRR_PHYSMASK(n), random_mask(d, t->maxphyaddr));
	} else if (kind < 50) {
		write_mtrr(d, vcpu, MSR_MTRR_PHYSBASE(n), random_base(d, t->maxphyaddr));
	} else if (kind < 62) {
		enables = next_random(d) & (MTRR_DEF_TYPE_E | MTRR_DEF_TYPE_FE);
		write_mtrr(d, vcpu, MSR_MTRR_DEF_TYPE, random_type(d) | enables);
	} else if (kind < 72) {
		write_fixed(d, vcpu);
	} else if (kind < 80 && d->runs) {
		rig_cr0_cache(d->rig, vcpu, !(t->cr0 & CR0_CD), below(d, 2) && !(t->cr0 & CR0_CD));
	} else if (kind < 84) {
		rig_dma(d->rig, t->dma != 1 ? 1 : below(d, 2) ? 2 : 0);
	} else if (kind < 89) {
		toggle_mmio(d);
	} else if (kind < 91) {
		quirk_off(d);
	} else if (d->runs) {
		unrelated_op(d, vcpu);
	} else {
		toggle_mmio(d);
	}
}

static bool check_every_page(struct dense *d, unsigned vcpu, enum epoch epoch)
{
	const struct picture *p = picture(d, vcpu, epoch);
	struct rig *rig = d->rig;
	uint64_t gfn = 0, end;
	struct mt_run run;
	unsigned code;

	while (gfn < DENSE_PAGES) {
		run = rig->subject->memtype(&rig->oracle, vcpu, gfn, epoch);
		if (run.end <= gfn) {
			rig_fail(rig, vcpu, gfn << PAGE_SHIFT, "run ends at gfn 0x%" PRIx64,
				 run.end);
			return false;
		}
		code = run.mt.type | run.mt.ipat << CODE_IPAT | run.mt.undefined << CODE_UNDEFINED;
		end = run.end < DENSE_PAGES ? run.end : DENSE_PAGES;
		rig->pairs += end - gfn;
		for (; gfn < end; gfn++) {
			if (p->code[gfn] == code)
				continue;
			rig_fail(rig, vcpu, gfn << PAGE_SHIFT,
				 "%s the step, oracle says %s ipat=%u undefined=%u (%s, run to 0x%"
				 PRIx64 "), twin's code is 0x%x", epoch == EPOCH_NOW ? "after" :
				 "before", memtype_name(run.mt.type), run.mt.ipat,
				 run.mt.undefined, rule_table[run.mt.rule].id,
				 run.end << PAGE_SHIFT, p->code[gfn]);
			return false;
		}
	}
	return true;
}

/* What a range holds, by brute force. */
struct summary {
	uint32_t codes;		/* set of answers */
	bool changed;		/* a page's (type, IPAT) differs from before the step */
};

static struct summary summarize(const struct picture *p, const struct picture *before,
				uint64_t gfn, uint64_t npages)
{
	struct summary s = { 0 };
	uint64_t i;

	for (i = gfn; i < gfn + npages; i++) {
		s.codes |= 1u << p->code[i];
		s.changed |= (p->code[i] ^ before->code[i]) & 0xf;
	}
	return s;
}

/*
 * Which answers of oracle_matches() are right for a range that holds @codes.
 * Where pages of undefined type lie among others there are two ways to count
 * them, and the interface leaves it open: then both are.
 */
static uint32_t right_matches(uint32_t codes, unsigned observed)
{
	uint32_t defined = codes & 0xffff, undefined = codes >> 16;
	uint32_t all = defined | undefined, it = 1u << observed;
	bool uniform = !(all & (all - 1));

	if (all == it)
		return 1u << MT_MATCHES;
	if (!(defined & ~it))
		return observed & 1u << CODE_IPAT ? 1u << MT_UNDEFINED | 1u << MT_DIFFERS :
						    1u << MT_UNDEFINED;
	if (uniform)
		return 1u << MT_DIFFERS;
	if (undefined && !(defined & (defined - 1)))
		return 1u << MT_MIXED | 1u << MT_DIFFERS;
	return 1u << MT_MIXED;
}

static void check_block(struct dense *d, unsigned vcpu, uint64_t gfn, uint64_t npages,
			struct summary s)
{
	struct rig *rig = d->rig;
	const struct picture *p = picture(d, vcpu, EPOCH_NOW);
	unsigned code = p->code[gfn] & 0xf;
	enum mt_match match;
	struct mt observed;
	bool changed;

	/* Mostly what lies there, else what a wrong leaf might say. */
	if (!below(d, 3))
		code = random_type(d) | below(d, 2) << CODE_IPAT;
	observed = (struct mt){ .type = code & 7, .ipat = code >> CODE_IPAT };
	match = rig->subject->matches(&rig->oracle, vcpu, gfn, npages, observed, EPOCH_NOW);
	if (!(right_matches(s.codes, code) & 1u << match))
		rig_fail(rig, vcpu, gfn << PAGE_SHIFT, "%" PRIu64 " pages against %s ipat=%u: "
			 "oracle_matches() says %d, the twin's codes are the set 0x%x", npages,
			 memtype_name(observed.type), observed.ipat, match, s.codes);
	changed = rig->subject->changed(&rig->oracle, vcpu, gfn, npages);
	if (changed != s.changed)
		rig_fail(rig, vcpu, gfn << PAGE_SHIFT, "%" PRIu64 " pages: "
			 "oracle_memtype_changed() says %d, the twin %d", npages, changed,
			 s.changed);
	rig->blocks++;
}

static bool check_blocks(struct dense *d, unsigned vcpu)
{
	const struct picture *p = picture(d, vcpu, EPOCH_NOW);
	const struct picture *before = picture(d, vcpu, EPOCH_BEFORE);
	struct summary small, large = { 0 };
	uint64_t gfn, npages;
	unsigned i;

	for (gfn = 0; gfn < DENSE_PAGES; gfn += level_pages(LEVEL_2M)) {
		small = summarize(p, before, gfn, level_pages(LEVEL_2M));
		check_block(d, vcpu, gfn, level_pages(LEVEL_2M), small);
		large.codes |= small.codes;
		large.changed |= small.changed;
		npages = gfn + level_pages(LEVEL_2M);
		if (npages % level_pages(LEVEL_1G))
			continue;
		check_block(d, vcpu, npages - level_pages(LEVEL_1G), level_pages(LEVEL_1G), large);
		large = (struct summary){ 0 };
	}
	for (i = 0; i < DENSE_ODD_RANGES; i++) {
		gfn = i & 1 ? below(d, 0x110) : below(d, DENSE_PAGES);
		npages = 1 + below(d, 1u << below(d, 13));
		if (gfn + npages > DENSE_PAGES)
			npages = DENSE_PAGES - gfn;
		check_block(d, vcpu, gfn, npages, summarize(p, before, gfn, npages));
	}
	return !d->rig->failed;
}

/*
 * What the step says of itself: it names every vCPU whose R-MT changed, and
 * what must be zapped lies within what may be.
 */
static bool check_step(struct dense *d, unsigned vcpu)
{
	const struct picture *p = picture(d, vcpu, EPOCH_NOW);
	const struct picture *before = picture(d, vcpu, EPOCH_BEFORE);
	const struct oracle_result *r = &d->rig->result;
	uint64_t i;

	if (p == before)
		return true;
	for (i = 0; i < DENSE_PAGES; i++) {
		if (!((p->code[i] ^ before->code[i]) & 0xf))
			continue;
		if (!(r->changed & 1u << vcpu))
			rig_fail(d->rig, vcpu, i << PAGE_SHIFT,
				 "R-MT changed, result.changed is 0x%x", r->changed);
		if ((r->acting & 1u << vcpu) && !extent_touches(&r->extent, i, 1))
			rig_fail(d->rig, vcpu, i << PAGE_SHIFT,
				 "R-MT changed outside the extent, of kind %d", r->extent.kind);
		if (d->rig->failed)
			return false;
	}
	return true;
}

bool dense_run(struct rig *rig, uint64_t seed, unsigned steps)
{
	struct dense d = { .rig = rig, .rng = seed };
	struct twin old[RIG_VCPUS];
	unsigned step, v;

	rig->plan = "dense";
	for (step = 0; step < steps && !rig->failed; step++) {
		rig->state = step;
		d.runs = step % STEPS_PER_MACHINE >= STEPS_BEFORE_RUN;
		if (step % STEPS_PER_MACHINE == 0)
			begin_machine(&d);
		memcpy(old, rig->twin, sizeof(old));
		random_step(&d);
		rig->states++;
		for (v = 0; v < RIG_VCPUS && !rig->failed; v++) {
			d.moved[v] = memcmp(&old[v], &rig->twin[v], sizeof(old[v])) != 0;
			if (d.moved[v]) {
				d.now[v] ^= 1;
				take_picture(&d, v);
			}
			if (check_every_page(&d, v, EPOCH_NOW) &&
			    check_every_page(&d, v, EPOCH_BEFORE) && check_step(&d, v))
				check_blocks(&d, v);
		}
	}
	return !rig->failed;
}

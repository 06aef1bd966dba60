// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plans: small machines, and every register content that they are led through.
 *
 * A small machine has few physical address bits that matter. The chosen bits
 * take every value in bases and masks, the others a fixed one, so the whole
 * function from (base, mask, type, V) of each pair to the type of each page is
 * walked through: aligned and misaligned bases, contiguous and holed masks,
 * all overlaps (SDM vol 3A 11.11.3, 11.11.4.1; rules A.2, A.3). A plan is an
 * odometer of axes; a state's number gives its digits, so a run can begin
 * anywhere.
 */
#include <assert.h>
#include <string.h>

#include "oracle/tests/enumerate.h"

#define MAX_AXES	6u
#define MAX_BITS	4u
#define MAX_PAGES	288u

/* What a mask holds in the address bits that are not chosen; the base holds 0. */
enum fill {
	FILL_ZERO,	/* nothing: every other bit aliases */
	FILL_HIGH,	/* ones above the chosen bits: contiguous masks among the rest */
	FILL_ONES,	/* ones: small ranges apart from each other */
};

enum plan_kind { PLAN_PAIRS, PLAN_FIXED, PLAN_POLICY };

struct plan {
	const char *name;
	enum plan_kind kind;
	bool ci;
	enum profile profile;
	uint8_t maxphyaddr;
	uint8_t nr_pairs;
	uint8_t nr_bits;
	uint8_t bit[MAX_BITS];		/* ascending */
	enum fill fill;
};

struct axis {
	uint32_t radix;
	void (*set)(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit);
	unsigned arg;
};

#define PLAN_OF_PAIRS(name_, ci_, profile_, maxphyaddr_, fill_, pairs_, bits_, ...)	\
	{ .name = name_, .kind = PLAN_PAIRS, .ci = ci_, .profile = profile_,		\
	  .maxphyaddr = maxphyaddr_, .nr_pairs = pairs_, .nr_bits = bits_,		\
	  .bit = { __VA_ARGS__ }, .fill = fill_ }

static const struct plan plans[] = {
	{ .name = "policy", .kind = PLAN_POLICY, .ci = true, .maxphyaddr = 32 },
	{ .name = "fixed", .kind = PLAN_FIXED, .ci = true, .profile = PROFILE_LINUX_6_7,
	  .maxphyaddr = 32 },
	/* Named by where the bits lie, the number of pairs and of bits. */
	PLAN_OF_PAIRS("4g-2x3", true, PROFILE_LINUX_6_1, 32, FILL_ZERO, 2, 3, 29, 30, 31),
	PLAN_OF_PAIRS("1m-2x3", true, PROFILE_LINUX_5_15, 36, FILL_HIGH, 2, 3, 19, 20, 21),
	PLAN_OF_PAIRS("levels-2x3", true, PROFILE_YAN_V4, 40, FILL_ZERO, 2, 3, 12, 21, 30),
	PLAN_OF_PAIRS("4k-2x2", true, PROFILE_LINUX_6_1, 36, FILL_HIGH, 2, 2, 12, 13),
	PLAN_OF_PAIRS("high-2x2", true, PROFILE_LINUX_6_7, 52, FILL_ONES, 2, 2, 12, 51),
	PLAN_OF_PAIRS("4g-3x2", true, PROFILE_LINUX_6_7, 32, FILL_ZERO, 3, 2, 30, 31),
	/* The nightly form's. */
	PLAN_OF_PAIRS("4k-2x4", false, PROFILE_LINUX_6_1, 36, FILL_HIGH, 2, 4, 12, 13, 14, 15),
	PLAN_OF_PAIRS("2m-2x4", false, PROFILE_LINUX_5_15, 46, FILL_HIGH, 2, 4, 20, 21, 22, 23),
	PLAN_OF_PAIRS("1g-2x4", false, PROFILE_LINUX_6_7, 39, FILL_HIGH, 2, 4, 29, 30, 31, 32),
	PLAN_OF_PAIRS("levels-2x4", false, PROFILE_YAN_V4, 40, FILL_ZERO, 2, 4, 12, 21, 30, 39),
	PLAN_OF_PAIRS("high-2x4", false, PROFILE_LINUX_6_1, 52, FILL_ONES, 2, 4, 12, 21, 50, 51),
	PLAN_OF_PAIRS("1m-3x2", false, PROFILE_LINUX_6_1, 32, FILL_HIGH, 3, 2, 19, 20),
	PLAN_OF_PAIRS("1m-3x3", false, PROFILE_LINUX_6_1, 36, FILL_HIGH, 3, 3, 19, 20, 21),
};

static const uint8_t legal_types[] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB };
#define NR_TYPES	5u

/* The first, the last and a middle pair: an index must not matter. */
static const uint8_t pair_index[] = { 0, NR_VAR_MTRR - 1, 3 };

static uint64_t address_bits(unsigned maxphyaddr)
{
	return (1ULL << maxphyaddr) - PAGE_SIZE;
}

/* Bit i of @digit goes to the plan's i-th address bit. */
static uint64_t spread(const struct plan *plan, unsigned digit)
{
	uint64_t value = 0;
	unsigned i;

	for (i = 0; i < plan->nr_bits; i++)
		if (digit & 1u << i)
			value |= 1ULL << plan->bit[i];
	return value;
}

static uint64_t mask_fill(const struct plan *plan)
{
	uint64_t chosen = spread(plan, ~0u), all = address_bits(plan->maxphyaddr);

	switch (plan->fill) {
	case FILL_ONES:
		return all & ~chosen;
	case FILL_HIGH:
		return all & -(2ULL << plan->bit[plan->nr_bits - 1]);
	default:
		return 0;
	}
}

static void wrmsr_if_new(struct rig *rig, uint32_t msr, uint64_t old, uint64_t new)
{
	if (old != new)
		rig_wrmsr(rig, 0, msr, new);
}

static void set_pair_registers(struct rig *rig, unsigned n, uint64_t base, uint64_t mask)
{
	wrmsr_if_new(rig, MSR_MTRR_PHYSBASE(n), rig->twin[0].base[n], base);
	wrmsr_if_new(rig, MSR_MTRR_PHYSMASK(n), rig->twin[0].mask[n], mask);
}

/* A pair: off twice, with registers that would match, then mask x base x type. */
#define PAIR_OFF	2u

static uint32_t pair_radix(const struct plan *plan)
{
	return PAIR_OFF + (NR_TYPES << 2 * plan->nr_bits);
}

static void set_pair(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit)
{
	unsigned n = pair_index[arg], values = 1u << plan->nr_bits;
	uint64_t base, mask;

	if (digit == 0) {
		set_pair_registers(rig, n, MT_UC, 0);
		return;
	}
	if (digit == 1) {
		set_pair_registers(rig, n, MT_WP, address_bits(plan->maxphyaddr));
		return;
	}
	digit -= PAIR_OFF;
	mask = spread(plan, digit % values) | mask_fill(plan) | MTRR_PHYSMASK_V;
	digit /= values;
	base = spread(plan, digit % values) | legal_types[digit / values];
	set_pair_registers(rig, n, base, mask);
}

/* Default type x (E, FE). */
#define DEF_TYPE_RADIX	(NR_TYPES * 4)

static void set_def_type(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit)
{
	uint64_t value = legal_types[digit % NR_TYPES];

	digit /= NR_TYPES;
	if (!(digit & 1))	/* E=1 first, so that a short run sees the MTRRs at work */
		value |= MTRR_DEF_TYPE_E;
	if (digit & 2)
		value |= MTRR_DEF_TYPE_FE;
	wrmsr_if_new(rig, MSR_MTRR_DEF_TYPE, rig->twin[0].def_type, value);
}

static void set_fixed(struct rig *rig, const uint8_t bytes[NR_FIXED_MTRR_RANGES])
{
	static const uint32_t msr[NR_FIXED_MTRR_MSRS] = {
		0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
	};
	uint64_t value;
	unsigned i, b;

	for (i = 0; i < NR_FIXED_MTRR_MSRS; i++) {
		value = 0;
		for (b = 0; b < 8; b++)
			value |= (uint64_t)bytes[8 * i + b] << 8 * b;
		wrmsr_if_new(rig, msr[i], rig->twin[0].fixed[i], value);
	}
}

/* Neighbours all differ. */
static void set_fixed_pattern(struct rig *rig)
{
	uint8_t bytes[NR_FIXED_MTRR_RANGES];
	unsigned i;

	for (i = 0; i < NR_FIXED_MTRR_RANGES; i++)
		bytes[i] = legal_types[(i + i / NR_TYPES) % NR_TYPES];
	set_fixed(rig, bytes);
}

/* One of the 88 ranges has each type, the others UC or WB. */
#define FIXED_RADIX	(NR_FIXED_MTRR_RANGES * NR_TYPES * 2)

static void set_fixed_one(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit)
{
	uint8_t bytes[NR_FIXED_MTRR_RANGES];
	unsigned type = digit % NR_TYPES, range = digit / NR_TYPES % NR_FIXED_MTRR_RANGES;

	memset(bytes, digit / NR_TYPES / NR_FIXED_MTRR_RANGES ? MT_WB : MT_UC, sizeof(bytes));
	bytes[range] = legal_types[type];
	set_fixed(rig, bytes);
}

/* No pair, each type everywhere, WC from 2G on. */
#define SIMPLE_PAIRS	(NR_TYPES + 2)

static void set_simple_pair(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit)
{
	if (digit == 0)
		set_pair_registers(rig, 0, MT_WT, 0);
	else if (digit <= NR_TYPES)
		set_pair_registers(rig, 0, legal_types[digit - 1], MTRR_PHYSMASK_V);
	else
		set_pair_registers(rig, 0, 0x80000000 | MT_WC, 0x80000000 | MTRR_PHYSMASK_V);
}

static void set_cache(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit)
{
	rig_cr0_cache(rig, 0, digit > 0, digit > 1);
}

static void set_dma(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit)
{
	rig_dma(rig, digit);
}

#define NR_MMIOS	4u

static void set_mmio(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit)
{
	static const struct twin_range mmio[NR_MMIOS][TWIN_MMIO_RANGES] = {
		{ { 0, 0 }, { 0, 0 } },
		{ { 0, 0 }, { 0x80000000, 0x100000000 } },
		{ { 0, 0x80000000 }, { 0x80000000, 0x100000000 } },
		{ { 0xff000, 0x101000 }, { 0x80001000, 0x80002000 } },
	};
	unsigned i;

	for (i = 0; i < TWIN_MMIO_RANGES; i++)
		rig_mmio(rig, i, mmio[digit][i].start, mmio[digit][i].end);
}

/* A machine whose slots cover all of its memory; rules B's eras differ in the rest. */
static struct machine base_machine(const struct plan *plan)
{
	return (struct machine){
		.profile = plan->profile,
		.vendor = VENDOR_INTEL,
		.nr_vcpus = 1,
		.maxphyaddr = plan->maxphyaddr,
		.cpuid_mtrr = true,
		.tdp = true,
		.selfsnoop = true,
		.slots[0] = { .gpa = 0, .size = 1ULL << plan->maxphyaddr },
	};
}

static void set_machine(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit)
{
	struct machine machine = base_machine(plan);

	rig_reset(rig, &machine);
	rig_dma(rig, 1);
	set_fixed_pattern(rig);
}

/* Profile x each quirk (unsaid, off, on) x vendor, TDP, self-snoop, CPUID.MTRR, slots. */
#define NR_REAL_PROFILES	(NR_PROFILES - 1)
#define POLICY_RADIX		(NR_REAL_PROFILES * 3 * 3 * 32)

static void set_header_quirk(struct machine *m, uint32_t quirk, unsigned how)
{
	if (how == 1)
		m->quirks_off |= quirk;
	else if (how == 2)
		m->quirks_on |= quirk;
}

static void set_policy(struct rig *rig, const struct plan *plan, unsigned arg, unsigned digit)
{
	struct machine m = base_machine(plan);

	m.profile = 1 + digit % NR_REAL_PROFILES;
	digit /= NR_REAL_PROFILES;
	set_header_quirk(&m, QUIRK_CD_NW_CLEARED, digit % 3);
	set_header_quirk(&m, QUIRK_IGNORE_GUEST_PAT, digit / 3 % 3);
	digit /= 9;
	m.vendor = digit & 1 ? VENDOR_AMD : VENDOR_INTEL;
	m.tdp = !(digit & 2);
	m.selfsnoop = !(digit & 4);
	m.cpuid_mtrr = !(digit & 8);
	if (digit & 16) {
		m.slots[0] = (struct slot){ .gpa = 0, .size = 0x100000 };
		m.slots[1] = (struct slot){ .gpa = 0x80000000, .size = 0x100000 };
	}
	rig_reset(rig, &m);
	set_fixed_pattern(rig);
}

/* The plan's axes, fastest first; the last one is the machine, which resets all others. */
static unsigned plan_axes(const struct plan *plan, struct axis *axes)
{
	unsigned i, nr = 0;

	switch (plan->kind) {
	case PLAN_PAIRS:
		for (i = 0; i < plan->nr_pairs; i++)
			axes[nr++] = (struct axis){ pair_radix(plan), set_pair, i };
		axes[nr++] = (struct axis){ DEF_TYPE_RADIX, set_def_type, 0 };
		axes[nr++] = (struct axis){ 1, set_machine, 0 };
		break;
	case PLAN_FIXED:
		axes[nr++] = (struct axis){ FIXED_RADIX, set_fixed_one, 0 };
		axes[nr++] = (struct axis){ SIMPLE_PAIRS, set_simple_pair, 0 };
		axes[nr++] = (struct axis){ DEF_TYPE_RADIX, set_def_type, 0 };
		axes[nr++] = (struct axis){ 1, set_machine, 0 };
		break;
	case PLAN_POLICY:
		axes[nr++] = (struct axis){ SIMPLE_PAIRS, set_simple_pair, 0 };
		axes[nr++] = (struct axis){ DEF_TYPE_RADIX, set_def_type, 0 };
		axes[nr++] = (struct axis){ 3, set_cache, 0 };
		axes[nr++] = (struct axis){ 3, set_dma, 0 };
		axes[nr++] = (struct axis){ NR_MMIOS, set_mmio, 0 };
		axes[nr++] = (struct axis){ POLICY_RADIX, set_policy, 0 };
		break;
	}
	assert(nr <= MAX_AXES);
	return nr;
}

/* Inserts @gpa where it belongs, once, if it is below MAXPHYADDR. */
static unsigned add_page(const struct plan *plan, uint64_t *gpa, unsigned nr, uint64_t page)
{
	unsigned i = nr;

	if (page >> plan->maxphyaddr)
		return nr;
	while (i && gpa[i - 1] > page)
		i--;
	if (i && gpa[i - 1] == page)
		return nr;
	assert(nr < MAX_PAGES);
	memmove(gpa + i + 1, gpa + i, (nr - i) * sizeof(*gpa));
	gpa[i] = page;
	return nr + 1;
}

/*
 * The small physical space: every value of the chosen bits, with the bits
 * between and below them clear and set; the border of the fixed ranges; what
 * lies above, and the last page of all.
 */
static unsigned plan_pages(const struct plan *plan, uint64_t *gpa)
{
	uint64_t page, between, high;
	unsigned i, nr = 0;

	if (plan->kind != PLAN_PAIRS) {
		for (page = 0; page < 0x100000; page += plan->kind == PLAN_FIXED ? PAGE_SIZE : 0xff000)
			nr = add_page(plan, gpa, nr, page);
		nr = add_page(plan, gpa, nr, 0x100000);
		nr = add_page(plan, gpa, nr, 0x101000);
		nr = add_page(plan, gpa, nr, 0x7ffff000);
		nr = add_page(plan, gpa, nr, 0x80000000);
		nr = add_page(plan, gpa, nr, 0x80001000);
	} else {
		high = 1ULL << plan->bit[plan->nr_bits - 1];
		between = (high - PAGE_SIZE) & ~spread(plan, ~0u);
		for (i = 0; i < 1u << plan->nr_bits; i++) {
			nr = add_page(plan, gpa, nr, spread(plan, i));
			nr = add_page(plan, gpa, nr, spread(plan, i) | between);
		}
		nr = add_page(plan, gpa, nr, high << 1);
		if (plan->bit[0] < 20)
			nr = add_page(plan, gpa, nr, 0xff000);
	}
	return add_page(plan, gpa, nr, address_bits(plan->maxphyaddr));
}

unsigned plan_count(void)
{
	return sizeof(plans) / sizeof(plans[0]);
}

const struct plan *plan_get(unsigned i)
{
	return &plans[i];
}

const char *plan_name(const struct plan *plan)
{
	return plan->name;
}

bool plan_in_ci(const struct plan *plan)
{
	return plan->ci;
}

uint64_t plan_states(const struct plan *plan)
{
	struct axis axes[MAX_AXES];
	unsigned i, nr = plan_axes(plan, axes);
	uint64_t states = 1;

	for (i = 0; i < nr; i++)
		states *= axes[i].radix;
	return states;
}

uint64_t plan_pairs(const struct plan *plan)
{
	uint64_t gpa[MAX_PAGES];

	return plan_states(plan) * plan_pages(plan, gpa);
}

uint64_t plan_run(const struct plan *plan, struct rig *rig, uint64_t first, uint64_t stride,
		  uint64_t max_states)
{
	uint64_t state, rest, states = plan_states(plan), gpa[MAX_PAGES];
	unsigned i, digit, old[MAX_AXES] = { 0 }, nr_pages = plan_pages(plan, gpa);
	struct axis axes[MAX_AXES];
	unsigned nr = plan_axes(plan, axes), new[MAX_AXES];
	bool all = true;

	rig->plan = plan->name;
	for (state = first; state < states && max_states-- && !rig->failed; state += stride) {
		rig->state = state;
		for (i = 0, rest = state; i < nr; i++) {
			new[i] = rest % axes[i].radix;
			rest /= axes[i].radix;
		}
		/* A machine that changed takes all other axes along. */
		all |= new[nr - 1] != old[nr - 1];
		for (i = nr; i-- > 0; ) {
			digit = new[i];
			if (all || digit != old[i])
				axes[i].set(rig, plan, axes[i].arg, digit);
			old[i] = digit;
		}
		all = false;
		rig->states++;
		rig_check_pages(rig, 0, gpa, nr_pages);
	}
	return state;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * MTRR and PAT MSRs as KVM emulates them, and its look-up of a page's type.
 *
 * Source: arch/x86/kvm/mtrr.c of v6.1 (look-up, the list of enabled pairs) and
 * v6.12 (storage only). The look-up is KVM's, not the SDM's: pairs are taken as
 * [base, (base | ~mask) + 1), whatever holes or low base bits they have, and
 * are met by descending PHYSBASE value, which decides overlaps.
 */
#include "harness/targets/model/sched.h"

static const struct fixed_segment {
	uint64_t start, end;		/* addresses */
	uint8_t shift;			/* of a sub-range */
	uint8_t first;			/* index of its first sub-range */
} segments[] = {
	{ 0x00000, 0x80000, 16, 0 },
	{ 0x80000, 0xc0000, 14, 8 },
	{ 0xc0000, 0x100000, 12, 24 },
};

/* Index of a fixed MSR among the eleven, or -1. */
static int fixed_index(uint32_t msr)
{
	switch (msr) {
	case MSR_MTRR_FIX64K_00000:
		return 0;
	case MSR_MTRR_FIX16K_80000:
	case MSR_MTRR_FIX16K_A0000:
		return 1 + msr - MSR_MTRR_FIX16K_80000;
	case MSR_MTRR_FIX4K_C0000 ... MSR_MTRR_FIX4K_F8000:
		return 3 + msr - MSR_MTRR_FIX4K_C0000;
	}
	return -1;
}

bool model_mtrr_fixed_range(uint32_t msr, uint64_t *start, uint64_t *end)
{
	int index = fixed_index(msr);
	const struct fixed_segment *seg;
	unsigned unit;

	if (index < 0)
		return false;
	seg = &segments[index < 1 ? 0 : index < 3 ? 1 : 2];
	unit = index - seg->first / 8;
	*start = (seg->start >> PAGE_SHIFT) + ((uint64_t)unit << (seg->shift + 3 - PAGE_SHIFT));
	*end = *start + (8ULL << (seg->shift - PAGE_SHIFT));
	return true;
}

static bool var_msr(uint32_t msr)
{
	return msr >= MSR_MTRR_PHYSBASE(0) && msr < MSR_MTRR_PHYSBASE(NR_VAR_MTRR);
}

bool model_mtrr_msr(uint32_t msr)
{
	return var_msr(msr) || fixed_index(msr) >= 0 || msr == MSR_MTRR_DEF_TYPE;
}

static bool type_valid(const struct model *m, uint64_t type)
{
	if (has_defect(m, DEFECT_MTRR_WC_REFUSED) && type == MT_WC)
		return false;
	return memtype_legal_mtrr(type) ||
	       (has_defect(m, DEFECT_MTRR_TYPE_UCMINUS) && type == MT_UC_MINUS);
}

static bool each_byte(const struct model *m, uint64_t data,
		      bool (*valid)(const struct model *, uint64_t))
{
	for (unsigned i = 0; i < 64; i += 8) {
		if (!valid(m, data >> i & 0xff))
			return false;
		if (has_defect(m, DEFECT_FIRST_BYTE_CHECKED))
			break;
	}
	return true;
}

static bool pat_type_valid(const struct model *m, uint64_t type)
{
	return memtype_legal_pat(has_defect(m, DEFECT_PAT_HIGH_BITS) ? type & 7 : type) ||
	       (has_defect(m, DEFECT_PAT_RESERVED) && type < 8);
}

bool model_pat_valid(const struct model *m, uint64_t data)
{
	return each_byte(m, data, pat_type_valid);
}

static uint64_t reserved_gpa_bits(const struct vcpu *v)
{
	return ~((1ULL << v->maxphyaddr) - 1);
}

static bool valid(struct model *m, struct vcpu *v, uint32_t msr, uint64_t data, bool host)
{
	uint64_t reserved;

	if (msr == MSR_MTRR_DEF_TYPE) {
		if ((data & ~0xcffULL) && !has_defect(m, DEFECT_DEFTYPE_RESERVED))
			return false;
		return type_valid(m, data & MTRR_DEF_TYPE_TYPE) ||
		       has_defect(m, DEFECT_DEFTYPE_TYPE);
	}
	if (fixed_index(msr) >= 0)
		return each_byte(m, data, type_valid);

	reserved = has_defect(m, DEFECT_VAR_MAXPHYADDR) ? 0 : reserved_gpa_bits(v);
	if (msr & 1) {
		reserved |= has_defect(m, DEFECT_PHYSMASK_RESERVED) ? 0 : 0x7ff;
	} else {
		if (!type_valid(m, data & MTRR_PHYSBASE_TYPE) && !has_defect(m, DEFECT_PHYSBASE_TYPE))
			return false;
		reserved |= has_defect(m, DEFECT_PHYSBASE_RESERVED) ? 0 : 0xf00;
	}
	if (!(data & reserved))
		return true;
	/* A guest's WRMSR faults anyway (with #DF, as the exception is queued twice). */
	if ((policy_has(m, POL_VALID_GP_INJECT) || has_defect(m, DEFECT_HOST_MSR_GP)) && host)
		v->gp_pending = true;
	return false;
}

static bool pair_enabled(const struct pair *pair)
{
	return pair->mask & MTRR_PHYSMASK_V;
}

/* KVM's list of enabled pairs: before the first one with a smaller or equal base. */
static void list_add(struct mtrrs *mtrr, uint8_t n, bool ascending)
{
	unsigned at = 0;

	while (at < mtrr->nr_order &&
	       (mtrr->var[n].base < mtrr->var[mtrr->order[at]].base) != ascending)
		at++;
	for (unsigned i = mtrr->nr_order++; i > at; i--)
		mtrr->order[i] = mtrr->order[i - 1];
	mtrr->order[at] = n;
}

/* @first: a defect takes off whatever heads the list. */
static void list_del(struct mtrrs *mtrr, uint8_t n, bool first)
{
	unsigned at = 0;

	while (mtrr->order[at] != n && !first)
		at++;
	mtrr->nr_order--;
	for (; at < mtrr->nr_order; at++)
		mtrr->order[at] = mtrr->order[at + 1];
}

static void set_var(struct model *m, struct vcpu *v, uint32_t msr, uint64_t data)
{
	uint8_t n = (msr - MSR_MTRR_PHYSBASE(0)) / 2;
	struct pair *pair = &v->mtrr.var[n];

	if (pair_enabled(pair))
		list_del(&v->mtrr, n, has_defect(m, DEFECT_LIST_DEL_FIRST));
	if (!(msr & 1))
		pair->base = data;
	else
		pair->mask = data | (policy_has(m, POL_MASK_ORED) &&
				     !has_defect(m, DEFECT_MASK_RAW) ? reserved_gpa_bits(v) : 0);
	/* var_mtrr_range() */
	pair->start = pair->base & ~(PAGE_SIZE - 1);
	pair->end = (pair->start | ~(pair->mask & ~(PAGE_SIZE - 1))) + 1;
	if (pair_enabled(pair))
		list_add(&v->mtrr, n, has_defect(m, DEFECT_LIST_ASCENDING));
}

bool model_mtrr_set(struct model *m, unsigned vcpu, uint32_t msr, uint64_t data, bool host)
{
	struct vcpu *v = &m->vm.vcpus[has_defect(m, DEFECT_MTRR_VCPU0) ? 0 : vcpu];
	int index = fixed_index(msr);

	if (!valid(m, v, msr, data, host) && !(host && has_defect(m, DEFECT_HOST_MSR_UNCHECKED)))
		return false;
	if (has_defect(m, DEFECT_ZAP_BEFORE_WRITE) && m->policy->mtrr_written)
		m->policy->mtrr_written(m, vcpu, msr);
	if (index >= 0)
		v->mtrr.fixed[index] = data;
	else if (msr == MSR_MTRR_DEF_TYPE)
		v->mtrr.def_type = data;
	else
		set_var(m, v, msr, data);
	model_touch(m, OBJ_CONFIG, OBJ_VCPU(vcpu));
	model_point(m, vcpu, POINT_MTRR_WRITTEN);
	if (m->policy->mtrr_written && !has_defect(m, DEFECT_ZAP_BEFORE_WRITE) &&
	    !(host && has_defect(m, DEFECT_NO_ZAP_HOST_MSR)))
		m->policy->mtrr_written(m, vcpu, msr);
	return true;
}

bool model_mtrr_get(const struct model *m, unsigned vcpu, uint32_t msr, uint64_t *data)
{
	const struct vcpu *v = &m->vm.vcpus[vcpu];
	int index = fixed_index(msr);

	if (msr == MSR_MTRRCAP) {
		*data = has_defect(m, DEFECT_MTRRCAP_VCNT) ? 0x50a : MTRRCAP_KVM;
	} else if (index >= 0) {
		*data = v->mtrr.fixed[index - (index == 2 && has_defect(m, DEFECT_FIXED_READBACK))];
	} else if (msr == MSR_MTRR_DEF_TYPE) {
		*data = v->mtrr.def_type;
	} else if (var_msr(msr)) {
		const struct pair *pair = &v->mtrr.var[(msr - MSR_MTRR_PHYSBASE(0)) / 2];

		*data = msr & 1 ? pair->mask : pair->base;
		if (policy_has(m, POL_MASK_ORED))
			*data &= ~reserved_gpa_bits(v);
		if (has_defect(m, DEFECT_MASK_READBACK) && (msr & 1))
			*data |= reserved_gpa_bits(v);
	} else {
		return false;
	}
	return true;
}

/* Index of the fixed sub-range that @addr lies in, or -1. */
static int fixed_lookup(const struct model *m, uint64_t addr)
{
	for (unsigned i = 0; i < 3; i++) {
		const struct fixed_segment *seg = &segments[i];

		if (has_defect(m, DEFECT_FIXED_LOOKUP)) {
			if (seg->start >= addr && addr < seg->end)
				return seg->first;
			continue;
		}
		if (has_defect(m, DEFECT_FIXED_END_SHORT) && i == 2 && addr + PAGE_SIZE == seg->end)
			continue;
		if (has_defect(m, DEFECT_FIXED_16K_SHIFT) && i == 1 && addr - seg->start < 0x40000)
			return seg->first + ((addr - seg->start) >> 16);
		if (seg->start <= addr && addr < seg->end)
			return seg->first + ((addr - seg->start) >> seg->shift);
	}
	return has_defect(m, DEFECT_FIXED_END_LONG) && addr == segments[2].end ?
		(int)NR_FIXED_MTRR_RANGES - 1 : -1;
}

static unsigned fixed_type(const struct mtrrs *mtrr, unsigned index)
{
	return mtrr->fixed[index / 8] >> (index % 8 * 8) & 0xff;
}

static unsigned disabled_type(const struct model *m, const struct vcpu *v)
{
	if (has_defect(m, DEFECT_DISABLED_DEFAULT))
		return v->mtrr.def_type & MTRR_DEF_TYPE_TYPE;
	if (has_defect(m, DEFECT_DISABLED_WB))
		return MT_WB;
	return v->cpuid_mtrr || has_defect(m, DEFECT_CPUID_IGNORED) ? MT_UC : MT_WB;
}

/* The pairs that cover the page at @addr, folded in list order. -1: none does. */
static int var_type(const struct model *m, const struct mtrrs *mtrr, uint64_t addr)
{
	const unsigned wt_wb = 1u << MT_WT | 1u << MT_WB;
	const uint64_t late = has_defect(m, DEFECT_VAR_LOOKUP_LATE) ? PAGE_SIZE : 0;
	const uint64_t longer = has_defect(m, DEFECT_VAR_LOOKUP_LONG) ? PAGE_SIZE :
				has_defect(m, DEFECT_VAR_LOOKUP_SHORT) ? -PAGE_SIZE : 0;
	int type = -1;

	for (unsigned i = 0; i < mtrr->nr_order; i++) {
		const struct pair *pair = &mtrr->var[mtrr->order[i]];
		int t = pair->base & MTRR_PHYSBASE_TYPE;

		if (pair->start + late >= addr + PAGE_SIZE || pair->end + longer <= addr)
			continue;
		if (type == -1) {
			type = t;
			if (has_defect(m, DEFECT_VAR_FIRST_WINS))
				return type;
			continue;
		}
		if (type == t)
			continue;
		/* Only a later UC wins; one that came first falls through to WB. */
		if (t == MT_UC && !has_defect(m, DEFECT_UC_LOSES))
			return MT_UC;
		if ((1u << type & wt_wb) && (1u << t & wt_wb)) {
			type = has_defect(m, DEFECT_WT_LOSES) ? MT_WB : MT_WT;
			continue;
		}
		return MT_WB;
	}
	return type;
}

unsigned model_mtrr_type(struct model *m, const struct vcpu *v, uint64_t gfn)
{
	const struct mtrrs *mtrr = &v->mtrr;
	uint64_t addr = gfn << PAGE_SHIFT;
	bool enabled = mtrr->def_type & MTRR_DEF_TYPE_E;
	bool fixed = (mtrr->def_type & MTRR_DEF_TYPE_FE) || has_defect(m, DEFECT_FIXED_WITHOUT_FE);
	int index, type;

	if (!enabled && !(fixed && has_defect(m, DEFECT_FIXED_WITHOUT_E)))
		return disabled_type(m, v);
	if (has_defect(m, DEFECT_FIXED_IGNORED) ||
	    (has_defect(m, DEFECT_FIXED_AFTER_VAR) && var_type(m, mtrr, addr) >= 0))
		fixed = false;
	index = fixed ? fixed_lookup(m, addr) : -1;
	if (index >= 0)
		return fixed_type(mtrr, has_defect(m, DEFECT_FIXED_BYTE_ORDER) ? index ^ 7 : index);
	if (!enabled)
		return disabled_type(m, v);
	type = var_type(m, mtrr, addr);
	if (type >= 0)
		return type;
	return has_defect(m, DEFECT_DEFAULT_UC) ? MT_UC : mtrr->def_type & MTRR_DEF_TYPE_TYPE;
}

/* What a look-up over a range gathers before it compares. */
struct range_types {
	uint64_t start, end, covered;	/* covered: one beyond the last address a pair reached */
	int type;
	bool mixed, partial;
};

static void add_type(struct range_types *r, int type)
{
	if (r->type == -1)
		r->type = type;
	r->mixed |= r->type != type;
}

/*
 * Candidates are 2M and more: one that begins below 1 MiB, with the first byte
 * of an MSR, ends beyond it.
 */
static void add_fixed(struct range_types *r, const struct mtrrs *mtrr, unsigned index)
{
	r->type = fixed_type(mtrr, index);
	for (unsigned i = index / 8; i < NR_FIXED_MTRR_MSRS; i++)
		r->mixed |= mtrr->fixed[i] != r->type * 0x0101010101010101ULL;
}

/*
 * Pairs are met by descending base although the coverage test expects
 * ascending ones: a range that several pairs cover together counts as partly
 * covered, which only ever makes a leaf smaller.
 */
static void add_pairs(struct range_types *r, const struct mtrrs *mtrr)
{
	r->covered = r->start;
	for (unsigned i = 0; i < mtrr->nr_order; i++) {
		const struct pair *pair = &mtrr->var[mtrr->order[i]];

		if (pair->start >= r->end || pair->end <= r->start)
			continue;
		r->partial |= r->covered < pair->start;
		if (r->covered < pair->end)
			r->covered = pair->end;
		add_type(r, pair->base & MTRR_PHYSBASE_TYPE);
		if (r->mixed)
			return;
	}
	r->partial |= r->covered < r->end;
}

bool model_mtrr_consistent(struct model *m, const struct vcpu *v, uint64_t gfn, uint64_t npages)
{
	const struct mtrrs *mtrr = &v->mtrr;
	struct range_types r = { gfn << PAGE_SHIFT, (gfn + npages) << PAGE_SHIFT, 0, -1, 0, 0 };
	int index = -1;

	if (!(mtrr->def_type & MTRR_DEF_TYPE_E) || has_defect(m, DEFECT_CONSISTENCY_TRUE))
		return true;
	if ((mtrr->def_type & MTRR_DEF_TYPE_FE) && !has_defect(m, DEFECT_CONSISTENCY_NO_FIXED))
		index = fixed_lookup(m, r.start);
	if (index < 0) {
		add_pairs(&r, mtrr);
	} else {
		add_fixed(&r, mtrr, index);
		if (!r.mixed && !has_defect(m, DEFECT_CONSISTENCY_FIXED_ONLY))
			add_pairs(&r, mtrr);
	}
	if (r.mixed)
		return false;
	if (!r.partial || r.type == -1 || has_defect(m, DEFECT_CONSISTENCY_PARTIAL))
		return true;
	return r.type == (int)(mtrr->def_type & MTRR_DEF_TYPE_TYPE);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs: which exist, which values they take, what they read, and what a write
 * changes (SDM 11.11.1, 11.11.2, 11.12.2; rules A.1, A.4, A.7, B.2). The checks
 * are the same for a guest's WRMSR and for KVM_SET_MSRS, and neither CPUID.MTRR
 * nor MTRRCAP.WC gates them in KVM (B.11).
 */
#include "oracle/internal.h"

#define DEF_TYPE_LEGAL	0xcffULL	/* type, FE, E */
#define EFER_WRITABLE	(EFER_SCE | EFER_LME | EFER_NX)

enum msr_kind {
	KIND_OTHER, KIND_HOLE, KIND_SMRR, KIND_MTRRCAP, KIND_DEFTYPE,
	KIND_FIXED, KIND_PHYSBASE, KIND_PHYSMASK, KIND_PAT, KIND_EFER,
};

static enum msr_kind msr_kind(uint32_t msr)
{
	switch (msr) {
	case MSR_MTRRCAP:
		return KIND_MTRRCAP;
	case MSR_SMRR_PHYSBASE:
	case MSR_SMRR_PHYSMASK:
		return KIND_SMRR;
	case MSR_MTRR_PHYSBASE(0) ... MSR_MTRR_PHYSMASK(NR_VAR_MTRR - 1):
		return msr & 1 ? KIND_PHYSMASK : KIND_PHYSBASE;
	case MSR_MTRR_FIX64K_00000:
	case MSR_MTRR_FIX16K_80000:
	case MSR_MTRR_FIX16K_A0000:
	case MSR_MTRR_FIX4K_C0000 ... MSR_MTRR_FIX4K_F8000:
		return KIND_FIXED;
	case MSR_PAT:
		return KIND_PAT;
	case MSR_MTRR_DEF_TYPE:
		return KIND_DEFTYPE;
	case MSR_EFER:
		return KIND_EFER;
	case 0x280 ... 0x29f:	/* MCi_CTL2 */
		return KIND_OTHER;
	case 0x200 + 2 * NR_VAR_MTRR ... 0x24f:
	case 0x251 ... 0x257:
	case 0x25a ... 0x267:
	case 0x270 ... 0x276:
	case 0x278 ... 0x27f:
	case 0x2a0 ... 0x2fe:
		return KIND_HOLE;
	default:
		return KIND_OTHER;
	}
}

static const uint8_t write_rule[] = {
	[KIND_OTHER] = RULE_MSR_OTHER, [KIND_HOLE] = RULE_MSR_HOLE,
	[KIND_SMRR] = RULE_MSR_SMRR, [KIND_MTRRCAP] = RULE_MSR_MTRRCAP,
	[KIND_DEFTYPE] = RULE_MSR_DEFTYPE, [KIND_FIXED] = RULE_MSR_FIXED,
	[KIND_PHYSBASE] = RULE_MSR_PHYSBASE, [KIND_PHYSMASK] = RULE_MSR_PHYSMASK,
	[KIND_PAT] = RULE_MSR_PAT, [KIND_EFER] = RULE_MSR_EFER,
};

/* Fixed MTRRs in the order of the addresses that they cover: 0 to 10. */
static unsigned fixed_msr_index(uint32_t msr)
{
	if (msr == MSR_MTRR_FIX64K_00000)
		return 0;
	if (msr <= MSR_MTRR_FIX16K_A0000)
		return 1 + msr - MSR_MTRR_FIX16K_80000;
	return 3 + msr - MSR_MTRR_FIX4K_C0000;
}

/* The gfns that a fixed MTRR covers (A.1). */
static void fixed_msr_range(uint32_t msr, uint64_t *start, uint64_t *end)
{
	unsigned i = fixed_msr_index(msr);

	if (i == 0) {
		*start = 0;
		*end = 0x80;
	} else if (i <= 2) {
		*start = 0x80 + (i - 1) * 0x20;
		*end = *start + 0x20;
	} else {
		*start = 0xc0 + (i - 3) * 8;
		*end = *start + 8;
	}
}

static uint64_t *mtrr_register(struct mtrr_state *mtrr, enum msr_kind kind, uint32_t msr)
{
	switch (kind) {
	case KIND_DEFTYPE:
		return &mtrr->def_type;
	case KIND_FIXED:
		return &mtrr->fixed[fixed_msr_index(msr)];
	case KIND_PHYSBASE:
		return &mtrr->base[(msr - 0x200) / 2];
	default:
		return &mtrr->mask[(msr - 0x200) / 2];
	}
}

static bool each_byte_legal(uint64_t value, bool (*legal)(uint64_t type))
{
	for (unsigned i = 0; i < 64; i += 8)
		if (!legal(value >> i & 0xff))
			return false;
	return true;
}

static bool efer_legal(const struct vcpu_state *vc, uint64_t value, bool host)
{
	if (value & ~(EFER_WRITABLE | EFER_LMA))
		return false;
	return host || !(vc->cr0 & CR0_PG) || !((value ^ vc->efer) & EFER_LME);
}

static bool value_legal(const struct vcpu_state *vc, enum msr_kind kind, uint64_t value,
			bool host)
{
	switch (kind) {
	case KIND_DEFTYPE:
		return !(value & ~DEF_TYPE_LEGAL) && memtype_legal_mtrr(value & 0xff);
	case KIND_FIXED:
		return each_byte_legal(value, memtype_legal_mtrr);
	case KIND_PHYSBASE:
		return !(value >> vc->maxphyaddr) && !(value & 0xf00) &&
		       memtype_legal_mtrr(value & 0xff);
	case KIND_PHYSMASK:
		return !(value >> vc->maxphyaddr) && !(value & 0x7ff);
	case KIND_PAT:
		return each_byte_legal(value, memtype_legal_pat);
	case KIND_EFER:
		return efer_legal(vc, value, host);
	default:
		return false;
	}
}

struct msr_verdict msr_check(const struct vcpu_state *vc, uint32_t msr, uint64_t value, bool host)
{
	enum msr_kind kind = msr_kind(msr);
	struct msr_verdict v = { .outcome = OUT_GP, .rule = write_rule[kind] };

	if (kind == KIND_OTHER)
		v.outcome = OUT_ANY;
	else if (value_legal(vc, kind, value, host))
		v.outcome = OUT_OK;
	return v;
}

struct msr_verdict msr_read(const struct vcpu_state *vc, uint32_t msr)
{
	const struct mtrr_state *mtrr = &vc->mtrr[vc->at[EPOCH_NOW]];
	enum msr_kind kind = msr_kind(msr);

	switch (kind) {
	case KIND_OTHER:
		return (struct msr_verdict){ OUT_ANY, RULE_MSR_OTHER, 0 };
	case KIND_HOLE:
	case KIND_SMRR:
		return (struct msr_verdict){ OUT_GP, write_rule[kind], 0 };
	case KIND_MTRRCAP:
		return (struct msr_verdict){ OUT_OK, RULE_RB_MTRRCAP, MTRRCAP_KVM };
	case KIND_PAT:
		return (struct msr_verdict){ OUT_OK, RULE_RB_PAT, vc->pat };
	case KIND_EFER:
		return (struct msr_verdict){ OUT_OK, RULE_RB_EFER, vc->efer };
	default:
		return (struct msr_verdict){
			OUT_OK, RULE_RB_MTRR,
			*mtrr_register((struct mtrr_state *)mtrr, kind, msr),
		};
	}
}

static enum change_class mtrr_change(enum msr_kind kind, const struct mtrr_state *mtrr,
				     uint32_t msr, uint64_t old, uint64_t new)
{
	bool valid = mtrr->mask[(msr - 0x200) / 2 % NR_VAR_MTRR] & MTRR_PHYSMASK_V;

	if (old == new)
		return CHANGE_NONE;
	switch (kind) {
	case KIND_DEFTYPE:
		if ((old ^ new) & MTRR_DEF_TYPE_E)
			return new & MTRR_DEF_TYPE_E ? CHANGE_DEFTYPE_ENABLE
						     : CHANGE_DEFTYPE_DISABLE;
		return (old ^ new) & MTRR_DEF_TYPE_FE ? CHANGE_DEFTYPE_FE : CHANGE_DEFTYPE_TYPE;
	case KIND_FIXED:
		return CHANGE_FIXED;
	case KIND_PHYSBASE:
		return valid ? CHANGE_PHYSBASE_EDIT_V1 : CHANGE_PHYSBASE_EDIT_V0;
	default:
		if ((old ^ new) & MTRR_PHYSMASK_V)
			return new & MTRR_PHYSMASK_V ? CHANGE_PHYSMASK_SET_V
						     : CHANGE_PHYSMASK_CLEAR_V;
		return valid ? CHANGE_PHYSMASK_EDIT_V1 : CHANGE_PHYSMASK_EDIT_V0;
	}
}

static bool change_has_effect(enum change_class change, const struct mtrr_state *mtrr,
			      uint64_t old, uint64_t new)
{
	bool enabled = mtrr->def_type & MTRR_DEF_TYPE_E;

	switch (change) {
	case CHANGE_NONE:
	case CHANGE_PHYSBASE_EDIT_V0:
	case CHANGE_PHYSMASK_EDIT_V0:
		return false;
	case CHANGE_DEFTYPE_ENABLE:
	case CHANGE_DEFTYPE_DISABLE:
		return true;
	case CHANGE_FIXED:
		return enabled && (mtrr->def_type & MTRR_DEF_TYPE_FE);
	default:
		return enabled;
	}
}

/* R-ZAPSET of an MTRR write that was @old and becomes @new, before it is done. */
static void mtrr_extent(struct oracle *o, const struct vcpu_state *vc, enum msr_kind kind,
			uint32_t msr, uint64_t new, struct oracle_result *r)
{
	const struct mtrr_state *mtrr = &vc->mtrr[vc->at[EPOCH_NOW]];
	bool enabled = mtrr->def_type & MTRR_DEF_TYPE_E;
	unsigned n = (msr - 0x200) / 2 % NR_VAR_MTRR;
	uint64_t base = kind == KIND_PHYSBASE ? new : mtrr->base[n];
	uint64_t mask = kind == KIND_PHYSMASK ? new : mtrr->mask[n];
	uint64_t start, end;

	if (!honors_mtrrs(o)) {
		extent_none(o, r, RULE_ZAPSET_IGNORED);
		return;
	}
	if (o->profile == PROFILE_YAN_V4 && (vc->cr0 & CR0_CD)) {
		extent_none(o, r, RULE_ZAPSET_CD_HELD);
		return;
	}
	if (kind == KIND_DEFTYPE && (enabled || (new & MTRR_DEF_TYPE_E))) {
		extent_all(o, r, RULE_ZAPSET_DEFTYPE);
	} else if (kind == KIND_FIXED && enabled && (mtrr->def_type & MTRR_DEF_TYPE_FE)) {
		fixed_msr_range(msr, &start, &end);
		extent_range(o, r, RULE_ZAPSET_FIXED, start, end);
	} else if ((kind == KIND_PHYSBASE || kind == KIND_PHYSMASK) && enabled &&
		   ((mtrr->mask[n] | mask) & MTRR_PHYSMASK_V)) {
		struct mtrr_pair pair;

		r->extent.kind = EXTENT_MATCH;
		note(o, RULE_ZAPSET_VARIABLE);
		if (mtrr->mask[n] & MTRR_PHYSMASK_V) {
			pair = mtrr_pair_make(mtrr->base[n], mtrr->mask[n], vc->maxphyaddr);
			r->extent.match[r->extent.nr_match].base = pair.base;
			r->extent.match[r->extent.nr_match++].mask = pair.mask;
		}
		if (mask & MTRR_PHYSMASK_V) {
			pair = mtrr_pair_make(base, mask, vc->maxphyaddr);
			r->extent.match[r->extent.nr_match].base = pair.base;
			r->extent.match[r->extent.nr_match++].mask = pair.mask;
		}
	} else {
		extent_none(o, r, RULE_ZAPSET_NO_EFFECT);
	}
}

static void mtrr_write(struct oracle *o, unsigned vcpu, enum msr_kind kind, uint32_t msr,
		       uint64_t value, struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];
	struct mtrr_state *mtrr = mtrr_now(vc);
	uint64_t old = *mtrr_register(mtrr, kind, msr);
	bool enabled = mtrr->def_type & MTRR_DEF_TYPE_E, effect;

	mtrr_extent(o, vc, kind, msr, value, r);
	r->change = mtrr_change(kind, mtrr, msr, old, value);
	r->nonconforming = enabled && (r->change == CHANGE_PHYSBASE_EDIT_V1 ||
				       r->change == CHANGE_PHYSMASK_EDIT_V1);
	effect = change_has_effect(r->change, mtrr, old, value);
	if (effect && vc->row[EPOCH_NOW].rule == RULE_MT_7) {
		/* Look-ups for before this step go on using the old ones. */
		vc->at[EPOCH_NOW] ^= 1;
		memcpy(mtrr_now(vc), mtrr, offsetof(struct mtrr_state, map));
		mtrr = mtrr_now(vc);
		vcpus_moved(o, 1u << vcpu);
		o->changed |= 1u << vcpu;
	}
	*mtrr_register(mtrr, kind, msr) = value;
	if (effect)
		mtrr_map_drop(&mtrr->map);
	if (effect && kind == KIND_DEFTYPE)
		rows_update(o, 1u << vcpu);
}

static void efer_write(struct oracle *o, struct vcpu_state *vc, uint64_t value,
		       struct oracle_result *r)
{
	uint64_t new = (value & EFER_WRITABLE) | (vc->efer & EFER_LMA);
	uint64_t toggled = new ^ vc->efer;
	bool long_mode = (new & EFER_LME) && (vc->cr0 & CR0_PG);

	vc->efer = new;
	/* Only KVM_SET_MSRS gets there; VM entry fails (SDM 26.3.1.1), SMI and RSM differ. */
	r->lost = long_mode != !!(new & EFER_LMA);
	if (toggled)
		r->change = CHANGE_EFER;
	if (toggled & (EFER_NX | EFER_LME))
		extent_all(o, r, RULE_ZAPSET_ROLE);
	else
		extent_none(o, r, RULE_ZAPSET_NONE);
}

/* Does a write that msr_check() passed. */
void msr_write(struct oracle *o, unsigned vcpu, uint32_t msr, uint64_t value,
	       struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];
	enum msr_kind kind = msr_kind(msr);

	switch (kind) {
	case KIND_PAT:
		if (vc->pat != value)
			r->change = CHANGE_PAT;
		vc->pat = value;
		extent_none(o, r, RULE_ZAPSET_NONE);
		break;
	case KIND_EFER:
		efer_write(o, vc, value, r);
		break;
	default:
		mtrr_write(o, vcpu, kind, msr, value, r);
		break;
	}
}

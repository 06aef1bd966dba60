// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control registers: which values are taken (SDM 2.5, 4.1.2, 4.10.1, table
 * 11-5; rules A.5, B.3), which flushes of linear translations a change demands
 * (SDM 4.10.4.1; rules C.1), KVM_SET_SREGS (rules B.3), and RESET, INIT, SMI
 * and RSM (SDM table 9-1, 34.5.1; rules A.6).
 *
 * The guest's CPUID features are fixed: CR4_LEGAL names what it may set.
 */
#include "oracle/internal.h"

#define CR0_LEGAL	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | \
			 CR0_AM | CR0_NW | CR0_CD | CR0_PG)
#define CR0_ROLE	(CR0_PG | CR0_WP)
#define CR4_LEGAL	(CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | \
			 CR4_PGE | CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP | \
			 CR4_LA57 | CR4_FSGSBASE | CR4_PCIDE | CR4_OSXSAVE | CR4_SMEP | CR4_SMAP)
#define CR4_ROLE	(CR4_PSE | CR4_PAE | CR4_LA57 | CR4_SMEP | CR4_SMAP)
#define EFER_LEGAL	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)

/* What is wrong with a CR0, whoever sets it: a rule, or RULE_CR_CR0. */
static enum rule_id cr0_check(uint64_t cr0)
{
	if (cr0 >> 32)
		return RULE_CR_CR0_HIGH;
	if ((cr0 & CR0_NW) && !(cr0 & CR0_CD))
		return RULE_CR_CR0_NW;
	if ((cr0 & CR0_PG) && !(cr0 & CR0_PE))
		return RULE_CR_CR0_PG;
	return RULE_CR_CR0;
}

static enum rule_id mov_cr0_check(const struct vcpu_state *vc, uint64_t cr0)
{
	enum rule_id rule = cr0_check(cr0);

	if (rule != RULE_CR_CR0)
		return rule;
	if ((cr0 & CR0_PG) && !(vc->cr0 & CR0_PG) && (vc->efer & EFER_LME) &&
	    (!(vc->cr4 & CR4_PAE) || vc->cs_l))
		return RULE_CR_CR0_LME;
	if (!(cr0 & CR0_PG) && ((in_long_mode(vc) && vc->cs_l) || (vc->cr4 & CR4_PCIDE)))
		return RULE_CR_CR0_64BIT;
	return RULE_CR_CR0;
}

static enum rule_id mov_cr4_check(const struct vcpu_state *vc, uint64_t cr4)
{
	if (cr4 & ~CR4_LEGAL)
		return RULE_CR_CR4_RESERVED;
	if (in_long_mode(vc) && !(cr4 & CR4_PAE))
		return RULE_CR_CR4_PAE;
	if (in_long_mode(vc) && ((cr4 ^ vc->cr4) & CR4_LA57))
		return RULE_CR_CR4_LA57;
	if ((cr4 & CR4_PCIDE) && !(vc->cr4 & CR4_PCIDE) &&
	    (!in_long_mode(vc) || (vc->cr3 & CR3_PCID_MASK)))
		return RULE_CR_CR4_PCIDE;
	return RULE_CR_CR4;
}

static enum change_class cr0_change(uint64_t old, uint64_t new)
{
	uint64_t toggled = old ^ new;

	if (toggled & CR0_CD)
		return new & CR0_CD ? CHANGE_CR0_CD_SET : CHANGE_CR0_CD_CLEAR;
	if (toggled & CR0_PG)
		return CHANGE_CR0_PG;
	if (toggled & CR0_NW)
		return CHANGE_CR0_NW;
	if (toggled & CR0_WP)
		return CHANGE_CR0_WP;
	return toggled ? CHANGE_CR0_OTHER : CHANGE_NONE;
}

/* R-ZAPSET of CR and EFER changes. Shadow paging follows every one of them. */
static void role_extent(struct oracle *o, struct oracle_result *r, uint64_t cr0_toggled, bool role)
{
	if (role)
		extent_all(o, r, RULE_ZAPSET_ROLE);
	else if (!(cr0_toggled & CR0_CD))
		extent_none(o, r, RULE_ZAPSET_NONE);
	else if (honors_mtrrs(o))
		extent_all(o, r, RULE_ZAPSET_CD);
	else
		extent_none(o, r, RULE_ZAPSET_IGNORED);
}

static void cr0_write(struct oracle *o, unsigned vcpu, uint64_t value, struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];
	enum rule_id rule = mov_cr0_check(vc, value);
	uint64_t old = vc->cr0, new = (value | CR0_ET) & CR0_LEGAL;
	uint64_t toggled = old ^ new;

	if (rule != RULE_CR_CR0) {
		result_reject(o, r, OUT_GP, rule);
		return;
	}
	vc->cr0 = new;
	if (toggled & CR0_PG) {
		if (!(new & CR0_PG))
			vc->efer &= ~EFER_LMA;
		else if (vc->efer & EFER_LME)
			vc->efer |= EFER_LMA;
	}
	result_ok(o, r, rule);
	result_value(r, new);
	r->change = cr0_change(old, new);
	role_extent(o, r, toggled, !o->tdp ? toggled : toggled & CR0_ROLE);
	if (toggled & old & CR0_PG)
		result_flush(o, r, GUEST_FLUSH_ALL, RULE_ROLE_PG);
	if (toggled & CR0_CD)
		rows_update(o, 1u << vcpu);
}

static void cr3_write(struct oracle *o, unsigned vcpu, uint64_t value, struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];
	bool noflush = (vc->cr4 & CR4_PCIDE) && (value & CR3_NOFLUSH);

	if (vc->cr4 & CR4_PCIDE)
		value &= ~CR3_NOFLUSH;
	if (in_long_mode(vc) && value >> vc->maxphyaddr) {
		result_reject(o, r, OUT_GP, RULE_CR_CR3_HIGH);
		return;
	}
	if (vc->cr3 != value)
		r->change = CHANGE_CR3;
	vc->cr3 = value;
	result_ok(o, r, RULE_CR_CR3);
	result_value(r, value);
	role_extent(o, r, 0, !o->tdp);
	if (!noflush)
		result_flush(o, r, GUEST_FLUSH_CURRENT, RULE_ROLE_CR3);
	else
		note(o, RULE_ROLE_NONE);
}

static void cr4_write(struct oracle *o, unsigned vcpu, uint64_t value, struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];
	enum rule_id rule = mov_cr4_check(vc, value);
	uint64_t old = vc->cr4, toggled = old ^ value;

	if (rule != RULE_CR_CR4) {
		result_reject(o, r, OUT_GP, rule);
		return;
	}
	vc->cr4 = value;
	result_ok(o, r, rule);
	result_value(r, value);
	if (toggled & CR4_ROLE)
		r->change = CHANGE_CR4_ROLE;
	else if (toggled & (CR4_PGE | CR4_PCIDE))
		r->change = CHANGE_CR4_TLB;
	else if (toggled)
		r->change = CHANGE_CR4_OTHER;
	role_extent(o, r, 0, !o->tdp ? toggled : toggled & CR4_ROLE);
	if (toggled & CR4_PGE)
		result_flush(o, r, GUEST_FLUSH_ALL, RULE_ROLE_PGE);
	if (toggled & old & CR4_PCIDE)
		result_flush(o, r, GUEST_FLUSH_ALL, RULE_ROLE_PCIDE);
	if (toggled & CR4_PAE)
		result_flush(o, r, GUEST_FLUSH_CURRENT, RULE_ROLE_PAE);
	if (toggled & value & CR4_SMEP)
		result_flush(o, r, GUEST_FLUSH_CURRENT, RULE_ROLE_SMEP);
}

/* MOV to CR0, CR3 and CR4. Outside 64-bit mode its operand is 32 bits wide (SDM vol 2B, MOV CR). */
void cr_write(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	const struct vcpu_state *vc = &o->vcpu[op->vcpu];
	uint64_t old = op->kind == OP_CR0 ? vc->cr0 : vc->cr4;
	uint64_t value = op->flags & OP_DELTA ? (old | op->v[0]) & ~op->v[1] : op->v[0];

	if (op->flags & OP_NOFLUSH)
		value |= CR3_NOFLUSH;
	if (!in_long_mode(vc) || !vc->cs_l)
		value = (uint32_t)value;
	if (op->kind == OP_CR0)
		cr0_write(o, op->vcpu, value, r);
	else if (op->kind == OP_CR3)
		cr3_write(o, op->vcpu, value, r);
	else
		cr4_write(o, op->vcpu, value, r);
}

/* KVM's kvm_is_valid_sregs(): what no CPU can be in is refused; of EFER's reserved bits see sregs_write(). */
static bool sregs_legal(const struct vcpu_state *vc, uint64_t cr0, uint64_t cr3, uint64_t cr4,
			uint64_t efer)
{
	if ((efer & EFER_LME) && (cr0 & CR0_PG)) {
		if (!(cr4 & CR4_PAE) || !(efer & EFER_LMA) || cr3 >> vc->maxphyaddr)
			return false;
	} else if ((efer & EFER_LMA) || vc->cs_l) {
		return false;
	}
	return !(cr4 & ~CR4_LEGAL) && cr0_check(cr0) == RULE_CR_CR0;
}

void sregs_write(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[op->vcpu];
	uint64_t cr0 = op->arg & SREGS_CR0 ? op->v[0] : vc->cr0;
	uint64_t cr3 = op->arg & SREGS_CR3 ? op->v[1] : vc->cr3;
	uint64_t cr4 = op->arg & SREGS_CR4 ? op->v[2] : vc->cr4;
	uint64_t efer = op->arg & SREGS_EFER ? op->v[3] : vc->efer;
	uint64_t toggled = cr0 ^ vc->cr0;
	bool others = cr3 != vc->cr3 || cr4 != vc->cr4 || efer != vc->efer ||
		      (toggled & ~(CR0_CD | CR0_NW));

	if (!sregs_legal(vc, cr0, cr3, cr4, efer)) {
		result_errno(o, r, EINVAL, RULE_CR_SREGS);
		return;
	}
	/* Kernels take them, until a stable update of 6.12 (seen in 6.12.117) refuses them. */
	if (efer & ~EFER_LEGAL && op->arg & SREGS_EFER && o->profile == PROFILE_LINUX_6_16) {
		result_reject(o, r, OUT_ANY, RULE_CR_SREGS);
		r->lost = true;
		return;
	}
	r->change = cr0_change(vc->cr0, cr0);
	if (!r->change && cr4 != vc->cr4)
		r->change = CHANGE_CR4_OTHER;
	else if (!r->change && efer != vc->efer)
		r->change = CHANGE_EFER;
	else if (!r->change && cr3 != vc->cr3)
		r->change = CHANGE_CR3;
	vc->cr0 = cr0;
	vc->cr3 = cr3;
	vc->cr4 = cr4;
	vc->efer = efer;
	result_ok(o, r, RULE_CR_SREGS);
	result_value(r, cr0);
	role_extent(o, r, toggled, others);
	if (toggled & CR0_CD)
		rows_update(o, 1u << op->vcpu);
}

void vcpu_create(struct vcpu_state *vc, const struct machine *machine)
{
	struct mtrr_state *mtrr = &vc->mtrr[0];

	vc->cr0 = vc->cr3 = vc->cr4 = vc->efer = 0;
	switch (machine->start) {
	case START_RESET:
		vc->cr0 = RESET_CR0;
		break;
	case START_REAL:
		vc->cr0 = REAL_CR0;
		break;
	case START_PAE32:
		vc->cr0 = RUNNING_CR0;
		vc->cr3 = RUNNING_CR3;
		vc->cr4 = CR4_PAE;
		break;
	default:
		vc->cr0 = RUNNING_CR0;
		vc->cr3 = RUNNING_CR3;
		vc->cr4 = RUNNING_CR4;
		vc->efer = RUNNING_EFER;
		break;
	}
	vc->cs_l = vc->efer & EFER_LMA;
	vc->pat = PAT_RESET_VALUE;
	vc->cpuid_mtrr = machine->cpuid_mtrr;
	vc->maxphyaddr = machine->maxphyaddr;
	vc->smm = vc->init_latched = vc->smi_latched = false;
	vc->at[EPOCH_NOW] = vc->at[EPOCH_BEFORE] = 0;
	memset(mtrr, 0, offsetof(struct mtrr_state, map));
	mtrr_map_drop(&mtrr->map);
}

/* INIT changes neither MTRRs nor PAT nor CD, so no memtype. */
void step_init(struct oracle *o, unsigned vcpu, struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];

	if (vc->smm) {
		vc->init_latched = true;
		result_ok(o, r, RULE_RESET_LATCHED);
		result_value(r, vc->cr0);
		extent_none(o, r, RULE_ZAPSET_NONE);
		return;
	}
	vc->cr0 = CR0_ET | (vc->cr0 & (CR0_CD | CR0_NW));
	vc->cr3 = vc->cr4 = vc->efer = 0;
	vc->cs_l = false;
	if (vcpu)
		o->waits |= 1u << vcpu;
	o->uninitialized &= ~(1u << vcpu);
	r->change = CHANGE_INIT;
	result_ok(o, r, RULE_RESET_INIT);
	result_value(r, vc->cr0);
	extent_all(o, r, RULE_ZAPSET_VM);
	result_flush(o, r, GUEST_FLUSH_ALL, RULE_ROLE_INIT);
}

void step_smi(struct oracle *o, unsigned vcpu, struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];

	if (vc->smm) {
		vc->smi_latched = true;
		result_ok(o, r, RULE_RESET_LATCHED);
		extent_none(o, r, RULE_ZAPSET_NONE);
		return;
	}
	vc->save = (struct smm_save){ vc->cr0, vc->cr3, vc->cr4, vc->efer, vc->cs_l };
	vc->cr0 &= ~(CR0_PE | CR0_EM | CR0_TS | CR0_PG);
	vc->cr4 = vc->efer = 0;
	vc->cs_l = false;
	vc->smm = true;
	r->change = CHANGE_SMI;
	result_ok(o, r, RULE_RESET_SMM);
	extent_all(o, r, RULE_ZAPSET_ROLE);
}

/* CR0 comes back with the CD that it had at the SMI: a memtype may change. */
void step_rsm(struct oracle *o, unsigned vcpu, struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];
	bool init = vc->init_latched, smi = vc->smi_latched;

	if (!vc->smm) {
		result_reject(o, r, OUT_UD, RULE_CR_RSM);
		return;
	}
	vc->smm = vc->init_latched = vc->smi_latched = false;
	if (vc->save.efer & ~EFER_LEGAL) {
		/* KVM_SET_SREGS took it, RSM does not: shutdown (SDM 34.3.2). */
		result_reject(o, r, OUT_ANY, RULE_RESET_SMM);
		extent_all(o, r, RULE_ZAPSET_ROLE);
		r->lost = true;
		return;
	}
	vc->cr0 = (vc->save.cr0 | CR0_ET) & CR0_LEGAL;
	vc->cr3 = vc->save.cr3;
	vc->cr4 = vc->save.cr4;
	vc->efer = vc->save.efer;
	vc->cs_l = vc->save.cs_l;
	rows_update(o, 1u << vcpu);
	/* Which comes first is implementation-dependent; KVM's INIT drops the SMI. */
	if (init)
		step_init(o, vcpu, r);
	else if (smi)
		step_smi(o, vcpu, r);
	r->outcome.has_value = false;
	r->change = CHANGE_RSM;
	result_ok(o, r, RULE_RESET_SMM);
	extent_all(o, r, RULE_ZAPSET_ROLE);
}

void step_invpcid(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	const struct vcpu_state *vc = &o->vcpu[op->vcpu];
	uint64_t pcid = op->v[0];
	uint64_t current = vc->cr4 & CR4_PCIDE ? vc->cr3 & CR3_PCID_MASK : 0;

	if (op->arg > 3 || pcid > CR3_PCID_MASK ||
	    (op->arg < 2 && pcid && !(vc->cr4 & CR4_PCIDE)) ||
	    (op->arg == 0 && !va_canonical(vc, op->v[1]))) {
		result_reject(o, r, OUT_GP, RULE_CR_INVPCID);
		return;
	}
	result_ok(o, r, RULE_CR_INVPCID);
	role_extent(o, r, 0, !o->tdp);
	if (op->arg == 0)
		va_flush(o, op->vcpu, op->v[1], 1, pcid);
	else if (op->arg == 1 && pcid != current)
		va_flush(o, op->vcpu, 0, ~0ULL, pcid);
	else if (op->arg == 2)
		result_flush(o, r, GUEST_FLUSH_ALL, RULE_ROLE_INVPCID);
	else if (op->arg == 3 || (op->arg == 1 && pcid == current))
		result_flush(o, r, GUEST_FLUSH_CURRENT, RULE_ROLE_INVPCID);
}

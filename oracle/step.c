// SPDX-License-Identifier: GPL-2.0-only
/*
 * One op: dispatch to what knows its rules, and what all ops have in common
 * (which vCPUs count, whom R-ZAPMIN asks, the two epochs).
 */
#include "oracle/internal.h"

/* Can userspace disable @quirk? KVM answers EINVAL for those it does not support. */
static bool quirk_supported(const struct oracle *o, uint32_t quirk)
{
	if (quirk == QUIRK_CD_NW_CLEARED)
		return true;
	if (o->profile != PROFILE_LINUX_6_16)
		return false;
	if (quirk == QUIRK_IGNORE_GUEST_PAT)
		return o->tdp && (o->vendor == VENDOR_AMD || o->selfsnoop);
	return quirk == QUIRK_SLOT_ZAP_ALL;
}

/* KVM's quirks as a VM of @profile has them (rules B.9). */
static uint32_t quirks_by_default(const struct oracle *o)
{
	if (o->profile != PROFILE_LINUX_6_16)
		return 0;
	if (o->vendor == VENDOR_INTEL)
		return QUIRK_CD_NW_CLEARED;
	return o->tdp ? QUIRK_IGNORE_GUEST_PAT : 0;
}

/* The header overrides the defaults, but cannot disable what KVM would refuse to. */
static uint32_t quirks_at_start(const struct oracle *o, const struct machine *machine)
{
	uint32_t disabled = quirks_by_default(o);

	for (uint32_t left = machine->quirks_off & QUIRKS_KNOWN; left; left &= left - 1)
		if (quirk_supported(o, left & -left))
			disabled |= left & -left;
	return disabled & ~machine->quirks_on;
}

void oracle_reset(struct oracle *o, const struct machine *machine, enum profile profile)
{
	assert(profile != PROFILE_NONE && profile < NR_PROFILES);
	assert(machine->nr_vcpus && machine->nr_vcpus <= MAX_VCPUS);
	o->profile = profile;
	o->vendor = machine->vendor;
	o->tdp = machine->tdp;
	o->ept = machine->tdp && machine->vendor == VENDOR_INTEL;
	o->selfsnoop = machine->selfsnoop;
	o->nr_vcpus = machine->nr_vcpus;
	o->quirks_disabled = quirks_at_start(o, machine);
	o->dma = 0;
	o->ran = 0;
	o->waits = machine->start == START_RESET ? (1u << machine->nr_vcpus) - 2 : 0;
	o->uninitialized = o->waits;
	o->moved = o->changed = 0;
	memset(&o->hit, 0, sizeof(o->hit));
	slots_reset(o, machine);
	for (unsigned i = 0; i < machine->nr_vcpus; i++) {
		struct vcpu_state *vc = &o->vcpu[i];

		vcpu_create(vc, machine);
		vc->row[EPOCH_NOW] = vc->row[EPOCH_BEFORE] = mt_row(o, vc);
		o->quick[EPOCH_NOW][i].pages = o->quick[EPOCH_BEFORE][i].pages = 0;
	}
	note(o, RULE_RESET_CREATE);
}

/* What "before the last step" means from now on. */
static void epoch_begin(struct oracle *o)
{
	for (; o->moved; o->moved &= o->moved - 1) {
		unsigned v = __builtin_ctz(o->moved);
		struct vcpu_state *vc = &o->vcpu[v];

		o->quick[EPOCH_BEFORE][v].pages = 0;
		vc->row[EPOCH_BEFORE] = vc->row[EPOCH_NOW];
		vc->at[EPOCH_BEFORE] = vc->at[EPOCH_NOW];
	}
	o->special_at[EPOCH_BEFORE] = o->special_at[EPOCH_NOW];
	o->nr_special[EPOCH_BEFORE] = o->nr_special[EPOCH_NOW];
	o->changed = 0;
}

static uint32_t all_vcpus(const struct oracle *o)
{
	return (1u << o->nr_vcpus) - 1;
}

static void step_wrmsr(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	bool host = op->kind == OP_SETMSR;
	struct msr_verdict v = msr_check(&o->vcpu[op->vcpu], op->arg, op->v[0], host);

	if (v.outcome == OUT_OK) {
		result_ok(o, r, v.rule);
		msr_write(o, op->vcpu, op->arg, op->v[0], r);
	} else if (v.outcome == OUT_GP && host) {
		note(o, v.rule);
		result_errno(o, r, EINVAL, RULE_MSR_HOST);
	} else {
		result_reject(o, r, v.outcome, v.rule);
	}
}

static void step_rdmsr(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	struct msr_verdict v = msr_read(&o->vcpu[op->vcpu], op->arg);

	if (v.outcome != OUT_OK) {
		result_reject(o, r, v.outcome, v.rule);
		return;
	}
	result_ok(o, r, v.rule);
	result_value(r, v.value);
	extent_none(o, r, RULE_ZAPSET_NONE);
}

static void step_dma(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	uint32_t was = o->dma;

	if (!op->arg && !was) {
		result_errno(o, r, ENOENT, RULE_DMA_COUNT);
		return;
	}
	o->dma = op->arg ? was + 1 : was - 1;
	result_ok(o, r, RULE_DMA_COUNT);
	r->change = CHANGE_DMA_COUNT;
	if (was && o->dma) {
		extent_none(o, r, RULE_ZAPSET_NONE);
		return;
	}
	r->change = o->dma ? CHANGE_DMA_FIRST_ON : CHANGE_DMA_LAST_OFF;
	if (rows_update(o, all_vcpus(o)))
		extent_all(o, r, RULE_ZAPSET_DMA);
	else
		extent_none(o, r, RULE_ZAPSET_IGNORED);
}

static void step_quirk(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	uint32_t was = o->quirks_disabled;

	if (!quirk_supported(o, op->arg)) {
		/* `on` asks the kernel for nothing that it could refuse. */
		if (!op->v[0] && !(op->arg == QUIRK_SLOT_ZAP_ALL &&
				   o->profile == PROFILE_LINUX_6_11))
			result_errno(o, r, EINVAL, RULE_QUIRK_UNKNOWN);
		else
			result_reject(o, r, OUT_ANY, RULE_QUIRK_UNKNOWN);
		return;
	}
	result_ok(o, r, RULE_QUIRK_OK);
	extent_all(o, r, RULE_ZAPSET_VM);
	if (!op->v[0])
		o->quirks_disabled |= op->arg;
	else if (o->profile == PROFILE_LINUX_6_16)
		result_ok(o, r, was & op->arg ? RULE_QUIRK_STICKY : RULE_QUIRK_OK);
	else
		o->quirks_disabled &= ~op->arg;
	if (o->quirks_disabled != was) {
		r->change = op->v[0] ? CHANGE_QUIRK_ON : CHANGE_QUIRK_OFF;
		rows_update(o, all_vcpus(o));
	}
}

static void step_setcpuid(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	struct vcpu_state *vc = &o->vcpu[op->vcpu];
	bool mtrr = op->arg & CPUID_MTRR ? op->v[0] & 1 : vc->cpuid_mtrr;
	uint8_t maxphyaddr = op->arg & CPUID_MAXPHYADDR ? op->v[1] : vc->maxphyaddr;
	struct mtrr_state *old = mtrr_now(vc);

	extent_all(o, r, RULE_ZAPSET_VM);
	if (o->ran >> op->vcpu & 1) {
		/* Kernels before v5.16 take it, later ones refuse what differs. */
		r->outcome.kind = OUT_ANY;
		r->outcome_rule = RULE_CPUID_LATE;
		r->lost = o->profile == PROFILE_LINUX_5_15 &&
			  (mtrr != vc->cpuid_mtrr || maxphyaddr != vc->maxphyaddr);
		note(o, RULE_CPUID_LATE);
		return;
	}
	result_ok(o, r, RULE_CPUID_EARLY);
	if (mtrr != vc->cpuid_mtrr || maxphyaddr != vc->maxphyaddr)
		r->change = CHANGE_CPUID;
	if (maxphyaddr != vc->maxphyaddr) {
		/* Every range may change: what was before goes into the other half. */
		if (!old->map.valid)
			mtrr_map_build(old, vc->maxphyaddr);
		vc->at[EPOCH_NOW] ^= 1;
		memcpy(mtrr_now(vc), old, offsetof(struct mtrr_state, map));
		mtrr_map_drop(&mtrr_now(vc)->map);
		if (vc->row[EPOCH_NOW].rule == RULE_MT_7)
			o->changed |= 1u << op->vcpu;
	}
	vc->cpuid_mtrr = mtrr;
	vc->maxphyaddr = maxphyaddr;
	rows_update(o, 1u << op->vcpu);
}

/* Nothing but a TLB or a cache is touched. */
static void step_harmless(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	result_ok(o, r, RULE_CR_HARMLESS);
	if (op->kind == OP_INVLPG)
		va_flush(o, op->vcpu, op->v[0], 1, vcpu_pcid(&o->vcpu[op->vcpu]));
	if (op->kind == OP_INVLPG && !o->tdp)
		extent_all(o, r, RULE_ZAPSET_ROLE);
	else
		extent_none(o, r, RULE_ZAPSET_NONE);
}

/* Ignored by a vCPU that runs, and by one that has not had INIT yet (KVM api.rst 4.38). */
static void step_sipi(struct oracle *o, unsigned vcpu, struct oracle_result *r)
{
	if ((o->waits & ~o->uninitialized) >> vcpu & 1) {
		r->change = CHANGE_SIPI;
		o->waits &= ~(1u << vcpu);
	}
	result_ok(o, r, RULE_RESET_SIPI);
	extent_none(o, r, RULE_ZAPSET_NONE);
}

static void dispatch(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	switch (op->kind) {
	case OP_WRMSR:
	case OP_SETMSR:
		step_wrmsr(o, op, r);
		break;
	case OP_RDMSR:
		step_rdmsr(o, op, r);
		break;
	case OP_CR0:
	case OP_CR3:
	case OP_CR4:
		cr_write(o, op, r);
		break;
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		step_access(o, op, r);
		break;
	case OP_MAP:
		step_map(o, op, r);
		break;
	case OP_INVPCID:
		step_invpcid(o, op, r);
		break;
	case OP_INIT:
		step_init(o, op->vcpu, r);
		break;
	case OP_SIPI:
		step_sipi(o, op->vcpu, r);
		break;
	case OP_SMI:
		step_smi(o, op->vcpu, r);
		break;
	case OP_RSM:
		step_rsm(o, op->vcpu, r);
		break;
	case OP_DMA:
		step_dma(o, op, r);
		break;
	case OP_QUIRK:
		step_quirk(o, op, r);
		break;
	case OP_SLOT:
		step_slot(o, op, r);
		break;
	case OP_BACKING:
		step_backing(o, op, r);
		break;
	case OP_INVALIDATE:
		step_invalidate(o, op, r);
		break;
	case OP_SREGS:
		sregs_write(o, op, r);
		break;
	case OP_SETCPUID:
		step_setcpuid(o, op, r);
		break;
	case OP_PREFAULT:
		step_prefault(o, op, r);
		break;
	case OP_SPLIT:
	case OP_COLLAPSE:
		step_log(o, op, r);
		break;
	default:
		step_harmless(o, op, r);
		break;
	}
}

/* Does the op run an instruction of op->vcpu? INIT and SIPI come from elsewhere. */
static bool op_runs_guest(const struct op *op)
{
	return !op_is_host(op) && op->kind != OP_INIT && op->kind != OP_SIPI;
}

void oracle_step(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	assert(op->kind < NR_OPS);
	assert(!op_has_vcpu(op) || op->vcpu < o->nr_vcpus);
	memset(r, 0, sizeof(*r));
	r->guest_flush_rule = RULE_ROLE_NONE;
	r->host_only = op->kind == OP_SETMSR || op->kind == OP_SREGS ||
		       op->kind == OP_SETCPUID || op->kind == OP_QUIRK;
	epoch_begin(o);
	if (op_runs_guest(op)) {
		if (o->waits >> op->vcpu & 1) {
			result_reject(o, r, OUT_BLOCKED, RULE_RESET_SIPI);
			r->acting = 1u << op->vcpu;
			return;
		}
		o->ran |= 1u << op->vcpu;
		r->enters_guest = true;
	}
	dispatch(o, op, r);
	if (r->guest_flush)
		va_flush(o, op->vcpu, 0, ~0ULL, r->guest_flush == GUEST_FLUSH_ALL
			 ? VA_ALL_PCIDS : vcpu_pcid(&o->vcpu[op->vcpu]));
	r->changed = o->changed;
	r->acting = op_has_vcpu(op) ? 1u << op->vcpu : oracle_counted(o);
}

uint32_t oracle_counted(const struct oracle *o)
{
	return o->ran & ~o->waits;
}

struct vcpu_regs oracle_regs(const struct oracle *o, unsigned vcpu)
{
	const struct vcpu_state *vc = &o->vcpu[vcpu];

	return (struct vcpu_regs){
		.cr0 = vc->cr0, .cr3 = vc->cr3, .cr4 = vc->cr4, .efer = vc->efer,
		.pat = vc->pat, .def_type = vc->mtrr[vc->at[EPOCH_NOW]].def_type,
		.waits_for_sipi = o->waits >> vcpu & 1, .smm = vc->smm,
	};
}

const struct rule_set *oracle_rules_hit(const struct oracle *o)
{
	return &o->hit;
}

/*
 * Bits: 0 DMA, 1 CD, 2 MTRRs enabled, 3 fixed ranges enabled, 4 some pair
 * valid, 5 counted, 6 the profile's quirk, 7 default type WB and NW=0 and no
 * SMM (the common case of three rarely varied things).
 */
unsigned oracle_state_class(const struct oracle *o, unsigned vcpu)
{
	const struct vcpu_state *vc = &o->vcpu[vcpu];
	const struct mtrr_state *mtrr = &vc->mtrr[vc->at[EPOCH_NOW]];
	uint32_t quirk = profile_has_mtrrs(o->profile) ? QUIRK_CD_NW_CLEARED
							: QUIRK_IGNORE_GUEST_PAT;
	uint64_t valid = 0;

	for (unsigned i = 0; i < NR_VAR_MTRR; i++)
		valid |= mtrr->mask[i];
	return !!o->dma | !!(vc->cr0 & CR0_CD) << 1 | !!(mtrr->def_type & MTRR_DEF_TYPE_E) << 2 |
	       !!(mtrr->def_type & MTRR_DEF_TYPE_FE) << 3 | !!(valid & MTRR_PHYSMASK_V) << 4 |
	       (oracle_counted(o) >> vcpu & 1) << 5 | quirk_enabled(o, quirk) << 6 |
	       ((mtrr->def_type & MTRR_DEF_TYPE_TYPE) == MT_WB && !(vc->cr0 & CR0_NW) &&
		!vc->smm) << 7;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What differs between kernels, and proposals to them: memtypes of leaves, and
 * what is zapped when MTRRs, CR0.CD and non-coherent DMA change. One struct
 * policy each.
 *
 * Sources: vmx_get_mt_mask() (vmx.c), update_mtrr() (mtrr.c),
 * kvm_post_set_cr0() and kvm_arch_register_noncoherent_dma() (x86.c) of v6.1
 * and v6.12; for the others the commits that stand beside them.
 */
#include "harness/targets/model/vm.h"
#include "harness/targets/model/yan.h"

static uint64_t ept_mt(unsigned type, bool ipat)
{
	return (uint64_t)type << EPT_MT_SHIFT | (ipat ? EPT_IPAT : 0);
}

static bool cd_is_uc(const struct model *m)
{
	if (has_defect(m, DEFECT_CD_TYPE_WB))
		return false;
	return !has_quirk(m, QUIRK_CD_NW_CLEARED) || has_defect(m, DEFECT_CD_QUIRK_UC);
}

/*
 * Up to v5.16: type and IPAT are decided apart and put together at the end.
 * b7297e028268 (v5.17) "Simplify flow of vmx_get_mt_mask" made of it the
 * function below, with no functional change intended.
 */
static uint64_t memtype_5_15(struct model *m, const struct vcpu *v, uint64_t gfn, bool mmio)
{
	unsigned type;
	bool ipat = false;

	if (mmio) {
		type = MT_UC;
	} else if (!m->vm.dma_count) {
		ipat = true;
		type = MT_WB;
	} else if (v->mode.cr0 & CR0_CD) {
		ipat = true;
		type = cd_is_uc(m) ? MT_UC : MT_WB;
	} else {
		type = model_mtrr_type(m, v, gfn);
	}
	return ept_mt(type, ipat);
}

/*
 * The conditions of the decision tables (rules B.4 to B.9) in their order, each
 * of which a defect negates, ignores, or takes before or after another.
 */
static bool mmio_row(const struct model *m, const struct vcpu *v, bool mmio)
{
	if (has_defect(m, DEFECT_MMIO_AFTER_DMA) && !m->vm.dma_count)
		return false;
	if (has_defect(m, DEFECT_MMIO_AFTER_CD) && m->vm.dma_count && (v->mode.cr0 & CR0_CD))
		return false;
	return mmio != has_defect(m, DEFECT_MMIO_NEGATED);
}

static uint64_t mmio_mt(const struct model *m)
{
	return ept_mt(MT_UC, has_defect(m, DEFECT_MMIO_IPAT));
}

static bool guest_ignored(const struct model *m, const struct vcpu *v)
{
	if (has_defect(m, DEFECT_DMA_IGNORED) ||
	    (has_defect(m, DEFECT_CD_BEFORE_DMA) && (v->mode.cr0 & CR0_CD)))
		return false;
	return !m->vm.dma_count != has_defect(m, DEFECT_DMA_NEGATED);
}

static bool cd_row(const struct model *m, const struct vcpu *v)
{
	if ((has_defect(m, DEFECT_MTRR_BEFORE_CD) && (v->mtrr.def_type & MTRR_DEF_TYPE_E)) ||
	    (has_defect(m, DEFECT_CD_UNLESS_NW) && (v->mode.cr0 & CR0_NW)))
		return false;
	return !(v->mode.cr0 & CR0_CD) == has_defect(m, DEFECT_CD_NEGATED);
}

static uint64_t cd_mt(const struct model *m, bool wb_ipat)
{
	if (cd_is_uc(m))
		return ept_mt(MT_UC, !has_defect(m, DEFECT_CD_UC_NO_IPAT));
	return ept_mt(MT_WB, wb_ipat != has_defect(m, DEFECT_CD_WB_IPAT));
}

/* v5.17 to v6.6: the default quirk forces WB with IPAT while CR0.CD=1. */
static uint64_t memtype_6_1(struct model *m, const struct vcpu *v, uint64_t gfn, bool mmio)
{
	if (mmio_row(m, v, mmio))
		return mmio_mt(m);
	if (guest_ignored(m, v))
		return ept_mt(MT_WB, true);
	if (cd_row(m, v))
		return cd_mt(m, true);
	return ept_mt(model_mtrr_type(m, v, gfn), false);
}

/*
 * The per-VM variant of mail 000 (Sean Christopherson, November 2021): whoever
 * faults, vCPU 0 answers. The huge-page check still asks who faults.
 */
static uint64_t memtype_vcpu0(struct model *m, const struct vcpu *v, uint64_t gfn, bool mmio)
{
	if (!mmio && m->vm.dma_count) {
		if (m->first_vcpu_id) {
			model_fail(m, TARGET_CRASH, "KVM_BUG_ON: the memtype is asked of vCPU 0, and the "
				   "VM has none");
			return 0;
		}
		v = &m->vm.vcpus[0];
	}
	return memtype_6_1(m, v, gfn, mmio);
}

/* v6.7, c9f65a3f2d92: no IPAT with the quirk. */
static uint64_t memtype_6_7(struct model *m, const struct vcpu *v, uint64_t gfn, bool mmio)
{
	if (mmio_row(m, v, mmio))
		return mmio_mt(m);
	if (guest_ignored(m, v))
		return ept_mt(MT_WB, true);
	if (cd_row(m, v))
		return cd_mt(m, false);
	return ept_mt(model_mtrr_type(m, v, gfn), false);
}

/* v6.11, 0a7b73559b39 and e1548088ff54: no guest MTRRs, no guest CR0.CD. */
static uint64_t memtype_6_11(struct model *m, const struct vcpu *v, uint64_t gfn, bool mmio)
{
	bool ignored = guest_ignored(m, v);

	if (mmio_row(m, v, mmio))
		return mmio_mt(m);
	if (has_defect(m, DEFECT_MTRR_HONORED) && !ignored)
		return ept_mt(model_mtrr_type(m, v, gfn), false);
	if (has_defect(m, DEFECT_CD_HONORED) && !ignored && (v->mode.cr0 & CR0_CD))
		return ept_mt(MT_UC, true);
	if (has_defect(m, DEFECT_SELFSNOOP_HONORED) && m->vm.machine.selfsnoop)
		ignored = false;
	return ept_mt(MT_WB, ignored);
}

/* v6.11-rc, 377b2f359d1f: guest PAT is honored wherever self-snoop makes it safe. */
static uint64_t memtype_6_11_rc(struct model *m, const struct vcpu *v, uint64_t gfn, bool mmio)
{
	bool snoops = m->vm.machine.selfsnoop != has_defect(m, DEFECT_SELFSNOOP_NEGATED);

	if (mmio_row(m, v, mmio))
		return mmio_mt(m);
	return ept_mt(MT_WB, guest_ignored(m, v) && !snoops);
}

/* v6.16, c9c1e20b4c7d: ... or where userspace gave up the quirk. */
static uint64_t memtype_6_16(struct model *m, const struct vcpu *v, uint64_t gfn, bool mmio)
{
	bool quirk = has_quirk(m, QUIRK_IGNORE_GUEST_PAT) != has_defect(m, DEFECT_PAT_QUIRK_NEGATED);

	if (mmio_row(m, v, mmio))
		return mmio_mt(m);
	return ept_mt(MT_WB, guest_ignored(m, v) &&
		      (quirk || has_defect(m, DEFECT_PAT_QUIRK_IGNORED)));
}

#define LAST_GPA_GFN	(~0ULL >> PAGE_SHIFT)	/* gpa_to_gfn(~0ULL), taken as an end */

static void zap_everything(struct model *m, unsigned who)
{
	model_zap_gfn_range(m, who, 0, LAST_GPA_GFN);
}

static bool defect_skips(const struct model *m, uint32_t msr)
{
	uint64_t start, end;

	if (!m->defective)
		return false;
	if (msr == MSR_MTRR_DEF_TYPE)
		return has_defect(m, DEFECT_NO_ZAP_DEFTYPE);
	if (model_mtrr_fixed_range(msr, &start, &end))
		return has_defect(m, DEFECT_NO_ZAP_FIXED);
	return has_defect(m, DEFECT_NO_ZAP_VAR) ||
	       has_defect(m, msr & 1 ? DEFECT_NO_ZAP_PHYSMASK : DEFECT_NO_ZAP_PHYSBASE);
}

/* What defects make of the range that an MSR's write zaps. */
static void bend_range(const struct model *m, bool fixed, uint64_t *start, uint64_t *end)
{
	bool shift = has_defect(m, fixed ? DEFECT_FIXED_ZAP_SHIFT : DEFECT_VAR_ZAP_SHIFT);

	*start += shift + has_defect(m, fixed ? DEFECT_FIXED_ZAP_SHORT_START :
						DEFECT_VAR_ZAP_SHORT_START);
	*end += shift;
	*end -= has_defect(m, fixed ? DEFECT_FIXED_ZAP_SHORT_END : DEFECT_VAR_ZAP_SHORT_END);
	if (fixed && has_defect(m, DEFECT_FIXED_ZAP_FIRST))
		*end = *start + (*end - *start) / 8;
}

/*
 * The range whose types the write may have changed, by the state after it: of
 * an edited pair the new range alone. False if the write has no effect.
 */
static bool written_range(const struct model *m, const struct vcpu *v, uint32_t msr,
			  uint64_t *start, uint64_t *end)
{
	const struct pair *pair;
	bool idle = has_defect(m, DEFECT_ZAP_DISABLED);
	bool enabled = v->mtrr.def_type & MTRR_DEF_TYPE_E;
	bool fixed = v->mtrr.def_type & MTRR_DEF_TYPE_FE;

	if (msr == MSR_MTRR_DEF_TYPE) {
		*start = 0;
		*end = LAST_GPA_GFN;
		return enabled || !has_defect(m, DEFECT_DEFTYPE_ZAP_IF_ON);
	}
	if (!enabled && !idle)
		return false;
	if (model_mtrr_fixed_range(msr, start, end)) {
		bend_range(m, true, start, end);
		return fixed != has_defect(m, DEFECT_FIXED_ZAP_UNLESS_FE) || idle;
	}
	pair = &v->mtrr.var[(msr - MSR_MTRR_PHYSBASE(0)) / 2];
	*start = pair->start >> PAGE_SHIFT;
	*end = pair->end >> PAGE_SHIFT;
	bend_range(m, false, start, end);
	return (pair->mask & MTRR_PHYSMASK_V) || !has_defect(m, DEFECT_VAR_ZAP_IF_VALID);
}

static void zap_written(struct model *m, unsigned who, uint32_t msr)
{
	uint64_t start, end;

	if (defect_skips(m, msr) ||
	    !written_range(m, &m->vm.vcpus[who], msr, &start, &end))
		return;
	if (has_defect(m, DEFECT_OVER_ZAP))
		return zap_everything(m, who);
	model_zap_gfn_range(m, who, start, end);
}

/* Up to v6.6 NPT zaps too, for nothing. */
static void mtrr_written_6_1(struct model *m, unsigned who, uint32_t msr)
{
	if (m->tdp && !m->vm.dma_count == has_defect(m, DEFECT_MTRR_ZAP_DMA_NEGATED))
		zap_written(m, who, msr);
}

/* v6.7, 9a3768191d95: only where EPT honors MTRRs. */
static void mtrr_written_6_7(struct model *m, unsigned who, uint32_t msr)
{
	if ((m->ept || (m->tdp && has_defect(m, DEFECT_NPT_ZAP))) && m->vm.dma_count)
		zap_written(m, who, msr);
}

static void mtrr_written_yan(struct model *m, unsigned who, uint32_t msr)
{
	uint64_t start, end;

	/* Patch 6: with CR0.CD=1 no MTRR is in effect; the toggle back will zap. */
	if (!m->ept || !m->vm.dma_count || (m->vm.vcpus[who].mode.cr0 & CR0_CD) ||
	    defect_skips(m, msr))
		return;
	if (written_range(m, &m->vm.vcpus[who], msr, &start, &end))
		model_yan_zap(m, who, start, end);
}

/* 879ae1880449: with the quirk nothing is zapped. Shadow paging zaps too, for nothing. */
static void cd_toggled_6_1(struct model *m, unsigned who)
{
	bool cd = m->vm.vcpus[who].mode.cr0 & CR0_CD;

	if (has_defect(m, DEFECT_NO_ZAP_CD) ||
	    has_defect(m, cd ? DEFECT_NO_ZAP_CD_SET : DEFECT_NO_ZAP_CD_CLEAR))
		return;
	if (!m->vm.dma_count == has_defect(m, DEFECT_CD_ZAP_DMA_NEGATED) &&
	    has_quirk(m, QUIRK_CD_NW_CLEARED) == has_defect(m, DEFECT_CD_ZAP_QUIRK_NEGATED))
		model_zap_gfn_range(m, who, 0, ~0ULL);
}

/* 7a18c7c2b69a */
static void cd_toggled_6_7(struct model *m, unsigned who)
{
	if (m->ept)
		cd_toggled_6_1(m, who);
}

static void cd_toggled_yan(struct model *m, unsigned who)
{
	if (m->ept && m->vm.dma_count && !has_defect(m, DEFECT_NO_ZAP_CD))
		model_yan_cd_toggled(m, who);
}

static bool dma_defect(const struct model *m)
{
	return has_defect(m, DEFECT_NO_ZAP_DMA) ||
	       has_defect(m, m->vm.dma_count ? DEFECT_NO_ZAP_DMA_START : DEFECT_NO_ZAP_DMA_STOP);
}

/* 362ff6dca541; in v6.11 the same condition goes by kvm_mmu_may_ignore_guest_pat(). */
static void dma_toggled_6_7(struct model *m, unsigned who)
{
	if (m->ept && !dma_defect(m))
		zap_everything(m, who);
}

/* v6.11-rc: a CPU with self-snoop never ignores guest PAT, nothing changes. */
static void dma_toggled_6_11_rc(struct model *m, unsigned who)
{
	if (m->ept && !m->vm.machine.selfsnoop && !dma_defect(m))
		zap_everything(m, who);
}

/* v6.16 asks the quirk alone: shadow paging, whose quirk cannot go, zaps for nothing. */
static void dma_toggled_6_16(struct model *m, unsigned who)
{
	if (has_quirk(m, QUIRK_IGNORE_GUEST_PAT) != has_defect(m, DEFECT_DMA_ZAP_QUIRK_NEGATED) &&
	    !dma_defect(m))
		zap_everything(m, who);
}

#define POL_5_15	(POL_HUGE_CHECK_ALWAYS | POL_PUT_FREES_ROOT | POL_CPUID_AFTER_RUN | \
			 POL_SREGS_CR0_UNCHECKED | POL_MASK_ORED | \
			 POL_VALID_GP_INJECT)
#define POL_5_16	(POL_5_15 & ~POL_CPUID_AFTER_RUN)
#define POL_5_18	(POL_5_16 | POL_EAGER_SPLIT)
#define POL_SINCE_5_18	(POL_EAGER_SPLIT | POL_MASK_ORED)
#define POL_SINCE_6_7	(POL_SINCE_5_18 | POL_SPLIT_ON_FAULT | POL_WP_FAST)
#define POL_YAN		(POL_SINCE_6_7 | POL_HUGE_CHECK)
#define POL_SINCE_6_11	((POL_SINCE_6_7 & ~POL_MASK_ORED) | POL_RANGE_SEQ | POL_PRE_FAULT | \
			 POL_ZAP_VALID_ROOTS | POL_FAULT_PRECHECK)

/* What all kernels up to v6.6 share. */
#define UNTIL_6_6(how)	.quirks = QUIRK_CD_NW_CLEARED, .memtype = how, \
			.mtrr_written = mtrr_written_6_1, .cd_toggled = cd_toggled_6_1

const struct policy model_policies[] = {
	{
		.name = "linux-5.15", .profile = PROFILE_LINUX_5_15, .roles = ROLES_5_10,
		.flags = POL_5_15,
		UNTIL_6_6(memtype_5_15),
	},
	{
		.name = "linux-6.1", .profile = PROFILE_LINUX_6_1,
		.flags = POL_SINCE_5_18 | POL_HUGE_CHECK | POL_WP_FAST,
		UNTIL_6_6(memtype_6_1),
	},
	{
		.name = "yan-v4", .profile = PROFILE_YAN_V4,
		.flags = POL_YAN,
		.quirks = QUIRK_CD_NW_CLEARED,
		.memtype = memtype_6_7,
		.mtrr_written = mtrr_written_yan,
		.cd_toggled = cd_toggled_yan,
		.dma_toggled = dma_toggled_6_7,
	},
	{
		.name = "linux-6.7", .profile = PROFILE_LINUX_6_7,
		.flags = POL_SINCE_6_7 | POL_HUGE_CHECK,
		.quirks = QUIRK_CD_NW_CLEARED,
		.memtype = memtype_6_7,
		.mtrr_written = mtrr_written_6_7,
		.cd_toggled = cd_toggled_6_7,
		.dma_toggled = dma_toggled_6_7,
	},
	{
		.name = "linux-6.11", .profile = PROFILE_LINUX_6_11,
		.flags = POL_SINCE_6_11,
		.quirks = QUIRK_CD_NW_CLEARED | QUIRK_SLOT_ZAP_ALL,
		.memtype = memtype_6_11,
		.dma_toggled = dma_toggled_6_7,
	},
	{
		.name = "linux-6.11-rc", .profile = PROFILE_LINUX_6_11_RC,
		.flags = POL_SINCE_6_11,
		.quirks = QUIRK_CD_NW_CLEARED,
		.memtype = memtype_6_11_rc,
		.dma_toggled = dma_toggled_6_11_rc,
	},
	{
		.name = "linux-6.16", .profile = PROFILE_LINUX_6_16,
		.flags = POL_SINCE_6_11 | POL_QUIRKS_OR,
		.quirks = QUIRKS_KNOWN,
		.memtype = memtype_6_16,
		.dma_toggled = dma_toggled_6_16,
	},
	/* Kernels whose rules are those of linux-5.15, but not their handling of roots. */
	{
		.name = "linux-5.16", .profile = PROFILE_LINUX_5_15, .roles = ROLES_5_16,
		.flags = POL_5_16,
		UNTIL_6_6(memtype_6_1),
	},
	{
		.name = "linux-5.18", .profile = PROFILE_LINUX_5_15,
		.flags = POL_5_18,
		UNTIL_6_6(memtype_6_1),
	},
	{
		.name = "paolo-v1", .profile = PROFILE_LINUX_5_15, .roles = ROLES_PAOLO_V1,
		.flags = POL_5_16,
		UNTIL_6_6(memtype_6_1),
	},
	{
		.name = "paolo-v2", .profile = PROFILE_LINUX_5_15, .roles = ROLES_PAOLO_V2,
		.flags = POL_5_18,
		UNTIL_6_6(memtype_6_1),
	},
	/* Proposals of the mails, on top of the kernel that they were posted for. */
	{
		.name = "seanjc-vcpu0", .profile = PROFILE_LINUX_5_15, .roles = ROLES_5_10,
		.flags = POL_5_15,
		UNTIL_6_6(memtype_vcpu0),
	},
	{
		.name = "vitaly-rfc", .profile = PROFILE_LINUX_5_15, .roles = ROLES_5_10,
		.flags = POL_5_15 | POL_ALLONES_EAGER,
		UNTIL_6_6(memtype_5_15),
	},
	{
		.name = "vitaly-rfc-ro", .profile = PROFILE_LINUX_5_15, .roles = ROLES_5_10,
		.flags = POL_5_15 | POL_ALLONES_EAGER | POL_ALLONES_GATE,
		UNTIL_6_6(memtype_5_15),
	},
	{
		.name = "seanjc-allones", .profile = PROFILE_LINUX_5_15, .roles = ROLES_5_10,
		.flags = POL_5_15 | POL_ALLONES_EMULATED | POL_ALLONES_GATE,
		UNTIL_6_6(memtype_5_15),
	},
	{
		.name = "yan-v4-11", .profile = PROFILE_YAN_V4,
		.flags = POL_YAN | POL_ZAP_SLOTS,
		.quirks = QUIRK_CD_NW_CLEARED,
		.memtype = memtype_6_7,
		.mtrr_written = mtrr_written_yan,
		.cd_toggled = cd_toggled_yan,
		.dma_toggled = dma_toggled_6_7,
	},
	{
		.name = "yan-v4-12", .profile = PROFILE_YAN_V4,
		.flags = POL_YAN | POL_ZAP_SLOTS | POL_ZAP_SHARED,
		.quirks = QUIRK_CD_NW_CLEARED,
		.memtype = memtype_6_7,
		.mtrr_written = mtrr_written_yan,
		.cd_toggled = cd_toggled_yan,
		.dma_toggled = dma_toggled_6_7,
	},
};
const unsigned model_nr_policies = sizeof(model_policies) / sizeof(model_policies[0]);

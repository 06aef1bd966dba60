// SPDX-License-Identifier: GPL-2.0-only
/*
 * What changes of CR0, CR3, CR4 and EFER do to roots and TLBs, kernel by
 * kernel, and in the version of mail 001 that was not merged (rules C.2, C.3).
 *
 * Source: arch/x86/kvm/x86.c (kvm_post_set_cr0(), kvm_post_set_cr4(),
 * kvm_set_cr3(), kvm_invalidate_pcid(), kvm_vcpu_flush_tlb_guest()) and
 * mmu/mmu.c (kvm_mmu_reset_context(), kvm_mmu_new_pgd(), fast_pgd_switch()) of
 * v6.1 and v6.12; before v5.18 by rules C.2 and the commits named here;
 * 20220209170020.1775368-13-pbonzini@redhat.com and
 * 20220217210340.312449-19-pbonzini@redhat.com for the two versions of "do not
 * unload MMU roots on all role changes".
 */
#include "harness/targets/model/vm.h"

#define CR0_ROLE	(CR0_PG | CR0_WP)
#define CR4_ROLE	(CR4_PSE | CR4_PAE | CR4_LA57 | CR4_SMEP | CR4_SMAP | CR4_PKE)

static enum role_rules rules(const struct model *m)
{
	return m->policy->roles;
}

static bool paging(const struct vcpu *v)
{
	return v->mode.cr0 & CR0_PG;
}

static unsigned active_pcid(const struct vcpu *v)
{
	return v->mode.cr4 & CR4_PCIDE ? v->mode.cr3 & CR3_PCID_MASK : 0;
}

void model_mmu_reset_context(struct model *m, unsigned vcpu)
{
	switch (rules(m)) {
	case ROLES_PAOLO_V1:
		model_new_pgd(m, vcpu, m->vm.vcpus[vcpu].mode.cr3);
		return;
	case ROLES_PAOLO_V2:
		m->vm.vcpus[vcpu].requests |= REQ_MMU_UPDATE_ROOT;
		return;
	default:
		model_vcpu_unload(m, vcpu);
		return;
	}
}

/* CPUID changes how page tables are read in ways that no role reflects. */
void model_mmu_after_set_cpuid(struct model *m, unsigned vcpu)
{
	model_vcpu_unload(m, vcpu);
	model_mmu_reset_context(m, vcpu);
}

void model_post_set_cr0(struct model *m, unsigned vcpu, uint64_t old, uint64_t cr0)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint64_t changed = old ^ cr0;
	bool paging_off = changed & old & CR0_PG;

	/* Only the emulator's view of the guest's tables changes. */
	if (changed == CR0_WP && m->tdp && policy_has(m, POL_WP_FAST))
		return;
	if (paging_off && (rules(m) == ROLES_5_18 || rules(m) == ROLES_PAOLO_V2) &&
	    !has_defect(m, DEFECT_NO_FLUSH_PG))
		v->requests |= REQ_TLB_FLUSH_GUEST;
	if (paging_off && rules(m) == ROLES_PAOLO_V1)
		model_vcpu_unload(m, vcpu);
	if (changed & CR0_ROLE)
		model_mmu_reset_context(m, vcpu);
	if (has_defect(m, DEFECT_NW_ZAPS) && (changed & CR0_NW))
		changed |= CR0_CD;
	if ((changed & CR0_CD) && m->policy->cd_toggled)
		m->policy->cd_toggled(m, vcpu);
}

/* Up to v5.15 a change resets the MMU or it does nothing; PCIDE=1 does nothing. */
static void post_set_cr4_5_10(struct model *m, unsigned vcpu, uint64_t old, uint64_t cr4)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	bool pcide_off = (old & ~cr4) & CR4_PCIDE;
	uint64_t pge = (old ^ cr4) & CR4_PGE;

	if ((pge && has_defect(m, DEFECT_NO_PGE_FLUSH)) ||
	    (pcide_off && has_defect(m, DEFECT_NO_PCIDE_FLUSH)))
		return;
	if (((old ^ cr4) & CR4_ROLE) || pge || pcide_off)
		model_mmu_reset_context(m, vcpu);
	/* PGE is the guest's own with EPT: the CPU flushes. */
	if (pge && m->tdp)
		v->requests |= REQ_TLB_FLUSH_GUEST;
}

/*
 * v5.16, v5.17 (552617382c19, a91a7c709600): each case is a superset of the
 * next, hence "else". Version 1 of the mail keeps the "else", although its
 * reset unloads nothing any more.
 */
static void post_set_cr4_5_16(struct model *m, unsigned vcpu, uint64_t old, uint64_t cr4)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint64_t changed = old ^ cr4;

	if (changed & CR4_ROLE) {
		model_mmu_reset_context(m, vcpu);
		if (rules(m) == ROLES_PAOLO_V1 && (changed & cr4 & CR4_SMEP))
			v->requests |= REQ_TLB_FLUSH_GUEST;
	} else if (changed & CR4_PCIDE) {
		v->requests |= REQ_MMU_RELOAD;
	} else if ((changed & CR4_PGE) && !has_defect(m, DEFECT_NO_PGE_FLUSH)) {
		v->requests |= REQ_TLB_FLUSH_GUEST;
	}
}

/* v5.18, f4bc051fc91a: the TLB is flushed apart from the reset. */
static void post_set_cr4_5_18(struct model *m, unsigned vcpu, uint64_t old, uint64_t cr4)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint64_t changed = old ^ cr4;
	bool pge = changed & CR4_PGE, pcide_off = changed & old & CR4_PCIDE;

	if (changed & CR4_ROLE)
		model_mmu_reset_context(m, vcpu);
	/* Roots cached with PCIDE=0 may be unsync, and NOFLUSH loads are possible from now on. */
	if (!m->tdp && (changed & cr4 & CR4_PCIDE) && !has_defect(m, DEFECT_PCIDE_KEEPS_ROOTS))
		model_vcpu_unload(m, vcpu);
	if (has_defect(m, DEFECT_NO_PGE_FLUSH) ||
	    (has_defect(m, DEFECT_NO_PGE_SET_FLUSH) && (cr4 & CR4_PGE)))
		pge = false;
	if (has_defect(m, DEFECT_NO_PCIDE_FLUSH))
		pcide_off = false;
	if (pge || pcide_off)
		v->requests |= REQ_TLB_FLUSH_GUEST;
	else if (((changed & CR4_PAE) || (changed & cr4 & CR4_SMEP)) &&
		 !has_defect(m, DEFECT_NO_FLUSH_SMEP))
		v->requests |= REQ_TLB_FLUSH_CURRENT;
}

void model_post_set_cr4(struct model *m, unsigned vcpu, uint64_t old, uint64_t cr4)
{
	switch (rules(m)) {
	case ROLES_5_10:
		return post_set_cr4_5_10(m, vcpu, old, cr4);
	case ROLES_5_16:
	case ROLES_PAOLO_V1:
		return post_set_cr4_5_16(m, vcpu, old, cr4);
	default:
		return post_set_cr4_5_18(m, vcpu, old, cr4);
	}
}

void model_post_set_efer(struct model *m, unsigned vcpu, uint64_t old, uint64_t efer)
{
	bool early = rules(m) == ROLES_5_10 || rules(m) == ROLES_5_16 || rules(m) == ROLES_PAOLO_V1;

	if ((old ^ efer) & (early ? EFER_NX : EFER_NX | EFER_LME))
		model_mmu_reset_context(m, vcpu);
}

/* kvm_invalidate_pcid(), v5.16 (21823fbda552): with TDP the CPU does it, without KVM's doing. */
static void invalidate_pcid(struct model *m, unsigned vcpu, unsigned pcid)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	if (has_defect(m, DEFECT_NO_CR3_FLUSH))
		return;
	if (m->tdp) {
		v->requests |= REQ_TLB_FLUSH_GUEST;
		return;
	}
	if (active_pcid(v) == pcid)
		v->requests |= REQ_TLB_FLUSH_CURRENT |
			       (has_defect(m, DEFECT_CR3_NO_SYNC) ? 0 : REQ_MMU_SYNC);
	/* With PCIDE=0 every load of another CR3 flushes: "no need to free prev_roots". */
	if (!(v->mode.cr4 & CR4_PCIDE) || has_defect(m, DEFECT_PCID_KEEPS_ROOTS))
		return;
	for (unsigned i = 0; i < NR_PREV_ROOTS; i++) {
		if ((v->prev[i].pgd & CR3_PCID_MASK) == pcid)
			model_vcpu_free_prev(m, vcpu, i);
	}
}

/* Up to v5.15 of all the roots of a PCID only the one loaded is synced. */
static void load_cr3_5_10(struct model *m, unsigned vcpu, uint64_t cr3, bool keep)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	if (cr3 != v->mode.cr3)
		model_new_pgd(m, vcpu, cr3);
	if (!keep && !has_defect(m, DEFECT_NO_CR3_FLUSH))
		v->requests |= m->tdp ? REQ_TLB_FLUSH_GUEST : REQ_MMU_SYNC | REQ_TLB_FLUSH_CURRENT;
	v->mode.cr3 = cr3;
}

void model_load_cr3(struct model *m, unsigned vcpu, uint64_t cr3, bool keep)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	if (rules(m) == ROLES_5_10) {
		load_cr3_5_10(m, vcpu, cr3, keep);
		return;
	}
	if (cr3 != v->mode.cr3)
		model_new_pgd(m, vcpu, cr3);
	v->mode.cr3 = cr3;
	if (!keep)
		invalidate_pcid(m, vcpu, active_pcid(v));
}

void model_invlpg(struct model *m, unsigned vcpu, uint64_t va)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	if (m->tdp || !paging(v) || has_defect(m, DEFECT_INVLPG_KEEPS))
		return;
	/* A translation may be global: of the cached roots too, whatever their PCID. */
	model_linear_drop(m, v->root, va);
	for (unsigned i = 0; i < NR_PREV_ROOTS; i++)
		model_linear_drop(m, v->prev[i].root, va);
}

/* INVPCID of a type and PCID that are legal. */
void model_invpcid(struct model *m, unsigned vcpu, unsigned type, unsigned pcid, uint64_t va)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	if (m->tdp || type >= 2) {
		if (type)
			v->requests |= REQ_TLB_FLUSH_GUEST;
		if (!m->tdp && rules(m) == ROLES_5_10)
			model_vcpu_unload(m, vcpu);
		return;
	}
	if (type == 1) {
		invalidate_pcid(m, vcpu, pcid);
		return;
	}
	if (active_pcid(v) == pcid)
		model_linear_drop(m, v->root, va);
	for (unsigned i = 0; i < NR_PREV_ROOTS; i++) {
		if ((v->prev[i].pgd & CR3_PCID_MASK) == pcid)
			model_linear_drop(m, v->prev[i].root, va);
	}
}

/* kvm_vcpu_flush_tlb_guest(): shadow pages are a TLB too (since v5.14). */
void model_flush_guest_sync(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	if (m->tdp || has_defect(m, DEFECT_GUEST_FLUSH_NO_SYNC))
		return;
	model_root_sync(m, v->root);
	for (unsigned i = 0; i < NR_PREV_ROOTS; i++)
		model_root_sync(m, v->prev[i].root);
}

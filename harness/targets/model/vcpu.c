// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU's control registers, modes and resets, and the host ioctls on it.
 *
 * Source: arch/x86/kvm/x86.c (kvm_set_cr0(), kvm_set_cr3(), kvm_set_cr4(),
 * set_efer(), __set_sregs(), kvm_vcpu_reset(), enter_smm()), cpuid.c, emulate.c
 * (em_rsm()), lapic.c (kvm_apic_accept_events()) of v6.1, regs.c and smm.c of
 * v6.12. What follows for roots and TLBs is in role.c.
 *
 * The guest's CPUID has the features behind CR4_KNOWN. Its page tables and
 * SMRAM's save area are there wherever CR3 and SMBASE point, slots or not, and
 * PDPTEs are fine.
 */
#include "harness/targets/model/sched.h"

#define CR0_KNOWN	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | \
			 CR0_NW | CR0_CD | CR0_PG)
#define CR4_KNOWN	(CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | \
			 CR4_PGE | CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP | CR4_LA57 | \
			 CR4_FSGSBASE | CR4_PCIDE | CR4_OSXSAVE | CR4_SMEP | CR4_SMAP)

static bool long_mode(const struct vcpu *v)
{
	return v->mode.efer & EFER_LMA;
}

static bool paging(const struct vcpu *v)
{
	return v->mode.cr0 & CR0_PG;
}

static bool pae_paging(const struct vcpu *v)
{
	return !long_mode(v) && (v->mode.cr4 & CR4_PAE) && paging(v);
}

static bool illegal_gpa(const struct vcpu *v, uint64_t gpa)
{
	return gpa >> v->maxphyaddr;
}

static bool cr0_valid(const struct model *m, uint64_t cr0)
{
	if (cr0 >> 32 && !has_defect(m, DEFECT_CR0_HIGH_BITS))
		return false;
	if ((cr0 & CR0_NW) && !(cr0 & CR0_CD) && !has_defect(m, DEFECT_NW_WITHOUT_CD))
		return false;
	return !(cr0 & CR0_PG) || (cr0 & CR0_PE) || has_defect(m, DEFECT_PG_WITHOUT_PE);
}

/* The vendor's model_set_cr0 hook: the value, and LMA that follows PG. */
static void write_cr0(struct vcpu *v, uint64_t cr0)
{
	if (v->mode.efer & EFER_LME) {
		if (!paging(v) && (cr0 & CR0_PG))
			v->mode.efer |= EFER_LMA;
		else if (paging(v) && !(cr0 & CR0_PG))
			v->mode.efer &= ~EFER_LMA;
	}
	v->mode.cr0 = cr0;
}

bool model_set_cr0(struct model *m, unsigned vcpu, uint64_t cr0)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint64_t old = v->mode.cr0;

	if (!cr0_valid(m, cr0))
		return false;
	if (!has_defect(m, DEFECT_CR0_ET))
		cr0 |= CR0_ET;
	cr0 &= CR0_KNOWN;
	if ((v->mode.efer & EFER_LME) && !paging(v) && (cr0 & CR0_PG) &&
	    (!(v->mode.cr4 & CR4_PAE) || v->mode.cs_l))
		return false;
	if (!(cr0 & CR0_PG) &&
	    ((long_mode(v) && v->mode.cs_l) || (v->mode.cr4 & CR4_PCIDE)))
		return false;
	model_touch(m, OBJ_CONFIG, OBJ_VCPU(vcpu));
	write_cr0(v, cr0);
	model_point(m, vcpu, POINT_CR0_WRITTEN);
	model_post_set_cr0(m, vcpu, old, cr0);
	return true;
}

bool model_set_cr3(struct model *m, unsigned vcpu, uint64_t cr3)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	bool keep = false;

	if ((v->mode.cr4 & CR4_PCIDE) || has_defect(m, DEFECT_NOFLUSH_WITHOUT_PCIDE)) {
		keep = cr3 & CR3_NOFLUSH;
		cr3 &= ~CR3_NOFLUSH;
	}
	if (cr3 != v->mode.cr3 && illegal_gpa(v, cr3) && !has_defect(m, DEFECT_CR3_MAXPHYADDR))
		return false;
	model_load_cr3(m, vcpu, cr3, keep);
	return true;
}

bool model_set_cr4(struct model *m, unsigned vcpu, uint64_t cr4)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint64_t old = v->mode.cr4;

	if (cr4 & ~CR4_KNOWN)
		return false;
	if (long_mode(v)) {
		if (!(cr4 & CR4_PAE) && !has_defect(m, DEFECT_CR4_PAE_LONG))
			return false;
		if (((cr4 ^ old) & CR4_LA57) && !has_defect(m, DEFECT_LA57_LONG))
			return false;
	}
	if ((cr4 & ~old & CR4_PCIDE) &&
	    (((v->mode.cr3 & CR3_PCID_MASK) && !has_defect(m, DEFECT_PCIDE_WITH_PCID)) || !long_mode(v)))
		return false;
	v->mode.cr4 = cr4;
	model_point(m, vcpu, POINT_CR4_WRITTEN);
	model_post_set_cr4(m, vcpu, old, cr4);
	return true;
}

bool model_set_efer(struct model *m, unsigned vcpu, uint64_t efer, bool host)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint64_t old = v->mode.efer;

	if (efer & ~EFER_KNOWN)
		return false;
	if (!host && paging(v) && ((efer ^ old) & EFER_LME) && !has_defect(m, DEFECT_LME_PAGING))
		return false;
	v->mode.efer = (efer & ~EFER_LMA) | (old & EFER_LMA);
	model_post_set_efer(m, vcpu, old, v->mode.efer);
	return true;
}

static bool sregs_valid(const struct model *m, const struct vcpu *v, const struct mode *new)
{
	if ((new->efer & EFER_LME) && (new->cr0 & CR0_PG)) {
		if (!(new->cr4 & CR4_PAE) || !(new->efer & EFER_LMA) || illegal_gpa(v, new->cr3))
			return false;
	} else if ((new->efer & EFER_LMA) || new->cs_l) {
		return false;
	}
	if (new->cr4 & ~CR4_KNOWN)
		return false;
	return policy_has(m, POL_SREGS_CR0_UNCHECKED) || has_defect(m, DEFECT_SREGS_CR0) ||
	       cr0_valid(m, new->cr0);
}

/*
 * KVM_SET_SREGS with what KVM_GET_SREGS said but for the named registers: CS
 * stays, so a vCPU in 64-bit code cannot leave long mode. No zap for CR0.CD.
 */
int model_set_sregs(struct model *m, const struct op *op)
{
	struct vcpu *v = &m->vm.vcpus[op->vcpu];
	struct mode new = v->mode;
	bool changed;

	if (op->arg & SREGS_CR0)
		new.cr0 = op->v[0];
	if (op->arg & SREGS_CR3)
		new.cr3 = op->v[1];
	if (op->arg & SREGS_CR4)
		new.cr4 = op->v[2];
	if (op->arg & SREGS_EFER)
		new.efer = op->v[3];
	if (!sregs_valid(m, v, &new))
		return EINVAL;
	changed = new.cr0 != v->mode.cr0 || new.cr3 != v->mode.cr3 || new.cr4 != v->mode.cr4 ||
		  new.efer != v->mode.efer;
	/* model_set_efer, then model_set_cr0, whose LMA handling sees the new EFER. */
	v->mode.cr3 = new.cr3;
	v->mode.efer = new.efer;
	write_cr0(v, new.cr0);
	v->mode.cr4 = new.cr4;
	if (changed || pae_paging(v))
		model_mmu_reset_context(m, op->vcpu);
	return 0;
}

int model_set_cpuid(struct model *m, const struct op *op)
{
	struct vcpu *v = &m->vm.vcpus[op->vcpu];
	bool mtrr = op->arg & CPUID_MTRR ? op->v[0] : v->cpuid_mtrr;
	uint64_t maxphyaddr = op->arg & CPUID_MAXPHYADDR ? op->v[1] : v->maxphyaddr;

	if (v->has_run && !policy_has(m, POL_CPUID_AFTER_RUN) &&
	    !has_defect(m, DEFECT_CPUID_AFTER_RUN)) {
		/* Only the CPUID that is already there. */
		return mtrr == v->cpuid_mtrr && maxphyaddr == v->maxphyaddr ? 0 : EINVAL;
	}
	v->cpuid_mtrr = mtrr;
	v->maxphyaddr = maxphyaddr;
	model_mmu_after_set_cpuid(m, op->vcpu);
	return 0;
}

/*
 * KVM_CAP_DISABLE_QUIRKS2 with what is off now, more or less @quirk. Before
 * v5.18 the VMM itself refuses what the kernel does not know.
 */
int model_set_quirk(struct model *m, uint32_t quirk, bool on)
{
	uint32_t supported = m->policy->quirks;

	model_touch(m, 0, OBJ_CONFIG);
	if (policy_has(m, POL_QUIRKS_OR) && (!m->tdp || (m->vm.machine.vendor == VENDOR_INTEL &&
							 !m->vm.machine.selfsnoop)))
		supported &= ~QUIRK_IGNORE_GUEST_PAT;
	if (on) {
		if (!policy_has(m, POL_QUIRKS_OR) || has_defect(m, DEFECT_QUIRK_COMES_BACK))
			m->vm.quirks_off &= ~quirk;
		return 0;
	}
	if (!(supported & quirk))
		return EINVAL;
	m->vm.quirks_off |= quirk;
	return 0;
}

/* One count more or less; there is nothing to remove when none is left. */
int model_set_dma(struct model *m, bool on)
{
	uint32_t count = m->vm.dma_count;

	if (!on && !count)
		return ENOENT;
	if (has_defect(m, DEFECT_DMA_ZAP_FIRST) && m->policy->dma_toggled)
		m->policy->dma_toggled(m, HOST);
	model_touch(m, 0, OBJ_CONFIG);
	m->vm.dma_count = on ? count + 1 : count - 1;
	if (has_defect(m, DEFECT_DMA_COUNT_BOOL))
		m->vm.dma_count = on;
	model_point(m, HOST, POINT_DMA_COUNTED);
	if ((!count || !m->vm.dma_count || has_defect(m, DEFECT_DMA_ZAP_EVERY)) &&
	    m->policy->dma_toggled && !has_defect(m, DEFECT_DMA_ZAP_FIRST))
		m->policy->dma_toggled(m, HOST);
	return 0;
}

/* kvm_vcpu_reset(init_event) */
void model_vcpu_init(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint64_t old = v->mode.cr0;

	if (v->smm) {
		v->init_pending = true;	/* latched until RSM */
		return;
	}
	v->mode = (struct mode){ .cr0 = CR0_ET | (old & (CR0_CD | CR0_NW)) };
	if (has_defect(m, DEFECT_INIT_CD))
		v->mode.cr0 |= CR0_CD | CR0_NW;
	if (has_defect(m, DEFECT_INIT_PAT))
		v->pat = PAT_RESET_VALUE;
	if (has_defect(m, DEFECT_INIT_MTRR))
		v->mtrr.def_type = 0;
	v->gp_pending = false;
	if ((old & CR0_PG) && m->policy->roles == ROLES_PAOLO_V1)
		model_vcpu_unload(m, vcpu);	/* and kvm_init_mmu(): no reset there */
	else if (old & CR0_PG)
		model_mmu_reset_context(m, vcpu);
	if (!has_defect(m, DEFECT_NO_FLUSH_INIT))
		v->requests |= REQ_TLB_FLUSH_GUEST;
	v->waits_for_init = false;
	v->waits_for_sipi = (vcpu != 0 && !has_defect(m, DEFECT_INIT_RUNS_ON)) ||
			    has_defect(m, DEFECT_INIT_STOPS_BSP);
}

static const struct mode start_modes[NR_START_MODES] = {
	[START_RUNNING] = { RUNNING_CR0, RUNNING_CR3, RUNNING_CR4, RUNNING_EFER, true },
	[START_RESET] = { .cr0 = RESET_CR0 },
	[START_REAL] = { .cr0 = REAL_CR0 },
	[START_PAE32] = { RUNNING_CR0, RUNNING_CR3, CR4_PAE, 0, false },
};

/* As KVM_CREATE_VCPU leaves it, then as the VMM starts it (design 3). */
void model_vcpu_create(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	const struct machine *machine = &m->vm.machine;

	__builtin_memset(v, 0, offsetof(struct vcpu, tlb));
	v->tlb.nr = v->tlb.next = 0;
	v->mode = start_modes[machine->start];
	v->pat = PAT_RESET_VALUE;
	v->root = NO_ROOT;
	for (unsigned i = 0; i < NR_PREV_ROOTS; i++)
		v->prev[i].root = NO_ROOT;
	v->maxphyaddr = machine->maxphyaddr;
	v->cpuid_mtrr = machine->cpuid_mtrr;
	/* An AP fresh from KVM_CREATE_VCPU is UNINITIALIZED: a SIPI without an INIT is dropped. */
	v->waits_for_sipi = v->waits_for_init = vcpu && machine->start == START_RESET;
}

/* enter_smm(): CR0 goes through the vendor hook, so no CD zap; CD and NW stay. */
void model_vcpu_smi(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	if (v->smm) {
		v->smi_pending = true;
		return;
	}
	v->has_run = true;	/* SMIs are taken within KVM_RUN */
	v->saved = v->mode;
	v->smm = true;
	write_cr0(v, v->mode.cr0 & ~(CR0_PE | CR0_EM | CR0_TS | CR0_PG |
				     (has_defect(m, DEFECT_SMI_CLEARS_CD) ? CR0_CD | CR0_NW : 0)));
	v->mode.cr4 = 0;
	v->mode.efer = 0;
	v->mode.cs_l = false;
	model_mmu_reset_context(m, vcpu);
}

/* rsm_enter_protected_mode(); PCIDE comes last, it needs long mode. */
static bool load_mode(struct model *m, unsigned vcpu, const struct mode *mode)
{
	uint64_t pcid = mode->cr4 & CR4_PCIDE ? mode->cr3 & CR3_PCID_MASK : 0;

	if (!model_set_efer(m, vcpu, mode->efer & ~EFER_LMA, false) ||
	    !model_set_cr3(m, vcpu, mode->cr3 & ~pcid) ||
	    !model_set_cr4(m, vcpu, mode->cr4 & ~CR4_PCIDE) ||
	    !model_set_cr0(m, vcpu, has_defect(m, DEFECT_RSM_KEEPS_CD) ?
			   (mode->cr0 & ~(CR0_CD | CR0_NW)) | (m->vm.vcpus[vcpu].mode.cr0 & CR0_CD) :
			   mode->cr0))
		return false;
	if ((mode->cr4 & CR4_PCIDE) && (!model_set_cr4(m, vcpu, mode->cr4) ||
					!model_set_cr3(m, vcpu, mode->cr3)))
		return false;
	m->vm.vcpus[vcpu].mode.cs_l = mode->cs_l;
	return true;
}

/*
 * em_rsm(): leaves SMM, goes through real mode, then sets CR3, CR4, CR0 like a
 * guest's MOV, which is where a CR0.CD that SMM changed is seen.
 */
void model_vcpu_rsm(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	struct mode saved = v->saved;

	v->smm = false;
	model_mmu_reset_context(m, vcpu);
	if (v->mode.cr4 & CR4_PCIDE)
		model_set_cr4(m, vcpu, v->mode.cr4 & ~CR4_PCIDE);
	v->mode.cs_l = false;	/* a 32-bit code segment before paging goes off */
	if (v->mode.cr0 & CR0_PE)
		model_set_cr0(m, vcpu, v->mode.cr0 & ~(CR0_PG | CR0_PE));
	if (v->mode.cr4 & CR4_PAE)
		model_set_cr4(m, vcpu, v->mode.cr4 & ~CR4_PAE);
	model_set_efer(m, vcpu, 0, false);

	if (!load_mode(m, vcpu, &saved)) {
		model_fail(m, TARGET_SKIPPED, "RSM brings back registers that KVM refuses (set by "
			   "KVM_SET_SREGS): the vCPU shuts down");
		return;
	}

	if (v->init_pending) {
		v->init_pending = v->smi_pending = false;
		model_vcpu_init(m, vcpu);
	} else if (v->smi_pending) {
		v->smi_pending = false;
		model_vcpu_smi(m, vcpu);
	}
}

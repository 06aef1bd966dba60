// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMRUN on an AMD processor: the counterpart of cpu_vmx.c for svm/vmenter.S.
 * APM vol 2: 15.9 to 15.13 (intercepts), 15.25 (nested paging), 15.16 (ASIDs
 * and TLB control).
 */
#include <linux/kvm_host.h>

#include "cpuid.h"
#include "host.h"
#include "kvm_cache_regs.h"
#include "mmu.h"
#include "shim.h"
#if __has_include("smm.h")	/* is_smm() moved there in 6.2 */
#include "smm.h"
#endif
#include "svm/svm.h"

#define INSN_LENGTH	3

static int exit_guest(struct vmcb *vmcb, u64 code, u64 info1, u64 info2)
{
	vmcb->control.exit_code = code;
	vmcb->control.exit_info_1 = info1;
	vmcb->control.exit_info_2 = info2;
	vmcb->control.exit_int_info = 0;
	vmcb->control.next_rip = vmcb->save.rip + INSN_LENGTH;
	return 0;
}

static int exit_interrupt(struct vmcb *vmcb)
{
	return exit_guest(vmcb, SVM_EXIT_INTR, 0, 0);
}

static int done(struct vmcb *vmcb, enum ukvm_result_kind kind, u64 value)
{
	ukvm_guest_done(kind, value);
	return exit_interrupt(vmcb);
}

static int fault(struct vmcb *vmcb, unsigned int vector)
{
	ukvm_guest_exception(vector);
	return exit_interrupt(vmcb);
}

static bool intercepted(struct vmcb *vmcb, unsigned int bit)
{
	return vmcb_is_intercept(&vmcb->control, bit);
}

/* MSR permissions map (APM 15.11): two bits an MSR, three ranges of 2 KiB. */
static bool msr_intercepted(struct vmcb *vmcb, u32 msr, bool write)
{
	const u8 *map = __va(vmcb->control.msrpm_base_pa);
	unsigned int bit;

	if (!intercepted(vmcb, INTERCEPT_MSR_PROT))
		return false;
	if (msr - 0xc0000000u < 0x2000)
		map += 0x800;
	else if (msr - 0xc0010000u < 0x2000)
		map += 0x1000;
	else if (msr >= 0x2000)
		return true;
	bit = (msr & 0x1fff) * 2 + write;
	return map[bit / 8] >> (bit % 8) & 1;
}

/*
 * MOV to a control register from RAX: intercepted, with decode assists (bit 63
 * of EXITINFO1), or done at once. Selective CR0 writes spare TS and MP.
 */
static int mov_cr(struct vmcb *vmcb, unsigned int cr, u64 value)
{
	const u64 valid = 1ull << 63;

	if (intercepted(vmcb, INTERCEPT_CR0_WRITE + cr))
		return exit_guest(vmcb, SVM_EXIT_WRITE_CR0 + cr, valid, 0);
	if (cr == 0 && intercepted(vmcb, INTERCEPT_SELECTIVE_CR0) &&
	    (value ^ vmcb->save.cr0) & ~(X86_CR0_TS | X86_CR0_MP))
		return exit_guest(vmcb, SVM_EXIT_CR0_SEL_WRITE, valid, 0);
	if (cr == 3) {
		bool pcide = vmcb->save.cr4 & X86_CR4_PCIDE;
		bool noflush = pcide && value & X86_CR3_PCID_NOFLUSH;

		if (pcide)
			value &= ~X86_CR3_PCID_NOFLUSH;
		if (!(vmcb->save.cs.attrib & SVM_SELECTOR_L_MASK))
			value = (u32)value;
		if (value >> cpuid_maxphyaddr(ukvm_guest.vcpu))
			return fault(vmcb, GP_VECTOR);
		vmcb->save.cr3 = value;
		if (!noflush)
			ukvm_event(UKVM_EV_GUEST_FLUSH, ukvm_guest.id, 1);
	} else if (cr == 0) {
		vmcb->save.cr0 = value;
	} else {
		return done(vmcb, UKVM_ODD, cr);	/* KVM always intercepts CR4 */
	}
	return done(vmcb, UKVM_OK, 0);
}

static int access(struct vmcb *vmcb, u64 gpa, u64 error_code)
{
	const u64 root = vmcb->control.nested_cr3;
	u64 gfn = gpa >> PAGE_SHIFT, *entry;
	int level = ukvm_guest.vcpu->arch.mmu->root_role.level;

	if (gpa >> cpuid_maxphyaddr(ukvm_guest.vcpu))
		return done(vmcb, UKVM_ODD, 0);
	entry = ukvm_walk(root, gfn, false, &level);
	error_code |= PFERR_USER_MASK | PFERR_GUEST_FINAL_MASK;
	if (*entry & PT_PRESENT_MASK) {
		error_code |= PFERR_PRESENT_MASK;
		/* KVM marks MMIO with a bit beyond the host's physical addresses. */
		if (*entry & GENMASK_ULL(51, 48))
			error_code |= PFERR_RSVD_MASK;
		else if (!(error_code & PFERR_WRITE_MASK && !(*entry & PT_WRITABLE_MASK)) &&
			 !(error_code & PFERR_FETCH_MASK && *entry & PT64_NX_MASK)) {
			*entry |= PT_ACCESSED_MASK |
				  (error_code & PFERR_WRITE_MASK ? PT_DIRTY_MASK : 0);
			gfn &= -(1ull << 9 * (level - 1));
			ukvm_event_fill(ukvm_guest.id, is_smm(ukvm_guest.vcpu),
					root >> PAGE_SHIFT, gfn, level, *entry);
			return done(vmcb, UKVM_OK, 0);
		}
	}
	ukvm_event_range(UKVM_EV_FLUSH, gfn, gfn + 1);
	return exit_guest(vmcb, SVM_EXIT_NPF, error_code, gpa);
}

static int execute(struct vmcb *vmcb, const struct ukvm_insn *insn, unsigned long *regs)
{
	switch (insn->kind) {
	case UKVM_WRMSR:
	case UKVM_RDMSR:
		regs[VCPU_REGS_RCX] = insn->arg;
		if (insn->kind == UKVM_WRMSR) {
			vmcb->save.rax = (u32)insn->value;
			regs[VCPU_REGS_RDX] = insn->value >> 32;
		}
		if (msr_intercepted(vmcb, insn->arg, insn->kind == UKVM_WRMSR))
			return exit_guest(vmcb, SVM_EXIT_MSR, insn->kind == UKVM_WRMSR, 0);
		/* PAT, with nested paging, is the guest's own, in the VMCB. */
		return done(vmcb, UKVM_ODD, insn->arg);
	case UKVM_CR0:
	case UKVM_CR3:
	case UKVM_CR4:
		vmcb->save.rax = insn->value;
		return mov_cr(vmcb, insn->kind == UKVM_CR0 ? 0 : insn->kind == UKVM_CR3 ? 3 : 4,
			      insn->value);
	case UKVM_READ:
		return access(vmcb, insn->value, 0);
	case UKVM_WRITE:
		return access(vmcb, insn->value, PFERR_WRITE_MASK);
	case UKVM_EXEC:
		return access(vmcb, insn->value, PFERR_FETCH_MASK);
	case UKVM_WBINVD:
		if (intercepted(vmcb, INTERCEPT_WBINVD))
			return exit_guest(vmcb, SVM_EXIT_WBINVD, 0, 0);
		return done(vmcb, UKVM_OK, 0);
	case UKVM_INVD:
		if (intercepted(vmcb, INTERCEPT_INVD))
			return exit_guest(vmcb, SVM_EXIT_INVD, 0, 0);
		return done(vmcb, UKVM_OK, 0);
	case UKVM_INVLPG:
		if (intercepted(vmcb, INTERCEPT_INVLPG))
			return exit_guest(vmcb, SVM_EXIT_INVLPG, insn->value, 0);
		return done(vmcb, UKVM_OK, 0);
	case UKVM_INVPCID:
		if (intercepted(vmcb, INTERCEPT_INVPCID))
			return done(vmcb, UKVM_ODD, SVM_EXIT_INVPCID);
		if (ukvm_invpcid_faults(insn, vmcb->save.cr4))
			return fault(vmcb, GP_VECTOR);
		ukvm_event(UKVM_EV_GUEST_FLUSH, ukvm_guest.id, insn->arg >= 2 ? 2 : 1);
		return done(vmcb, UKVM_OK, 0);
	case UKVM_CPUID:
		vmcb->save.rax = insn->arg;
		regs[VCPU_REGS_RCX] = 0;
		return exit_guest(vmcb, SVM_EXIT_CPUID, 0, 0);
	case UKVM_RSM:
		if (intercepted(vmcb, INTERCEPT_RSM))
			return exit_guest(vmcb, SVM_EXIT_RSM, 0, 0);
		return fault(vmcb, UD_VECTOR);
	}
	return done(vmcb, UKVM_ODD, 0);
}

/*
 * A new ASID finds an empty TLB; otherwise TLB_CONTROL says what to drop. Each
 * vCPU is taken to have a processor of its own.
 */
static void flush_tlb(struct vmcb *vmcb)
{
	static u32 last_asid[UKVM_MAX_VCPUS];
	u32 *asid = &last_asid[ukvm_guest.id];

	if (vmcb->control.tlb_ctl != TLB_CONTROL_DO_NOTHING || *asid != vmcb->control.asid) {
		ukvm_event_range(UKVM_EV_FLUSH, 0, ~0ul);
		ukvm_event(UKVM_EV_GUEST_FLUSH, ukvm_guest.id, 2);
	}
	*asid = vmcb->control.asid;
}

void __svm_vcpu_run(struct vcpu_svm *svm, bool spec_ctrl_intercepted)
{
	static u64 start_rip;
	struct vmcb *vmcb = svm->current_vmcb->ptr;
	unsigned long *regs = svm->vcpu.arch.regs;
	u32 event = vmcb->control.event_inj;

	flush_tlb(vmcb);
	ukvm_event(UKVM_EV_ENTER, ukvm_guest.id, 0);
	ukvm_guest.entries++;
	vmcb->control.event_inj = 0;
	if (!ukvm_guest.insn) {
		exit_interrupt(vmcb);
		return;
	}
	if (ukvm_guest.entries == 1)
		start_rip = vmcb->save.rip;
	if (event & SVM_EVTINJ_VALID && (event & SVM_EVTINJ_TYPE_MASK) == SVM_EVTINJ_TYPE_EXEPT)
		fault(vmcb, event & SVM_EVTINJ_VEC_MASK);
	else if (ukvm_guest.entries > UKVM_MAX_ENTRIES)
		done(vmcb, UKVM_HANG, 0);
	else if (vmcb->save.rip != start_rip)
		done(vmcb, UKVM_OK, ukvm_guest.insn->kind == UKVM_RDMSR
				    ? (u32)vmcb->save.rax | (u64)regs[VCPU_REGS_RDX] << 32 : 0);
	else
		execute(vmcb, ukvm_guest.insn, regs);
}

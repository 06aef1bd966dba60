// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMLAUNCH and VMRESUME on an Intel processor: the guest executes the one
 * instruction that ukvm_guest.insn names, under the controls KVM put into the
 * VMCS, and leaves as the SDM says (vol 3C ch. 25: which instructions exit; ch.
 * 27: what an exit records; 28.2: EPT). Stands for vmx/vmenter.S.
 *
 * An instruction that exits is finished by KVM, which moves RIP past it; one
 * that faults on EPT is executed again. When it is done, the host's interrupt
 * takes the vCPU out of the guest, and KVM_RUN returns for a pending signal.
 */
#include <linux/kvm_host.h>

#include "host.h"
#include "kvm_cache_regs.h"
#include "mmu.h"
#include "shim.h"
#if __has_include("smm.h")	/* is_smm() moved there in 6.2 */
#include "smm.h"
#endif
#include "vmcs.h"
#include "vmx/vmx.h"

#define INSN_LENGTH	3	/* of every instruction */

static int exit_guest(u32 reason, u64 qualification)
{
	ukvm_vmwrite(VM_EXIT_REASON, reason);
	ukvm_vmwrite(EXIT_QUALIFICATION, qualification);
	ukvm_vmwrite(VM_EXIT_INSTRUCTION_LEN, INSN_LENGTH);
	ukvm_vmwrite(IDT_VECTORING_INFO_FIELD, 0);
	return 0;
}

/* The instruction is done: an interrupt of the host ends the guest's time slice. */
static int exit_interrupt(void)
{
	ukvm_vmwrite(VM_EXIT_INTR_INFO, INTR_INFO_VALID_MASK | INTR_TYPE_EXT_INTR | 0x20);
	return exit_guest(EXIT_REASON_EXTERNAL_INTERRUPT, 0);
}

static int done(enum ukvm_result_kind kind, u64 value)
{
	ukvm_guest_done(kind, value);
	return exit_interrupt();
}

static int fault(unsigned int vector)
{
	ukvm_guest_exception(vector);
	return exit_interrupt();
}

static bool exiting(u32 control)
{
	return ukvm_vmread(CPU_BASED_VM_EXEC_CONTROL) & control;
}

static bool exiting_secondary(u32 control)
{
	return exiting(CPU_BASED_ACTIVATE_SECONDARY_CONTROLS) &&
	       ukvm_vmread(SECONDARY_VM_EXEC_CONTROL) & control;
}

/* MSR bitmap (SDM 24.6.9): read low, read high, write low, write high, 1 KiB each. */
static bool msr_exits(u32 msr, bool write)
{
	const u8 *bitmap;

	if (!exiting(CPU_BASED_USE_MSR_BITMAPS))
		return true;
	bitmap = (u8 *)__va(ukvm_vmread(MSR_BITMAP)) + (write ? 2048 : 0);
	if (msr - 0xc0000000u < 0x2000)
		bitmap += 1024;
	else if (msr >= 0x2000)
		return true;
	msr &= 0x1fff;
	return bitmap[msr / 8] >> (msr % 8) & 1;
}

/* Qualification of an exit by MOV to CR @cr from RAX (SDM table 27-3). */
static int exit_mov_cr(unsigned int cr)
{
	return exit_guest(EXIT_REASON_CR_ACCESS, cr);
}

/*
 * MOV to CR0 and CR4 exit if a bit that the host owns would differ from the
 * read shadow. Otherwise the bits that the guest owns change at once.
 */
static bool mov_cr_exits(u64 mask_field, u64 shadow_field, u64 value)
{
	return (value ^ ukvm_vmread(shadow_field)) & ukvm_vmread(mask_field);
}

static u64 set_guest_owned(u64 field, u64 mask_field, u64 value)
{
	u64 old = ukvm_vmread(field), mask = ukvm_vmread(mask_field);

	ukvm_vmwrite(field, (old & mask) | (value & ~mask));
	return old ^ ukvm_vmread(field);
}

static int mov_cr0(u64 value)
{
	if (mov_cr_exits(CR0_GUEST_HOST_MASK, CR0_READ_SHADOW, value))
		return exit_mov_cr(0);
	set_guest_owned(GUEST_CR0, CR0_GUEST_HOST_MASK, value);
	return done(UKVM_OK, 0);
}

static int mov_cr4(u64 value)
{
	if (mov_cr_exits(CR4_GUEST_HOST_MASK, CR4_READ_SHADOW, value))
		return exit_mov_cr(4);
	/* SDM 4.10.4.1: a change of PGE drops everything. */
	if (set_guest_owned(GUEST_CR4, CR4_GUEST_HOST_MASK, value) & X86_CR4_PGE)
		ukvm_event(UKVM_EV_GUEST_FLUSH, ukvm_guest.id, 2);
	return done(UKVM_OK, 0);
}

/*
 * Bits above MAXPHYADDR fault. Hardware goes by its own MAXPHYADDR; a host that
 * offers a smaller one has a hole here that KVM documents, so take the guest's.
 */
static int mov_cr3(u64 value)
{
	bool pcide = ukvm_vmread(GUEST_CR4) & X86_CR4_PCIDE;
	bool noflush = pcide && value & X86_CR3_PCID_NOFLUSH;

	if (exiting(CPU_BASED_CR3_LOAD_EXITING))
		return exit_mov_cr(3);
	if (pcide)
		value &= ~X86_CR3_PCID_NOFLUSH;
	/* Outside 64-bit mode the operand has 32 bits. */
	if (!(ukvm_vmread(GUEST_CS_AR_BYTES) & VMX_AR_L_MASK))
		value = (u32)value;
	if (value >> cpuid_maxphyaddr(ukvm_guest.vcpu))
		return fault(GP_VECTOR);
	ukvm_vmwrite(GUEST_CR3, value);
	if (!noflush)
		ukvm_event(UKVM_EV_GUEST_FLUSH, ukvm_guest.id, 1);
	return done(UKVM_OK, 0);
}

static int invpcid(const struct ukvm_insn *insn)
{
	if (!exiting_secondary(SECONDARY_EXEC_ENABLE_INVPCID))
		return fault(UD_VECTOR);
	if (exiting(CPU_BASED_INVLPG_EXITING)) {
		/* Shadow paging: KVM decodes memory operands, which programs do not have. */
		return done(UKVM_ODD, EXIT_REASON_INVPCID);
	}
	if (ukvm_invpcid_faults(insn, ukvm_vmread(GUEST_CR4)))
		return fault(GP_VECTOR);
	ukvm_event(UKVM_EV_GUEST_FLUSH, ukvm_guest.id, insn->arg >= 2 ? 2 : 1);
	return done(UKVM_OK, 0);
}

/*
 * Is @entry, of @level, one that no processor accepts (SDM 28.2.3.1)? W without
 * R, a memtype of 2, 3 or 7 in a leaf. KVM marks MMIO with WX and no R.
 */
static bool misconfigured(u64 entry, int level)
{
	unsigned int memtype = entry >> 3 & 7;

	if ((entry & (VMX_EPT_READABLE_MASK | VMX_EPT_WRITABLE_MASK)) == VMX_EPT_WRITABLE_MASK)
		return true;
	if (!(entry & VMX_EPT_RWX_MASK))
		return false;
	if (level == 1 || entry & PT_PAGE_SIZE_MASK)
		return memtype == 2 || memtype == 3 || memtype == 7;
	return memtype;
}

/*
 * An access to guest-physical @gpa. Paging in the guest is not walked: programs
 * name guest-physical addresses, as if the guest mapped all of memory 1:1.
 */
static int access(u64 gpa, u64 need)
{
	const u64 eptp = ukvm_vmread(EPT_POINTER);
	u64 gfn = gpa >> PAGE_SHIFT, *entry;
	int level = (eptp >> 3 & 7) + 1;
	unsigned int root = eptp >> PAGE_SHIFT & GENMASK(31, 0);

	if (gpa >> cpuid_maxphyaddr(ukvm_guest.vcpu))
		return done(UKVM_ODD, 0);
	entry = ukvm_walk(eptp, gfn, true, &level);
	if (misconfigured(*entry, level)) {
		ukvm_vmwrite(GUEST_PHYSICAL_ADDRESS, gpa);
		return exit_guest(EXIT_REASON_EPT_MISCONFIG, 0);
	}
	if ((*entry & need) != need) {
		/* What the access was, what the entry allows, and a linear address behind it. */
		u64 qualification = need | (*entry & VMX_EPT_RWX_MASK) << 3 | 1 << 7 | 1 << 8;

		/* SDM 28.3.3.1: an EPT violation drops what is cached for its address. */
		ukvm_event_range(UKVM_EV_FLUSH, gfn, gfn + 1);
		ukvm_vmwrite(GUEST_PHYSICAL_ADDRESS, gpa);
		return exit_guest(EXIT_REASON_EPT_VIOLATION, qualification);
	}
	if (eptp & VMX_EPTP_AD_ENABLE_BIT)
		*entry |= VMX_EPT_ACCESS_BIT | (need & VMX_EPT_WRITABLE_MASK ? VMX_EPT_DIRTY_BIT : 0);
	gfn &= -(1ull << 9 * (level - 1));
	ukvm_event_fill(ukvm_guest.id, is_smm(ukvm_guest.vcpu), root, gfn, level, *entry);
	return done(UKVM_OK, 0);
}

static int execute(const struct ukvm_insn *insn, unsigned long *regs)
{
	switch (insn->kind) {
	case UKVM_WRMSR:
		regs[VCPU_REGS_RCX] = insn->arg;
		regs[VCPU_REGS_RAX] = (u32)insn->value;
		regs[VCPU_REGS_RDX] = insn->value >> 32;
		if (msr_exits(insn->arg, true))
			return exit_guest(EXIT_REASON_MSR_WRITE, 0);
		return done(UKVM_ODD, insn->arg);
	case UKVM_RDMSR:
		regs[VCPU_REGS_RCX] = insn->arg;
		if (msr_exits(insn->arg, false))
			return exit_guest(EXIT_REASON_MSR_READ, 0);
		return done(UKVM_ODD, insn->arg);
	case UKVM_CR0:
		regs[VCPU_REGS_RAX] = insn->value;
		return mov_cr0(insn->value);
	case UKVM_CR3:
		regs[VCPU_REGS_RAX] = insn->value;
		return mov_cr3(insn->value);
	case UKVM_CR4:
		regs[VCPU_REGS_RAX] = insn->value;
		return mov_cr4(insn->value);
	case UKVM_READ:
		return access(insn->value, VMX_EPT_READABLE_MASK);
	case UKVM_WRITE:
		return access(insn->value, VMX_EPT_WRITABLE_MASK);
	case UKVM_EXEC:
		return access(insn->value, VMX_EPT_EXECUTABLE_MASK);
	case UKVM_WBINVD:
		if (exiting_secondary(SECONDARY_EXEC_WBINVD_EXITING))
			return exit_guest(EXIT_REASON_WBINVD, 0);
		return done(UKVM_OK, 0);
	case UKVM_INVD:
		return exit_guest(EXIT_REASON_INVD, 0);
	case UKVM_INVLPG:
		if (exiting(CPU_BASED_INVLPG_EXITING))
			return exit_guest(EXIT_REASON_INVLPG, insn->value);
		return done(UKVM_OK, 0);
	case UKVM_INVPCID:
		return invpcid(insn);
	case UKVM_CPUID:
		regs[VCPU_REGS_RAX] = insn->arg;
		regs[VCPU_REGS_RCX] = 0;
		return exit_guest(EXIT_REASON_CPUID, 0);
	case UKVM_RSM:
		/* Under SMM, KVM leaves RSM to the emulator, by way of #UD (SDM 26.2). */
		if (is_smm(ukvm_guest.vcpu)) {
			ukvm_vmwrite(VM_EXIT_INTR_INFO, INTR_INFO_VALID_MASK |
				     INTR_TYPE_HARD_EXCEPTION | UD_VECTOR);
			return exit_guest(EXIT_REASON_EXCEPTION_NMI, 0);
		}
		return fault(UD_VECTOR);
	}
	return done(UKVM_ODD, 0);
}

/* KVM's VM entry. Returns whether VMLAUNCH failed: its checks of the VMCS are not modelled. */
bool __vmx_vcpu_run(struct vcpu_vmx *vmx, unsigned long *regs, unsigned int flags)
{
	static u64 start_rip;
	u32 event = ukvm_vmread(VM_ENTRY_INTR_INFO_FIELD);

	ukvm_event(UKVM_EV_ENTER, ukvm_guest.id, 0);
	ukvm_guest.entries++;
	ukvm_vmwrite(VM_ENTRY_INTR_INFO_FIELD, event & ~INTR_INFO_VALID_MASK);
	if (!ukvm_guest.insn)
		return exit_interrupt();
	if (ukvm_guest.entries == 1)
		start_rip = ukvm_vmread(GUEST_RIP);
	if (event & INTR_INFO_VALID_MASK &&
	    (event & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_HARD_EXCEPTION)
		return fault(event & INTR_INFO_VECTOR_MASK);
	if (ukvm_guest.entries > UKVM_MAX_ENTRIES)
		return done(UKVM_HANG, 0);
	if (ukvm_vmread(GUEST_RIP) != start_rip)
		return done(UKVM_OK, ukvm_guest.insn->kind == UKVM_RDMSR
				     ? (u32)regs[VCPU_REGS_RAX] | (u64)regs[VCPU_REGS_RDX] << 32
				     : 0);
	return execute(ukvm_guest.insn, regs);
}

/* The host's interrupt and NMI handlers: nothing of them matters to KVM. */
void vmx_do_interrupt_irqoff(unsigned long entry) { }
void vmx_do_interrupt_nmi_irqoff(unsigned long entry) { }
void vmx_do_nmi_irqoff(void) { }

/* Where HOST_RIP would point. */
void vmx_vmexit(void) { }

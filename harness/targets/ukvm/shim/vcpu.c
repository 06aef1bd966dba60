// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs: creation, ioctls, and KVM_RUN for one guest instruction at a time.
 * cpu_vmx.c and cpu_svm.c are the guest's side of it.
 */
#include <linux/kvm_host.h>
#include <linux/sched.h>

#include "host.h"
#include "host_mm.h"
#include "kvm_cache_regs.h"
#include "lapic.h"
#include "mmu.h"
#include "shim.h"
#include "x86.h"

struct ukvm_guest ukvm_guest;

static struct ukvm_file vcpu_files[UKVM_MAX_VCPUS];
static unsigned int nr_vcpus;
static struct { unsigned int maxphyaddr; int mtrr; } cpuid_of[UKVM_MAX_VCPUS];

extern struct task_struct ukvm_task;

struct kvm_vcpu *ukvm_vcpu(unsigned int id)
{
	return vcpu_files[id].object;
}

#ifdef KVM_PRE_FAULT_MEMORY
#define PREFAULT		KVM_PRE_FAULT_MEMORY
#else
#define PREFAULT		0u
#endif
/* Prefaulting goes piece by piece, and offers the CPU once a page or retry. */
#define PREFAULT_PIECE		(2ull << 20)
#define MAX_PREFAULT_RESCHEDS	(16 * PREFAULT_PIECE >> PAGE_SHIFT)

static long vcpu_ioctl(unsigned int id, unsigned int cmd, void *arg)
{
	ukvm_guest.id = id;
	ukvm_guest.vcpu = ukvm_vcpu(id);
	return ukvm_file_ioctl(&vcpu_files[id], cmd, arg, NULL);
}

void ukvm_guest_patience(unsigned int cmd)
{
	ukvm_guest.rescheds = 0;
	ukvm_guest.max_rescheds = cmd == PREFAULT ? MAX_PREFAULT_RESCHEDS : UKVM_MAX_RESCHEDS;
	ukvm_guest.hung = false;
}

/*
 * Nobody else wants the CPU. But a loop that offers it again and again makes no
 * progress, and is broken as a user would: with a signal.
 */
int ukvm_cond_resched(void)
{
	if (++ukvm_guest.rescheds > ukvm_guest.max_rescheds) {
		ukvm_guest.hung = true;
		set_tsk_thread_flag(&ukvm_task, TIF_SIGPENDING);
	}
	return 0;
}

/* --- Creation ------------------------------------------------------------------------ */

/*
 * The guest's CPUID: a 64-bit CPU with what CR4 and paging need (so that
 * programs can set VME to SMAP, and UMIP, LA57, PCIDE, OSXSAVE), no VMX, no PKU.
 */
static long set_cpuid(unsigned int id, int mtrr, unsigned int maxphyaddr)
{
	const unsigned int mtrr_bit = 1u << 12;
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[7];
	} cpuid = {
		.head.nent = 7,
		.entries = {
			{ .function = 0, .eax = 0xd },
			{ .function = 1, .eax = 0x806f8, .ecx = 0x07fafbd7 & ~(1u << 5),
			  .edx = (0x078bfbff & ~mtrr_bit) | (mtrr ? mtrr_bit : 0) },
			{ .function = 7, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
			  .ebx = 1u << 0 | 1u << 7 | 1u << 10 | 1u << 20,
			  .ecx = 1u << 2 | 1u << 16 },
			{ .function = 0xd, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
			  .eax = 7, .ebx = 0x340, .ecx = 0x340 },
			{ .function = 0x80000000, .eax = 0x80000008 },
			{ .function = 0x80000001, .ecx = 0x121, .edx = 0x2c100800 },
			{ .function = 0x80000008, .eax = maxphyaddr | 57 << 8 },
		},
	};

	return vcpu_ioctl(id, KVM_SET_CPUID2, &cpuid);
}

static void flat_segment(struct kvm_segment *segment, int type, int selector, bool long_mode)
{
	*segment = (struct kvm_segment){
		.limit = 0xffffffff, .selector = selector, .type = type, .present = 1,
		.s = 1, .g = 1, .l = long_mode, .db = !long_mode,
	};
}

/* A protected-mode guest in the middle of its life: flat segments, paging on. */
static long start_protected(unsigned int id, bool long_mode)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs = { .rip = 0x1000, .rflags = 2 };
	long ret = vcpu_ioctl(id, KVM_GET_SREGS, &sregs);

	if (ret)
		return ret;
	flat_segment(&sregs.cs, 11, 8, long_mode);
	flat_segment(&sregs.ds, 3, 16, false);
	sregs.es = sregs.fs = sregs.gs = sregs.ss = sregs.ds;
	sregs.tr = (struct kvm_segment){ .limit = 0x67, .selector = 24, .type = 11, .present = 1 };
	sregs.ldt = (struct kvm_segment){ .unusable = 1, .type = 2 };
	sregs.cr0 = X86_CR0_PE | X86_CR0_ET | X86_CR0_NE | X86_CR0_PG;
	sregs.cr3 = 0xf7401000;		/* RUNNING_CR3 of oracle/x86.h */
	sregs.cr4 = X86_CR4_PAE;
	sregs.efer = long_mode ? EFER_LME | EFER_LMA : 0;
	ret = vcpu_ioctl(id, KVM_SET_SREGS, &sregs);
	return ret ?: vcpu_ioctl(id, KVM_SET_REGS, &regs);
}

/* Real mode with caching on, as firmware runs. */
static long start_real(unsigned int id)
{
	struct kvm_sregs sregs;
	long ret = vcpu_ioctl(id, KVM_GET_SREGS, &sregs);

	sregs.cr0 = X86_CR0_ET | X86_CR0_NE;
	return ret ?: vcpu_ioctl(id, KVM_SET_SREGS, &sregs);
}

static long start(unsigned int id, enum ukvm_start mode)
{
	/* All run; after RESET, KVM lets all but the first wait for INIT and SIPI. */
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };
	long ret = 0;

	if (mode == UKVM_START_RUNNING || mode == UKVM_START_PAE32)
		ret = start_protected(id, mode == UKVM_START_RUNNING);
	else if (mode == UKVM_START_REAL)
		ret = start_real(id);
	if (!ret && id && mode != UKVM_START_RESET)
		ret = vcpu_ioctl(id, KVM_SET_MP_STATE, &state);
	return ret;
}

int ukvm_vcpus_create(const struct ukvm_machine *machine, const char **what)
{
	long ret = 0;

	nr_vcpus = 0;
	for (unsigned int id = 0; id < machine->nr_vcpus && !ret; id++) {
		*what = "KVM_CREATE_VCPU";
		ukvm_guest.id = id;
		ret = ukvm_file_ioctl(&ukvm_vm_file, KVM_CREATE_VCPU, (void *)(long)id,
				      &vcpu_files[id]);
		if (ret < 0)
			return ret;
		nr_vcpus = id + 1;
		*what = "KVM_SET_CPUID2";
		cpuid_of[id].mtrr = machine->cpuid_mtrr;
		cpuid_of[id].maxphyaddr = machine->maxphyaddr;
		ret = set_cpuid(id, machine->cpuid_mtrr, machine->maxphyaddr);
		if (ret)
			return ret;
		*what = "KVM_SET_SREGS";
		ret = start(id, machine->start);
	}
	return ret;
}

void ukvm_vcpus_destroy(void)
{
	for (unsigned int id = 0; id < nr_vcpus; id++)
		ukvm_file_close(&vcpu_files[id]);
	nr_vcpus = 0;
}

/* --- Running --------------------------------------------------------------------------- */

void ukvm_guest_done(enum ukvm_result_kind kind, unsigned long long value)
{
	ukvm_guest.result.kind = kind;
	if (kind == UKVM_OK && ukvm_guest.insn && ukvm_guest.insn->kind == UKVM_RDMSR)
		ukvm_guest.result.has_value = 1;
	else
		ukvm_guest.result.has_value = kind == UKVM_ODD;
	ukvm_guest.result.value = value;
	ukvm_guest.insn = NULL;
	set_tsk_thread_flag(&ukvm_task, TIF_SIGPENDING);
}

void ukvm_guest_exception(unsigned int vector)
{
	static const enum ukvm_result_kind kinds[32] = {
		[GP_VECTOR] = UKVM_GP, [UD_VECTOR] = UKVM_UD, [PF_VECTOR] = UKVM_PF,
	};

	ukvm_guest_done(vector < 32 && kinds[vector] ? kinds[vector] : UKVM_ODD, vector);
}

bool ukvm_invpcid_faults(const struct ukvm_insn *insn, unsigned long cr4)
{
	const int bits = cr4 & X86_CR4_LA57 ? 57 : 48;

	if (insn->arg > 3)
		return true;
	if (insn->arg <= 1 && insn->pcid && !(cr4 & X86_CR4_PCIDE))
		return true;
	return !insn->arg && (long)(insn->value << (64 - bits)) >> (64 - bits) != (long)insn->value;
}

/*
 * KVM puts the vCPU to sleep: what the instruction did, such as an RSM that let
 * a latched INIT in, made it wait for SIPI. Nobody will wake it, so the VMM's
 * signal takes it out of KVM_RUN.
 */
void ukvm_schedule(void)
{
	ukvm_guest_done(UKVM_OK, 0);
}

/*
 * The work that KVM hands over between VM exits: here, the signal that ends a
 * program's instruction (kernel/entry/kvm.c).
 */
int ukvm_xfer_to_guest_mode_work(struct kvm_vcpu *vcpu)
{
	if (!test_tsk_thread_flag(&ukvm_task, TIF_SIGPENDING))
		return 0;
	kvm_handle_signal_exit(vcpu);
	return -EINTR;
}

static bool runnable(unsigned int id)
{
	return ukvm_vcpu(id)->arch.mp_state == KVM_MP_STATE_RUNNABLE;
}

static long kvm_run(unsigned int id)
{
	long ret = vcpu_ioctl(id, KVM_RUN, NULL);

	clear_tsk_thread_flag(&ukvm_task, TIF_SIGPENDING);
	ukvm_guest.insn = NULL;
	return ret;
}

/*
 * Firmware has moved SMBASE, so that each vCPU's save area, 512 bytes at SMBASE
 * + 0xfe00 (SDM 34.4.1), lies in a place of its own.
 */
static u32 smbase(unsigned int id)
{
	return UKVM_PRIVATE_GPA + id * 0x200;
}

/*
 * The handler at SMBASE + 0x8000 executes what the program says. KVM emulates
 * RSM on Intel, and fetches it from where RIP points. False: not from SMRAM.
 */
static bool put_rsm(unsigned int id)
{
	static const u8 rsm[] = { 0x0f, 0xaa };
	struct kvm_vcpu *vcpu = ukvm_vcpu(id);
	unsigned long offset;
	bool paging;

	vcpu_load(vcpu);
	offset = smbase(id) - UKVM_PRIVATE_GPA + kvm_rip_read(vcpu);
	paging = kvm_read_cr0(vcpu) & X86_CR0_PG;
	vcpu_put(vcpu);
	if (paging || offset + sizeof(rsm) > UKVM_PRIVATE_SIZE)
		return false;
	memcpy((void *)ukvm_mm_private_hva() + offset, rsm, sizeof(rsm));
	return true;
}

struct ukvm_result ukvm_run(unsigned int id, const struct ukvm_insn *insn)
{
	struct kvm_run *run = ukvm_vcpu(id)->run;
	long ret;

	if (!runnable(id))
		return (struct ukvm_result){ .kind = UKVM_BLOCKED };
	if (insn->kind == UKVM_RSM && is_smm(ukvm_vcpu(id)) && !put_rsm(id))
		return (struct ukvm_result){ .kind = UKVM_UNSUPPORTED };
	ukvm_guest.insn = insn;
	ukvm_guest.entries = 0;
	ukvm_guest.result = (struct ukvm_result){ .kind = UKVM_ODD, .value = ~0ull };
	run->exit_reason = KVM_EXIT_UNKNOWN;
	ret = kvm_run(id);
	ukvm_quiesce();
	if (ukvm_guest.hung)
		return (struct ukvm_result){ .kind = UKVM_HANG };
	if (ret == -EINTR && run->exit_reason == KVM_EXIT_INTR)
		return ukvm_guest.result;
	if (!ret && run->exit_reason == KVM_EXIT_MMIO)
		return (struct ukvm_result){ .kind = UKVM_MMIO };
	if (ret)
		return ukvm_errno(ret);
	return (struct ukvm_result){ .kind = UKVM_ODD, .has_value = 1, .value = run->exit_reason };
}

/*
 * KVM emulates an access to MMIO or to a read-only slot, which leaves to the
 * VMM. Linked with --wrap.
 */
int __wrap_x86_emulate_instruction(struct kvm_vcpu *vcpu, gpa_t gpa, int type, void *insn, int len);
int __wrap_x86_emulate_instruction(struct kvm_vcpu *vcpu, gpa_t gpa, int type, void *insn, int len)
{
	vcpu->run->exit_reason = KVM_EXIT_MMIO;
	vcpu->run->mmio.phys_addr = gpa;
	return 0;
}

/* --- INIT, SIPI, SMI ---------------------------------------------------------------------- */

/* A signal is pending already: KVM_RUN takes events and comes back. */
static void take_events(unsigned int id)
{
	ukvm_guest.insn = NULL;
	ukvm_guest.entries = 0;
	set_tsk_thread_flag(&ukvm_task, TIF_SIGPENDING);
	kvm_run(id);
}

static struct ukvm_result apic_event(unsigned int id, u32 delivery_mode, u32 vector)
{
	struct kvm_lapic_irq irq = {
		.delivery_mode = delivery_mode, .vector = vector, .level = 1,
		.trig_mode = APIC_INT_LEVELTRIG,
	};

	kvm_apic_set_irq(ukvm_vcpu(id), &irq, NULL);
	take_events(id);
	return ukvm_errno(0);
}

struct ukvm_result ukvm_init(unsigned int id)
{
	return apic_event(id, APIC_DM_INIT, 0);
}

struct ukvm_result ukvm_sipi(unsigned int id)
{
	return apic_event(id, APIC_DM_STARTUP, 1);
}

struct ukvm_result ukvm_smi(unsigned int id)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry = {
		.index = MSR_IA32_SMBASE, .data = smbase(id) } };
	long ret = ukvm_vm_smram();

	if (ret)
		return (struct ukvm_result){ .kind = UKVM_UNSUPPORTED };
	/* In SMM, the register is what RSM will load; it stays as it was set. */
	if (vcpu_ioctl(id, KVM_SET_MSRS, &msrs) != 1)
		return (struct ukvm_result){ .kind = UKVM_UNSUPPORTED };
	ret = vcpu_ioctl(id, KVM_SMI, NULL);
	take_events(id);
	return ukvm_errno(ret);
}

/* --- Ioctls -------------------------------------------------------------------------------- */

struct ukvm_result ukvm_set_msr(unsigned int id, unsigned int msr, unsigned long long value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry = { .index = msr, .data = value } };
	long ret = vcpu_ioctl(id, KVM_SET_MSRS, &msrs);

	/* The ioctl says how many it took; not one is what VMMs treat as EINVAL. */
	return ukvm_errno(ret == 1 ? 0 : ret < 0 ? ret : -EINVAL);
}

struct ukvm_result ukvm_sregs(unsigned int id, unsigned int present,
			      const unsigned long long *values)
{
	struct kvm_sregs sregs;
	struct ukvm_result result;
	long ret = vcpu_ioctl(id, KVM_GET_SREGS, &sregs);

	if (present & UKVM_SREGS_CR0)
		sregs.cr0 = values[0];
	if (present & UKVM_SREGS_CR3)
		sregs.cr3 = values[1];
	if (present & UKVM_SREGS_CR4)
		sregs.cr4 = values[2];
	if (present & UKVM_SREGS_EFER)
		sregs.efer = values[3];
	ret = ret ?: vcpu_ioctl(id, KVM_SET_SREGS, &sregs);
	result = ukvm_errno(ret);
	if (!ret) {
		result.has_value = 1;
		result.value = kvm_read_cr0(ukvm_vcpu(id));
	}
	return result;
}

struct ukvm_result ukvm_set_cpuid(unsigned int id, int mtrr, unsigned int maxphyaddr)
{
	long ret;

	/* Negative or 0: as it was. */
	mtrr = mtrr < 0 ? cpuid_of[id].mtrr : mtrr;
	maxphyaddr = maxphyaddr ?: cpuid_of[id].maxphyaddr;
	ret = set_cpuid(id, mtrr, maxphyaddr);
	if (!ret) {
		cpuid_of[id].mtrr = mtrr;
		cpuid_of[id].maxphyaddr = maxphyaddr;
	}
	return ukvm_errno(ret);
}

struct ukvm_result ukvm_prefault(unsigned int id, unsigned long long gpa, unsigned long long size)
{
#ifdef KVM_PRE_FAULT_MEMORY
	struct kvm_pre_fault_memory range = { .gpa = gpa };
	long ret = 0;

	while (!ret && size) {
		range.size = min(size, PREFAULT_PIECE);
		size -= range.size;
		do
			ret = vcpu_ioctl(id, KVM_PRE_FAULT_MEMORY, &range);
		while (!ret && range.size && !ukvm_guest.hung);
	}
	clear_tsk_thread_flag(&ukvm_task, TIF_SIGPENDING);
	if (ukvm_guest.hung)
		return (struct ukvm_result){ .kind = UKVM_HANG };
	return ukvm_errno(ret);
#else
	return (struct ukvm_result){ .kind = UKVM_UNSUPPORTED };
#endif
}

void ukvm_regs(unsigned int id, struct ukvm_regs *regs)
{
	struct kvm_vcpu *vcpu = ukvm_vcpu(id);
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } msrs = {
		.head.nmsrs = 1, .entry = { .index = 0x2ff },
	};

	/* Through the VMCS or VMCB where the guest owns bits, so with the vCPU loaded. */
	vcpu_load(vcpu);
	regs->cr0 = kvm_read_cr0(vcpu);
	regs->cr3 = kvm_read_cr3(vcpu);
	regs->cr4 = kvm_read_cr4(vcpu);
	vcpu_put(vcpu);
	regs->efer = vcpu->arch.efer;
	regs->pat = vcpu->arch.pat;
	regs->smm = is_smm(vcpu);
	vcpu_ioctl(id, KVM_GET_MSRS, &msrs);
	regs->def_type = msrs.entry.data;
}

int ukvm_guest_memtypes(unsigned int id, const unsigned long long *gfns, unsigned long nr,
			unsigned char *types)
{
#ifdef UKVM_GUEST_MEMTYPE	/* until 6.11 */
	for (unsigned long i = 0; i < nr; i++)
		types[i] = kvm_mtrr_get_guest_memory_type(ukvm_vcpu(id), gfns[i]);
	return 1;
#else
	return 0;
#endif
}

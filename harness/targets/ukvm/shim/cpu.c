// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's processor, as KVM probes it: CPUID, MSRs, control registers and
 * boot_cpu_data. Fixed values, so that runs repeat; the feature words that the
 * kernel keeps are computed from the same CPUID, as at boot.
 *
 * Intel: 52-bit physical addresses and five-level EPT, so that a guest of any
 * MAXPHYADDR fits. AMD: 48 bits, four-level NPT. Left out are features that
 * would hide what is tested or that no program reaches: APIC virtualization,
 * page-modification logging (dirty logging then write-protects, on both
 * vendors), the preemption timer, PMU, SEV.
 */
#include <linux/kvm_host.h>
#include <linux/version.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/svm.h>
#include <asm/vmx.h>

#include "host.h"
#include "shim.h"

struct ukvm_config ukvm_config;

/* Long mode, paging, PAE, PGE, OSXSAVE and friends; PCIDE off. */
unsigned long ukvm_cr0 = 0x80050033, ukvm_cr2, ukvm_cr3, ukvm_cr4 = 0x3606f0, ukvm_cr8;
unsigned long ukvm_eflags = X86_EFLAGS_IF;

struct cpuinfo_x86 boot_cpu_data;
unsigned int tsc_khz = 2000000;
bool static_key_initialized = true;	/* static keys may be flipped: boot is over */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
struct cpuinfo_x86 cpu_info;		/* per CPU, also on one CPU */
#endif
struct cpumask __cpu_online_mask = { .bits = { 1 } };

#define BIT_OF(feature)		(1u << ((feature) & 31))

/* CPUID.1 of a Xeon without HYPERVISOR, MONITOR, DS, TM, PBE; .80000001 likewise. */
#define LEAF1_EDX	0x078bfbffu
#define LEAF1_ECX	0x77fafbd7u
#define LEAF7_EBX	(BIT_OF(X86_FEATURE_FSGSBASE) | BIT_OF(X86_FEATURE_SMEP) | \
			 BIT_OF(X86_FEATURE_INVPCID) | BIT_OF(X86_FEATURE_SMAP))
#define LEAF7_ECX	(BIT_OF(X86_FEATURE_UMIP) | BIT_OF(X86_FEATURE_LA57))
#define EXT1_EDX	0x2c100800u	/* SYSCALL, NX, GBPAGES, RDTSCP, LM */
#define EXT1_ECX	0x00000121u	/* LAHF, ABM, PREFETCHW */

void ukvm_cpuid(unsigned int leaf, unsigned int subleaf, u32 *regs)
{
	const bool amd = ukvm_config.amd;

	memset(regs, 0, 4 * sizeof(*regs));
	switch (leaf) {
	case 0:
		regs[0] = 0x16;
		memcpy(&regs[1], amd ? "Auth" : "Genu", 4);
		memcpy(&regs[3], amd ? "enti" : "ineI", 4);
		memcpy(&regs[2], amd ? "cAMD" : "ntel", 4);
		break;
	case 1:
		regs[0] = amd ? 0x00a10f11 : 0x000806f8;	/* Genoa, Sapphire Rapids */
		regs[2] = LEAF1_ECX | (amd ? 0 : BIT_OF(X86_FEATURE_VMX));
		regs[3] = LEAF1_EDX | (ukvm_config.selfsnoop ? BIT_OF(X86_FEATURE_SELFSNOOP) : 0);
		break;
	case 7:
		if (!subleaf) {
			regs[1] = LEAF7_EBX;
			regs[2] = LEAF7_ECX;
		}
		break;
	case 0xd:
		if (!subleaf) {
			regs[0] = 7;			/* XCR0: x87, SSE, AVX */
			regs[1] = regs[2] = 0x340;
		} else if (subleaf == 2) {
			regs[0] = 0x100;
			regs[1] = 0x240;
		}
		break;
	case 0x80000000:
		regs[0] = 0x8000000a;
		break;
	case 0x80000001:
		regs[2] = EXT1_ECX | (amd ? BIT_OF(X86_FEATURE_SVM) : 0);
		regs[3] = EXT1_EDX;
		break;
	case 0x80000008:
		regs[0] = amd ? 0x3030 : 0x3934;
		break;
	case 0x8000000a:
		if (!amd)
			break;
		regs[0] = 1;
		regs[1] = 0x8000;			/* ASIDs */
		regs[3] = BIT_OF(X86_FEATURE_NPT) | BIT_OF(X86_FEATURE_NRIPS) |
			  BIT_OF(X86_FEATURE_FLUSHBYASID) | BIT_OF(X86_FEATURE_DECODEASSISTS);
		break;
	}
}

/* --- VMX capabilities ------------------------------------------------------------ */

/* Bits that must be one, as on every processor (SDM A.3 to A.5). */
#define PIN_DEFAULT1		0x00000016u
#define PROC_DEFAULT1		0x04006172u
#define EXIT_DEFAULT1		0x00036dfbu
#define ENTRY_DEFAULT1		0x000011fbu

static u64 control(u32 must, u64 may)
{
	return must | (must | may) << 32;
}

static u64 vmx_capability_msr(unsigned int msr)
{
	switch (msr) {
	case MSR_IA32_FEAT_CTL:
		return FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX;
	case MSR_IA32_VMX_BASIC:
		/* Revision, 4 KiB VMCSs of write-back memory, INS/OUTS info, TRUE controls. */
		return 0x11e57ed0ull | 4096ull << 32 | 6ull << 50 | 1ull << 54 | 1ull << 55;
	case MSR_IA32_VMX_PINBASED_CTLS:
	case MSR_IA32_VMX_TRUE_PINBASED_CTLS:
		return control(PIN_DEFAULT1, PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING |
			       PIN_BASED_VIRTUAL_NMIS);
	case MSR_IA32_VMX_PROCBASED_CTLS:
	case MSR_IA32_VMX_TRUE_PROCBASED_CTLS:
		/* All but bit 17, the tertiary controls. */
		return control(PROC_DEFAULT1, 0xfff9fffeull);
	case MSR_IA32_VMX_PROCBASED_CTLS2:
		return control(0, SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID |
			       SECONDARY_EXEC_UNRESTRICTED_GUEST | SECONDARY_EXEC_ENABLE_RDTSCP |
			       SECONDARY_EXEC_ENABLE_INVPCID | SECONDARY_EXEC_WBINVD_EXITING |
			       SECONDARY_EXEC_DESC | SECONDARY_EXEC_TSC_SCALING);
	case MSR_IA32_VMX_EXIT_CTLS:
	case MSR_IA32_VMX_TRUE_EXIT_CTLS:
		return control(EXIT_DEFAULT1, VM_EXIT_SAVE_DEBUG_CONTROLS |
			       VM_EXIT_ACK_INTR_ON_EXIT | VM_EXIT_HOST_ADDR_SPACE_SIZE |
			       VM_EXIT_SAVE_IA32_PAT | VM_EXIT_LOAD_IA32_PAT |
			       VM_EXIT_SAVE_IA32_EFER | VM_EXIT_LOAD_IA32_EFER |
			       VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL);
	case MSR_IA32_VMX_ENTRY_CTLS:
	case MSR_IA32_VMX_TRUE_ENTRY_CTLS:
		return control(ENTRY_DEFAULT1, VM_ENTRY_LOAD_DEBUG_CONTROLS | VM_ENTRY_IA32E_MODE |
			       VM_ENTRY_LOAD_IA32_PAT | VM_ENTRY_LOAD_IA32_EFER |
			       VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL);
	case MSR_IA32_VMX_MISC:
		return 0x7004c1e0;
	case MSR_IA32_VMX_CR0_FIXED0:
		return X86_CR0_PE | X86_CR0_NE | X86_CR0_PG;
	case MSR_IA32_VMX_CR0_FIXED1:
		return 0xffffffff;
	case MSR_IA32_VMX_CR4_FIXED0:
		return X86_CR4_VMXE;
	case MSR_IA32_VMX_CR4_FIXED1:
		return 0x3777ff;
	case MSR_IA32_VMX_VMCS_ENUM:
		return 0x2e;
	case MSR_IA32_VMX_EPT_VPID_CAP:
		return VMX_EPT_EXECUTE_ONLY_BIT | VMX_EPT_PAGE_WALK_4_BIT |
		       VMX_EPT_PAGE_WALK_5_BIT | VMX_EPTP_UC_BIT | VMX_EPTP_WB_BIT |
		       VMX_EPT_2MB_PAGE_BIT | VMX_EPT_1GB_PAGE_BIT | VMX_EPT_AD_BIT |
		       VMX_EPT_INVEPT_BIT | VMX_EPT_EXTENT_CONTEXT_BIT |
		       VMX_EPT_EXTENT_GLOBAL_BIT |
		       /* INVVPID, all four kinds */
		       1ull << 32 | 0xfull << 40;
	}
	return 0;
}

u64 ukvm_rdmsr(unsigned int msr)
{
	switch (msr) {
	case MSR_IA32_CR_PAT:
		return 0x0407050600070106ull;	/* as Linux programs it; entry 0 is WB */
	case MSR_EFER:
		return EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
	}
	/* Other MSRs of the host read zero: nothing enabled, nothing pending. */
	return ukvm_config.amd ? 0 : vmx_capability_msr(msr);
}

/* The host's MSRs do not change under KVM: what it loads for the guest it takes back. */
void ukvm_wrmsr(unsigned int msr, u64 value)
{
}

/* --- What boot leaves behind ------------------------------------------------------ */

static void set_word(enum cpuid_leafs word, unsigned int leaf, unsigned int reg)
{
	u32 regs[4];

	ukvm_cpuid(leaf, 0, regs);
	boot_cpu_data.x86_capability[word] = regs[reg];
}

void ukvm_cpu_start(void)
{
	struct cpuinfo_x86 *c = &boot_cpu_data;

	c->x86_vendor = ukvm_config.amd ? X86_VENDOR_AMD : X86_VENDOR_INTEL;
	c->x86 = ukvm_config.amd ? 0x19 : 6;
	c->x86_model = ukvm_config.amd ? 0x11 : 0x8f;
	c->x86_phys_bits = c->x86_cache_bits = ukvm_config.amd ? 48 : 52;
	c->x86_virt_bits = 48;
	c->cpuid_level = 0x16;
	c->extended_cpuid_level = 0x8000000a;
	set_word(CPUID_1_EDX, 1, 3);
	set_word(CPUID_1_ECX, 1, 2);
	set_word(CPUID_7_0_EBX, 7, 1);
	set_word(CPUID_7_ECX, 7, 2);
	set_word(CPUID_8000_0001_EDX, 0x80000001, 3);
	set_word(CPUID_8000_0001_ECX, 0x80000001, 2);
	set_word(CPUID_8000_000A_EDX, 0x8000000a, 3);
	set_cpu_cap(c, X86_FEATURE_CONSTANT_TSC);
	if (!ukvm_config.amd)
		set_cpu_cap(c, X86_FEATURE_MSR_IA32_FEAT_CTL);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	cpu_info = *c;
#endif
}

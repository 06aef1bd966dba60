/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of the x86 architecture that programs, oracle and targets share: MSR
 * numbers, register bits, memory types, page sizes. Constants only; nothing
 * here says what KVM or a CPU does with them.
 *
 * Sources: Intel SDM vol 3A 2.5 (control registers), 4.10 (TLBs), 11.11
 * (MTRRs), 11.12 (PAT); AMD APM vol 2 3.1, 7.7, 7.8. Rules A.1 to A.7.
 */
#ifndef ZAPLOCK_ORACLE_X86_H
#define ZAPLOCK_ORACLE_X86_H

#include <stdbool.h>
#include <stdint.h>

/* Memory types as MTRRs, PAT and EPT encode them; 2 and 3 are reserved. */
enum memtype {
	MT_UC = 0,
	MT_WC = 1,
	MT_WT = 4,
	MT_WP = 5,
	MT_WB = 6,
	MT_UC_MINUS = 7,	/* PAT only */
};

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1ULL << PAGE_SHIFT)

/* Page-table levels as KVM counts them: 1 = 4K, 2 = 2M, 3 = 1G. */
enum { LEVEL_4K = 1, LEVEL_2M = 2, LEVEL_1G = 3 };

/* 4K pages mapped by one leaf at @level (1 to 3). */
static inline uint64_t level_pages(unsigned level)
{
	return 1ULL << (9 * (level - 1));
}

/* MSR numbers (SDM vol 4; rules A.1, A.4). */
#define MSR_MTRRCAP		0x0feu
#define MSR_SMRR_PHYSBASE	0x1f2u
#define MSR_SMRR_PHYSMASK	0x1f3u
#define MSR_MTRR_PHYSBASE(n)	(0x200u + 2u * (n))
#define MSR_MTRR_PHYSMASK(n)	(0x201u + 2u * (n))
#define MSR_MTRR_FIX64K_00000	0x250u
#define MSR_MTRR_FIX16K_80000	0x258u
#define MSR_MTRR_FIX16K_A0000	0x259u
#define MSR_MTRR_FIX4K_C0000	0x268u
#define MSR_MTRR_FIX4K_F8000	0x26fu
#define MSR_PAT			0x277u
#define MSR_MTRR_DEF_TYPE	0x2ffu
#define MSR_EFER		0xc0000080u

/* KVM gives a guest 8 variable pairs (MTRRcap 0x508; rules B.2). */
#define NR_VAR_MTRR		8u
#define NR_FIXED_MTRR_MSRS	11u
#define NR_FIXED_MTRR_RANGES	88u
#define MTRRCAP_KVM		0x508ULL

#define MTRR_DEF_TYPE_TYPE	0xffULL
#define MTRR_DEF_TYPE_FE	(1ULL << 10)
#define MTRR_DEF_TYPE_E		(1ULL << 11)
#define MTRR_PHYSMASK_V		(1ULL << 11)
#define MTRR_PHYSBASE_TYPE	0xffULL

#define PAT_RESET_VALUE		0x0007040600070406ULL

#define CR0_PE	(1ULL << 0)
#define CR0_MP	(1ULL << 1)
#define CR0_EM	(1ULL << 2)
#define CR0_TS	(1ULL << 3)
#define CR0_ET	(1ULL << 4)
#define CR0_NE	(1ULL << 5)
#define CR0_WP	(1ULL << 16)
#define CR0_AM	(1ULL << 18)
#define CR0_NW	(1ULL << 29)
#define CR0_CD	(1ULL << 30)
#define CR0_PG	(1ULL << 31)

#define CR3_NOFLUSH	(1ULL << 63)
#define CR3_PCID_MASK	0xfffULL

#define CR4_VME		(1ULL << 0)
#define CR4_PVI		(1ULL << 1)
#define CR4_TSD		(1ULL << 2)
#define CR4_DE		(1ULL << 3)
#define CR4_PSE		(1ULL << 4)
#define CR4_PAE		(1ULL << 5)
#define CR4_MCE		(1ULL << 6)
#define CR4_PGE		(1ULL << 7)
#define CR4_PCE		(1ULL << 8)
#define CR4_OSFXSR	(1ULL << 9)
#define CR4_OSXMMEXCPT	(1ULL << 10)
#define CR4_UMIP	(1ULL << 11)
#define CR4_LA57	(1ULL << 12)
#define CR4_VMXE	(1ULL << 13)
#define CR4_SMXE	(1ULL << 14)
#define CR4_FSGSBASE	(1ULL << 16)
#define CR4_PCIDE	(1ULL << 17)
#define CR4_OSXSAVE	(1ULL << 18)
#define CR4_SMEP	(1ULL << 20)
#define CR4_SMAP	(1ULL << 21)
#define CR4_PKE		(1ULL << 22)

#define EFER_SCE	(1ULL << 0)
#define EFER_LME	(1ULL << 8)
#define EFER_LMA	(1ULL << 10)
#define EFER_NX		(1ULL << 11)

/* A vCPU of `start=running` (the default): a 64-bit guest. */
#define RUNNING_CR0	0x80000031ULL
/* Below 4 GiB, where few programs have memory: what runs real code keeps its page tables there. */
#define RUNNING_CR3	0xf7401000ULL
#define RUNNING_CR4	CR4_PAE
#define RUNNING_EFER	(EFER_LME | EFER_LMA)
/* `start=real`: paging and protection off, caches on; `start=pae32`: RUNNING_CR0 and _CR3, CR4.PAE, EFER 0. */
#define REAL_CR0		0x30ULL
#define RESET_CR0	(CR0_CD | CR0_NW | CR0_ET)	/* 0x60000010, A.6 */

static inline bool memtype_legal_mtrr(uint64_t type)
{
	return type < 8 && ((1u << type) & 0x73);	/* 0 1 4 5 6 */
}

static inline bool memtype_legal_pat(uint64_t type)
{
	return type < 8 && ((1u << type) & 0xf3);	/* 0 1 4 5 6 7 */
}

/* Upper-case SDM name ("UC-" for 7, "reserved" for 2, 3 and beyond 7). */
static inline const char *memtype_name(unsigned type)
{
	static const char *const names[8] = {
		"UC", "WC", "reserved", "reserved", "WT", "WP", "WB", "UC-",
	};
	return type < 8 ? names[type] : "reserved";
}

#endif

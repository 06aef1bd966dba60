/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines, ops and outcomes: the plain data that programs hold, that the
 * oracle judges and that targets execute. No behaviour lives here.
 */
#ifndef ZAPLOCK_ORACLE_OP_H
#define ZAPLOCK_ORACLE_OP_H

#include "oracle/x86.h"

#define MAX_VCPUS	8u
#define MAX_SLOTS	16u

/* Sets of KVM's memtype rules (rules B); the names are in profile_names[]. */
enum profile {
	PROFILE_NONE = 0,	/* the program does not say */
	PROFILE_LINUX_5_15,	/* P1 */
	PROFILE_LINUX_6_1,	/* P2 */
	PROFILE_YAN_V4,		/* P3 */
	PROFILE_LINUX_6_7,	/* P4 */
	PROFILE_LINUX_6_11,	/* P5 */
	PROFILE_LINUX_6_11_RC,	/* P5rc */
	PROFILE_LINUX_6_16,	/* P6 */
	NR_PROFILES,
};

enum vendor { VENDOR_INTEL, VENDOR_AMD };

/* How a vCPU begins (design 3). */
enum start_mode { START_RUNNING, START_RESET, START_REAL, START_PAE32, NR_START_MODES };

/*
 * KVM's quirks that matter here, by their KVM_CAP_DISABLE_QUIRKS2 bit: a set
 * bit in `disabled` means the quirk is off (rules F.1).
 */
#define QUIRK_CD_NW_CLEARED	(1u << 1)
#define QUIRK_SLOT_ZAP_ALL	(1u << 7)
#define QUIRK_IGNORE_GUEST_PAT	(1u << 9)
#define QUIRKS_KNOWN (QUIRK_CD_NW_CLEARED | QUIRK_SLOT_ZAP_ALL | QUIRK_IGNORE_GUEST_PAT)

/* What the host maps at a guest address; MMIO is a property of the pfn. */
enum backing { BACKING_4K, BACKING_2M, BACKING_1G, BACKING_MMIO, NR_BACKINGS };

#define SLOT_READONLY	(1u << 0)
#define SLOT_DIRTY_LOG	(1u << 1)

/* A memslot: [gpa, gpa + size) in bytes, page aligned; size 0 = no slot. */
struct slot {
	uint64_t gpa;
	uint64_t size;
	uint32_t flags;		/* SLOT_* */
};

/* What a program's header fixes before its first step. */
struct machine {
	enum profile profile;
	enum vendor vendor;
	enum start_mode start;
	uint8_t nr_vcpus;	/* 1 to MAX_VCPUS */
	uint8_t maxphyaddr;	/* guest CPUID 0x80000008.EAX[7:0], 32 to 52 */
	bool cpuid_mtrr;	/* guest CPUID.1:EDX.MTRR */
	bool tdp;		/* EPT or NPT; false = shadow paging */
	bool selfsnoop;		/* host CPUID.1:EDX.SS */
	uint32_t quirks_off;	/* QUIRK_*: turned off by the header ... */
	uint32_t quirks_on;	/* ... or on; the others keep the profile's default */
	struct slot slots[MAX_SLOTS];
};

enum op_kind {
	/* Guest ops: vcpuN ... */
	OP_WRMSR,	/* arg = MSR, v[0] = value */
	OP_RDMSR,	/* arg = MSR */
	OP_CR0,		/* OP_DELTA: v[0] = bits to set, v[1] = to clear; else v[0] = value */
	OP_CR3,		/* v[0] = value; OP_NOFLUSH: with bit 63 */
	OP_CR4,		/* as OP_CR0 */
	OP_READ,	/* v[0] = gpa, or va with OP_VA */
	OP_WRITE,
	OP_EXEC,
	OP_MAP,		/* v[0] = va, v[1] = gpa, v[2] = PAT index, arg = level: the guest's own PTE */
	OP_WBINVD,
	OP_INVD,
	OP_INVLPG,	/* v[0] = va */
	OP_INVPCID,	/* arg = type (0 to 3), v[0] = PCID, v[1] = va */
	OP_CPUID,	/* arg = leaf */
	OP_INIT,
	OP_SIPI,
	OP_SMI,
	OP_RSM,
	/* Host ops: host ... */
	OP_DMA,		/* arg = 1 on, 0 off: one count of non-coherent DMA */
	OP_QUIRK,	/* arg = QUIRK_* bit, v[0] = 1 on, 0 off */
	OP_SLOT,	/* arg = id, v[0] = gpa, v[1] = size (0 deletes), v[2] = SLOT_*: KVM_SET_USER_MEMORY_REGION */
	OP_BACKING,	/* v[0] = gpa, v[1] = size, arg = enum backing: the host maps other pages there */
	OP_INVALIDATE,	/* v[0] = gpa, v[1] = size: the host moves the pages */
	OP_SETMSR,	/* vcpu, arg = MSR, v[0] = value: KVM_SET_MSRS */
	OP_SREGS,	/* vcpu, arg = SREGS_* present, v[] = cr0, cr3, cr4, efer: KVM_SET_SREGS */
	OP_SETCPUID,	/* vcpu, arg = CPUID_* present, v[0] = MTRR bit, v[1] = MAXPHYADDR: KVM_SET_CPUID2 */
	OP_PREFAULT,	/* vcpu, v[0] = gpa, v[1] = size: KVM_PRE_FAULT_MEMORY */
	OP_SPLIT,	/* arg = slot id: dirty logging on */
	OP_COLLAPSE,	/* arg = slot id: dirty logging off */
	NR_OPS,
};
#define OP_FIRST_HOST	OP_DMA

/* op.flags */
#define OP_DELTA	(1u << 0)
#define OP_NOFLUSH	(1u << 1)
#define OP_VA		(1u << 2)
#define OP_TOGETHER	(1u << 3)	/* first op of a group that runs concurrently */
#define OP_ALONG	(1u << 4)	/* a further op of the same group */

#define SREGS_CR0	(1u << 0)
#define SREGS_CR3	(1u << 1)
#define SREGS_CR4	(1u << 2)
#define SREGS_EFER	(1u << 3)

#define CPUID_MTRR		(1u << 0)
#define CPUID_MAXPHYADDR	(1u << 1)

/* One op. Fields that a kind does not name are zero (so ops compare bytewise). */
struct op {
	uint8_t kind;		/* enum op_kind */
	uint8_t vcpu;
	uint16_t flags;		/* OP_* */
	uint32_t arg;
	uint64_t v[4];
};

static inline bool op_is_host(const struct op *op)
{
	return op->kind >= OP_FIRST_HOST;
}

/* Does @op name a vCPU (guest ops and the host's per-vCPU ioctls)? */
static inline bool op_has_vcpu(const struct op *op)
{
	return op->kind < OP_FIRST_HOST ||
	       (op->kind >= OP_SETMSR && op->kind <= OP_PREFAULT);
}

/*
 * Who executes @op when ops run concurrently: a vCPU, for its instructions and
 * for ioctls on it, which exclude KVM_RUN (vcpu->mutex), or the host.
 */
#define HOST_THREAD	MAX_VCPUS

static inline unsigned op_thread(const struct op *op)
{
	return op_has_vcpu(op) ? op->vcpu : HOST_THREAD;
}

/* What came of an op, as its issuer sees it. */
enum outcome_kind {
	OUT_OK,		/* done; value below where has_value */
	OUT_GP,		/* #GP(0) */
	OUT_UD,		/* #UD */
	OUT_PF,		/* #PF in the guest (va= accesses) */
	OUT_MMIO,	/* the access left to userspace: KVM_EXIT_MMIO */
	OUT_ERRNO,	/* host op: the ioctl failed, value = errno; KVM_SET_MSRS taking 0 MSRs is EINVAL */
	OUT_BLOCKED,	/* the vCPU waits for SIPI, nothing ran */
	OUT_ANY,	/* oracle: unspecified; target: cannot tell */
};

struct outcome {
	uint8_t kind;		/* enum outcome_kind */
	bool has_value;
	uint64_t value;		/* rdmsr: the value; cr ops, init, sregs: the register afterwards (sregs: CR0); ERRNO: errno */
};

#endif

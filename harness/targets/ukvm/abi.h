/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border between zaplock and a kernel built as a library. Plain C types and
 * names of its own: one side is compiled with the kernel's headers, the other
 * with libc's and zaplock's, and neither ever sees the other's.
 *
 * A library is one kernel tree. One loaded copy of it is one host machine of a
 * given configuration with at most one VM; load it several times (load.c) for
 * several. A copy is used by one thread at a time.
 */
#ifndef UKVM_ABI_H
#define UKVM_ABI_H

/* A library built before the structs below changed is refused. */
#define UKVM_ABI_VERSION	(2u << 24 | (unsigned)(sizeof(struct ukvm_api) << 12 ^	\
				 sizeof(struct ukvm_config) << 6 ^ sizeof(struct ukvm_insn)))
#define UKVM_ABI_SYMBOL		"ukvm_api"

#define UKVM_MAX_VCPUS		8u
#define UKVM_MAX_SLOTS		16u
#define UKVM_MAX_SLOT_SIZE	(1ull << 37)	/* bytes: the address space that a slot id has */

/*
 * Where the guest keeps what programs say nothing of: SMRAM. A memslot of the
 * VMM's own, which exists once it is needed.
 */
#define UKVM_PRIVATE_GPA	0xfe000000ull	/* below 4G, for SMBASE has 32 bits */
#define UKVM_PRIVATE_SIZE	0x20000ull

enum ukvm_event_kind {
	UKVM_EV_SPTE,		/* as_id, root, gfn, level, old_spte, new_spte */
	UKVM_EV_ZAP_RANGE,	/* kvm_zap_gfn_range() or zap-all: [gfn, end) */
	UKVM_EV_FILL,		/* the CPU of @vcpu walked the tables and found new_spte */
	UKVM_EV_FLUSH,		/* the CPU of @vcpu dropped every translation */
	UKVM_EV_GUEST_FLUSH,	/* ... every linear one; level 1 = current PCID, 2 = all */
	UKVM_EV_ENTER,		/* @vcpu enters the guest */
	UKVM_EV_MMIO_SPTE,	/* an MMIO SPTE was installed at gfn */
};

struct ukvm_event {
	unsigned char kind, vcpu, as_id, level;
	unsigned int root;
	unsigned long long gfn, end, old_spte, new_spte;
};

/*
 * WARN (not fatal: KVM goes on), or BUG, an unimplemented symbol, a fatal
 * condition of a shim: fatal, the copy is unusable.
 */
struct ukvm_crash {
	int fatal;
	const char *text;	/* "WARN_ON(x)" */
	const char *function;	/* where it stands; a shim's begins with ukvm_ */
	const char *file;	/* "": it is the shims' failure, and KVM cannot be blamed */
	int line;
};

/* The host: fixed for the life of a loaded copy. */
struct ukvm_config {
	int amd;		/* svm.c and NPT rather than vmx.c and EPT */
	int tdp;		/* module parameter ept / npt */
	int tdp_mmu;		/* module parameter tdp_mmu: 0 = the legacy direct MMU */
	int eager_split;	/* module parameter eager_page_split */
	int selfsnoop;		/* host CPUID.1:EDX.SS */
	int create;		/* each VM by destroying the last and creating one, none from an image (image.c) */
	void *ctx;
	/* What KVM did, in the order it did it. */
	void (*event)(void *ctx, const struct ukvm_event *event);
	/* Must not return if fatal. */
	void (*crash)(void *ctx, const struct ukvm_crash *crash);
};

enum ukvm_start { UKVM_START_RUNNING, UKVM_START_RESET, UKVM_START_REAL, UKVM_START_PAE32 };

struct ukvm_machine {
	unsigned nr_vcpus;
	unsigned maxphyaddr;		/* of the guest's CPUID */
	int cpuid_mtrr;
	enum ukvm_start start;
	unsigned quirks_off;		/* KVM_CAP_DISABLE_QUIRKS2 bits to disable */
	unsigned quirks_on;		/* ... to enable */
};

/* An instruction of the guest. */
enum ukvm_insn_kind {
	UKVM_WRMSR, UKVM_RDMSR, UKVM_CR0, UKVM_CR3, UKVM_CR4,
	UKVM_READ, UKVM_WRITE, UKVM_EXEC,	/* value = gpa */
	UKVM_WBINVD, UKVM_INVD, UKVM_INVLPG, UKVM_INVPCID, UKVM_CPUID, UKVM_RSM,
};

struct ukvm_insn {
	enum ukvm_insn_kind kind;
	unsigned arg;			/* MSR, CPUID leaf, INVPCID type */
	unsigned long long value;	/* written, or address */
	unsigned pcid;			/* of INVPCID */
};

/* What came of an instruction or ioctl. */
enum ukvm_result_kind {
	UKVM_OK, UKVM_GP, UKVM_UD, UKVM_PF, UKVM_MMIO, UKVM_ERRNO,
	UKVM_BLOCKED,			/* the vCPU waits for SIPI */
	UKVM_ODD,			/* another exception or exit; value says which */
	UKVM_HANG,			/* more VM entries than one instruction can need */
	UKVM_UNSUPPORTED,		/* this kernel has no such ioctl */
};

struct ukvm_result {
	enum ukvm_result_kind kind;
	int has_value;
	unsigned long long value;
};

#define UKVM_SLOT_READONLY	(1u << 0)
#define UKVM_SLOT_DIRTY_LOG	(1u << 1)

enum ukvm_backing { UKVM_BACK_4K, UKVM_BACK_2M, UKVM_BACK_1G, UKVM_BACK_MMIO };

#define UKVM_SREGS_CR0	(1u << 0)
#define UKVM_SREGS_CR3	(1u << 1)
#define UKVM_SREGS_CR4	(1u << 2)
#define UKVM_SREGS_EFER	(1u << 3)

struct ukvm_regs {
	unsigned long long cr0, cr3, cr4, efer, pat, def_type;
	int smm;
};

struct ukvm_leaf {
	unsigned char as_id, level;
	unsigned int root;
	unsigned long long gfn, spte;
};

struct ukvm_api {
	unsigned version;		/* UKVM_ABI_VERSION */
	const char *release;		/* "6.1.192" */
	const char *profile;		/* name of the memtype profile, "" if the tree does not tell */
	const char *profile_why;	/* the fact that decided it */

	/* Boots the host and loads the vendor module. NULL, or why not. Once. */
	const char *(*start)(const struct ukvm_config *config);
	/* A fresh VM; replaces the one before. 0 or -errno, with *what failed. */
	int (*create)(const struct ukvm_machine *machine, const char **what);
	/* Pages, objects (but under a sanitizer) and page references still held: 0 once a VM is destroyed, or KVM leaks. */
	long (*destroy)(void);

	/* Runs one instruction through KVM_RUN. */
	struct ukvm_result (*run)(unsigned vcpu, const struct ukvm_insn *insn);

	struct ukvm_result (*dma)(int on);
	struct ukvm_result (*quirk)(unsigned quirk, int on);
	/* UKVM_SLOT_* flags; size 0 deletes. */
	struct ukvm_result (*slot)(unsigned id, unsigned long long gpa, unsigned long long size,
				   unsigned flags);
	/* The same slot with other flags: dirty logging on or off. */
	struct ukvm_result (*slot_flags)(unsigned id, unsigned set, unsigned clear);
	struct ukvm_result (*backing)(unsigned long long gpa, unsigned long long size,
				      enum ukvm_backing kind);
	struct ukvm_result (*invalidate)(unsigned long long gpa, unsigned long long size);
	struct ukvm_result (*set_msr)(unsigned vcpu, unsigned msr, unsigned long long value);
	struct ukvm_result (*sregs)(unsigned vcpu, unsigned present,
				    const unsigned long long *values);
	/* @mtrr < 0, @maxphyaddr 0: as it was. */
	struct ukvm_result (*set_cpuid)(unsigned vcpu, int mtrr, unsigned maxphyaddr);
	struct ukvm_result (*prefault)(unsigned vcpu, unsigned long long gpa,
				       unsigned long long size);
	struct ukvm_result (*init)(unsigned vcpu);
	struct ukvm_result (*sipi)(unsigned vcpu);
	struct ukvm_result (*smi)(unsigned vcpu);

	void (*regs)(unsigned vcpu, struct ukvm_regs *regs);
	/* kvm_mtrr_get_guest_memory_type() of each gfn; returns 0 where the tree has no such function. */
	int (*guest_memtypes)(unsigned vcpu, const unsigned long long *gfns, unsigned long nr,
			      unsigned char *types);
	/* Writes up to @max present leaves under valid roots; returns how many there are. */
	unsigned long (*walk)(struct ukvm_leaf *leaves, unsigned long max);
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this host's KVM is: read once, from /dev/kvm, sysfs, /proc/cpuinfo and
 * /proc/kallsyms, never from what it does when tested.
 */
#ifndef ZAPLOCK_KVM_HOST_H
#define ZAPLOCK_KVM_HOST_H

#include <linux/kvm.h>
#include <stddef.h>

#include "oracle/op.h"

/* Newer than Debian 12's headers (rules F.1, KVM api.rst). */
#ifndef KVM_CAP_DISABLE_QUIRKS2
#define KVM_CAP_DISABLE_QUIRKS2 213
#endif
#ifndef KVM_CAP_PRE_FAULT_MEMORY
#define KVM_CAP_PRE_FAULT_MEMORY 236
struct kvm_pre_fault_memory {
	__u64 gpa, size, flags, padding[5];
};
#define KVM_PRE_FAULT_MEMORY _IOWR(KVMIO, 0xd5, struct kvm_pre_fault_memory)
#endif

enum paging { PAGING_SHADOW, PAGING_EPT, PAGING_NPT };
extern const char *const paging_names[];

struct kvm_host {
	int fd;				/* /dev/kvm */
	size_t run_size;		/* of a vCPU's shared page */
	char module[32];		/* "kvm_intel", "kvm_amd", "kvm_pvm" */
	char kernel[80];		/* uname's release */
	enum paging paging;
	enum vendor vendor;		/* of the host's CPU, and so of the guest's */
	bool selfsnoop, tdp_mmu, smm, readonly_slots, sregs2, invpcid;
	uint32_t quirks;		/* that can be disabled; 0: no KVM_CAP_DISABLE_QUIRKS2 */
	bool prefault;			/* KVM_PRE_FAULT_MEMORY */
	uint8_t maxphyaddr;
	uint64_t cr4;			/* bits of CR4 that this KVM gives guests, of those programs may set */
	struct kvm_cpuid2 *cpuid;	/* KVM_GET_SUPPORTED_CPUID */
};

/* 0, or -1 with one sentence and what to do in @error. */
int kvm_host_open(struct kvm_host *host, char *error, size_t size);
void kvm_host_close(struct kvm_host *host);

/*
 * The profile of memtype rules that this kernel follows, from facts that are
 * not under test, with the fact in @why; PROFILE_NONE when they decide nothing.
 */
enum profile kvm_host_profile(const struct kvm_host *host, char *why, size_t size);

/* The word in /sys/module/@module/parameters/@name is Y or 1. */
bool module_parameter(const char *module, const char *name);

#endif

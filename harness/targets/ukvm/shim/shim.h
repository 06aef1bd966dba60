/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shims tell each other. Kernel headers first. */
#ifndef UKVM_SHIM_H
#define UKVM_SHIM_H

#include "../abi.h"

struct kvm;
struct kvm_vcpu;
struct kvm_mmu_page;
struct file_operations;

/* rcu.c: runs what waits for the CPU to be idle. */
void ukvm_quiesce(void);

/* misc.c: the VMM's task becomes the current one. */
void ukvm_tasks_start(void);

/* files.c: an open file of /dev/kvm's making. */
struct ukvm_file {
	const struct file_operations *fops;
	void *object;		/* struct kvm or struct kvm_vcpu */
};
/* An ioctl on /dev/kvm or on @of; *file is what it opened. */
long ukvm_dev_ioctl(unsigned int cmd, void *arg, struct ukvm_file *file);
long ukvm_file_ioctl(const struct ukvm_file *of, unsigned int cmd, void *arg,
		     struct ukvm_file *file);
void ukvm_file_close(struct ukvm_file *file);

/* events.c: what the target is told. */
void ukvm_event_spte(struct kvm_mmu_page *root, unsigned long gfn, int level,
		     unsigned long old_spte, unsigned long new_spte);
void ukvm_event_fill(unsigned int vcpu, int as_id, unsigned int root, unsigned long gfn, int level,
		     unsigned long spte);
void ukvm_event(enum ukvm_event_kind kind, unsigned int vcpu, int level);
void ukvm_event_range(enum ukvm_event_kind kind, unsigned long gfn, unsigned long end);

/* cpu.c: the machine KVM finds itself on. */
extern struct ukvm_config ukvm_config;
void ukvm_cpu_start(void);

/*
 * vcpu.c: the guest. cpu_vmx.c and cpu_svm.c ask it, at each VM entry, what the
 * guest does next.
 */
struct ukvm_guest {
	struct kvm_vcpu *vcpu;		/* that runs now */
	unsigned int id;
	const struct ukvm_insn *insn;	/* that it executes; NULL once done */
	struct ukvm_result result;
	unsigned int entries;		/* VM entries so far, for this instruction */
	unsigned int rescheds;		/* cond_resched() calls in this ioctl ... */
	unsigned int max_rescheds;	/* ... of which more than this make it hang */
	bool hung;			/* too many: the VMM's user lost patience */
};
extern struct ukvm_guest ukvm_guest;
/* An ioctl begins: how often it may offer the CPU before it counts as hanging. */
void ukvm_guest_patience(unsigned int cmd);
/* The instruction completed: the next exit is the host's interrupt. */
void ukvm_guest_done(enum ukvm_result_kind kind, unsigned long long value);
/* An exception reached the guest. */
void ukvm_guest_exception(unsigned int vector);
/* vcpu.c: creation of all vCPUs of a machine; 0 or -errno with *what. */
int ukvm_vcpus_create(const struct ukvm_machine *machine, const char **what);
void ukvm_vcpus_destroy(void);
struct kvm_vcpu *ukvm_vcpu(unsigned int id);

/* vm.c */
extern struct ukvm_file ukvm_vm_file;
struct kvm *ukvm_vm(void);
struct ukvm_result ukvm_errno(long ret);
/* SMRAM, and with it SMM's own memslots; 0, or -EEXIST where a slot of the program lies there. */
long ukvm_vm_smram(void);

/* Does INVPCID fault by its operands (SDM vol 2)? A PCID needs CR4.PCIDE, an address must be canonical. */
bool ukvm_invpcid_faults(const struct ukvm_insn *insn, unsigned long cr4);
/* Entries beyond which an instruction counts as hanging. */
#define UKVM_MAX_ENTRIES 64
/* Likewise for loops that offer to reschedule; eager splitting of 1 GiB stays below. */
#define UKVM_MAX_RESCHEDS (1u << 17)

/* image.c: VMs put back by copying; none in a sanitized build. */
void ukvm_images_start(void);
bool ukvm_images(void);
bool ukvm_image_restore(const struct ukvm_machine *machine);
void ukvm_image_take(const struct ukvm_machine *machine);
void ukvm_image_boot(void);

/* walk.c: the processor's walk for @gfn; the entry that ends it, its level in *level. */
u64 *ukvm_walk(unsigned long root, unsigned long gfn, bool ept, int *level);
unsigned long ukvm_walk_all(struct kvm *kvm, struct ukvm_leaf *leaves, unsigned long max);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM that runs a program: memslots and what is behind them, and vCPUs, each
 * with a thread of its own (the first one uses the engine's). A thin and dull
 * layer over the ioctls of KVM's api.rst; everything that can fail says why in
 * vm->why.
 */
#ifndef ZAPLOCK_KVM_VM_H
#define ZAPLOCK_KVM_VM_H

#include <pthread.h>
#include <time.h>

#include "harness/targets/guest/guest.h"
#include "harness/targets/kvm/host.h"

/* KVM's own pages, right behind the guest's: task state and identity map of VMX without unrestricted guest. */
#define VM_TSS_GPA	(GUEST_GPA + GUEST_SIZE)
#define VM_IDENTITY_GPA	(VM_TSS_GPA + 3 * PAGE_SIZE)
#define VM_OWN_END	(VM_IDENTITY_GPA + PAGE_SIZE)
#define VM_APIC_GPA	0xfee00000ULL

#define VM_MAX_SLOT_SIZE	(16ULL << 30)
/* Pages that CR3 may point to outside of memslots and image. */
#define VM_MAX_ROOTS	8u

struct vm_slot {
	struct slot slot;
	uint8_t *map;			/* what mmap() gave ... */
	size_t map_size;
	uint8_t *base;			/* ... and where the slot's first byte is */
};

struct vm;

struct vcpu {
	struct vm *vm;
	unsigned id;
	int fd;
	int tid;			/* of the thread that runs it */
	struct kvm_run *run;
	struct kvm_sregs sregs;		/* as of the last exit, unless stale */
	bool stale;
	bool user;			/* CS is the CPL3 one */
	timer_t timer;
	bool has_timer;
	/* The thread of every vCPU but the first. */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int (*job)(struct vcpu *vcpu, void *arg);
	void *arg;
	int result;
	enum { JOB_NONE, JOB_READY, JOB_DONE, JOB_QUIT } state;
};

struct vm {
	const struct kvm_host *host;
	int fd;
	bool apic;			/* in the kernel, so that INIT and SIPI work */
	uint32_t quirks_off;
	unsigned nr_vcpus;
	uint8_t maxphyaddr[MAX_VCPUS];
	bool cpuid_mtrr[MAX_VCPUS];
	struct guest guest;
	uint8_t *image;
	struct vm_slot slots[MAX_SLOTS];
	struct { uint64_t gpa; uint8_t *page; } roots[VM_MAX_ROOTS];	/* page NULL: unused */
	struct vcpu vcpus[MAX_VCPUS];
	char why[200];
};

enum vm_status {
	VM_OK,
	VM_SKIP,	/* cannot be done here; vm->why */
	VM_BROKEN,	/* the host failed us; vm->why */
	VM_HANG,	/* a KVM_RUN does not come back */
};

/* A VM for @machine; its vCPUs have not run. vm_destroy() is due whatever comes back. */
enum vm_status vm_create(struct vm *vm, const struct kvm_host *host, const struct machine *machine);
void vm_destroy(struct vm *vm);

/* memory.c: KVM_SET_USER_MEMORY_REGION of a program's slot; *error is its errno, 0 if taken. */
enum vm_status vm_set_slot(struct vm *vm, unsigned id, const struct slot *slot, int *error);
/* The slot's memory at @gpa, NULL where there is none. */
uint8_t *vm_memory(struct vm *vm, uint64_t gpa);
const struct slot *vm_slot(const struct vm *vm, uint64_t gpa);
/* Makes CR3's page @gpa hold the guest's root table. */
enum vm_status vm_root(struct vm *vm, uint64_t gpa);
/* Is @gpa in one of the pages that vm_root() had to add? */
bool vm_is_root(const struct vm *vm, uint64_t gpa);
/* The host maps other pages of [gpa, gpa + size): OP_BACKING, OP_INVALIDATE. */
enum vm_status vm_backing(struct vm *vm, uint64_t gpa, uint64_t size, enum backing kind);
enum vm_status vm_invalidate(struct vm *vm, uint64_t gpa, uint64_t size);
int vm_memory_init(struct vm *vm);
void vm_memory_destroy(struct vm *vm);

/* vcpu.c */
enum vm_status vm_add_vcpu(struct vm *vm, unsigned id);
void vcpu_destroy(struct vcpu *vcpu);
/* Runs @job on the vCPU's thread and returns what it returned. */
int vcpu_do(struct vcpu *vcpu, int (*job)(struct vcpu *vcpu, void *arg), void *arg);
int vcpu_ioctl(struct vcpu *vcpu, unsigned long request, void *arg);
/* KVM_SET_CPUID2 with what the vCPU's machine says now; 0 or an errno. */
int vcpu_set_cpuid(struct vcpu *vcpu);
/* The registers as KVM holds them, without running the guest. */
const struct kvm_sregs *vcpu_sregs(struct vcpu *vcpu);
/* Can the guest's code run: 64-bit mode with 4-level paging? NULL, or why not. */
const char *vcpu_unfit(struct vcpu *vcpu);
/* What a call needs: general registers, and segments for CPL0 or CPL3. */
void vcpu_registers(const struct vcpu *vcpu, const struct guest_call *call, struct kvm_regs *regs);
void vcpu_ring(struct kvm_sregs *sregs, bool user);
/* One stub. */
enum vm_status vcpu_call(struct vcpu *vcpu, const struct guest_call *call, struct guest_result *result);

enum vm_status vm_say(struct vm *vm, enum vm_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

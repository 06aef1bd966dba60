// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs: creation, CPUID, registers, and KVM_RUN from a stub to its OUT. Each
 * vCPU but the first has a thread, since KVM wants one vCPU's ioctls from one
 * thread; the engine steps them one at a time.
 *
 * Registers travel in the vCPU's shared page (KVM_CAP_SYNC_REGS), so that a step
 * is one ioctl. A timer interrupts a KVM_RUN that does not end.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/targets/kvm/vm.h"

/* A tick, and how many of them a KVM_RUN may last. */
#define TICK_SECONDS	1
#define MAX_TICKS	10
#define MAX_EXITS	10000
#define TICK_SIGNAL	(SIGRTMIN + 6)

/* --- Threads ---------------------------------------------------------------------- */

static void on_tick(int signal)
{
}

/* Ticks of the thread that calls. */
static bool start_ticks(struct vcpu *vcpu)
{
	struct sigaction action = { .sa_handler = on_tick };	/* no SA_RESTART */
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = TICK_SIGNAL };
	const struct itimerspec every = { { TICK_SECONDS, 0 }, { TICK_SECONDS, 0 } };

	event._sigev_un._tid = syscall(SYS_gettid);
	if (sigaction(TICK_SIGNAL, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &vcpu->timer))
		return false;
	vcpu->has_timer = true;
	return !timer_settime(vcpu->timer, 0, &every, NULL);
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *vcpu = arg;

	pthread_mutex_lock(&vcpu->lock);
	while (vcpu->state != JOB_QUIT) {
		if (vcpu->state == JOB_READY) {
			vcpu->result = vcpu->job(vcpu, vcpu->arg);
			vcpu->state = JOB_DONE;
			pthread_cond_broadcast(&vcpu->wake);
		}
		while (vcpu->state == JOB_NONE || vcpu->state == JOB_DONE)
			pthread_cond_wait(&vcpu->wake, &vcpu->lock);
	}
	pthread_mutex_unlock(&vcpu->lock);
	return NULL;
}

int vcpu_do(struct vcpu *vcpu, int (*job)(struct vcpu *vcpu, void *arg), void *arg)
{
	int result;

	if (!vcpu->has_thread)
		return job(vcpu, arg);
	pthread_mutex_lock(&vcpu->lock);
	vcpu->job = job;
	vcpu->arg = arg;
	vcpu->state = JOB_READY;
	pthread_cond_broadcast(&vcpu->wake);
	while (vcpu->state != JOB_DONE)
		pthread_cond_wait(&vcpu->wake, &vcpu->lock);
	vcpu->state = JOB_NONE;
	result = vcpu->result;
	pthread_mutex_unlock(&vcpu->lock);
	return result;
}

struct ioctl_job {
	unsigned long request;
	void *arg;
};

static int ioctl_job(struct vcpu *vcpu, void *arg)
{
	struct ioctl_job *job = arg;
	int ret = ioctl(vcpu->fd, job->request, job->arg);

	return ret < 0 ? -errno : ret;
}

/* What ioctl() returns, or -errno. */
int vcpu_ioctl(struct vcpu *vcpu, unsigned long request, void *arg)
{
	struct ioctl_job job = { request, arg };

	return vcpu_do(vcpu, ioctl_job, &job);
}

/* --- CPUID and registers -------------------------------------------------------------- */

/* The host's features but for those that a program's rules know nothing of. */
static void edit_cpuid(const struct vm *vm, unsigned id, struct kvm_cpuid_entry2 *e)
{
	const uint32_t mtrr = 1u << 12;

	switch (e->function) {
	case 1:
		e->ebx = (e->ebx & 0x00ffffff) | id << 24;
		e->ecx &= ~(1u << 5 | 1u << 6 | 1u << 24);	/* VMX, SMX, TSC deadline */
		e->edx = (e->edx & ~mtrr) | (vm->cpuid_mtrr[id] ? mtrr : 0);
		break;
	case 7:
		if (e->index == 0) {
			e->ecx &= ~(1u << 3 | 1u << 4 | 1u << 7);	/* PKU, OSPKE, CET_SS */
			e->edx &= ~(1u << 1 | 1u << 5 | 1u << 20);	/* SGX keys, UINTR, CET_IBT */
		} else {
			e->eax &= ~(1u << 17 | 1u << 18 | 1u << 26);	/* FRED, LKGS, LAM */
		}
		break;
	case 0xb: case 0x1f:
		e->edx = id;
		break;
	case 0x80000001:
		e->ecx &= ~(1u << 2 | 1u << 17);	/* SVM, TCE */
		e->edx &= ~(1u << 25);			/* FFXSR */
		break;
	case 0x80000008:
		e->eax = (e->eax & ~0xffu) | vm->maxphyaddr[id];
		break;
	case 0x80000021:
		e->eax &= ~(1u << 8);			/* automatic IBRS */
		break;
	}
}

int vcpu_set_cpuid(struct vcpu *vcpu)
{
	const struct kvm_cpuid2 *host = vcpu->vm->host->cpuid;
	struct kvm_cpuid2 *cpuid = malloc(sizeof(*cpuid) + host->nent * sizeof(cpuid->entries[0]));
	int ret;

	if (!cpuid)
		return ENOMEM;
	memset(cpuid, 0, sizeof(*cpuid));
	for (unsigned i = 0; i < host->nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[cpuid->nent];

		*e = host->entries[i];
		/* No paravirtual features: their MSRs write into guest memory. */
		if (e->function >= 0x40000000 && e->function < 0x50000000)
			continue;
		edit_cpuid(vcpu->vm, vcpu->id, e);
		cpuid->nent++;
	}
	ret = vcpu_ioctl(vcpu, KVM_SET_CPUID2, cpuid);
	free(cpuid);
	return ret < 0 ? -ret : 0;
}

const struct kvm_sregs *vcpu_sregs(struct vcpu *vcpu)
{
	if (vcpu->stale && vcpu_ioctl(vcpu, KVM_GET_SREGS, &vcpu->sregs) == 0)
		vcpu->stale = false;
	return &vcpu->sregs;
}

const char *vcpu_unfit(struct vcpu *vcpu)
{
	const struct kvm_sregs *sregs = vcpu_sregs(vcpu);

	if (!(sregs->cr0 & CR0_PG) || !(sregs->efer & EFER_LMA) || !sregs->cs.l)
		return "the vCPU has left 64-bit mode, and the guest has code for that mode only";
	if (sregs->cr4 & CR4_LA57)
		return "the vCPU has 5-level paging, and the guest's tables have four";
	return NULL;
}

static void set_segment(struct kvm_segment *segment, unsigned selector, unsigned type, bool code)
{
	*segment = (struct kvm_segment){
		.limit = 0xffffffff, .selector = selector, .type = type, .present = 1, .s = 1, .g = 1,
		.dpl = selector & 3, .l = code, .db = !code,
	};
}

void vcpu_ring(struct kvm_sregs *sregs, bool user)
{
	set_segment(&sregs->cs, user ? GUEST_USER_CS : GUEST_CS, 11, true);
	set_segment(&sregs->ss, user ? GUEST_USER_DS : GUEST_DS, 3, false);
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss;
}

/* A 64-bit guest in the middle of its life (`start=running`). */
static int start_running(struct vcpu *vcpu)
{
	struct kvm_sregs *sregs = &vcpu->sregs;
	struct kvm_mp_state runnable = { KVM_MP_STATE_RUNNABLE };
	int ret;

	vcpu->stale = true;
	vcpu_sregs(vcpu);
	vcpu_ring(sregs, false);
	sregs->tr = (struct kvm_segment){
		.base = GUEST_VA + GUEST_TSS(vcpu->id), .limit = 0x67, .selector = GUEST_TR,
		.type = 11, .present = 1,
	};
	sregs->ldt = (struct kvm_segment){ .unusable = 1, .type = 2 };
	sregs->gdt = (struct kvm_dtable){ .base = GUEST_VA + GUEST_GDT, .limit = GUEST_TR + 15 };
	sregs->idt = (struct kvm_dtable){ .base = GUEST_VA + GUEST_IDT, .limit = GUEST_IDT_SIZE - 1 };
	sregs->cr0 = RUNNING_CR0;
	sregs->cr3 = RUNNING_CR3;
	sregs->cr4 = RUNNING_CR4;
	sregs->efer = RUNNING_EFER;
	ret = vcpu_ioctl(vcpu, KVM_SET_SREGS, sregs);
	/* All run; with an APIC in the kernel all but the first would wait for INIT and SIPI. */
	if (!ret && vcpu->id && vcpu->vm->apic)
		ret = vcpu_ioctl(vcpu, KVM_SET_MP_STATE, &runnable);
	return ret;
}

static int prepare_thread(struct vcpu *vcpu, void *arg)
{
	vcpu->tid = syscall(SYS_gettid);
	return start_ticks(vcpu) ? 0 : -errno;
}

enum vm_status vm_add_vcpu(struct vm *vm, unsigned id)
{
	struct vcpu *vcpu = &vm->vcpus[id];
	struct kvm_enable_cap pv = { .cap = KVM_CAP_ENFORCE_PV_FEATURE_CPUID, .args = { 1 } };
	int ret;

	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, (unsigned long)id);
	if (vcpu->fd < 0)
		return vm_say(vm, VM_BROKEN, "KVM_CREATE_VCPU of vCPU %u: %s", id, strerror(errno));
	vcpu->run = mmap(NULL, vm->host->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED) {
		vcpu->run = NULL;
		return vm_say(vm, VM_BROKEN, "no memory for vCPU %u: %s", id, strerror(errno));
	}
	pthread_mutex_init(&vcpu->lock, NULL);
	pthread_cond_init(&vcpu->wake, NULL);
	if (id) {
		ret = pthread_create(&vcpu->thread, NULL, vcpu_thread, vcpu);
		if (ret)
			return vm_say(vm, VM_BROKEN, "no thread for vCPU %u: %s", id, strerror(ret));
		vcpu->has_thread = true;
	}
	if (vcpu_do(vcpu, prepare_thread, NULL))
		return vm_say(vm, VM_BROKEN, "no timer for vCPU %u: %s", id, strerror(errno));
	vcpu_ioctl(vcpu, KVM_ENABLE_CAP, &pv);
	ret = vcpu_set_cpuid(vcpu);
	if (ret)
		return vm_say(vm, VM_BROKEN, "KVM_SET_CPUID2: %s", strerror(ret));
	vcpu->run->kvm_valid_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
	ret = start_running(vcpu);
	return ret ? vm_say(vm, VM_BROKEN, "KVM_SET_SREGS: %s", strerror(-ret)) : VM_OK;
}

static int stop_ticks(struct vcpu *vcpu, void *arg)
{
	if (vcpu->has_timer)
		timer_delete(vcpu->timer);
	vcpu->has_timer = false;
	return 0;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	if (!vcpu->vm)
		return;
	vcpu_do(vcpu, stop_ticks, NULL);
	if (vcpu->has_thread) {
		pthread_mutex_lock(&vcpu->lock);
		vcpu->state = JOB_QUIT;
		pthread_cond_broadcast(&vcpu->wake);
		pthread_mutex_unlock(&vcpu->lock);
		pthread_join(vcpu->thread, NULL);
	}
	if (vcpu->run) {
		pthread_mutex_destroy(&vcpu->lock);
		pthread_cond_destroy(&vcpu->wake);
		munmap(vcpu->run, vcpu->vm->host->run_size);
	}
	if (vcpu->fd >= 0)
		close(vcpu->fd);
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->fd = -1;
}

/* --- Running -------------------------------------------------------------------------- */

/* One exit: VM_OK and *done when the call is over, VM_OK without to go on. */
static enum vm_status on_exit_reason(struct vcpu *vcpu, struct guest_result *result, bool *done)
{
	struct kvm_run *run = vcpu->run;
	const struct kvm_regs *regs = &run->s.regs.regs;
	struct vm *vm = vcpu->vm;
	char insn[64] = "?";
	uint8_t bytes[15];
	uint64_t at;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		*done = true;
		if (run->io.port == GUEST_PORT_DONE) {
			result->rax = regs->rax;
			result->rdx = regs->rdx;
			return VM_OK;
		}
		if (run->io.port - GUEST_PORT_EXCEPTION < 32u) {
			guest_exception(&vm->guest, vcpu->id, run->io.port - GUEST_PORT_EXCEPTION, regs->rsp,
					result);
			return VM_OK;
		}
		return vm_say(vm, VM_BROKEN, "the guest ran astray: I/O to port 0x%x", run->io.port);
	case KVM_EXIT_MMIO:
		result->kind = GUEST_MMIO;
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
		return VM_OK;
	case KVM_EXIT_INTR:
		return VM_OK;
	case KVM_EXIT_INTERNAL_ERROR:
		if (run->internal.suberror != KVM_INTERNAL_ERROR_EMULATION)
			return vm_say(vm, VM_BROKEN, "KVM_EXIT_INTERNAL_ERROR, suberror %u, at RIP 0x%llx",
				      run->internal.suberror, (unsigned long long)regs->rip);
		/* An instruction that KVM would have to emulate, and cannot. */
		if (guest_translate(&vm->guest, regs->rip, &at) && guest_in_footprint(at, sizeof(bytes))) {
			memcpy(bytes, vm->image + (at - GUEST_GPA), sizeof(bytes));
			guest_disassemble(bytes, sizeof(bytes), regs->rip, insn, sizeof(insn));
		}
		return vm_say(vm, VM_SKIP, "KVM cannot emulate `%s` here (RIP 0x%llx)", insn,
			      (unsigned long long)regs->rip);
	case KVM_EXIT_SHUTDOWN:
		return vm_say(vm, VM_BROKEN, "the guest shut down (triple fault) at RIP 0x%llx, CR3 0x%llx",
			      (unsigned long long)regs->rip, (unsigned long long)run->s.regs.sregs.cr3);
	case KVM_EXIT_FAIL_ENTRY:
		return vm_say(vm, VM_BROKEN, "the CPU refuses the guest's state: KVM_EXIT_FAIL_ENTRY, reason 0x%llx",
			      (unsigned long long)run->fail_entry.hardware_entry_failure_reason);
	default:
		return vm_say(vm, VM_BROKEN, "KVM_RUN exits with reason %u at RIP 0x%llx", run->exit_reason,
			      (unsigned long long)regs->rip);
	}
}

struct call_job {
	const struct guest_call *call;
	struct guest_result *result;
};

void vcpu_registers(const struct vcpu *vcpu, const struct guest_call *call, struct kvm_regs *regs)
{
	*regs = (struct kvm_regs){
		.rip = call->rip, .rax = call->rax, .rbx = call->rbx, .rcx = call->rcx, .rdx = call->rdx,
		.rsp = GUEST_VA + GUEST_STACK(vcpu->id) + PAGE_SIZE,
		.rflags = call->user ? 0x3002 : 2,	/* IOPL 3: OUT at CPL3 */
	};
}

/*
 * The OUT that ended the last call is not over yet: KVM moves RIP past it at the
 * next KVM_RUN, if RIP still points there. A fetch at the same address again is
 * no reason to skip it.
 */
static void finish_io(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	ioctl(vcpu->fd, KVM_RUN, 0);
	vcpu->run->immediate_exit = 0;
}

static void load_registers(struct vcpu *vcpu, const struct guest_call *call)
{
	struct kvm_run *run = vcpu->run;

	if (call->rip == run->s.regs.regs.rip)
		finish_io(vcpu);
	vcpu_registers(vcpu, call, &run->s.regs.regs);
	run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
	if (call->user != vcpu->user) {
		vcpu_ring(&vcpu->sregs, call->user);
		run->s.regs.sregs = vcpu->sregs;
		run->kvm_dirty_regs |= KVM_SYNC_X86_SREGS;
		vcpu->user = call->user;
	}
}

static int call_job(struct vcpu *vcpu, void *arg)
{
	struct call_job *job = arg;
	struct vm *vm = vcpu->vm;
	enum vm_status status = VM_OK;
	unsigned ticks = 0, exits = 0;
	bool done = false;

	load_registers(vcpu, job->call);
	*job->result = (struct guest_result){ .kind = GUEST_DONE };
	while (!done && status == VM_OK) {
		if (ioctl(vcpu->fd, KVM_RUN, 0) == 0) {
			status = on_exit_reason(vcpu, job->result, &done);
			if (++exits == MAX_EXITS)
				return vm_say(vm, VM_HANG, "%u exits and no end of one instruction", MAX_EXITS);
		} else if (errno == EINTR || errno == EAGAIN) {
			if (errno == EINTR && ++ticks > MAX_TICKS)
				return vm_say(vm, VM_HANG, "KVM_RUN does not end within %u s",
					      MAX_TICKS * TICK_SECONDS);
		} else {
			return vm_say(vm, errno == ENOSPC ? VM_SKIP : VM_BROKEN, "KVM_RUN: %s", strerror(errno));
		}
	}
	vcpu->sregs = vcpu->run->s.regs.sregs;
	vcpu->stale = false;
	vcpu->user = (vcpu->sregs.cs.selector & 3) == 3;
	return status;
}

enum vm_status vcpu_call(struct vcpu *vcpu, const struct guest_call *call, struct guest_result *result)
{
	struct call_job job = { call, result };

	return vcpu_do(vcpu, call_job, &job);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target `kvm`: programs on this host's own KVM. Guest ops run as machine
 * code (guest/), host ops are ioctls. What the host cannot do skips the program
 * with the reason; what is not under test and breaks ends in `infra`.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "harness/targets/kvm/dma.h"
#include "harness/targets/kvm/kvm.h"
#include "harness/targets/kvm/sptes.h"
#include "harness/targets/kvm/vm.h"

#define MAX_PREFAULT	(256ULL << 20)

/* struct kvm_msrs with room. */
struct msrs {
	__u32 nmsrs, pad;
	struct kvm_msr_entry entry[2];
};

struct kvm_target {
	struct target target;
	struct kvm_host host;
	struct dma dma;
	struct sptes sptes;
	struct vm vm;
};

static struct kvm_target *to_kvm(struct target *t)
{
	return (struct kvm_target *)t;
}

static enum target_status say(struct kvm_target *k, enum target_status status, const char *why)
{
	snprintf(k->target.why, sizeof(k->target.why), "%s", why);
	return status;
}

static enum target_status from_vm(struct kvm_target *k, enum vm_status status)
{
	switch (status) {
	case VM_OK:
		return TARGET_OK;
	case VM_SKIP:
		return say(k, TARGET_SKIPPED, k->vm.why);
	case VM_HANG:
		return say(k, TARGET_HANG, k->vm.why);
	default:
		return say(k, TARGET_INFRA, k->vm.why);
	}
}

/* --- Guest ops ------------------------------------------------------------------------ */

/* What the guest's code, this CPU or this KVM cannot do for @op; NULL if nothing. */
static const char *not_here(struct kvm_target *k, const struct op *op, uint64_t value)
{
	const struct vm *vm = &k->vm;
	bool access = op->kind == OP_READ || op->kind == OP_WRITE || op->kind == OP_EXEC;
	uint64_t known = CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE |
			 CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP | CR4_LA57 | CR4_FSGSBASE |
			 CR4_PCIDE | CR4_OSXSAVE | CR4_SMEP | CR4_SMAP;

	if (access && !(op->flags & OP_VA)) {
		if (vm_is_root(vm, op->v[0]))
			return "an access to a page that CR3 points to, outside of memslots";
		if (guest_in_footprint(op->v[0], 1) || op->v[0] - VM_TSS_GPA < VM_OWN_END - VM_TSS_GPA)
			return "an access to the memory that the guest's own code lives in";
		if (vm->apic && op->v[0] - VM_APIC_GPA < PAGE_SIZE)
			return "an access to the local APIC, which is in the kernel";
		if (op->v[0] >> k->host.maxphyaddr)
			return "an access beyond the host's physical addresses";
	}
	if (op->kind == OP_SMI || op->kind == OP_RSM)
		return op->kind == OP_SMI && !k->host.smm ? "this KVM has no SMM" :
		       op->kind == OP_SMI ? "SMM needs a handler in the program's memory, which the guest does not keep yet" :
		       NULL;
	if (op->kind == OP_INVPCID && !k->host.invpcid)
		return "this KVM gives guests no INVPCID";
	if ((op->kind == OP_INIT || op->kind == OP_SIPI) && !vm->apic)
		return "INIT and SIPI need a local APIC, which a memslot covers or this KVM lacks";
	if (op->kind == OP_CR4 && value & known & ~k->host.cr4)
		return "this host's CPU or KVM lacks a CR4 bit that the program sets";
	/* Bits between the guest's MAXPHYADDR and the CPU's are the CPU's business where MOV CR3 does not exit. */
	if (op->kind == OP_CR3 && k->host.paging != PAGING_SHADOW &&
	    vm->maxphyaddr[op->vcpu] != k->host.maxphyaddr && (value & ~CR3_NOFLUSH) >> PAGE_SHIFT &&
	    (value & ~CR3_NOFLUSH) >> (vm->maxphyaddr[op->vcpu] < k->host.maxphyaddr ?
				       vm->maxphyaddr[op->vcpu] : k->host.maxphyaddr))
		return "the CPU checks CR3 by the host's MAXPHYADDR, which is not the guest's";
	return NULL;
}

/* The bytes that a write stores or a fetch executes. */
static void prepare_byte(struct vm *vm, const struct op *op, struct guest_call *call)
{
	uint64_t gpa = op->v[0];
	uint8_t *byte;

	if (op->flags & OP_VA && !guest_translate(&vm->guest, op->v[0], &gpa))
		return;
	byte = vm_memory(vm, gpa);
	/* A write stores what is there: memory that KVM or the guest rely on stays as it is. */
	if (byte && call->stub == STUB_WRITE)
		call->rax = *byte;
	else if (byte && call->stub == STUB_EXEC)
		*byte = guest_code[guest_stub_offsets[STUB_EXEC]];
}

static uint64_t cr_value(struct vcpu *vcpu, const struct op *op)
{
	const struct kvm_sregs *sregs = vcpu_sregs(vcpu);
	uint64_t value = op->v[0];

	if (op->flags & OP_DELTA)
		value = ((op->kind == OP_CR0 ? sregs->cr0 : sregs->cr4) | op->v[0]) & ~op->v[1];
	return op->flags & OP_NOFLUSH ? value | CR3_NOFLUSH : value;
}

/* A fetch that KVM cannot emulate, from where no memory is, is no statement about anything. */
static bool fetches_nothing(struct vm *vm, const struct op *op)
{
	return op->kind == OP_EXEC && !(op->flags & OP_VA) && !vm_slot(vm, op->v[0]);
}

static enum target_status run_stub(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	struct vm *vm = &k->vm;
	struct vcpu *vcpu = &vm->vcpus[op->vcpu];
	bool cr = op->kind == OP_CR0 || op->kind == OP_CR3 || op->kind == OP_CR4;
	bool access = op->kind == OP_READ || op->kind == OP_WRITE || op->kind == OP_EXEC;
	uint64_t value = cr ? cr_value(vcpu, op) : 0;
	const char *why = not_here(k, op, value);
	struct guest_result result;
	struct guest_call call;
	enum vm_status status;

	if (why)
		return say(k, TARGET_SKIPPED, why);
	if (fetches_nothing(vm, op) ||
	    (access && !(op->flags & OP_VA) && op->v[0] >> vm->maxphyaddr[op->vcpu])) {
		out->kind = OUT_ANY;
		return TARGET_OK;
	}
	why = vcpu_unfit(vcpu);
	if (why || !guest_plan(&vm->guest, op, value, &call, &why))
		return say(k, TARGET_SKIPPED, why);
	status = vm_root(vm, vcpu->sregs.cr3 & SPTE_PFN_MASK);
	if (status == VM_OK && op->kind == OP_CR3 && !(value & ~CR3_NOFLUSH & ~SPTE_PFN_MASK & ~0xfffULL))
		status = vm_root(vm, value & SPTE_PFN_MASK);
	if (status == VM_OK) {
		prepare_byte(vm, op, &call);
		status = vcpu_call(vcpu, &call, &result);
	}
	if (status == VM_OK)
		*out = guest_outcome(op, &result, k->target.note, sizeof(k->target.note));
	return from_vm(k, status);
}

/* INIT and SIPI as another CPU's APIC would send them (SDM vol 3A 10.6.1). */
static enum target_status send_ipi(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	const uint32_t delivery = op->kind == OP_INIT ? 0x500 : 0x600;
	struct kvm_msi msi = { .address_lo = 0xfee00000 | op->vcpu << 12, .data = delivery | 1 };
	struct vcpu *vcpu = &k->vm.vcpus[op->vcpu];
	const char *why = not_here(k, op, 0);
	struct kvm_lapic_state lapic;
	struct kvm_mp_state state;

	if (why)
		return say(k, TARGET_SKIPPED, why);
	/* The map of APICs may be older than the vCPU; setting one's state brings it up to date. */
	if (!vcpu_ioctl(vcpu, KVM_GET_LAPIC, &lapic))
		vcpu_ioctl(vcpu, KVM_SET_LAPIC, &lapic);
	if (ioctl(k->vm.fd, KVM_SIGNAL_MSI, &msi) <= 0)
		return say(k, TARGET_SKIPPED, "KVM_SIGNAL_MSI does not deliver INIT and SIPI here");
	/* KVM takes them in before it answers. */
	vcpu_ioctl(vcpu, KVM_GET_MP_STATE, &state);
	vcpu->stale = true;
	out->kind = OUT_OK;
	out->has_value = op->kind == OP_INIT;
	out->value = vcpu_sregs(vcpu)->cr0;
	return TARGET_OK;
}

/* Does the vCPU wait for SIPI? */
static bool blocked(struct vcpu *vcpu)
{
	struct kvm_mp_state state = { KVM_MP_STATE_RUNNABLE };

	if (vcpu->vm->nr_vcpus > 1)
		vcpu_ioctl(vcpu, KVM_GET_MP_STATE, &state);
	return state.mp_state == KVM_MP_STATE_UNINITIALIZED || state.mp_state == KVM_MP_STATE_INIT_RECEIVED;
}

static enum target_status guest_step(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	if (op->kind == OP_INIT || op->kind == OP_SIPI)
		return send_ipi(k, op, out);
	if (blocked(&k->vm.vcpus[op->vcpu])) {
		out->kind = OUT_BLOCKED;
		return TARGET_OK;
	}
	return run_stub(k, op, out);
}

/* --- Host ops -------------------------------------------------------------------------- */

static void set_errno(struct outcome *out, int error)
{
	*out = (struct outcome){ .kind = error ? OUT_ERRNO : OUT_OK, .has_value = error, .value = error };
}

static enum target_status host_msr(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	struct msrs msrs = { .nmsrs = 1, .entry = { { .index = op->arg, .data = op->v[0] } } };
	struct vcpu *vcpu = &k->vm.vcpus[op->vcpu];
	const char *why = guest_msr_refused(op->arg);
	int ret;

	if (why)
		return say(k, TARGET_SKIPPED, why);
	ret = vcpu_ioctl(vcpu, KVM_SET_MSRS, &msrs);
	vcpu->stale = true;
	set_errno(out, ret < 0 ? -ret : ret == 1 ? 0 : EINVAL);
	return TARGET_OK;
}

static int set_sregs(struct vcpu *vcpu, const struct kvm_sregs *sregs)
{
	struct kvm_sregs2 two = { .flags = 0 };

	if (!vcpu->vm->host->sregs2)
		return -vcpu_ioctl(vcpu, KVM_SET_SREGS, (void *)sregs);
	/* Both begin with segments and control registers, up to apic_base. */
	memcpy(&two, sregs, offsetof(struct kvm_sregs2, flags));
	return -vcpu_ioctl(vcpu, KVM_SET_SREGS2, &two);
}

static enum target_status host_sregs(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	struct vcpu *vcpu = &k->vm.vcpus[op->vcpu];
	struct kvm_sregs sregs = *vcpu_sregs(vcpu);
	int error;

	_Static_assert(offsetof(struct kvm_sregs2, flags) == offsetof(struct kvm_sregs, interrupt_bitmap),
		       "what is copied is the same in both");
	if (op->arg & SREGS_CR4 && op->v[2] & ~k->host.cr4 & (CR4_LA57 | CR4_UMIP | CR4_FSGSBASE | CR4_PCIDE |
							      CR4_OSXSAVE | CR4_SMEP | CR4_SMAP))
		return say(k, TARGET_SKIPPED, "this host's CPU or KVM lacks a CR4 bit that the program sets");
	sregs.cr0 = op->arg & SREGS_CR0 ? op->v[0] : sregs.cr0;
	sregs.cr3 = op->arg & SREGS_CR3 ? op->v[1] : sregs.cr3;
	sregs.cr4 = op->arg & SREGS_CR4 ? op->v[2] : sregs.cr4;
	sregs.efer = op->arg & SREGS_EFER ? op->v[3] : sregs.efer;
	error = set_sregs(vcpu, &sregs);
	vcpu->stale = true;
	set_errno(out, error);
	if (!error) {
		out->has_value = true;
		out->value = vcpu_sregs(vcpu)->cr0;
	}
	return TARGET_OK;
}

static enum target_status host_cpuid(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	struct vm *vm = &k->vm;
	bool mtrr = vm->cpuid_mtrr[op->vcpu];
	uint8_t maxphyaddr = vm->maxphyaddr[op->vcpu];
	int error;

	if (op->arg & CPUID_MTRR)
		vm->cpuid_mtrr[op->vcpu] = op->v[0] & 1;
	if (op->arg & CPUID_MAXPHYADDR)
		vm->maxphyaddr[op->vcpu] = op->v[1];
	error = vcpu_set_cpuid(&vm->vcpus[op->vcpu]);
	if (error) {
		vm->cpuid_mtrr[op->vcpu] = mtrr;
		vm->maxphyaddr[op->vcpu] = maxphyaddr;
	}
	set_errno(out, error);
	return TARGET_OK;
}

static enum target_status host_prefault(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	struct kvm_pre_fault_memory range = { .gpa = op->v[0], .size = op->v[1] };
	int ret;

	if (!k->host.prefault)
		return say(k, TARGET_SKIPPED, "this KVM has no KVM_PRE_FAULT_MEMORY (Linux 6.11, and EPT or NPT)");
	if (op->v[1] > MAX_PREFAULT)
		return say(k, TARGET_SKIPPED, "kvm prefaults up to 256 MiB");
	if (range.gpa < VM_OWN_END && GUEST_GPA < range.gpa + range.size)
		return say(k, TARGET_SKIPPED, "a prefault of the memory that the guest's own code lives in");
	do
		ret = vcpu_ioctl(&k->vm.vcpus[op->vcpu], KVM_PRE_FAULT_MEMORY, &range);
	while ((ret == 0 && range.size) || ret == -EINTR);
	/* Some of it was there: success, as the ioctl itself sees it. */
	set_errno(out, ret < 0 && range.size == op->v[1] ? -ret : 0);
	return TARGET_OK;
}

static enum target_status host_quirk(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_DISABLE_QUIRKS2 };
	uint32_t off = op->v[0] ? k->vm.quirks_off & ~op->arg : k->vm.quirks_off | op->arg;

	if (!k->host.quirks)
		return say(k, TARGET_SKIPPED, "this KVM has no KVM_CAP_DISABLE_QUIRKS2 (Linux 5.18)");
	cap.args[0] = off;
	set_errno(out, ioctl(k->vm.fd, KVM_ENABLE_CAP, &cap) ? errno : 0);
	if (out->kind == OUT_OK)
		k->vm.quirks_off = off;
	return TARGET_OK;
}

static enum target_status host_slot(struct kvm_target *k, unsigned id, const struct slot *slot,
				    struct outcome *out)
{
	int error = 0;
	enum vm_status status = vm_set_slot(&k->vm, id, slot, &error);

	set_errno(out, error);
	return from_vm(k, status);
}

static enum target_status host_log(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	struct slot slot = k->vm.slots[op->arg].slot;

	if (!slot.size) {
		set_errno(out, ENOENT);
		return TARGET_OK;
	}
	slot.flags = op->kind == OP_SPLIT ? slot.flags | SLOT_DIRTY_LOG : slot.flags & ~SLOT_DIRTY_LOG;
	return host_slot(k, op->arg, &slot, out);
}

static enum target_status host_dma(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	char why[200];
	int error;

	/* Leaves that carry no memory type are the same with and without it: nothing to see, so nothing is done. */
	if (k->dma.kind == DMA_NONE && k->host.paging != PAGING_EPT) {
		out->kind = OUT_ANY;
		return TARGET_OK;
	}
	error = dma_switch(&k->dma, k->vm.fd, op->arg, why, sizeof(why));
	if (error < 0)
		return say(k, TARGET_SKIPPED, why);
	set_errno(out, error);
	return TARGET_OK;
}

static enum target_status host_step(struct kvm_target *k, const struct op *op, struct outcome *out)
{
	const struct slot slot = { op->v[0], op->v[1], op->v[2] };

	set_errno(out, 0);
	switch (op->kind) {
	case OP_DMA:
		return host_dma(k, op, out);
	case OP_QUIRK:
		return host_quirk(k, op, out);
	case OP_SLOT:
		return host_slot(k, op->arg, &slot, out);
	case OP_BACKING:
		return from_vm(k, vm_backing(&k->vm, op->v[0], op->v[1], op->arg));
	case OP_INVALIDATE:
		return from_vm(k, vm_invalidate(&k->vm, op->v[0], op->v[1]));
	case OP_SETMSR:
		return host_msr(k, op, out);
	case OP_SREGS:
		return host_sregs(k, op, out);
	case OP_SETCPUID:
		return host_cpuid(k, op, out);
	case OP_PREFAULT:
		return host_prefault(k, op, out);
	default:
		return host_log(k, op, out);
	}
}

/* --- Target ---------------------------------------------------------------------------- */

static enum target_status kvm_step(struct target *t, const struct op *op, struct outcome *out)
{
	struct kvm_target *k = to_kvm(t);
	enum target_status status = op_is_host(op) ? host_step(k, op, out) : guest_step(k, op, out);

	if (status == TARGET_OK && !sptes_step(&k->sptes, t, &k->vm, op, t->why, sizeof(t->why)))
		return TARGET_INFRA;
	return status;
}

static enum target_status kvm_reset(struct target *t, const struct machine *machine)
{
	struct kvm_target *k = to_kvm(t);
	enum target_status status;

	dma_detach(&k->dma);
	vm_destroy(&k->vm);
	if (machine->start != START_RUNNING)
		return say(k, TARGET_SKIPPED, "the guest has code for start=running only, not reset, real and pae32");
	status = from_vm(k, vm_create(&k->vm, &k->host, machine));
	if (status == TARGET_OK)
		sptes_reset(&k->sptes);
	return status;
}

/* Paging and CPU are the host's, whatever the program says. */
static void kvm_adapt(struct target *t, struct machine *machine)
{
	const struct kvm_host *host = &to_kvm(t)->host;

	machine->vendor = host->vendor;
	machine->tdp = host->paging != PAGING_SHADOW;
	machine->selfsnoop = host->selfsnoop;
}

static struct target_regs kvm_regs(struct target *t, unsigned vcpu)
{
	struct kvm_target *k = to_kvm(t);
	struct msrs msrs = { .nmsrs = 2, .entry = { { .index = MSR_PAT }, { .index = MSR_MTRR_DEF_TYPE } } };
	const struct kvm_sregs *sregs = vcpu_sregs(&k->vm.vcpus[vcpu]);

	vcpu_ioctl(&k->vm.vcpus[vcpu], KVM_GET_MSRS, &msrs);
	return (struct target_regs){
		.cr0 = sregs->cr0, .cr3 = sregs->cr3, .cr4 = sregs->cr4, .efer = sregs->efer,
		.pat = msrs.entry[0].data, .def_type = msrs.entry[1].data,
	};
}

static void kvm_close(struct target *t)
{
	struct kvm_target *k = to_kvm(t);

	dma_detach(&k->dma);
	vm_destroy(&k->vm);
	dma_close(&k->dma);
	sptes_close(&k->sptes);
	kvm_host_close(&k->host);
	free(t->events);
	free(k);
}

/* "[MODULE][,vfio=BDF|,ncdma=DEVICE]": MODULE is refused where another runs guests. */
static bool parse(struct kvm_target *k, const char *arg, int *code, char *error, size_t size)
{
	size_t length = strcspn(arg, ",=");

	if (length && arg[length] != '=') {
		if (strlen(k->host.module) != length || strncmp(arg, k->host.module, length)) {
			snprintf(error, size, "kvm:%.40s: this host's guests are run by %s", arg, k->host.module);
			return false;
		}
		arg += length + (arg[length] == ',');
	}
	if (!*arg)
		return true;
	if (!strncmp(arg, "vfio=", 5))
		return !dma_open_vfio(&k->dma, arg + 5, error, size);
	if (!strncmp(arg, "ncdma=", 6))
		return !dma_open_device(&k->dma, arg + 6, error, size);
	*code = EINVAL;
	snprintf(error, size, "kvm: unknown option `%.40s`; there are vfio=BDF and ncdma=DEVICE", arg);
	return false;
}

static struct target *kvm_open(const char *arg, char *error, size_t size)
{
	struct kvm_target *k = calloc(1, sizeof(*k));
	int code = ENODEV;

	if (!k) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	k->host.fd = k->vm.fd = -1;
	dma_init(&k->dma);
	if (kvm_host_open(&k->host, error, size))
		goto fail;
	if (!parse(k, arg, &code, error, size)) {
		kvm_host_close(&k->host);
		goto fail;
	}
	k->target.ops = &kvm_target_ops;
	snprintf(k->target.name, sizeof(k->target.name), "kvm:%s", k->host.module);
	sptes_open(&k->sptes, &k->host);
	k->target.layout = k->sptes.layout;
	k->target.caps = CAP_FAULTS | CAP_MSR_VALUES | CAP_CR_VALUES | CAP_VCPUS | CAP_REGS |
			 sptes_caps(&k->sptes);
	k->target.profile = kvm_host_profile(&k->host, k->target.profile_why, sizeof(k->target.profile_why));
	return &k->target;
fail:
	free(k);
	errno = code;
	return NULL;
}

static void kvm_list(void (*emit)(const char *arg, const char *note, void *ctx), void *ctx)
{
	char error[256], note[400];
	struct kvm_host host;
	struct sptes sptes;

	if (kvm_host_open(&host, error, sizeof(error))) {
		emit("MODULE", error, ctx);
		return;
	}
	sptes_open(&sptes, &host);
	snprintf(note, sizeof(note), "%s, Linux %s; %s%s", paging_names[host.paging], host.kernel,
		 sptes.trace ? "SPTEs by tracepoints" : "no SPTEs: ", sptes.trace ? "" : sptes.why);
	emit(host.module, note, ctx);
	sptes_close(&sptes);
	kvm_host_close(&host);
}

const struct target_ops kvm_target_ops = {
	.name		= "kvm",
	.summary	= "this host's own KVM, through /dev/kvm",
	.usage		= "kvm[:MODULE][,vfio=BDF]",
	.open		= kvm_open,
	.adapt		= kvm_adapt,
	.reset		= kvm_reset,
	.step		= kvm_step,
	.regs		= kvm_regs,
	.close		= kvm_close,
	.list		= kvm_list,
};

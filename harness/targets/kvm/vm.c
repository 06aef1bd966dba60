// SPDX-License-Identifier: GPL-2.0-only
/* VMs: making one for a machine, and taking all of it down again. See vm.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/targets/kvm/vm.h"

enum vm_status vm_say(struct vm *vm, enum vm_status status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(vm->why, sizeof(vm->why), format, ap);
	va_end(ap);
	return status;
}

/* A VM without vCPUs and program memory. */
static enum vm_status create_empty(struct vm *vm)
{
	struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP, .args = { 24 } };
	uint64_t identity = VM_IDENTITY_GPA;
	int error;

	vm->fd = ioctl(vm->host->fd, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return vm_say(vm, VM_BROKEN, "KVM_CREATE_VM: %s", strerror(errno));
	/* Pages of KVM's own, which only some VMX hosts have: put where no program is. */
	ioctl(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	ioctl(vm->fd, KVM_SET_TSS_ADDR, (unsigned long)VM_TSS_GPA);
	if (vm->apic)
		vm->apic = !ioctl(vm->fd, KVM_ENABLE_CAP, &split);
	error = vm_memory_init(vm);
	if (error)
		return vm_say(vm, VM_BROKEN, "no memory for the guest's code: %s", strerror(error));
	return VM_OK;
}

/* The header's quirks; those that KVM does not know stay as they are. */
static void set_quirks(struct vm *vm, const struct machine *machine)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_DISABLE_QUIRKS2 };

	vm->quirks_off = machine->quirks_off & vm->host->quirks;
	cap.args[0] = vm->quirks_off;
	if (vm->quirks_off)
		ioctl(vm->fd, KVM_ENABLE_CAP, &cap);
}

enum vm_status vm_create(struct vm *vm, const struct kvm_host *host, const struct machine *machine)
{
	enum vm_status status;
	int error = 0;

	memset(vm, 0, sizeof(*vm));
	vm->host = host;
	vm->fd = -1;
	vm->nr_vcpus = machine->nr_vcpus;
	vm->apic = true;
	for (unsigned v = 0; v < MAX_VCPUS; v++) {
		vm->vcpus[v].fd = -1;
		vm->maxphyaddr[v] = machine->maxphyaddr;
		vm->cpuid_mtrr[v] = machine->cpuid_mtrr;
	}
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct slot *slot = &machine->slots[i];

		if (slot->size && slot->gpa < VM_APIC_GPA + PAGE_SIZE && VM_APIC_GPA < slot->gpa + slot->size)
			vm->apic = false;
	}
	status = create_empty(vm);
	set_quirks(vm, machine);
	for (unsigned v = 0; v < machine->nr_vcpus && status == VM_OK; v++)
		status = vm_add_vcpu(vm, v);
	for (unsigned i = 0; i < MAX_SLOTS && status == VM_OK; i++) {
		if (machine->slots[i].size)
			status = vm_set_slot(vm, i, &machine->slots[i], &error);
		if (error)
			status = vm_say(vm, VM_SKIP, "KVM_SET_USER_MEMORY_REGION of slot %u: %s", i, strerror(error));
	}
	return status;
}

void vm_destroy(struct vm *vm)
{
	if (!vm->host)
		return;
	for (unsigned v = 0; v < MAX_VCPUS; v++)
		vcpu_destroy(&vm->vcpus[v]);
	if (vm->fd >= 0)
		close(vm->fd);
	vm_memory_destroy(vm);
	memset(vm, 0, sizeof(*vm));
	vm->fd = -1;
}

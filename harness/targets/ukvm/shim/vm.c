// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's side of a VM: every operation is the ioctl that a real VMM issues,
 * through KVM's own handlers. Non-coherent DMA alone is registered directly, as
 * the kvm-vfio device does when a VFIO group without snoop control appears.
 */
#include <linux/kvm_host.h>

#include "host.h"
#include "host_mm.h"
#include "pages.h"
#include "shim.h"

struct ukvm_file ukvm_vm_file;

static struct { unsigned long gpa, hva, size; unsigned int flags; } slots[UKVM_MAX_SLOTS];
static bool smm_slots;		/* address space 1 has them too, and SMRAM */
static unsigned int dma_count;
static unsigned int quirks_disabled;

struct kvm *ukvm_vm(void)
{
	return ukvm_vm_file.object;
}

struct ukvm_result ukvm_errno(long ret)
{
	ukvm_quiesce();
	if (ret >= 0)
		return (struct ukvm_result){ .kind = UKVM_OK };
	return (struct ukvm_result){ .kind = UKVM_ERRNO, .has_value = 1, .value = -ret };
}

/* --- Quirks: KVM_CAP_DISABLE_QUIRKS2 -------------------------------------------- */

static long disable_quirks(unsigned int quirks)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_DISABLE_QUIRKS2, .args = { quirks } };

	return ukvm_file_ioctl(&ukvm_vm_file, KVM_ENABLE_CAP, &cap, NULL);
}

/*
 * The capability assigns the set of disabled quirks (6.1) or adds to it (6.12);
 * a VMM that turns one quirk off or on says the whole set.
 */
struct ukvm_result ukvm_quirk(unsigned int quirk, int on)
{
	unsigned int wanted = on ? quirks_disabled & ~quirk : quirks_disabled | quirk;
	long ret = disable_quirks(wanted);

	if (!ret)
		quirks_disabled = wanted;
	return ukvm_errno(ret);
}

/* --- Memslots -------------------------------------------------------------------- */

/* Slot @id of address space @as, 1 = SMM. */
static long set_region(unsigned int as, unsigned int id, unsigned long gpa, unsigned long size,
		       unsigned long hva, unsigned int flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = id | as << 16, .guest_phys_addr = gpa, .memory_size = size,
		.flags = (flags & UKVM_SLOT_READONLY ? KVM_MEM_READONLY : 0) |
			 (flags & UKVM_SLOT_DIRTY_LOG ? KVM_MEM_LOG_DIRTY_PAGES : 0),
		.userspace_addr = hva,
	};

	return ukvm_file_ioctl(&ukvm_vm_file, KVM_SET_USER_MEMORY_REGION, &region, NULL);
}

struct ukvm_result ukvm_slot(unsigned int id, unsigned long long gpa, unsigned long long size,
			     unsigned int flags)
{
	/* A slot that exists keeps its memory: KVM moves the gpa only. */
	unsigned long hva = slots[id].size ? slots[id].hva : ukvm_mm_slot_hva(id, gpa);
	long ret;

	/* What KVM refuses must not change what the host maps. */
	if (size && size <= UKVM_MAX_SLOT_SIZE && !slots[id].size)
		ukvm_mm_set_slot(id, gpa, hva, size);
	ret = set_region(0, id, gpa, size, hva, flags);
	if (!ret && smm_slots)
		ret = set_region(1, id, gpa, size, hva, flags);
	if (!ret) {
		slots[id].gpa = gpa;
		slots[id].hva = hva;
		slots[id].size = size;
		slots[id].flags = flags;
	}
	ukvm_mm_set_slot(id, slots[id].gpa, slots[id].hva, slots[id].size);
	return ukvm_errno(ret);
}

/*
 * SMM's address space: all of the program's slots, as VMMs have it, and SMRAM,
 * which is there alone. Made when a program's first SMI asks for it.
 */
long ukvm_vm_smram(void)
{
	long ret = 0;

	if (smm_slots)
		return 0;
	for (unsigned int id = 0; id < UKVM_MAX_SLOTS; id++) {
		if (slots[id].size && slots[id].gpa < UKVM_PRIVATE_GPA + UKVM_PRIVATE_SIZE &&
		    slots[id].gpa + slots[id].size > UKVM_PRIVATE_GPA)
			return -EEXIST;
	}
	for (unsigned int id = 0; id < UKVM_MAX_SLOTS && !ret; id++) {
		if (slots[id].size)
			ret = set_region(1, id, slots[id].gpa, slots[id].size, slots[id].hva,
					 slots[id].flags);
	}
	ret = ret ?: set_region(1, UKVM_MAX_SLOTS, UKVM_PRIVATE_GPA, UKVM_PRIVATE_SIZE,
				ukvm_mm_private_hva(), 0);
	smm_slots = !ret;
	return ret;
}

struct ukvm_result ukvm_slot_flags(unsigned int id, unsigned int set, unsigned int clear)
{
	if (!slots[id].size)
		return ukvm_errno(-ENOENT);	/* as KVM_GET_DIRTY_LOG answers */
	return ukvm_slot(id, slots[id].gpa, slots[id].size, (slots[id].flags & ~clear) | set);
}

struct ukvm_result ukvm_backing(unsigned long long gpa, unsigned long long size,
				enum ukvm_backing kind)
{
	ukvm_mm_set_backing(gpa, size, kind);
	return ukvm_errno(0);
}

struct ukvm_result ukvm_invalidate(unsigned long long gpa, unsigned long long size)
{
	ukvm_mm_move(gpa, size);
	return ukvm_errno(0);
}

/* --- Non-coherent DMA --------------------------------------------------------------- */

/* One kvm-vfio device holds one count (rules B.1); each `dma on` is a further device. */
struct ukvm_result ukvm_dma(int on)
{
	if (!on && !dma_count)
		return ukvm_errno(-ENOENT);	/* there is no such device */
	if (on)
		kvm_arch_register_noncoherent_dma(ukvm_vm());
	else
		kvm_arch_unregister_noncoherent_dma(ukvm_vm());
	dma_count += on ? 1 : -1;
	return ukvm_errno(0);
}

/* --- Life ------------------------------------------------------------------------------ */

/*
 * The local APICs are in the kernel, so that INIT and SIPI exist; the rest of
 * the irqchip is the VMM's.
 */
static long split_irqchip(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_SPLIT_IRQCHIP, .args = { 24 } };

	return ukvm_file_ioctl(&ukvm_vm_file, KVM_ENABLE_CAP, &cap, NULL);
}

int ukvm_vm_create(const struct ukvm_machine *machine, const char **what)
{
	long ret;

	memset(slots, 0, sizeof(slots));
	smm_slots = false;
	dma_count = 0;
	*what = "KVM_CREATE_VM";
	ret = ukvm_dev_ioctl(KVM_CREATE_VM, NULL, &ukvm_vm_file);
	if (ret < 0)
		return ret;
	quirks_disabled = ukvm_vm()->arch.disabled_quirks;
	*what = "KVM_CAP_SPLIT_IRQCHIP";
	ret = split_irqchip();
	if (ret)
		return ret;
	if (machine->quirks_off | machine->quirks_on) {
		*what = "KVM_CAP_DISABLE_QUIRKS2";
		quirks_disabled = (quirks_disabled | machine->quirks_off) & ~machine->quirks_on;
		ret = disable_quirks(quirks_disabled);
		if (ret)
			return ret;
	}
	ret = ukvm_vcpus_create(machine, what);
	ukvm_quiesce();
	return ret;
}

/* A VM, even one half made, goes as when its VMM exits. Returns what it leaked. */
long ukvm_vm_destroy(void)
{
	if (!ukvm_vm_file.object)
		return 0;
	for (; dma_count; dma_count--)
		kvm_arch_unregister_noncoherent_dma(ukvm_vm());
	ukvm_vcpus_destroy();
	ukvm_file_close(&ukvm_vm_file);
	ukvm_quiesce();
	ukvm_mm_reset();
	return ukvm_pages_rewind();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memslots and the memory behind them. Anonymous memory that costs nothing
 * until it is touched; huge pages as the host gives them, up to a bound, and as
 * OP_BACKING asks.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "harness/targets/kvm/vm.h"

#define SIZE_2M		(2ULL << 20)
#define MAX_HUGE_SLOT	(128ULL << 20)
/* KVM's slot numbers behind the program's. */
#define IMAGE_SLOT	MAX_SLOTS
#define ROOT_SLOT	(MAX_SLOTS + 1)

static int set_region(struct vm *vm, unsigned id, uint64_t gpa, uint64_t size, uint32_t flags, void *base)
{
	struct kvm_userspace_memory_region region = {
		.slot = id, .guest_phys_addr = gpa, .memory_size = size, .userspace_addr = (uint64_t)base,
		.flags = (flags & SLOT_READONLY ? KVM_MEM_READONLY : 0) |
			 (flags & SLOT_DIRTY_LOG ? KVM_MEM_LOG_DIRTY_PAGES : 0),
	};

	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) ? errno : 0;
}

/* --- The guest's own memory ------------------------------------------------------- */

int vm_memory_init(struct vm *vm)
{
	vm->image = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->image == MAP_FAILED) {
		vm->image = NULL;
		return ENOMEM;
	}
	madvise(vm->image, GUEST_SIZE, MADV_NOHUGEPAGE);
	guest_init(&vm->guest, vm->image);
	return set_region(vm, IMAGE_SLOT, GUEST_GPA, GUEST_SIZE, 0, vm->image);
}

static void drop_root(struct vm *vm, unsigned i)
{
	if (!vm->roots[i].page)
		return;
	set_region(vm, ROOT_SLOT + i, vm->roots[i].gpa, 0, 0, vm->roots[i].page);
	munmap(vm->roots[i].page, PAGE_SIZE);
	vm->roots[i].page = NULL;
}

/* Roots that lie where the program wants memory make room; they come back when needed. */
static void drop_roots(struct vm *vm, uint64_t gpa, uint64_t size)
{
	for (unsigned i = 0; i < VM_MAX_ROOTS; i++) {
		if (vm->roots[i].page && vm->roots[i].gpa - gpa < size)
			drop_root(vm, i);
	}
}

bool vm_is_root(const struct vm *vm, uint64_t gpa)
{
	for (unsigned i = 0; i < VM_MAX_ROOTS; i++) {
		if (vm->roots[i].page && gpa - vm->roots[i].gpa < PAGE_SIZE)
			return true;
	}
	return false;
}

static enum vm_status add_root(struct vm *vm, uint64_t gpa, uint8_t **page)
{
	unsigned i = 0;
	int error;

	while (i < VM_MAX_ROOTS && vm->roots[i].page)
		i++;
	if (i == VM_MAX_ROOTS)
		return vm_say(vm, VM_SKIP, "CR3 points to more than %u pages outside of memslots", VM_MAX_ROOTS);
	*page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*page == MAP_FAILED)
		return vm_say(vm, VM_BROKEN, "no memory for a page table");
	error = set_region(vm, ROOT_SLOT + i, gpa, PAGE_SIZE, 0, *page);
	if (error) {
		munmap(*page, PAGE_SIZE);
		return vm_say(vm, VM_SKIP, "CR3 points to gpa 0x%llx, and KVM takes no memory there: %s",
			      (unsigned long long)gpa, strerror(error));
	}
	vm->roots[i].gpa = gpa;
	vm->roots[i].page = *page;
	return VM_OK;
}

enum vm_status vm_root(struct vm *vm, uint64_t gpa)
{
	uint8_t *page = NULL;
	const struct slot *slot = vm_slot(vm, gpa);
	enum vm_status status;

	if (gpa - (GUEST_GPA + GUEST_ROOTS) < GUEST_NR_ROOTS * PAGE_SIZE)
		page = vm->image + (gpa - GUEST_GPA);
	else if (gpa < VM_OWN_END && GUEST_GPA < gpa + PAGE_SIZE)
		return vm_say(vm, VM_SKIP, "CR3 points into the guest's own code");
	else if (gpa >> vm->host->maxphyaddr)
		return vm_say(vm, VM_SKIP, "CR3 points beyond the host's %u address bits", vm->host->maxphyaddr);
	else if (slot && slot->flags & SLOT_READONLY)
		return vm_say(vm, VM_SKIP, "CR3 points into a read-only memslot, where a walk may not set bits");
	else if (slot)
		page = vm_memory(vm, gpa);
	for (unsigned i = 0; i < VM_MAX_ROOTS && !page; i++) {
		if (vm->roots[i].page && vm->roots[i].gpa == gpa)
			page = vm->roots[i].page;
	}
	if (!page) {
		status = add_root(vm, gpa, &page);
		if (status != VM_OK)
			return status;
	}
	if (memcmp(page, guest_root(&vm->guest), PAGE_SIZE))
		memcpy(page, guest_root(&vm->guest), PAGE_SIZE);
	return VM_OK;
}

/* --- Memslots ------------------------------------------------------------------------ */

uint8_t *vm_memory(struct vm *vm, uint64_t gpa)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct vm_slot *s = &vm->slots[i];

		if (gpa - s->slot.gpa < s->slot.size)
			return s->base + (gpa - s->slot.gpa);
	}
	return NULL;
}

const struct slot *vm_slot(const struct vm *vm, uint64_t gpa)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		if (gpa - vm->slots[i].slot.gpa < vm->slots[i].slot.size)
			return &vm->slots[i].slot;
	}
	return NULL;
}

static void unmap_slot(struct vm_slot *s)
{
	if (s->map)
		munmap(s->map, s->map_size);
	*s = (struct vm_slot){ 0 };
}

/* Memory for @slot, as aligned within 1G as its gpa, so that huge pages fit. */
static bool map_slot(struct vm_slot *s, const struct slot *slot)
{
	const uint64_t align = slot->size >= 1ULL << 30 ? 1ULL << 30 : SIZE_2M;
	uint64_t size = (slot->size + PAGE_SIZE - 1) & -PAGE_SIZE;

	s->map_size = size + align;
	s->map = mmap(NULL, s->map_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->map == MAP_FAILED) {
		s->map = NULL;
		return false;
	}
	s->base = s->map + ((slot->gpa - (uint64_t)s->map) & (align - 1));
	/* A touch of a huge page takes 2 MiB of the host: not for slots that could take it all. */
	madvise(s->base, size, size <= MAX_HUGE_SLOT ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return true;
}

static bool reaches(const struct slot *slot, uint64_t gpa, uint64_t end)
{
	return slot->gpa < end && gpa < slot->gpa + slot->size;
}

enum vm_status vm_set_slot(struct vm *vm, unsigned id, const struct slot *slot, int *error)
{
	struct vm_slot *s = &vm->slots[id];
	bool fresh = !s->slot.size;

	if (slot->size && reaches(slot, GUEST_GPA, VM_OWN_END))
		return vm_say(vm, VM_SKIP, "memslot %u covers gpa 0x%llx, where the guest's own code lives", id,
			      (unsigned long long)GUEST_GPA);
	if (slot->size && vm->apic && reaches(slot, VM_APIC_GPA, VM_APIC_GPA + PAGE_SIZE))
		return vm_say(vm, VM_SKIP, "memslot %u covers the local APIC", id);
	if (slot->flags & SLOT_READONLY && !vm->host->readonly_slots)
		return vm_say(vm, VM_SKIP, "this KVM has no read-only memslots");
	/* What KVM refuses for its size needs no memory; more than this would need too much. */
	if (slot->size > VM_MAX_SLOT_SIZE && slot->size >> PAGE_SHIFT < 1ULL << 31)
		return vm_say(vm, VM_SKIP, "kvm backs memslots of up to 16 GiB");
	if (fresh && slot->size && slot->size <= VM_MAX_SLOT_SIZE && !map_slot(s, slot))
		return vm_say(vm, VM_BROKEN, "no memory for memslot %u: %s", id, strerror(errno));
	drop_roots(vm, slot->gpa, slot->size);
	*error = set_region(vm, id, slot->gpa, slot->size, slot->flags, s->base);
	if (!*error && slot->size)
		s->slot = *slot;
	else if (*error ? fresh : true)
		unmap_slot(s);
	return VM_OK;
}

/* Calls @advise for the memory behind the slots' parts of [gpa, gpa + size). */
static int advise(struct vm *vm, uint64_t gpa, uint64_t size, int advice)
{
	int error = 0;

	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct vm_slot *s = &vm->slots[i];
		uint64_t start = gpa > s->slot.gpa ? gpa : s->slot.gpa;
		uint64_t end = gpa + size < s->slot.gpa + s->slot.size ? gpa + size : s->slot.gpa + s->slot.size;

		if (start < end && madvise(s->base + (start - s->slot.gpa), end - start, advice))
			error = errno;
	}
	return error;
}

enum vm_status vm_invalidate(struct vm *vm, uint64_t gpa, uint64_t size)
{
	int error = advise(vm, gpa, size, MADV_DONTNEED);

	return error ? vm_say(vm, VM_BROKEN, "madvise(MADV_DONTNEED): %s", strerror(error)) : VM_OK;
}

enum vm_status vm_backing(struct vm *vm, uint64_t gpa, uint64_t size, enum backing kind)
{
	if (kind == BACKING_MMIO)
		return vm_say(vm, VM_SKIP, "backing mmio needs a device's memory behind the memslot");
	/* Larger pages than these are the host's choice; a leaf smaller than could be is no finding. */
	advise(vm, gpa, size, kind == BACKING_4K ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	return vm_invalidate(vm, gpa, size);
}

void vm_memory_destroy(struct vm *vm)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++)
		unmap_slot(&vm->slots[i]);
	for (unsigned i = 0; i < VM_MAX_ROOTS; i++) {
		if (vm->roots[i].page)
			munmap(vm->roots[i].page, PAGE_SIZE);
		vm->roots[i].page = NULL;
	}
	if (vm->image)
		munmap(vm->image, GUEST_SIZE);
	vm->image = NULL;
}

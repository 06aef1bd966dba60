// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target `unicorn`: the guest's own code (guest/) on Unicorn's emulated CPU,
 * without any KVM. It shows that the stubs do what the program says, and which
 * values CR0, CR3, CR4, EFER, PAT and the MTRRs have afterwards.
 *
 * What Unicorn does not check: it takes any PAT and MTRR value, CR0.NW without
 * CD and reserved bits of CR4 (2.0.1; QEMU's helper_wrmsr() and
 * cpu_x86_update_cr4() do as well). So it lacks CAP_FAULTS, and the engine
 * keeps from it what the rules refuse; it has no SPTEs, and one vCPU.
 *
 * 2.0.1 walks the guest's page tables, but asks for a memory region at the
 * linear address before: all of the guest's linear addresses are regions, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <unicorn/unicorn.h>

#include "harness/targets/guest/guest.h"
#include "harness/targets/unicorn/unicorn.h"

/* Instructions of one call; a stub has three, an exception adds one. */
#define MAX_INSNS	16
#define MAX_SLOT_SIZE	(1ULL << 32)

struct unicorn_target {
	struct target target;
	uc_engine *uc;
	uint8_t *image;
	struct guest guest;
	struct machine machine;		/* its slots as they are now */
	uint8_t *memory[MAX_SLOTS];	/* behind each slot */
	struct guest_call *call;	/* in progress */
	struct guest_result result;
	int port;			/* the OUT that ended it, or -1 */
};

static struct unicorn_target *to_unicorn(struct target *t)
{
	return (struct unicorn_target *)t;
}

static enum target_status say(struct target *t, enum target_status status, const char *why)
{
	snprintf(t->why, sizeof(t->why), "%s", why);
	return status;
}

static uint64_t get(struct unicorn_target *u, int reg)
{
	uint64_t value = 0;

	uc_reg_read(u->uc, reg, &value);
	return value;
}

static void set(struct unicorn_target *u, int reg, uint64_t value)
{
	uc_reg_write(u->uc, reg, &value);
}

static uint64_t get_msr(struct unicorn_target *u, uint32_t number)
{
	uc_x86_msr msr = { .rid = number };

	uc_reg_read(u->uc, UC_X86_REG_MSR, &msr);
	return msr.value;
}

static void set_msr(struct unicorn_target *u, uint32_t number, uint64_t value)
{
	uc_x86_msr msr = { .rid = number, .value = value };

	uc_reg_write(u->uc, UC_X86_REG_MSR, &msr);
}

/* --- Hooks -------------------------------------------------------------------------- */

static void on_out(uc_engine *uc, uint32_t port, int size, uint32_t value, void *ctx)
{
	struct unicorn_target *u = ctx;

	u->port = port;
	u->result.rax = get(u, UC_X86_REG_RAX);
	u->result.rdx = get(u, UC_X86_REG_RDX);
	uc_emu_stop(uc);
}

/* Exceptions end the call here: the hook stands in for the IDT. */
static void on_interrupt(uc_engine *uc, uint32_t vector, void *ctx)
{
	struct unicorn_target *u = ctx;

	u->result.kind = GUEST_EXCEPTION;
	u->result.vector = vector;
	u->result.rip = get(u, UC_X86_REG_RIP);
	uc_emu_stop(uc);
}

/* --- The machine -------------------------------------------------------------------- */

static void drop_slot(struct unicorn_target *u, unsigned id)
{
	struct slot *slot = &u->machine.slots[id];

	if (!slot->size)
		return;
	uc_mem_unmap(u->uc, slot->gpa, slot->size);
	uc_mem_unmap(u->uc, DIRECT_VA + slot->gpa, slot->size);
	munmap(u->memory[id], slot->size);
	slot->size = 0;
}

static void unicorn_drop(struct unicorn_target *u)
{
	if (!u->uc)
		return;
	for (unsigned i = 0; i < MAX_SLOTS; i++)
		drop_slot(u, i);
	uc_close(u->uc);
	u->uc = NULL;
}

static enum target_status make_slot(struct unicorn_target *u, unsigned id, const struct slot *slot)
{
	unsigned prot = UC_PROT_READ | UC_PROT_EXEC | (slot->flags & SLOT_READONLY ? 0 : UC_PROT_WRITE);
	void *memory;

	if (guest_in_footprint(slot->gpa, slot->size))
		return say(&u->target, TARGET_SKIPPED,
			   "a memslot covers 0xf7400000, where the guest's own code lives");
	if (slot->size > MAX_SLOT_SIZE || slot->gpa + slot->size > DIRECT_SIZE)
		return say(&u->target, TARGET_SKIPPED, "unicorn backs memslots of up to 4 GiB below 64 TiB");
	memory = mmap(NULL, slot->size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return say(&u->target, TARGET_INFRA, "no memory for a memslot");
	if (uc_mem_map_ptr(u->uc, slot->gpa, slot->size, prot, memory) != UC_ERR_OK ||
	    uc_mem_map_ptr(u->uc, DIRECT_VA + slot->gpa, slot->size, prot, memory) != UC_ERR_OK) {
		munmap(memory, slot->size);
		return say(&u->target, TARGET_SKIPPED, "Unicorn refuses such a memslot");
	}
	u->memory[id] = memory;
	u->machine.slots[id] = *slot;
	return TARGET_OK;
}

/* A 64-bit guest in the middle of its life, as `start=running` says. */
static void start_running(struct unicorn_target *u)
{
	uc_x86_mmr gdt = { .base = GUEST_VA + GUEST_GDT, .limit = 0x3f };
	uc_x86_mmr idt = { .base = GUEST_VA + GUEST_IDT, .limit = GUEST_IDT_SIZE - 1 };

	memcpy(u->image + GUEST_ROOTS, guest_root(&u->guest), PAGE_SIZE);
	set(u, UC_X86_REG_CR3, RUNNING_CR3);
	set(u, UC_X86_REG_CR4, RUNNING_CR4);
	set_msr(u, MSR_EFER, RUNNING_EFER);
	set(u, UC_X86_REG_CR0, RUNNING_CR0);
	uc_reg_write(u->uc, UC_X86_REG_GDTR, &gdt);
	uc_reg_write(u->uc, UC_X86_REG_IDTR, &idt);
	set_msr(u, MSR_PAT, PAT_RESET_VALUE);
}

static enum target_status unicorn_reset(struct target *t, const struct machine *machine)
{
	struct unicorn_target *u = to_unicorn(t);
	static const uint64_t regions[] = { GUEST_GPA, GUEST_VA, USER_VA, DIRECT_VA + GUEST_GPA };
	enum target_status status = TARGET_OK;
	uc_hook hook;

	unicorn_drop(u);
	if (machine->start != START_RUNNING)
		return say(t, TARGET_SKIPPED, "unicorn runs 64-bit guests only, not start=reset, real or pae32");
	if (uc_open(UC_ARCH_X86, UC_MODE_64, &u->uc) != UC_ERR_OK)
		return say(t, TARGET_INFRA, "uc_open() failed");
	u->machine = *machine;
	memset(u->machine.slots, 0, sizeof(u->machine.slots));
	guest_init(&u->guest, u->image);
	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		if (uc_mem_map_ptr(u->uc, regions[i], GUEST_SIZE, UC_PROT_ALL, u->image) != UC_ERR_OK)
			return say(t, TARGET_INFRA, "Unicorn does not take the guest's memory");
	}
	if (uc_hook_add(u->uc, &hook, UC_HOOK_INSN, (void *)on_out, u, 1, 0, UC_X86_INS_OUT) != UC_ERR_OK ||
	    uc_hook_add(u->uc, &hook, UC_HOOK_INTR, (void *)on_interrupt, u, 1, 0) != UC_ERR_OK)
		return say(t, TARGET_INFRA, "Unicorn does not take hooks");
	for (unsigned i = 0; i < MAX_SLOTS && status == TARGET_OK; i++) {
		if (machine->slots[i].size)
			status = make_slot(u, i, &machine->slots[i]);
	}
	if (status == TARGET_OK)
		start_running(u);
	return status;
}

/* --- Steps -------------------------------------------------------------------------- */

/* Program memory at @gpa, or NULL where no slot is. */
static uint8_t *memory_at(struct unicorn_target *u, uint64_t gpa)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct slot *slot = &u->machine.slots[i];

		if (gpa - slot->gpa < slot->size)
			return u->memory[i] + (gpa - slot->gpa);
	}
	return NULL;
}

/* The root tables that CR3 may point to, and the bytes that an access finds. */
static bool prepare(struct unicorn_target *u, const struct op *op, struct guest_call *call)
{
	uint64_t cr3 = op->kind == OP_CR3 ? call->rax : get(u, UC_X86_REG_CR3);
	uint64_t in_image = (cr3 & SPTE_PFN_MASK) - GUEST_GPA;
	uint8_t *root = in_image - GUEST_ROOTS < GUEST_NR_ROOTS * PAGE_SIZE ? u->image + in_image :
			memory_at(u, cr3 & SPTE_PFN_MASK);
	uint8_t *byte = memory_at(u, op->v[0]);

	if (!root)
		return false;
	memcpy(root, guest_root(&u->guest), PAGE_SIZE);
	if (byte && op->kind == OP_WRITE)
		call->rax = *byte;
	else if (byte && op->kind == OP_EXEC)
		*byte = guest_code[guest_stub_offsets[STUB_EXEC]];
	return true;
}

/* Runs @call to its OUT. CS cannot be set to another CPL: memory ops run at CPL0, with AC set for SMAP. */
static enum target_status run(struct unicorn_target *u, const struct guest_call *call)
{
	uint64_t start = call->stub == STUB_EXEC ? call->rip :
			 GUEST_VA + GUEST_CODE + guest_stub_offsets[call->stub];
	uc_err error;

	u->port = -1;
	u->result = (struct guest_result){ .kind = GUEST_DONE };
	set(u, UC_X86_REG_EFLAGS, call->user ? 0x40002 : 2);
	set(u, UC_X86_REG_RAX, call->rax);
	set(u, UC_X86_REG_RBX, call->rbx);
	set(u, UC_X86_REG_RCX, call->rcx);
	set(u, UC_X86_REG_RDX, call->rdx);
	set(u, UC_X86_REG_RSP, GUEST_VA + GUEST_STACK(0) + PAGE_SIZE);
	error = uc_emu_start(u->uc, start, 0, 0, MAX_INSNS);
	if (u->port == (int)GUEST_PORT_DONE)
		return TARGET_OK;
	if (u->result.kind == GUEST_EXCEPTION)
		return TARGET_OK;
	switch (error) {
	case UC_ERR_READ_UNMAPPED: case UC_ERR_WRITE_UNMAPPED: case UC_ERR_FETCH_UNMAPPED:
	case UC_ERR_READ_PROT: case UC_ERR_WRITE_PROT: case UC_ERR_FETCH_PROT:
		u->result.kind = GUEST_MMIO;
		return TARGET_OK;
	default:
		snprintf(u->target.why, sizeof(u->target.why), "Unicorn stopped at RIP 0x%llx: %s",
			 (unsigned long long)get(u, UC_X86_REG_RIP), uc_strerror(error));
		return TARGET_INFRA;
	}
}

/* MOV to CR takes a whole value; deltas are of the present one. */
static uint64_t cr_value(struct unicorn_target *u, const struct op *op)
{
	uint64_t value = op->v[0];

	if (op->flags & OP_DELTA) {
		value = get(u, op->kind == OP_CR0 ? UC_X86_REG_CR0 : UC_X86_REG_CR4);
		value = (value | op->v[0]) & ~op->v[1];
	}
	return op->flags & OP_NOFLUSH ? value | CR3_NOFLUSH : value;
}

static const char *not_for_unicorn(const struct op *op, uint64_t value, uint64_t cr4)
{
	const uint64_t cr0 = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM |
			     CR0_NW | CR0_CD | CR0_PG;

	if (op->flags & OP_VA)
		return "Unicorn looks linear addresses up as if they were physical";
	switch (op->kind) {
	case OP_INIT: case OP_SIPI: case OP_SMI: case OP_RSM:
		return "Unicorn has no INIT, no SIPI and no SMM";
	case OP_RDMSR:
		return op->arg == MSR_MTRRCAP ? "Unicorn's CPU reads IA32_MTRRCAP as 0" : NULL;
	case OP_WRMSR: case OP_SETMSR:
		return op->arg == MSR_EFER && op->v[0] & (EFER_SCE | EFER_NX) ?
		       "Unicorn's CPU has neither SYSCALL nor NX" : NULL;
	case OP_EXEC:
		return cr4 & CR4_SMEP ? "Unicorn cannot go to CPL3, and SMEP forbids the fetch at CPL0" : NULL;
	case OP_INVPCID:
		return "Unicorn's CPU does not know INVPCID";
	case OP_CR0:
		return value & ~cr0 ? "Unicorn keeps reserved bits of CR0" : NULL;
	case OP_CR3:
		return value & CR3_NOFLUSH ? "Unicorn has no PCIDs" : NULL;
	case OP_CR4:
		return value & (CR4_PCIDE | CR4_LA57) ? "Unicorn has neither PCIDs nor 5-level paging" : NULL;
	default:
		return NULL;
	}
}

static enum target_status guest_step(struct unicorn_target *u, const struct op *op,
				     struct outcome *out)
{
	uint64_t value = op->kind == OP_CR0 || op->kind == OP_CR3 || op->kind == OP_CR4 ?
			 cr_value(u, op) : 0;
	const char *why = not_for_unicorn(op, value, get(u, UC_X86_REG_CR4));
	struct guest_call call;
	enum target_status status;

	if (why || !guest_plan(&u->guest, op, value, &call, &why))
		return say(&u->target, TARGET_SKIPPED, why);
	if (!prepare(u, op, &call))
		return say(&u->target, TARGET_SKIPPED, "CR3 points where the program has no memory for page tables");
	status = run(u, &call);
	if (status == TARGET_OK)
		*out = guest_outcome(op, &u->result, u->target.note, sizeof(u->target.note));
	return status;
}

static enum target_status host_step(struct unicorn_target *u, const struct op *op, struct outcome *out)
{
	const char *why = not_for_unicorn(op, 0, 0);

	if (why)
		return say(&u->target, TARGET_SKIPPED, why);
	switch (op->kind) {
	case OP_SETMSR:
		set_msr(u, op->arg, op->v[0]);
		out->kind = OUT_OK;
		return TARGET_OK;
	case OP_DMA: case OP_QUIRK: case OP_BACKING: case OP_INVALIDATE: case OP_SPLIT:
	case OP_COLLAPSE: case OP_PREFAULT:
		out->kind = OUT_ANY;
		return TARGET_OK;	/* nothing that a CPU could show: OUT_ANY */
	default:
		return say(&u->target, TARGET_SKIPPED,
			   "Unicorn has no ioctls: memslots, CPUID and sregs stay as the header says");
	}
}

static enum target_status unicorn_step(struct target *t, const struct op *op, struct outcome *out)
{
	struct unicorn_target *u = to_unicorn(t);

	return op_is_host(op) ? host_step(u, op, out) : guest_step(u, op, out);
}

static struct target_regs unicorn_regs(struct target *t, unsigned vcpu)
{
	struct unicorn_target *u = to_unicorn(t);

	return (struct target_regs){
		.cr0 = get(u, UC_X86_REG_CR0), .cr3 = get(u, UC_X86_REG_CR3),
		.cr4 = get(u, UC_X86_REG_CR4), .efer = get_msr(u, MSR_EFER),
		.pat = get_msr(u, MSR_PAT), .def_type = get_msr(u, MSR_MTRR_DEF_TYPE),
	};
}

static void unicorn_close(struct target *t)
{
	struct unicorn_target *u = to_unicorn(t);

	unicorn_drop(u);
	if (u->image)
		munmap(u->image, GUEST_SIZE);
	free(t->events);
	free(u);
}

static struct target *unicorn_open(const char *arg, char *error, size_t size)
{
	struct unicorn_target *u;

	if (*arg) {
		snprintf(error, size, "unicorn takes no argument, but got `%.40s`", arg);
		return NULL;
	}
	u = calloc(1, sizeof(*u));
	if (!u) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	u->image = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (u->image == MAP_FAILED) {
		snprintf(error, size, "no memory for the guest: %m");
		free(u);
		return NULL;
	}
	u->target.ops = &unicorn_target_ops;
	strcpy(u->target.name, "unicorn");
	u->target.caps = CAP_MSR_VALUES | CAP_CR_VALUES | CAP_REGS;
	return &u->target;
}

const struct target_ops unicorn_target_ops = {
	.name		= "unicorn",
	.summary	= "the guest's code on Unicorn's emulated CPU: register values, no memtypes",
	.usage		= "unicorn",
	.open		= unicorn_open,
	.reset		= unicorn_reset,
	.step		= unicorn_step,
	.regs		= unicorn_regs,
	.close		= unicorn_close,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's image and the calls of its stubs; see guest.h. Formats: SDM vol
 * 3A 3.4.5 (descriptors), 4.5 (4-level paging), 6.14.1 (64-bit IDT), 7.7 (TSS).
 */
#include <stdio.h>
#include <string.h>

#include "harness/targets/guest/guest.h"

#define PTE_P		(1ULL << 0)
#define PTE_W		(1ULL << 1)
#define PTE_U		(1ULL << 2)
#define PTE_A		(1ULL << 5)
#define PTE_D		(1ULL << 6)
#define PTE_PS		(1ULL << 7)
#define PTE_ADDRESS	0x000ffffffffff000ULL
#define TABLE		(PTE_P | PTE_W | PTE_U | PTE_A)
#define PAGE		(TABLE | PTE_D)

static unsigned table_index(uint64_t va, unsigned level)
{
	return va >> (PAGE_SHIFT + 9 * (level - 1)) & 511;
}

static uint64_t *table_at(const struct guest *g, uint64_t entry)
{
	return (uint64_t *)(g->image + ((entry & PTE_ADDRESS) - GUEST_GPA));
}

/* A fresh table's entry, as its parent holds it; 0 when none is left. */
static uint64_t table_new(struct guest *g)
{
	uint64_t gpa = GUEST_GPA + g->next_table;

	if (g->next_table >= GUEST_SIZE)
		return 0;
	memset(g->image + g->next_table, 0, PAGE_SIZE);
	g->next_table += PAGE_SIZE;
	return gpa | TABLE;
}

/*
 * The table of @level in which @va, one of the guest's own, has its entry. What
 * is not present on the way is made; NULL when no table is left.
 */
static uint64_t *table_walk(struct guest *g, uint64_t va, unsigned level)
{
	uint64_t *table = g->root;

	for (unsigned at = 4; at > level; at--) {
		uint64_t *entry = &table[table_index(va, at)];

		if (!(*entry & PTE_P))
			*entry = table_new(g);
		if (!*entry)
			return NULL;
		table = table_at(g, *entry);
	}
	return table;
}

static void map_page(struct guest *g, uint64_t va, unsigned level, uint64_t entry)
{
	uint64_t *table = table_walk(g, va, level);

	table[table_index(va, level)] = entry;
}

static void idt_gate(uint64_t *gate, uint64_t handler, unsigned dpl)
{
	gate[0] = (handler & 0xffff) | (uint64_t)GUEST_CS << 16 | 1ULL << 32 /* IST1 */ |
		  (0x8eULL | dpl << 5) << 40 | (handler >> 16 & 0xffff) << 48;
	gate[1] = handler >> 32;
}

void guest_init(struct guest *g, uint8_t *image)
{
	static const uint64_t gdt[] = {
		[GUEST_CS / 8] = 0x00af9b000000ffff, [GUEST_DS / 8] = 0x00cf93000000ffff,
		[GUEST_USER_CS / 8] = 0x00affb000000ffff, [GUEST_USER_DS / 8] = 0x00cff3000000ffff,
	};
	uint64_t vectors = GUEST_VA + GUEST_CODE + guest_stub_offsets[STUB_VECTORS];

	memset(g, 0, sizeof(*g));
	g->image = image;
	g->next_table = GUEST_TABLES;
	memset(image, 0, GUEST_TABLES);
	memcpy(image + GUEST_GDT, gdt, sizeof(gdt));
	memcpy(image + GUEST_CODE, guest_code, guest_code_end - guest_code);
	for (unsigned i = 0; i < 32; i++)
		idt_gate((uint64_t *)(image + GUEST_IDT) + 2 * i, vectors + GUEST_VECTOR_SIZE * i, 0);
	for (unsigned v = 0; v < MAX_VCPUS; v++) {
		uint64_t top = GUEST_VA + GUEST_STACK(v) + PAGE_SIZE;

		memcpy(image + GUEST_TSS(v) + 4, &top, 8);	/* RSP0 */
		memcpy(image + GUEST_TSS(v) + 36, &top, 8);	/* IST1 */
	}
	for (uint64_t at = 0; at < GUEST_SIZE; at += PAGE_SIZE)
		map_page(g, GUEST_VA + at, LEVEL_4K, (GUEST_GPA + at) | (PAGE & ~PTE_U));
	map_page(g, USER_VA + GUEST_CODE, LEVEL_4K, (GUEST_GPA + GUEST_CODE) | PAGE);
}

uint64_t guest_direct(struct guest *g, uint64_t gpa, const char **why)
{
	uint64_t va = DIRECT_VA + gpa, *table;

	if (gpa >= DIRECT_SIZE) {
		*why = "the guest reaches no further than 64 TiB";
		return 0;
	}
	table = table_walk(g, va, LEVEL_2M);
	if (!table) {
		*why = "the guest's page tables are full";
		return 0;
	}
	table[table_index(va, LEVEL_2M)] = (gpa & -(1ULL << 21)) | PAGE | PTE_PS;
	return va;
}

bool guest_translate(const struct guest *g, uint64_t va, uint64_t *gpa)
{
	const uint64_t *table = g->root;

	if ((int64_t)(va << 16) >> 16 != (int64_t)va)
		return false;
	for (unsigned at = 4; at; at--) {
		uint64_t entry = table[table_index(va, at)];
		uint64_t size = level_pages(at) << PAGE_SHIFT;

		if (!(entry & PTE_P))
			return false;
		if (at == LEVEL_4K || (at < 4 && entry & PTE_PS)) {
			*gpa = (entry & PTE_ADDRESS & -size) | (va & (size - 1));
			return true;
		}
		table = table_at(g, entry);
	}
	return false;
}

/* PAT index as a leaf of @level spells it (rules A.7). */
static uint64_t pat_bits(unsigned index, unsigned level)
{
	uint64_t high = index & 4 ? (level == LEVEL_4K ? 1ULL << 7 : 1ULL << 12) : 0;

	return high | (uint64_t)(index & 3) << 3;
}

static bool va_ours(uint64_t va, uint64_t size)
{
	return va < GUEST_VA_END && DIRECT_VA < va + size;
}

/* Fresh tables for @va from level @from down to @level, @leaf in the last; 0 when none are left. */
static uint64_t table_chain(struct guest *g, uint64_t va, unsigned from, unsigned level,
			    uint64_t leaf, uint64_t **entry)
{
	uint64_t top = table_new(g), link = top;

	for (unsigned at = from; link; at--) {
		*entry = &table_at(g, link)[table_index(va, at)];
		if (at == level) {
			**entry = leaf;
			return top;
		}
		link = table_new(g);
		**entry = link;
	}
	return 0;
}

/*
 * OP_MAP: new tables are made at once, the entry that changes is left to the
 * guest's own store, which a hypervisor with shadow page tables must see.
 */
static bool guest_map(struct guest *g, const struct op *op, struct guest_call *call, const char **why)
{
	unsigned level = op->arg, at;
	uint64_t size = level_pages(level) << PAGE_SHIFT, va = op->v[0] & -size;
	uint64_t leaf = (op->v[1] & -size) | PAGE | pat_bits(op->v[2], level) |
			(level > LEVEL_4K ? PTE_PS : 0);
	uint64_t *table = g->root, *entry, value = leaf;

	if (va_ours(va, size)) {
		*why = "`map` at a linear address that the guest's own code uses";
		return false;
	}
	for (at = 4; at > level; at--) {
		entry = &table[table_index(va, at)];
		if (!(*entry & PTE_P) || (at < 4 && *entry & PTE_PS))
			break;
		table = table_at(g, *entry);
	}
	entry = &table[table_index(va, at)];
	if (at > level) {
		uint64_t *last;

		value = table_chain(g, va, at - 1, level, leaf, &last);
		if (!value) {
			*why = "the guest's page tables are full";
			return false;
		}
		/* No CPU caches that an entry is not present (SDM 4.10.2): it need not see the link made. */
		if (!(*entry & PTE_P)) {
			*entry = value;
			entry = last;
			value = leaf;
		}
	}
	*call = (struct guest_call){ .stub = STUB_STORE, .user = true, .rax = value };
	call->rbx = guest_direct(g, GUEST_GPA + ((uint8_t *)entry - g->image), why);
	return call->rbx;
}

/* MSRs that would take the ground from under the guest, or the APIC that INIT and SIPI come through. */
const char *guest_msr_refused(uint32_t msr)
{
	switch (msr) {
	case 0x1b:		/* IA32_APIC_BASE */
	case 0x800 ... 0x8ff:	/* x2APIC */
		return "a write to the local APIC's MSRs could stop INIT and SIPI";
	case 0x1d9:		/* IA32_DEBUGCTL: branch tracing and single-stepping */
		return "IA32_DEBUGCTL would trace the guest's own code";
	case 0x11: case 0x12:	/* KVM's paravirtual clocks */
	case 0x4b564d00 ... 0x4b564dff:
	case 0x40000000 ... 0x400001ff:
		return "a paravirtual MSR would write into the guest's memory";
	default:
		return NULL;
	}
}

static bool plan_access(struct guest *g, const struct op *op, struct guest_call *call,
			const char **why)
{
	call->user = true;
	call->stub = op->kind == OP_READ ? STUB_READ : op->kind == OP_WRITE ? STUB_WRITE : STUB_EXEC;
	call->rdx = GUEST_PORT_DONE;
	call->rax = 1ULL << 63;	/* bytes that a stale translation executes instead fault at once */
	call->rbx = op->v[0];
	if (op->flags & OP_VA) {
		if (va_ours(op->v[0], 1)) {
			*why = "a linear address that the guest's own code uses";
			return false;
		}
	} else if (guest_in_footprint(op->v[0], 1)) {
		*why = "an access to the memory that the guest's own code lives in";
		return false;
	} else {
		call->rbx = guest_direct(g, op->v[0], why);
	}
	if (call->stub == STUB_EXEC)
		call->rip = call->rbx;
	return call->rbx || op->flags & OP_VA;
}

static void plan_invpcid(struct guest *g, const struct op *op, struct guest_call *call)
{
	/* The descriptor (SDM vol 2A, INVPCID) stands at the low end of the stack. */
	uint64_t descriptor[2] = { op->v[0], op->v[1] };

	memcpy(g->image + GUEST_STACK(op->vcpu), descriptor, sizeof(descriptor));
	call->stub = STUB_INVPCID;
	call->rax = op->arg;
	call->rbx = GUEST_VA + GUEST_STACK(op->vcpu);
}

bool guest_plan(struct guest *g, const struct op *op, uint64_t value, struct guest_call *call,
		const char **why)
{
	static const uint8_t stubs[OP_FIRST_HOST] = {
		[OP_WRMSR] = STUB_WRMSR, [OP_RDMSR] = STUB_RDMSR, [OP_CR0] = STUB_CR0,
		[OP_CR3] = STUB_CR3, [OP_CR4] = STUB_CR4, [OP_WBINVD] = STUB_WBINVD,
		[OP_INVD] = STUB_INVD, [OP_INVLPG] = STUB_INVLPG, [OP_CPUID] = STUB_CPUID,
		[OP_RSM] = STUB_RSM,
	};
	bool ok = true;

	*call = (struct guest_call){ .stub = stubs[op->kind] };
	switch (op->kind) {
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		ok = plan_access(g, op, call, why);
		break;
	case OP_MAP:
		ok = guest_map(g, op, call, why);
		break;
	case OP_INVPCID:
		plan_invpcid(g, op, call);
		break;
	case OP_WRMSR:
	case OP_RDMSR:
		*why = op->kind == OP_WRMSR ? guest_msr_refused(op->arg) : NULL;
		ok = !*why;
		call->rcx = op->arg;
		call->rax = op->v[0] & 0xffffffff;
		call->rdx = op->v[0] >> 32;
		break;
	case OP_CR0:
	case OP_CR3:
	case OP_CR4:
		call->rax = value;
		break;
	case OP_INVLPG:
		call->rbx = op->v[0];
		break;
	case OP_CPUID:
		call->rax = op->arg;
		break;
	}
	if (ok && !call->rip)
		call->rip = (call->user ? USER_VA : GUEST_VA) + GUEST_CODE +
			    guest_stub_offsets[call->stub];
	return ok;
}

/* --- What came of a call ---------------------------------------------------------- */

static const char *const vector_names[32] = {
	"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9", "#TS", "#NP", "#SS",
	"#GP", "#PF", "15", "#MF", "#AC", "#MC", "#XM", "#VE", "#CP", "22", "23", "24", "25", "26",
	"27", "#HV", "#VC", "#SX", "31",
};

/* SDM vol 3A table 6-1. */
static bool has_error_code(uint8_t vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21;
}

void guest_exception(const struct guest *g, unsigned vcpu, uint8_t vector, uint64_t rsp,
		     struct guest_result *result)
{
	uint64_t stack = GUEST_VA + GUEST_STACK(vcpu), frame[2] = { 0, 0 };

	result->kind = GUEST_EXCEPTION;
	result->vector = vector;
	result->has_error = has_error_code(vector);
	if (rsp - stack <= PAGE_SIZE - sizeof(frame))
		memcpy(frame, g->image + (rsp - GUEST_VA), sizeof(frame));
	result->error = result->has_error ? frame[0] : 0;
	result->rip = frame[result->has_error];
}

/* The bytes at @rip, where they are the guest's own. */
static void name_instruction(uint64_t rip, char *text, size_t size)
{
	uint64_t at = rip - (GUEST_VA + GUEST_CODE);
	size_t code = guest_code_end - guest_code;

	if (at >= code)
		at = rip - (USER_VA + GUEST_CODE);
	if (at >= code || !guest_disassemble(guest_code + at, code - at, rip, text, size))
		snprintf(text, size, "the program's memory");
}

struct outcome guest_outcome(const struct op *op, const struct guest_result *result, char *note,
			     size_t size)
{
	struct outcome out = { .kind = OUT_OK };
	char insn[64];
	int length;

	note[0] = 0;
	if (result->kind == GUEST_EXCEPTION) {
		out.kind = result->vector == 13 ? OUT_GP : result->vector == 6 ? OUT_UD :
			   result->vector == 14 ? OUT_PF : OUT_ANY;
		name_instruction(result->rip, insn, sizeof(insn));
		length = snprintf(note, size, "%s", vector_names[result->vector & 31]);
		if (result->has_error && length > 0 && (size_t)length < size)
			length += snprintf(note + length, size - length, "(0x%llx)",
					   (unsigned long long)result->error);
		if (length > 0 && (size_t)length < size)
			snprintf(note + length, size - length, " at RIP 0x%llx, `%s`",
				 (unsigned long long)result->rip, insn);
		return out;
	}
	if (result->kind == GUEST_MMIO) {
		out.kind = OUT_MMIO;
		return out;
	}
	switch (op->kind) {
	case OP_RDMSR:
		out.has_value = true;
		out.value = result->rdx << 32 | (result->rax & 0xffffffff);
		break;
	case OP_CR0:
	case OP_CR3:
	case OP_CR4:
		out.has_value = true;
		out.value = result->rax;
		break;
	}
	return out;
}

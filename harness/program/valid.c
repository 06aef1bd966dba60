// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which machines and ops a program may hold, said once: as the repair that
 * bends anything into a valid op. An op is valid exactly when repair leaves it
 * alone, so that the two cannot disagree; the first field that repair would
 * change is the one to blame.
 *
 * What the guest or KVM would refuse (reserved bits, a slot that overlaps
 * another, a slot that does not exist) is not invalid: the oracle knows the
 * fault or errno, and programs must be able to try. Invalid is only what no
 * target could carry out.
 */
#include <string.h>

#include "harness/program/internal.h"

#define SLOT_FLAGS_KNOWN	(SLOT_READONLY | SLOT_DIRTY_LOG)
#define SREGS_KNOWN		(SREGS_CR0 | SREGS_CR3 | SREGS_CR4 | SREGS_EFER)
#define CPUID_KNOWN		(CPUID_MTRR | CPUID_MAXPHYADDR)
#define MIN_MAXPHYADDR		32u
#define MAX_MAXPHYADDR		52u	/* what EPT and NPT entries can hold */

/* What a field of an op may be. */
enum class {
	C_ZERO,		/* unused */
	C_ANY,
	C_BOOL,
	C_GPA,
	C_PAGE,		/* page-aligned gpa */
	C_PAGES,	/* bytes of a page-aligned range from v[0] */
	C_LEVEL,
	C_PAT_INDEX,
	C_INVPCID_TYPE,
	C_PCID,
	C_SLOT_ID,
	C_SLOT_FLAGS,
	C_SLOT_SIZE,	/* bytes of a range from v[0], aligned or not */
	C_QUIRK,
	C_BACKING,
	C_SREGS,
	C_CPUID,
};

struct op_rule {
	uint16_t flags;		/* allowed, beside those of groups */
	uint8_t arg, v[4];	/* enum class */
};

static const struct op_rule op_rules[NR_OPS] = {
	[OP_WRMSR]	= { 0, C_ANY, { C_ANY } },
	[OP_RDMSR]	= { 0, C_ANY, { C_ZERO } },
	[OP_CR0]	= { OP_DELTA, C_ZERO, { C_ANY, C_ANY } },
	[OP_CR3]	= { OP_NOFLUSH, C_ZERO, { C_ANY } },
	[OP_CR4]	= { OP_DELTA, C_ZERO, { C_ANY, C_ANY } },
	[OP_READ]	= { OP_VA, C_ZERO, { C_ANY } },
	[OP_WRITE]	= { OP_VA, C_ZERO, { C_ANY } },
	[OP_EXEC]	= { OP_VA, C_ZERO, { C_ANY } },
	[OP_MAP]	= { 0, C_LEVEL, { C_ANY, C_GPA, C_PAT_INDEX } },
	[OP_WBINVD]	= { 0, C_ZERO, { C_ZERO } },
	[OP_INVD]	= { 0, C_ZERO, { C_ZERO } },
	[OP_INVLPG]	= { 0, C_ZERO, { C_ANY } },
	[OP_INVPCID]	= { 0, C_INVPCID_TYPE, { C_PCID, C_ANY } },
	[OP_CPUID]	= { 0, C_ANY, { C_ZERO } },
	[OP_INIT]	= { 0, C_ZERO, { C_ZERO } },
	[OP_SIPI]	= { 0, C_ZERO, { C_ZERO } },
	[OP_SMI]	= { 0, C_ZERO, { C_ZERO } },
	[OP_RSM]	= { 0, C_ZERO, { C_ZERO } },
	[OP_DMA]	= { 0, C_BOOL, { C_ZERO } },
	[OP_QUIRK]	= { 0, C_QUIRK, { C_BOOL } },
	[OP_SLOT]	= { 0, C_SLOT_ID, { C_GPA, C_SLOT_SIZE, C_SLOT_FLAGS } },
	[OP_BACKING]	= { 0, C_BACKING, { C_PAGE, C_PAGES } },
	[OP_INVALIDATE]	= { 0, C_ZERO, { C_PAGE, C_PAGES } },
	[OP_SETMSR]	= { 0, C_ANY, { C_ANY } },
	[OP_SREGS]	= { 0, C_SREGS, { C_ANY, C_ANY, C_ANY, C_ANY } },
	[OP_SETCPUID]	= { 0, C_CPUID, { C_ANY, C_ANY } },
	[OP_PREFAULT]	= { 0, C_ZERO, { C_PAGE, C_PAGES } },
	[OP_SPLIT]	= { 0, C_SLOT_ID, { C_ZERO } },
	[OP_COLLAPSE]	= { 0, C_SLOT_ID, { C_ZERO } },
};

static uint64_t repair_pages(uint64_t start, uint64_t size, uint64_t limit)
{
	size &= ~(PAGE_SIZE - 1);
	if (!size)
		size = PAGE_SIZE;
	return size > limit - start ? limit - start : size;
}

static uint64_t repair_field(enum class class, uint64_t v, const struct op *op, uint64_t limit)
{
	switch (class) {
	case C_ZERO:
		return 0;
	case C_ANY:
		return v;
	case C_BOOL:
		return v & 1;
	case C_GPA:
		return v & (limit - 1);
	case C_PAGE:
		return v & (limit - 1) & ~(PAGE_SIZE - 1);
	case C_PAGES:
		return repair_pages(op->v[0], v, limit);
	case C_LEVEL:
		return v < LEVEL_4K || v > LEVEL_1G ? v % LEVEL_1G + 1 : v;
	case C_PAT_INDEX:
		return v & 7;
	case C_INVPCID_TYPE:
		return v & 3;
	case C_PCID:
		return v & CR3_PCID_MASK;
	case C_SLOT_ID:
		return v % MAX_SLOTS;
	case C_SLOT_FLAGS:
		return v & SLOT_FLAGS_KNOWN;
	case C_SLOT_SIZE:
		return v > limit - op->v[0] ? limit - op->v[0] : v;
	case C_QUIRK:
		return quirk_name(v) ? v : quirk_names[v % NR_QUIRKS].bit;
	case C_BACKING:
		return v % NR_BACKINGS;
	case C_SREGS:
		return v & SREGS_KNOWN ? v & SREGS_KNOWN : SREGS_CR0;
	case C_CPUID:
		return v & CPUID_KNOWN ? v & CPUID_KNOWN : CPUID_MTRR;
	}
	return 0;
}

static uint8_t repair_maxphyaddr(uint64_t bits)
{
	if (bits >= MIN_MAXPHYADDR && bits <= MAX_MAXPHYADDR)
		return bits;
	return MIN_MAXPHYADDR + bits % (MAX_MAXPHYADDR - MIN_MAXPHYADDR + 1);
}

/* The rules between fields, after each field is in its own range. */
static void repair_relations(struct op *op, uint64_t limit)
{
	switch (op->kind) {
	case OP_CR0:
	case OP_CR4:
		if (!(op->flags & OP_DELTA)) {
			op->v[1] = 0;
			break;
		}
		op->v[1] &= ~op->v[0];
		if (!(op->v[0] | op->v[1]))
			op->v[0] = op->kind == OP_CR0 ? CR0_CD : CR4_PGE;
		break;
	case OP_CR3:
		/* Bit 63 is what noflush says. */
		if (op->v[0] & CR3_NOFLUSH) {
			op->v[0] &= ~CR3_NOFLUSH;
			op->flags |= OP_NOFLUSH;
		}
		break;
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		if (!(op->flags & OP_VA))
			op->v[0] &= limit - 1;
		break;
	case OP_MAP: {
		uint64_t offset = level_pages(op->arg) * PAGE_SIZE - 1;

		/* Only canonical addresses of 48 bits have a PTE in every paging mode. */
		op->v[0] = (uint64_t)((int64_t)(op->v[0] << 16) >> 16) & ~offset;
		op->v[1] &= ~offset;
		break;
	}
	case OP_SLOT:
		if (!op->v[1])
			op->v[0] = op->v[2] = 0;
		break;
	case OP_SREGS:
		for (unsigned i = 0; i < 4; i++)
			if (!(op->arg & 1u << i))
				op->v[i] = 0;
		break;
	case OP_SETCPUID:
		op->v[0] = op->arg & CPUID_MTRR ? op->v[0] & 1 : 0;
		op->v[1] = op->arg & CPUID_MAXPHYADDR ? repair_maxphyaddr(op->v[1]) : 0;
		break;
	}
}

void op_repair(struct op *op, const struct machine *machine)
{
	uint64_t limit = gpa_limit(machine);
	const struct op_rule *rule;

	if (op->kind >= NR_OPS)
		op->kind %= NR_OPS;
	rule = &op_rules[op->kind];
	if (!op_has_vcpu(op))
		op->vcpu = 0;
	else if (op->vcpu >= machine->nr_vcpus)
		op->vcpu %= machine->nr_vcpus;
	op->flags &= rule->flags | OP_TOGETHER | OP_ALONG;
	if (op->flags & OP_TOGETHER)
		op->flags &= ~OP_ALONG;
	op->arg = repair_field(rule->arg, op->arg, op, limit);
	for (unsigned i = 0; i < 4; i++)
		op->v[i] = repair_field(rule->v[i], op->v[i], op, limit);
	repair_relations(op, limit);
}

static const char *const vcpu_expected = "expected a vCPU that the machine has";
static const char *const gpa_expected = "expected an address below 2^maxphyaddr";
static const char *const pages_expected =
	"expected a size above 0, a multiple of 4K, of a range that ends within 2^maxphyaddr";

/* What is expected of v[@i] where that is more than its class. */
static const char *value_expected(const struct op *op, unsigned i, uint64_t limit)
{
	switch (op->kind) {
	case OP_CR0:
	case OP_CR4:
		return i ? "expected each bit once, to set or to clear" :
			   "expected at least one bit to set or to clear";
	case OP_CR3:
		return "expected bit 63 as `noflush`";
	case OP_MAP:
		if (i == 0)
			return "expected a canonical 48-bit address, aligned to the size mapped";
		if (i == 1 && op->v[1] < limit)
			return "expected an address aligned to the size mapped";
		return i == 1 ? gpa_expected : "expected a PAT index, 0 to 7";
	case OP_SETCPUID:
		return i ? "expected 32 to 52 bits" : "expected on or off";
	case OP_SREGS:
		return "expected 0 where the register is not named";
	default:
		return NULL;
	}
}

static const char *class_expected(enum class class, uint64_t v, uint64_t limit)
{
	switch (class) {
	case C_GPA:
		return gpa_expected;
	case C_PAGE:
		return v < limit ? "expected a multiple of 4K" : gpa_expected;
	case C_PAGES:
		return pages_expected;
	case C_LEVEL:
		return "expected 4k, 2m or 1g";
	case C_INVPCID_TYPE:
		return "expected a type, 0 to 3";
	case C_PCID:
		return "expected a PCID, 0 to 4095";
	case C_SLOT_ID:
		return "expected a slot id, 0 to 15";
	case C_SLOT_SIZE:
		return "expected a range that ends within 2^maxphyaddr";
	case C_SREGS:
		return "expected at least one of cr0=, cr3=, cr4=, efer=";
	case C_CPUID:
		return "expected cpuid-mtrr= or maxphyaddr=";
	case C_ANY:
		return gpa_expected;	/* read, write and exec without va= */
	default:
		return "a field this op does not have";
	}
}

const char *op_check(const struct op *op, const struct machine *machine, enum op_field *field)
{
	uint64_t limit = gpa_limit(machine);
	struct op fixed = *op;
	const char *why;

	op_repair(&fixed, machine);
	if (fixed.kind != op->kind) {
		*field = FIELD_KIND;
		return "expected an op";
	}
	if (fixed.vcpu != op->vcpu) {
		*field = FIELD_VCPU;
		return vcpu_expected;
	}
	if (fixed.arg != op->arg) {
		*field = FIELD_ARG;
		return class_expected(op_rules[op->kind].arg, op->arg, limit);
	}
	for (unsigned i = 0; i < 4; i++) {
		if (fixed.v[i] == op->v[i])
			continue;
		*field = FIELD_V + i;
		why = value_expected(op, i, limit);
		return why ? why : class_expected(op_rules[op->kind].v[i], op->v[i], limit);
	}
	*field = FIELD_FLAGS;
	return fixed.flags != op->flags ? "a flag this op does not have" : NULL;
}

bool op_valid(const struct op *op, const struct machine *machine, const char **why)
{
	enum op_field field;
	const char *expected = op_check(op, machine, &field);

	if (why)
		*why = expected;
	return !expected;
}

static bool slots_overlap(const struct slot *a, const struct slot *b)
{
	return a->gpa < b->gpa + b->size && b->gpa < a->gpa + a->size;
}

static void repair_slot(struct machine *machine, unsigned id)
{
	struct slot *slot = &machine->slots[id];
	uint64_t limit = gpa_limit(machine);

	if (!slot->size) {
		*slot = (struct slot){ 0 };
		return;
	}
	slot->gpa &= (limit - 1) & ~(PAGE_SIZE - 1);
	slot->size = repair_pages(slot->gpa, slot->size, limit);
	slot->flags &= SLOT_FLAGS_KNOWN;
	for (unsigned i = 0; i < id; i++) {
		if (machine->slots[i].size && slots_overlap(slot, &machine->slots[i])) {
			*slot = (struct slot){ 0 };
			return;
		}
	}
}

void machine_repair(struct machine *machine)
{
	machine->profile = (unsigned)machine->profile % NR_PROFILES;
	machine->vendor = (unsigned)machine->vendor % NR_VENDORS;
	machine->start = (unsigned)machine->start % NR_START_MODES;
	if (!machine->nr_vcpus || machine->nr_vcpus > MAX_VCPUS)
		machine->nr_vcpus = 1 + machine->nr_vcpus % MAX_VCPUS;
	machine->maxphyaddr = repair_maxphyaddr(machine->maxphyaddr);
	machine->quirks_off &= QUIRKS_KNOWN;
	machine->quirks_on &= QUIRKS_KNOWN & ~machine->quirks_off;
	for (unsigned i = 0; i < MAX_SLOTS; i++)
		repair_slot(machine, i);
}

const char *machine_slot_check(const struct machine *machine, unsigned id)
{
	const struct slot *slot = &machine->slots[id];
	uint64_t limit = gpa_limit(machine);

	if (slot->gpa >= limit)
		return gpa_expected;
	if (slot->gpa % PAGE_SIZE)
		return "expected gpa= to be a multiple of 4K";
	if (slot->size != repair_pages(slot->gpa, slot->size, limit))
		return pages_expected;
	for (unsigned i = 0; i < MAX_SLOTS; i++)
		if (i != id && machine->slots[i].size && slots_overlap(slot, &machine->slots[i]))
			return "the slot overlaps an earlier one";
	return NULL;
}

bool machine_equal(const struct machine *a, const struct machine *b)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct slot *s = &a->slots[i], *t = &b->slots[i];

		if (s->gpa != t->gpa || s->size != t->size || s->flags != t->flags)
			return false;
	}
	return a->profile == b->profile && a->vendor == b->vendor && a->start == b->start &&
	       a->nr_vcpus == b->nr_vcpus && a->maxphyaddr == b->maxphyaddr &&
	       a->cpuid_mtrr == b->cpuid_mtrr && a->tdp == b->tdp &&
	       a->selfsnoop == b->selfsnoop && a->quirks_off == b->quirks_off &&
	       a->quirks_on == b->quirks_on;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A syzkaller program (its docs/program_syntax.md, sys/linux/dev_kvm.txt):
 * guest ops become 64-bit machine code that syz_kvm_setup_cpu runs on vCPU 0.
 * That call sets the CPU up anew, so there is one turn of guest code, and it
 * has 24 pages of memory of its own from gpa 0 on.
 */
#include <string.h>

#include "reports/export_internal.h"

#define GUEST_PAGES	0x18000u	/* bytes: syz_kvm_setup_cpu's own memory */
#define MEMORY_BASE	0x400000u	/* of memslots, within syzkaller's 16M of data */
#define MEMORY_SIZE	0x800000u
#define TEXT_MAX	1000u

struct text {
	uint8_t bytes[TEXT_MAX];
	unsigned nr;
};

static void add(struct text *t, const char *bytes, unsigned nr)
{
	memcpy(t->bytes + t->nr, bytes, nr);
	t->nr += nr;
}

static void add_value(struct text *t, uint64_t value, unsigned nr)
{
	for (; nr--; value >>= 8)
		t->bytes[t->nr++] = value;
}

/* mov $@value, %rax (@code "\x48\xb8") or another register; with 4 bytes of value the 32-bit form. */
static void add_mov(struct text *t, const char *code, unsigned code_bytes, uint64_t value, unsigned value_bytes)
{
	add(t, code, code_bytes);
	add_value(t, value, value_bytes);
}

/* @code: the last byte of mov %crN, %rax and mov %rax, %crN. */
static void add_cr(struct text *t, const struct op *op, char code)
{
	const char read[] = { 0x0f, 0x20, code }, write[] = { 0x0f, 0x22, code };

	if (op->flags & OP_DELTA) {
		add(t, read, 3);
		add_mov(t, "\x48\xb9", 2, op->v[0], 8);		/* mov $set, %rcx */
		add(t, "\x48\x09\xc8", 3);			/* or %rcx, %rax */
		add_mov(t, "\x48\xb9", 2, ~op->v[1], 8);
		add(t, "\x48\x21\xc8", 3);			/* and %rcx, %rax */
	} else {
		add_mov(t, "\x48\xb8", 2, op->v[0], 8);
	}
	add(t, write, 3);
}

static void add_guest_op(struct exporter *x, struct text *t, const struct op *op)
{
	switch (op->kind) {
	case OP_WRMSR:
		add_mov(t, "\xb9", 1, op->arg, 4);
		add_mov(t, "\xb8", 1, (uint32_t)op->v[0], 4);
		add_mov(t, "\xba", 1, op->v[0] >> 32, 4);
		return add(t, "\x0f\x30", 2);
	case OP_RDMSR:
		add_mov(t, "\xb9", 1, op->arg, 4);
		return add(t, "\x0f\x32", 2);
	case OP_CR0:
		return add_cr(t, op, (char)0xc0);
	case OP_CR4:
		return add_cr(t, op, (char)0xe0);
	case OP_WBINVD:
		return add(t, "\x0f\x09", 2);
	case OP_INVLPG:
		add_mov(t, "\x48\xb8", 2, op->v[0], 8);
		return add(t, "\x0f\x01\x38", 3);
	case OP_CPUID:
		add_mov(t, "\xb8", 1, op->arg, 4);
		return add(t, "\x0f\xa2", 2);
	case OP_READ: case OP_WRITE:
		if ((op->flags & OP_VA) || op->v[0] >= GUEST_PAGES)
			return leave_out(x, op, "syz_kvm_setup_cpu's page tables map its own 24 pages");
		add_mov(t, "\x48\xb8", 2, op->v[0], 8);
		return add(t, op->kind == OP_READ ? "\x8a\x18" : "\x88\x18", 2);
	default:
		leave_out(x, op, "it takes more than machine code");
	}
}

static void put_slot(struct exporter *x, const struct op *op, uint32_t *used)
{
	uint64_t size = op->v[1];

	if (op->v[0] < GUEST_PAGES && size)
		return leave_out(x, op, "syz_kvm_setup_cpu has its own memory from gpa 0 on");
	if (size > MEMORY_SIZE - *used)
		return leave_out(x, op, "syzkaller has 16M of memory");
	put(x, "ioctl$KVM_SET_USER_MEMORY_REGION(r1, 0x4020ae46, &(0x7f0000000040)={0x%x, 0x%x, 0x%" PRIx64 ", 0x%" PRIx64
	    ", &(0x7f0000%06x/0x%" PRIx64 ")=nil})\n", op->arg + 32,
	    (op->v[2] & SLOT_DIRTY_LOG ? 1 : 0) | (op->v[2] & SLOT_READONLY ? 2 : 0), op->v[0], size, MEMORY_BASE + *used,
	    size ? size : 0x1000);
	*used += size;
}

static void put_host_op(struct exporter *x, const struct op *op, uint32_t *used)
{
	if (op->kind == OP_SLOT)
		return put_slot(x, op, used);
	if (op->kind == OP_SETMSR && !op->vcpu) {
		put(x, "ioctl$KVM_SET_MSRS(r2, 0x4008ae89, &(0x7f0000000080)={0x1, 0x0, [{0x%x, 0x0, 0x%" PRIx64 "}]})\n",
		    op->arg, op->v[0]);
		return;
	}
	leave_out(x, op, "it has no form here");
}

static void put_turn(struct exporter *x, const struct text *t)
{
	if (!t->nr)
		return;
	put(x, "syz_kvm_setup_cpu$x86(r1, r2, &(0x7f0000fe8000/0x18000)=nil, &(0x7f00000000c0)=[@text64={0x40, "
	    "&(0x7f0000000100)=\"");
	for (unsigned i = 0; i < t->nr; i++)
		put(x, "%02x", t->bytes[i]);
	put(x, "f4\", 0x%x}], 0x1, 0x0, 0x0, 0x0)\nioctl$KVM_RUN(r2, 0xae80, 0x0)\n", t->nr + 1);
}

void export_syz(struct exporter *x)
{
	const struct program *p = x->program;
	const struct machine *m = &p->machine;
	struct text text = { .nr = 0 };
	uint32_t used = 0;
	bool ran = false;

	put_head(x, "A syzkaller program", "Run it with syz-execprog; guest code runs on one vCPU, in 64-bit mode.\n");
	put(x, "r0 = openat$kvm(0xffffffffffffff9c, &(0x7f0000000000), 0x0, 0x0)\nr1 = ioctl$KVM_CREATE_VM(r0, 0xae01, 0x0)\n"
	    "r2 = ioctl$KVM_CREATE_VCPU(r1, 0xae41, 0x0)\n");
	for (unsigned s = 0; s < MAX_SLOTS; s++)
		if (m->slots[s].size)
			put_slot(x, &(struct op){ .kind = OP_SLOT, .arg = s,
				 .v = { m->slots[s].gpa, m->slots[s].size, m->slots[s].flags } }, &used);
	for (unsigned i = 0; i < p->nr_ops; i++) {
		const struct op *op = &p->ops[i];

		x->step += !(op->flags & OP_ALONG);
		if (op_is_host(op)) {
			put_turn(x, &text);
			ran |= text.nr;
			text.nr = 0;
			put_host_op(x, op, &used);
		} else if (op->vcpu) {
			leave_out(x, op, "there is one vCPU here");
		} else if (ran || text.nr + 64 > TEXT_MAX) {
			leave_out(x, op, "there is one turn of guest code");
		} else {
			add_guest_op(x, &text, op);
		}
	}
	put_turn(x, &text);
}

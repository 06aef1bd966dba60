// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine code of guest ops, as the targets that have a CPU run it, for
 * reports.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/targets/guest/guest.h"

/* The operands that @op's code finds in its registers. */
static void print_operands(const struct op *op, const struct guest_call *call, char *text, size_t size)
{
	text[0] = 0;
	switch (op->kind) {
	case OP_WRMSR:
		snprintf(text, size, "ecx=0x%x edx:eax=0x%" PRIx64, op->arg, op->v[0]);
		break;
	case OP_RDMSR:
		snprintf(text, size, "ecx=0x%x", op->arg);
		break;
	case OP_CR0: case OP_CR3: case OP_CR4:
		if (!(op->flags & OP_DELTA))
			snprintf(text, size, "rax=0x%" PRIx64, call->rax);
		break;
	case OP_READ: case OP_WRITE: case OP_INVLPG: case OP_MAP:
		snprintf(text, size, "rbx=0x%" PRIx64, call->rbx);
		break;
	case OP_CPUID:
		snprintf(text, size, "eax=0x%x", op->arg);
	}
}

bool cli_disassemble(const struct op *op, char *text, size_t size)
{
	static struct guest guest;
	static uint8_t *image;
	struct guest_call call;
	const char *why;
	size_t at = 0, code, end;
	char operands[64];

	if (op_is_host(op) || op->kind == OP_INIT || op->kind == OP_SIPI || op->kind == OP_SMI || !guest_can_disassemble())
		return false;
	if (!image) {
		image = aligned_alloc(PAGE_SIZE, GUEST_SIZE);
		if (!image)
			return false;
		guest_init(&guest, image);
	}
	if (!guest_plan(&guest, op, op->v[0], &call, &why))
		return false;
	code = guest_stub_offsets[call.stub];
	end = guest_stub_offsets[call.stub + 1];
	text[0] = 0;
	while (code < end && at + 1 < size) {
		char one[80];
		size_t length = guest_disassemble(guest_code + code, end - code, call.rip, one, sizeof(one));

		/* The OUT that ends every stub is none of the op's. */
		if (!length || !strncmp(one, "out ", 4))
			break;
		at += snprintf(text + at, size - at, "%s%s", at ? "; " : "", one);
		code += length;
	}
	print_operands(op, &call, operands, sizeof(operands));
	if (at < size && operands[0])
		snprintf(text + at, size - at, "   # %s", operands);
	return at;
}

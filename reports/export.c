// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reproducers: what their forms share, and C on /dev/kvm, whose small virtual
 * machine is export/runtime.c.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "reports/export_internal.h"

/* As it is: the reproducer is compiled by its reader. */
extern const char export_runtime[];
__asm__(".section .rodata\n.global export_runtime\nexport_runtime:\n.incbin \"" ZAPLOCK_EXPORT_DIR
	"/runtime.c\"\n.byte 0\n.previous\n");

const char *const export_form_names[NR_EXPORTS] = { "c", "selftest", "kvm-unit-test", "syz" };

const char *c_text(const char *text, char *buf, size_t size)
{
	escape_text(text, buf, size);
	for (char *c = buf; *c; c++)
		if (*c == '"' || *c == '\\' || (*c == '*' && c[1] == '/') || *c == '?')
			*c = '\'';
	return buf;
}

void leave_out(struct exporter *x, const struct op *op, const char *why)
{
	char text[256];
	int n;

	op_print(op, text, sizeof(text));
	put(x, x->hashes ? "# left out: %s: %s\n" : "\t/* left out: %s: %s */\n", text, why);
	n = snprintf(x->left_out + x->used, x->size - x->used, "%sstep %u, `%s`: %s", x->used ? "\n" : "",
		     x->step, text, why);
	if (n > 0 && (size_t)n < x->size - x->used)
		x->used += n;
	else
		x->left_out[x->used] = 0;
	x->nr_left_out++;
}

static void put_comment(struct exporter *x, char *text)
{
	char *save = text, *line, buf[2048];

	while ((line = strsep(&save, "\n")))
		if (*line || save)
			put(x, "%s%s%s\n", x->hashes ? "#" : " *", *line ? "   " : "", c_text(line, buf, sizeof(buf)));
}

void put_head(struct exporter *x, const char *what, const char *how)
{
	size_t size = program_print(x->program, NULL, 0) + 1, bytes = 0;
	char *text = malloc(size), *findings = NULL, buf[512];
	FILE *mem = open_memstream(&findings, &bytes);

	for (unsigned i = 0; mem && i < x->result->nr_findings; i++)
		if (x->result->findings[i].rule < VR_FIRST_ADVISORY)
			report_text_finding(mem, &x->result->findings[i], step_print(x->program,
					    x->result->findings[i].step, buf, sizeof(buf)), NULL);
	if (mem)
		fclose(mem);
	put(x, x->hashes ? "# %s, by zaplock from %s.\n#\n# %s#\n" :
	    "// SPDX-License-Identifier: GPL-2.0-only\n/*\n * %s, by zaplock from %s.\n *\n%s *\n", what,
	    c_text(x->name, buf, sizeof(buf)), how);
	if (findings && *findings) {
		put(x, "%s On %s zaplock found:\n", x->hashes ? "#" : " *", c_text(x->result->target, buf, sizeof(buf)));
		put_comment(x, findings);
	} else {
		put(x, "%s On %s zaplock found nothing.\n", x->hashes ? "#" : " *", c_text(x->result->target, buf, sizeof(buf)));
	}
	put(x, "%s The program:\n", x->hashes ? "#" : " *");
	if (text) {
		program_print(x->program, text, size);
		put_comment(x, text);
	}
	if (!x->hashes)
		put(x, " */\n");
	free(findings);
	free(text);
}

void put_step(struct exporter *x, unsigned i)
{
	char text[256], shown[256];

	op_print(&x->program->ops[i], text, sizeof(text));
	put(x, "\tstep(%u, \"%s\");\n", x->step, c_text(text, shown, sizeof(shown)));
}

/* --- C on /dev/kvm --------------------------------------------------------------------------- */

/* 2M of guest-physical memory that the program does not name, for the guest's own code and tables. */
static uint64_t image_place(const struct program *p)
{
	const uint64_t size = 2 << 20;

	for (uint64_t at = 0xfe000000; at >= size; at -= size) {
		bool free = true;

		for (unsigned s = 0; s < MAX_SLOTS; s++)
			free &= !p->machine.slots[s].size || at + size <= p->machine.slots[s].gpa ||
				at >= p->machine.slots[s].gpa + p->machine.slots[s].size;
		for (unsigned i = 0; i < p->nr_ops; i++) {
			const struct op *op = &p->ops[i];
			bool access = op->kind >= OP_READ && op->kind <= OP_EXEC;

			if (op->kind == OP_SLOT)
				free &= at + size <= op->v[0] || at >= op->v[0] + op->v[1];
			if (access && !(op->flags & OP_VA))
				free &= op->v[0] < at || op->v[0] >= at + size;
		}
		if (free)
			return at;
	}
	return 0xfe000000;
}

static void put_instruction(struct exporter *x, unsigned vcpu, const char *code, unsigned bytes, uint64_t rax,
			    uint64_t rbx, uint64_t rcx)
{
	put(x, "\tinstruction(%u, \"%s\", %u, 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ");\n", vcpu, code, bytes,
	    rax, rbx, rcx);
}

static void put_guest_op(struct exporter *x, const struct op *op)
{
	unsigned v = op->vcpu;

	switch (op->kind) {
	case OP_WRMSR:
		put(x, "\twrmsr(%u, 0x%x, 0x%" PRIx64 ");\n", v, op->arg, op->v[0]);
		return;
	case OP_RDMSR:
		put(x, "\trdmsr(%u, 0x%x);\n", v, op->arg);
		return;
	case OP_CR0: case OP_CR4:
		put(x, "\tcr(%u, %d, %d, 0x%" PRIx64 ", 0x%" PRIx64 ");\n", v, op->kind == OP_CR0 ? 0 : 4,
		    !!(op->flags & OP_DELTA), op->v[0], op->v[1]);
		return;
	case OP_CR3:
		put(x, "\tcr(%u, 3, 0, 0x%" PRIx64 ", 0);\n", v,
		    (uint64_t)(op->v[0] | (op->flags & OP_NOFLUSH ? 1ULL << 63 : 0)));
		return;
	case OP_READ: case OP_WRITE: case OP_EXEC:
		if (op->flags & OP_VA)
			return leave_out(x, op, "accesses go by guest-physical address");
		put(x, "\taccess_gpa(%u, '%c', 0x%" PRIx64 ");\n", v, "rwx"[op->kind - OP_READ], op->v[0]);
		return;
	case OP_WBINVD:
		return put_instruction(x, v, "\\x0f\\x09", 2, 0, 0, 0);
	case OP_INVD:
		return put_instruction(x, v, "\\x0f\\x08", 2, 0, 0, 0);
	case OP_INVLPG:
		return put_instruction(x, v, "\\x0f\\x01\\x3b", 3, 0, op->v[0], 0);
	case OP_CPUID:
		return put_instruction(x, v, "\\x0f\\xa2", 2, op->arg, 0, 0);
	default:
		leave_out(x, op, op->kind == OP_MAP ? "accesses go by guest-physical address" :
			  "it needs an interrupt controller, or descriptors in memory");
	}
}

static void put_host_op(struct exporter *x, const struct op *op)
{
	switch (op->kind) {
	case OP_DMA:
		put(x, "\tdma(%u);\n", op->arg);
		return;
	case OP_QUIRK:
		if (op->v[0])
			return leave_out(x, op, "KVM enables no quirk that was disabled");
		put(x, "\tdisable_quirks(0x%x);\n", op->arg);
		return;
	case OP_SLOT:
		put(x, "\tslot(%u, 0x%" PRIx64 ", 0x%" PRIx64 ", %s%s);\n", op->arg, op->v[0], op->v[1],
		    op->v[2] & SLOT_READONLY ? "KVM_MEM_READONLY" : "0",
		    op->v[2] & SLOT_DIRTY_LOG ? " | KVM_MEM_LOG_DIRTY_PAGES" : "");
		return;
	case OP_BACKING:
		if (op->arg == BACKING_MMIO)
			return leave_out(x, op, "MMIO takes a device");
		put(x, "\tbacking(0x%" PRIx64 ", 0x%" PRIx64 ", %d);\n", op->v[0], op->v[1], op->arg != BACKING_4K);
		return;
	case OP_INVALIDATE:
		put(x, "\tadvise(0x%" PRIx64 ", 0x%" PRIx64 ", MADV_DONTNEED);\n", op->v[0], op->v[1]);
		return;
	case OP_SETMSR:
		put(x, "\tsetmsr(%u, 0x%x, 0x%" PRIx64 ");\n", op->vcpu, op->arg, op->v[0]);
		return;
	case OP_SREGS:
		put(x, "\tsregs(%u, %u, 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ");\n", op->vcpu, op->arg,
		    op->v[0], op->v[1], op->v[2], op->v[3]);
		return;
	case OP_SETCPUID:
		put(x, "\tset_cpuid(%u, %d, %u);\n", op->vcpu,
		    op->arg & CPUID_MTRR ? !!op->v[0] : x->program->machine.cpuid_mtrr,
		    op->arg & CPUID_MAXPHYADDR ? (unsigned)op->v[1] : x->program->machine.maxphyaddr);
		return;
	case OP_PREFAULT:
		put(x, "\tprefault(%u, 0x%" PRIx64 ", 0x%" PRIx64 ");\n", op->vcpu, op->v[0], op->v[1]);
		return;
	case OP_SPLIT: case OP_COLLAPSE:
		put(x, "\tdirty_log(%u, %d);\n", op->arg, op->kind == OP_SPLIT);
		return;
	default:
		leave_out(x, op, "it has no form in C");
	}
}

static void put_slots(struct exporter *x)
{
	const struct machine *m = &x->program->machine;

	for (unsigned s = 0; s < MAX_SLOTS; s++)
		if (m->slots[s].size)
			put(x, "\tslot(%u, 0x%" PRIx64 ", 0x%" PRIx64 ", %s%s);\n", s, m->slots[s].gpa, m->slots[s].size,
			    m->slots[s].flags & SLOT_READONLY ? "KVM_MEM_READONLY" : "0",
			    m->slots[s].flags & SLOT_DIRTY_LOG ? " | KVM_MEM_LOG_DIRTY_PAGES" : "");
}

void export_c(struct exporter *x)
{
	const struct program *p = x->program;

	put_head(x, "A reproducer on /dev/kvm",
		 " * Build and run, as root for the trace; zaplock judges what it prints:\n"
		 " *   cc -O1 -o repro repro.c && ./repro > repro.trace; zaplock audit repro.trace\n"
		 " * Exit status: 0 it ran to its end, 4 it could not (no /dev/kvm).\n");
	put(x, "#define _GNU_SOURCE\n#include <errno.h>\n#include <fcntl.h>\n#include <stdarg.h>\n#include <stdint.h>\n"
	    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/ioctl.h>\n#include <sys/mman.h>\n"
	    "#include <sys/stat.h>\n#include <unistd.h>\n#include <linux/kvm.h>\n#include <linux/vfio.h>\n\n"
	    "#ifndef KVM_CAP_DISABLE_QUIRKS2\n#define KVM_CAP_DISABLE_QUIRKS2 213\n#endif\n"
	    "#define NR_VCPUS %u\n#define MAXPHYADDR %u\n#define CPUID_MTRR %d\n#define IMAGE_GPA 0x%" PRIx64 "ULL\n\n",
	    p->machine.nr_vcpus, p->machine.maxphyaddr, p->machine.cpuid_mtrr, image_place(p));
	fputs(export_runtime, x->out);
	put(x, "\n/* --- The program ---------------------------------------------------------------------- */\n\n"
	    "int main(void)\n{\n\talarm(60);\n\tmachine();\n");
	if (p->machine.quirks_off)
		put(x, "\tdisable_quirks(0x%x);\n", p->machine.quirks_off);
	put_slots(x);
	for (unsigned i = 0; i < p->nr_ops; i++) {
		const struct op *op = &p->ops[i];

		x->step += !(op->flags & OP_ALONG);
		if (op->flags & OP_TOGETHER)
			put(x, "\t/* a group that runs together: here in listed order */\n");
		put_step(x, i);
		if (op_is_host(op))
			put_host_op(x, op);
		else
			put_guest_op(x, op);
	}
	put(x, "\ttrace_end();\n\tprintf(\"# done, %%lu host calls failed\\n\", steps_failed);\n\treturn 0;\n}\n");
}

unsigned export_program(enum export_form form, const char *name, const struct program *program,
			const struct result *result, FILE *out, char *left_out, size_t size)
{
	struct exporter x = {
		.hashes = form == EXPORT_SYZ, .out = out, .name = name, .program = program, .result = result, .left_out = left_out, .size = size,
	};
	static void (*const forms[NR_EXPORTS])(struct exporter *) = {
		[EXPORT_C] = export_c, [EXPORT_SELFTEST] = export_selftest, [EXPORT_KVM_UNIT_TEST] = export_kvm_unit_test,
		[EXPORT_SYZ] = export_syz,
	};

	left_out[0] = 0;
	forms[form](&x);
	return x.nr_left_out;
}

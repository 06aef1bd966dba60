// SPDX-License-Identifier: GPL-2.0-only
/*
 * Canonical text: what program_parse() reads back to an equal program. The
 * machine's keys are all spelt out, so that a reproducer says what it ran on
 * and does not change with our defaults; start= only where it is not running.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "harness/program/internal.h"
#include "oracle/rules.h"

/* Output like snprintf's: counts on past the end of the buffer. */
struct sink {
	char *buf;
	size_t size, len;
};

static void __attribute__((format(printf, 2, 3))) put(struct sink *sink, const char *format, ...)
{
	bool room = sink->len < sink->size;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(room ? sink->buf + sink->len : NULL, room ? sink->size - sink->len : 0,
		      format, args);
	va_end(args);
	if (n > 0)
		sink->len += n;
}

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

static void put_msr(struct sink *sink, uint32_t msr)
{
	char name[32];

	if (msr_name(msr, name, sizeof(name)))
		put(sink, " %s", name);
	else
		put(sink, " 0x%" PRIx32, msr);
}

static void put_bits(struct sink *sink, enum op_kind kind, char sign, uint64_t bits)
{
	if (__builtin_popcountll(bits) > (int)MAX_NAMED_BITS) {
		put(sink, " %c0x%" PRIx64, sign, bits);
		return;
	}
	for (unsigned bit = 0; bit < 64; bit++) {
		const char *name = cr_bit_name(kind, bit);

		if (!(bits >> bit & 1))
			continue;
		if (name)
			put(sink, " %c%s", sign, name);
		else
			put(sink, " %cbit%u", sign, bit);
	}
}

static void put_slot_flags(struct sink *sink, uint64_t flags)
{
	if (flags & SLOT_READONLY)
		put(sink, " readonly");
	if (flags & SLOT_DIRTY_LOG)
		put(sink, " dirty-log");
}

static void put_slot_op(struct sink *sink, const struct op *op)
{
	put(sink, " %" PRIu32, op->arg);
	if (!op->v[1]) {
		put(sink, " delete");
		return;
	}
	put(sink, " gpa=0x%" PRIx64 " size=0x%" PRIx64, op->v[0], op->v[1]);
	put_slot_flags(sink, op->v[2]);
}

static void put_sregs(struct sink *sink, const struct op *op)
{
	static const char *const names[] = { "cr0", "cr3", "cr4", "efer" };

	for (unsigned i = 0; i < 4; i++)
		if (op->arg & 1u << i)
			put(sink, " %s=0x%" PRIx64, names[i], op->v[i]);
}

static void put_cpuid(struct sink *sink, const struct op *op)
{
	if (op->arg & CPUID_MTRR)
		put(sink, " cpuid-mtrr=%s", on_off(op->v[0]));
	if (op->arg & CPUID_MAXPHYADDR)
		put(sink, " maxphyaddr=%" PRIu64, op->v[1]);
}

static void put_map(struct sink *sink, const struct op *op)
{
	put(sink, " va=0x%" PRIx64 " gpa=0x%" PRIx64, op->v[0], op->v[1]);
	if (op->arg != LEVEL_4K)
		put(sink, " size=%s", level_names[op->arg]);
	put(sink, " pat=%" PRIu64, op->v[2]);
}

static void put_operands(struct sink *sink, const struct op *op)
{
	switch (op_syntax[op->kind].shape) {
	case SHAPE_NONE:
		break;
	case SHAPE_MSR:
		put_msr(sink, op->arg);
		break;
	case SHAPE_MSR_VALUE:
		put_msr(sink, op->arg);
		put(sink, " 0x%" PRIx64, op->v[0]);
		break;
	case SHAPE_CR:
		if (op->flags & OP_DELTA) {
			put_bits(sink, op->kind, '+', op->v[0]);
			put_bits(sink, op->kind, '-', op->v[1]);
			break;
		}
		put(sink, " 0x%" PRIx64, op->v[0]);
		break;
	case SHAPE_CR3:
		put(sink, " 0x%" PRIx64 "%s", op->v[0], op->flags & OP_NOFLUSH ? " noflush" : "");
		break;
	case SHAPE_ACCESS:
		put(sink, " %s0x%" PRIx64, op->flags & OP_VA ? "va=" : "", op->v[0]);
		break;
	case SHAPE_MAP:
		put_map(sink, op);
		break;
	case SHAPE_VA:
		put(sink, " va=0x%" PRIx64, op->v[0]);
		break;
	case SHAPE_INVPCID:
		put(sink, " type=%" PRIu32 " pcid=%" PRIu64 " va=0x%" PRIx64, op->arg, op->v[0],
		    op->v[1]);
		break;
	case SHAPE_LEAF:
		put(sink, " 0x%" PRIx32, op->arg);
		break;
	case SHAPE_ON_OFF:
		put(sink, " %s", on_off(op->arg));
		break;
	case SHAPE_QUIRK:
		put(sink, " %s %s", quirk_name(op->arg), on_off(op->v[0]));
		break;
	case SHAPE_SLOT:
		put_slot_op(sink, op);
		break;
	case SHAPE_BACKING:
		put(sink, " 0x%" PRIx64 " 0x%" PRIx64 " %s", op->v[0], op->v[1],
		    backing_names[op->arg]);
		break;
	case SHAPE_RANGE:
		put(sink, " 0x%" PRIx64 " 0x%" PRIx64, op->v[0], op->v[1]);
		break;
	case SHAPE_SREGS:
		put_sregs(sink, op);
		break;
	case SHAPE_CPUID:
		put_cpuid(sink, op);
		break;
	case SHAPE_SLOT_ID:
		put(sink, " %" PRIu32, op->arg);
		break;
	}
}

static void put_op(struct sink *sink, const struct op *op)
{
	if (op_is_host(op))
		put(sink, "host %s", op_syntax[op->kind].name);
	else
		put(sink, "vcpu%u %s", op->vcpu, op_syntax[op->kind].name);
	if (op_is_host(op) && op_has_vcpu(op))
		put(sink, " vcpu%u", op->vcpu);
	put_operands(sink, op);
}

size_t op_print(const struct op *op, char *buf, size_t size)
{
	struct sink sink = { buf, size, 0 };

	if (size)
		buf[0] = '\0';
	put_op(&sink, op);
	return sink.len;
}

/* Notes stand in the order of printing; *next walks them. */
static void put_notes(struct sink *sink, const struct program *p, unsigned *next,
		      enum note_place place, unsigned op, const char *indent)
{
	for (; *next < p->nr_notes; ++*next) {
		const struct note *note = &p->notes[*next];
		const char *text = note_text(p, note);

		if (note->place != place || note->op != op)
			return;
		put(sink, "%s%s\n", *text ? indent : "", text);
	}
}

/* Ends a line, with the comment behind it if there is one. */
static void put_line_end(struct sink *sink, const struct program *p, unsigned *next,
			 enum note_place place, unsigned op)
{
	const struct note *note = &p->notes[*next];

	if (*next < p->nr_notes && note->place == place && note->op == op) {
		put(sink, " %s", note_text(p, note));
		++*next;
	}
	put(sink, "\n");
}

static void put_machine(struct sink *sink, const struct machine *m)
{
	put(sink, "machine");
	if (m->profile != PROFILE_NONE)
		put(sink, " profile=%s", profile_table[m->profile].name);
	put(sink, " vendor=%s vcpus=%u maxphyaddr=%u cpuid-mtrr=%s tdp=%s selfsnoop=%s",
	    vendor_names[m->vendor], m->nr_vcpus, m->maxphyaddr, on_off(m->cpuid_mtrr),
	    on_off(m->tdp), on_off(m->selfsnoop));
	if (m->start != START_RUNNING)
		put(sink, " start=%s", start_names[m->start]);
}

static void put_head_line(struct sink *sink, const struct machine *m, unsigned line)
{
	if (line == HEAD_VERSION) {
		put(sink, "zaplock %d", PROGRAM_VERSION);
	} else if (line == HEAD_MACHINE) {
		put_machine(sink, m);
	} else if (line == HEAD_STEPS) {
		put(sink, "---");
	} else if (line < HEAD_SLOT) {
		const struct quirk_name *quirk = &quirk_names[line - HEAD_QUIRK];

		put(sink, "quirk %s %s", quirk->name, on_off(m->quirks_on & quirk->bit));
	} else {
		const struct slot *slot = &m->slots[line - HEAD_SLOT];

		put(sink, "slot %u gpa=0x%" PRIx64 " size=0x%" PRIx64, line - HEAD_SLOT, slot->gpa,
		    slot->size);
		put_slot_flags(sink, slot->flags);
	}
}

/* " sched=0@zap-begin,1@cr0-written" if the group at @op has a schedule. */
static void put_schedule(struct sink *sink, const struct program *p, unsigned op)
{
	const char *before = " sched=";

	for (unsigned i = 0; i < p->nr_switches; i++) {
		if (p->switches[i].op != op)
			continue;
		put(sink, "%s", before);
		if (p->switches[i].vcpu == HOST_THREAD)
			put(sink, "host");
		else
			put(sink, "%u", p->switches[i].vcpu);
		put(sink, "@%s", p->switches[i].point);
		before = ",";
	}
}

static void put_ops(struct sink *sink, const struct program *p, unsigned *next)
{
	for (unsigned i = 0; i < p->nr_ops; i++) {
		const struct op *op = &p->ops[i];
		const char *indent = op->flags & (OP_TOGETHER | OP_ALONG) ? "  " : "";
		bool last = i + 1 == p->nr_ops || !(p->ops[i + 1].flags & OP_ALONG);

		put_notes(sink, p, next, NOTE_OP, i, op->flags & OP_ALONG ? indent : "");
		if (op->flags & OP_TOGETHER) {
			put(sink, "together");
			put_schedule(sink, p, i);
			put(sink, "\n");
		}
		put(sink, "%s", indent);
		put_op(sink, op);
		put_line_end(sink, p, next, NOTE_TAIL, i);
		if (*indent && last)
			put(sink, "end\n");
	}
}

static void put_expect(struct sink *sink, const struct expect *e)
{
	put(sink, "expect %s", e->rule);
	if (e->step)
		put(sink, " step=%" PRIu32, e->step);
	if (e->has_gpa)
		put(sink, " gpa=0x%" PRIx64, e->gpa);
	if (*e->target)
		put(sink, " target=%s", e->target);
	if (*e->profile)
		put(sink, " profile=%s", e->profile);
	put(sink, "\n");
}

size_t program_print(const struct program *p, char *buf, size_t size)
{
	struct sink sink = { buf, size, 0 };
	unsigned next = 0;

	if (size)
		buf[0] = '\0';
	for (unsigned line = 0; line < NR_HEAD_LINES; line++) {
		if (!head_line_present(&p->machine, line))
			continue;
		put_notes(&sink, p, &next, NOTE_TOP, line, "");
		put_head_line(&sink, &p->machine, line);
		put_line_end(&sink, p, &next, NOTE_TOP_TAIL, line);
	}
	put_ops(&sink, p, &next);
	put_notes(&sink, p, &next, NOTE_END, 0, "");
	for (unsigned i = 0; i < p->nr_expects; i++)
		put_expect(&sink, &p->expects[i]);
	return sink.len;
}

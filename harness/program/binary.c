// SPDX-License-Identifier: GPL-2.0-only
/*
 * The binary form (FORMAT.md): what engines mutate. Any bytes decode to a
 * valid program, fast: a field out of range is bent, a missing tail means
 * fewer ops, and nothing is touched that the program does not use.
 *
 *	file	magic:3 version:1 size:u32 tail:u32 | machine op* | tail
 *	bytes without the magic are machine and ops alone
 *
 * Numbers take as few bytes as their significant bits do, after one of four
 * shifts: most are small, or multiples of 4K, 1M or 1G.
 */
#include <string.h>

#include "harness/program/internal.h"

#define HEADER_BYTES	12u
static const uint8_t magic[3] = { 0x89, 'Z', 'L' };

/* A known MSR is one byte below this, its index; any byte from here on, then the number. */
#define MSR_ESCAPE	0xe0u

static const uint8_t shifts[4] = { 0, PAGE_SHIFT, 20, 30 };

/* ---- reading -------------------------------------------------------- */

struct reader {
	const uint8_t *at, *end;
	bool short_read;	/* a field began beyond the end */
};

static inline uint8_t get_byte(struct reader *r)
{
	if (r->at < r->end)
		return *r->at++;
	r->short_read = true;
	return 0;
}

/* 0xxxxxxx: the value; 1-ss-nnn: n + 1 bytes, shifted left by shifts[s]. */
static inline uint64_t get_number(struct reader *r)
{
	uint8_t tag = get_byte(r);
	unsigned bytes = (tag & 7) + 1;
	uint64_t value = 0;

	if (tag < 0x80)
		return tag;
	if ((size_t)(r->end - r->at) < bytes) {
		r->at = r->end;
		r->short_read = true;
		return 0;
	}
	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)r->at[i] << (8 * i);
	r->at += bytes;
	return value << shifts[tag >> 4 & 3];
}

static uint32_t get_msr(struct reader *r)
{
	uint8_t tag = get_byte(r);

	if (tag < MSR_ESCAPE)
		return known_msrs[tag % NR_KNOWN_MSRS].number;
	return get_number(r);
}

static void get_machine(struct reader *r, struct machine *m)
{
	uint8_t profile = get_byte(r), bits = get_byte(r), size = get_byte(r);
	uint8_t quirks = get_byte(r);
	uint16_t present = get_byte(r);

	present |= get_byte(r) << 8;
	/* A zero byte stands for the default, so that "" is the default machine. */
	m->profile = profile;
	m->vendor = bits & 1 ? VENDOR_AMD : VENDOR_INTEL;
	m->cpuid_mtrr = !(bits & 2);
	m->tdp = !(bits & 4);
	m->selfsnoop = !(bits & 8);
	m->start = bits >> 4 & 3;
	m->nr_vcpus = 1 + (size & 7);
	m->maxphyaddr = 32 + ((size >> 3) + 8) % 21;
	m->quirks_off = m->quirks_on = 0;
	for (unsigned i = 0; i < NR_QUIRKS; i++) {
		m->quirks_off |= quirks >> i & 1 ? quirk_names[i].bit : 0;
		m->quirks_on |= quirks >> (i + 4) & 1 ? quirk_names[i].bit : 0;
	}
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		struct slot *slot = &m->slots[i];

		*slot = (struct slot){ 0 };
		if (!(present >> i & 1))
			continue;
		slot->gpa = get_number(r);
		slot->size = get_number(r);
		slot->flags = get_byte(r);
		if (!slot->size)
			slot->size = PAGE_SIZE;
	}
	machine_repair(m);
}

static void get_numbers(struct reader *r, struct op *op, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		op->v[i] = get_number(r);
}

static void get_operands(struct reader *r, struct op *op, bool flagged)
{
	switch (op_syntax[op->kind].shape) {
	case SHAPE_NONE:
		break;
	case SHAPE_MSR:
		op->arg = get_msr(r);
		break;
	case SHAPE_MSR_VALUE:
		op->arg = get_msr(r);
		op->v[0] = get_number(r);
		break;
	case SHAPE_CR:
		op->flags |= flagged ? OP_DELTA : 0;
		get_numbers(r, op, flagged ? 2 : 1);
		break;
	case SHAPE_CR3:
		op->flags |= flagged ? OP_NOFLUSH : 0;
		op->v[0] = get_number(r);
		break;
	case SHAPE_ACCESS:
		op->flags |= flagged ? OP_VA : 0;
		op->v[0] = get_number(r);
		break;
	case SHAPE_VA:
		op->v[0] = get_number(r);
		break;
	case SHAPE_MAP: {
		uint8_t bits = get_byte(r);

		op->arg = 1 + (bits & 3);
		op->v[2] = bits >> 2 & 7;
		get_numbers(r, op, 2);
		break;
	}
	case SHAPE_INVPCID:
	case SHAPE_BACKING:
		op->arg = get_byte(r);
		get_numbers(r, op, 2);
		break;
	case SHAPE_LEAF:
		op->arg = get_number(r);
		break;
	case SHAPE_ON_OFF:
		op->arg = flagged;
		break;
	case SHAPE_QUIRK:
		op->arg = quirk_names[get_byte(r) % NR_QUIRKS].bit;
		op->v[0] = flagged;
		break;
	case SHAPE_SLOT: {
		uint8_t bits = get_byte(r);

		/* Flagged: delete. */
		op->arg = bits;
		op->v[2] = bits >> 4;
		if (!flagged)
			get_numbers(r, op, 2);
		break;
	}
	case SHAPE_RANGE:
		get_numbers(r, op, 2);
		break;
	case SHAPE_SREGS:
		op->arg = get_byte(r);
		for (unsigned i = 0; i < 4; i++)
			if (op->arg & 1u << i)
				op->v[i] = get_number(r);
		break;
	case SHAPE_CPUID: {
		uint8_t bits = get_byte(r);

		op->arg = bits & (CPUID_MTRR | CPUID_MAXPHYADDR);
		op->v[0] = flagged;
		op->v[1] = bits >> 2;
		break;
	}
	case SHAPE_SLOT_ID:
		op->arg = get_byte(r);
		break;
	}
}

/* False when the bytes end before the op does. */
static inline bool get_op(struct reader *r, struct op *op, const struct machine *machine)
{
	uint8_t kind = get_byte(r), bits = get_byte(r);

	*op = (struct op){
		.kind = kind < NR_OPS ? kind : kind % NR_OPS,
		.vcpu = bits & 7,
		.flags = bits >> 4 == 2 ? OP_TOGETHER : bits >> 4 == 3 ? OP_ALONG : 0,
	};
	get_operands(r, op, bits & 8);
	op_repair(op, machine);
	return !r->short_read;
}

static void get_body(struct reader *r, struct program *p)
{
	get_machine(r, &p->machine);
	p->nr_ops = 0;
	while (r->at < r->end && p->nr_ops < PROGRAM_MAX_OPS &&
	       get_op(r, &p->ops[p->nr_ops], &p->machine))
		p->nr_ops++;
	program_repair_groups(p);
}

/* Copies a counted string, cut to @size - 1 bytes. */
static void get_string(struct reader *r, char *dst, size_t size)
{
	size_t length = get_number(r), left = r->end - r->at, n;

	if (length > left)
		length = left;
	n = length < size ? length : size - 1;
	memset(dst, 0, size);
	memcpy(dst, r->at, n);
	r->at += length;
}

static void get_tail(struct reader *r, struct program *p)
{
	unsigned nr;
	char text[NOTE_MAX_LENGTH + 1];

	for (nr = get_number(r); p->nr_switches < nr && p->nr_switches < PROGRAM_MAX_SWITCHES &&
	     r->at < r->end; p->nr_switches++) {
		struct sched_switch *s = &p->switches[p->nr_switches];

		s->op = get_number(r);
		s->vcpu = get_byte(r);
		get_string(r, s->point, sizeof(s->point));
	}
	for (nr = get_number(r); p->nr_expects < nr && p->nr_expects < PROGRAM_MAX_EXPECTS &&
	     r->at < r->end; p->nr_expects++) {
		struct expect *e = &p->expects[p->nr_expects];

		get_string(r, e->rule, sizeof(e->rule));
		e->step = get_number(r);
		e->has_gpa = get_byte(r) & 1;
		e->gpa = get_number(r);
		get_string(r, e->target, sizeof(e->target));
		get_string(r, e->profile, sizeof(e->profile));
	}
	for (nr = get_number(r); nr && r->at < r->end; nr--) {
		uint8_t place = get_byte(r);
		uint16_t op = get_number(r);

		get_string(r, text, sizeof(text));
		if (!program_add_note(p, place, op, text, strlen(text)))
			break;
	}
	program_repair_tail(p);
}

bool program_is_binary(const uint8_t *data, size_t size)
{
	return size >= sizeof(magic) && !memcmp(data, magic, sizeof(magic));
}

static uint32_t get_u32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

void program_decode(struct program *program, const uint8_t *data, size_t size)
{
	struct reader r;
	size_t tail = 0;

	if (!size)
		data = magic;	/* engines hand over NULL */
	r = (struct reader){ data, data + size, false };
	program_strip(program);
	program->nr_switches = 0;
	if (program_is_binary(data, size)) {
		if (size >= HEADER_BYTES) {
			r.at += HEADER_BYTES;
			tail = get_u32(data + 8);
		} else {
			r.at = r.end;
		}
		/* A tail that does not fit was cut or is no tail: ops come first. */
		if (tail > (size_t)(r.end - r.at))
			tail = 0;
	}
	r.end -= tail;
	get_body(&r, program);
	if (tail) {
		r = (struct reader){ data + size - tail, data + size, false };
		get_tail(&r, program);
	}
}

const char *binary_check(const uint8_t *data, size_t size)
{
	if (size < HEADER_BYTES)
		return "the file ends within its first 12 bytes";
	if (data[3] != PROGRAM_VERSION)
		return "the binary format's version is not one this build reads";
	if (get_u32(data + 4) != size)
		return "the file is cut short or was changed: its size is not the one it states";
	if (get_u32(data + 8) > size - HEADER_BYTES)
		return "the file was changed: its tail is longer than the file";
	return NULL;
}

/* ---- writing -------------------------------------------------------- */

struct writer {
	uint8_t *data;
	size_t size, length;
};

static void put_byte(struct writer *w, uint8_t byte)
{
	if (w->length < w->size)
		w->data[w->length] = byte;
	w->length++;
}

static void put_number(struct writer *w, uint64_t value)
{
	unsigned best = 0, bytes = 9;

	if (value < 0x80) {
		put_byte(w, value);
		return;
	}
	for (unsigned s = 0; s < 4; s++) {
		uint64_t v = value >> shifts[s];
		unsigned n = (64 - __builtin_clzll(v | 1) + 7) / 8;

		if (v << shifts[s] == value && n < bytes) {
			best = s;
			bytes = n;
		}
	}
	value >>= shifts[best];
	put_byte(w, 0x80 | best << 4 | (bytes - 1));
	for (unsigned i = 0; i < bytes; i++)
		put_byte(w, value >> (8 * i));
}

static void put_numbers(struct writer *w, const struct op *op, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		put_number(w, op->v[i]);
}

static void put_msr(struct writer *w, uint32_t msr)
{
	unsigned i = known_msr_index(msr);

	put_byte(w, i < NR_KNOWN_MSRS ? i : MSR_ESCAPE);
	if (i == NR_KNOWN_MSRS)
		put_number(w, msr);
}

static unsigned quirk_index(uint32_t bit)
{
	unsigned i = 0;

	while (i < NR_QUIRKS - 1 && quirk_names[i].bit != bit)
		i++;
	return i;
}

static void put_machine(struct writer *w, const struct machine *m)
{
	uint8_t quirks = 0;
	uint16_t present = 0;

	for (unsigned i = 0; i < NR_QUIRKS; i++) {
		quirks |= m->quirks_off & quirk_names[i].bit ? 1u << i : 0;
		quirks |= m->quirks_on & quirk_names[i].bit ? 1u << (i + 4) : 0;
	}
	for (unsigned i = 0; i < MAX_SLOTS; i++)
		present |= m->slots[i].size ? 1u << i : 0;
	put_byte(w, m->profile);
	put_byte(w, m->vendor | !m->cpuid_mtrr << 1 | !m->tdp << 2 | !m->selfsnoop << 3 |
			    m->start << 4);
	put_byte(w, (m->nr_vcpus - 1) | (m->maxphyaddr - 32 + 13) % 21 << 3);
	put_byte(w, quirks);
	put_byte(w, present);
	put_byte(w, present >> 8);
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		if (!m->slots[i].size)
			continue;
		put_number(w, m->slots[i].gpa);
		put_number(w, m->slots[i].size);
		put_byte(w, m->slots[i].flags);
	}
}

/* The bit beside the vCPU: the variant of the op, or its on/off. */
static bool op_flagged(const struct op *op)
{
	switch (op->kind) {
	case OP_DMA:
		return op->arg;
	case OP_QUIRK:
	case OP_SETCPUID:
		return op->v[0];
	case OP_SLOT:
		return !op->v[1];
	default:
		return op->flags & (OP_DELTA | OP_NOFLUSH | OP_VA);
	}
}

static void put_operands(struct writer *w, const struct op *op)
{
	switch (op_syntax[op->kind].shape) {
	case SHAPE_NONE:
	case SHAPE_ON_OFF:
		break;
	case SHAPE_MSR:
		put_msr(w, op->arg);
		break;
	case SHAPE_MSR_VALUE:
		put_msr(w, op->arg);
		put_number(w, op->v[0]);
		break;
	case SHAPE_CR:
		put_numbers(w, op, op->flags & OP_DELTA ? 2 : 1);
		break;
	case SHAPE_CR3:
	case SHAPE_ACCESS:
	case SHAPE_VA:
		put_number(w, op->v[0]);
		break;
	case SHAPE_MAP:
		put_byte(w, (op->arg - 1) | op->v[2] << 2);
		put_numbers(w, op, 2);
		break;
	case SHAPE_INVPCID:
	case SHAPE_BACKING:
		put_byte(w, op->arg);
		put_numbers(w, op, 2);
		break;
	case SHAPE_LEAF:
		put_number(w, op->arg);
		break;
	case SHAPE_QUIRK:
		put_byte(w, quirk_index(op->arg));
		break;
	case SHAPE_SLOT:
		put_byte(w, op->arg | op->v[2] << 4);
		if (op->v[1])
			put_numbers(w, op, 2);
		break;
	case SHAPE_RANGE:
		put_numbers(w, op, 2);
		break;
	case SHAPE_SREGS:
		put_byte(w, op->arg);
		for (unsigned i = 0; i < 4; i++)
			if (op->arg & 1u << i)
				put_number(w, op->v[i]);
		break;
	case SHAPE_CPUID:
		put_byte(w, op->arg | op->v[1] << 2);
		break;
	case SHAPE_SLOT_ID:
		put_byte(w, op->arg);
		break;
	}
}

static void put_op(struct writer *w, const struct op *op)
{
	unsigned group = op->flags & OP_TOGETHER ? 2 : op->flags & OP_ALONG ? 3 : 0;

	put_byte(w, op->kind);
	put_byte(w, op->vcpu | (op_flagged(op) ? 8 : 0) | group << 4);
	put_operands(w, op);
}

static void put_string(struct writer *w, const char *text)
{
	size_t length = strlen(text);

	put_number(w, length);
	for (size_t i = 0; i < length; i++)
		put_byte(w, text[i]);
}

static void put_tail(struct writer *w, const struct program *p)
{
	put_number(w, p->nr_switches);
	for (unsigned i = 0; i < p->nr_switches; i++) {
		put_number(w, p->switches[i].op);
		put_byte(w, p->switches[i].vcpu);
		put_string(w, p->switches[i].point);
	}
	put_number(w, p->nr_expects);
	for (unsigned i = 0; i < p->nr_expects; i++) {
		const struct expect *e = &p->expects[i];

		put_string(w, e->rule);
		put_number(w, e->step);
		put_byte(w, e->has_gpa);
		put_number(w, e->gpa);
		put_string(w, e->target);
		put_string(w, e->profile);
	}
	put_number(w, p->nr_notes);
	for (unsigned i = 0; i < p->nr_notes; i++) {
		put_byte(w, p->notes[i].place);
		put_number(w, p->notes[i].op);
		put_string(w, note_text(p, &p->notes[i]));
	}
}

static void put_u32(struct writer *w, size_t at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		if (at + i < w->size)
			w->data[at + i] = value >> (8 * i);
}

size_t program_encode(const struct program *program, uint8_t *data, size_t size)
{
	struct writer w = { data, size, HEADER_BYTES };
	size_t body;

	for (unsigned i = 0; i < sizeof(magic) && i < size; i++)
		data[i] = magic[i];
	if (size > 3)
		data[3] = PROGRAM_VERSION;
	put_machine(&w, &program->machine);
	for (unsigned i = 0; i < program->nr_ops; i++)
		put_op(&w, &program->ops[i]);
	body = w.length;
	if (program->nr_switches || program->nr_expects || program->nr_notes)
		put_tail(&w, program);
	put_u32(&w, 4, w.length);
	put_u32(&w, 8, w.length - body);
	return w.length;
}

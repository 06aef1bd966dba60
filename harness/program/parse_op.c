// SPDX-License-Identifier: GPL-2.0-only
/*
 * The op on a line. Each shape of operands has its reader; it notes which word
 * gave which field, so that when op_check() finds a field out of range the
 * error points at the word.
 */
#include <string.h>

#include "harness/program/parse.h"

struct op_parser {
	struct lexer *lex;
	struct op *op;
	struct word field[NR_FIELDS];	/* the word that gave each field */
};

const struct key slot_keys[NR_SLOT_KEYS] = {
	[SLOT_KEY_GPA]		= KEY("gpa", KEY_SIZE),
	[SLOT_KEY_SIZE]		= KEY("size", KEY_SIZE),
	[SLOT_KEY_READONLY]	= KEY("readonly", KEY_FLAG),
	[SLOT_KEY_DIRTY_LOG]	= KEY("dirty-log", KEY_FLAG),
};

bool parse_vcpu(struct lexer *lex, const struct machine *machine, struct word word, uint8_t *vcpu)
{
	bool digit = word.length == 5 && word.start[4] >= '0' && word.start[4] <= '9';

	if (!digit || memcmp(word.start, "vcpu", 4))
		return lex_fail(lex, word, "expected a vCPU, vcpu0 to vcpu%u",
				machine->nr_vcpus - 1);
	*vcpu = word.start[4] - '0';
	return *vcpu < machine->nr_vcpus ||
	       lex_fail(lex, word, "expected a vCPU below the machine's vcpus=%u",
			machine->nr_vcpus);
}

bool parse_refuse(struct lexer *lex, const struct machine *machine, struct word word,
		  const char *expected)
{
	if (!strstr(expected, "maxphyaddr"))
		return lex_fail(lex, word, "%s", expected);
	return lex_fail(lex, word, "%s (the machine has maxphyaddr=%u)", expected,
			machine->maxphyaddr);
}

static bool need_number(struct op_parser *ps, unsigned i, const char *expected)
{
	struct word *word = &ps->field[FIELD_V + i];

	return lex_need(ps->lex, word, expected) &&
	       lex_number(ps->lex, *word, UINT64_MAX, &ps->op->v[i]);
}

static bool need_size(struct op_parser *ps, unsigned i, const char *expected)
{
	struct word *word = &ps->field[FIELD_V + i];

	return lex_need(ps->lex, word, expected) && lex_size(ps->lex, *word, &ps->op->v[i]);
}

static bool need_arg(struct op_parser *ps, uint64_t max, const char *expected)
{
	struct word *word = &ps->field[FIELD_ARG];
	uint64_t value;

	if (!lex_need(ps->lex, word, expected) || !lex_number(ps->lex, *word, max, &value))
		return false;
	ps->op->arg = value;
	return true;
}

/* Takes v[@i] from key @k. */
static void take(struct op_parser *ps, const struct key_values *values, unsigned k, unsigned i)
{
	ps->op->v[i] = values->value[k];
	ps->field[FIELD_V + i] = values->word[k];
}

static bool read_msr(struct op_parser *ps)
{
	struct word *word = &ps->field[FIELD_ARG];
	uint64_t msr;

	if (!lex_need(ps->lex, word, "an MSR's name or number") ||
	    !lex_msr(ps->lex, *word, &msr))
		return false;
	ps->op->arg = msr;
	return true;
}

/* The bits that "+NAME", "-bitN" or "+0xMASK" stand for; @word is what follows the sign. */
static bool read_bits(struct op_parser *ps, struct word word, uint64_t *bits)
{
	const char *names[64];
	uint64_t bit;

	if (word.length && *word.start >= '0' && *word.start <= '9')
		return lex_number(ps->lex, word, UINT64_MAX, bits);
	if (word.length > 3 && !memcmp(word.start, "bit", 3)) {
		word.start += 3;
		word.length -= 3;
		if (!lex_number(ps->lex, word, 63, &bit))
			return false;
	} else {
		for (unsigned i = 0; i < 64; i++)
			names[i] = cr_bit_name(ps->op->kind, i);
		if (!lex_choice(ps->lex, word, "a bit's name, bitN or a mask", names, 64, &bit))
			return false;
	}
	*bits = 1ULL << bit;
	return true;
}

static bool read_cr(struct op_parser *ps)
{
	struct word word;

	if (!lex_need(ps->lex, &word, "a value, or bits such as +cd -nw"))
		return false;
	ps->field[FIELD_V] = ps->field[FIELD_V + 1] = word;
	if (*word.start != '+' && *word.start != '-')
		return lex_number(ps->lex, word, UINT64_MAX, &ps->op->v[0]);
	ps->op->flags |= OP_DELTA;
	for (; word.length; word = lex_word(ps->lex)) {
		bool clear = *word.start == '-';
		uint64_t bits;

		if (!clear && *word.start != '+')
			return lex_fail(ps->lex, word, "expected +BIT or -BIT");
		if (!read_bits(ps, (struct word){ word.start + 1, word.length - 1 }, &bits))
			return false;
		if (bits & (ps->op->v[0] | ps->op->v[1]))
			return lex_fail(ps->lex, word, "expected each bit once");
		ps->op->v[clear] |= bits;
	}
	return true;
}

static bool read_cr3(struct op_parser *ps)
{
	struct word word;

	if (!need_number(ps, 0, "a value"))
		return false;
	/* Bit 63 written out means the same as the word. */
	if (ps->op->v[0] & CR3_NOFLUSH) {
		ps->op->v[0] &= ~CR3_NOFLUSH;
		ps->op->flags |= OP_NOFLUSH;
	}
	word = lex_word(ps->lex);
	if (!word.length)
		return true;
	if (!word_is(word, "noflush"))
		return lex_fail(ps->lex, word, "expected noflush or the end of the line");
	ps->op->flags |= OP_NOFLUSH;
	return true;
}

static bool read_va(struct op_parser *ps)
{
	static const struct key keys[] = { KEY("va", KEY_SIZE) };
	struct key_values values;

	if (!lex_keys(ps->lex, keys, 1, 1, &values))
		return false;
	take(ps, &values, 0, 0);
	return true;
}

static bool read_access(struct op_parser *ps)
{
	const char *before = ps->lex->at;
	struct word word = lex_word(ps->lex);

	if (!word.length)
		return lex_fail(ps->lex, word, "expected a gpa, or va=ADDRESS");
	ps->lex->at = before;
	if (word.length >= 3 && !memcmp(word.start, "va=", 3)) {
		ps->op->flags |= OP_VA;
		return read_va(ps);
	}
	return need_size(ps, 0, "a gpa, or va=ADDRESS");
}

static bool read_map(struct op_parser *ps)
{
	enum { VA, GPA, SIZE, PAT };
	static const struct key keys[] = {
		[VA] = KEY("va", KEY_SIZE),
		[GPA] = KEY("gpa", KEY_SIZE),
		[SIZE] = { "size", KEY_CHOICE, "4k, 2m or 1g", level_names, LEVEL_1G + 1 },
		[PAT] = KEY("pat", KEY_NUMBER),
	};
	struct key_values values;

	if (!lex_keys(ps->lex, keys, 4, 1u << VA | 1u << GPA | 1u << PAT, &values))
		return false;
	take(ps, &values, VA, 0);
	take(ps, &values, GPA, 1);
	take(ps, &values, PAT, 2);
	ps->op->arg = values.seen & 1u << SIZE ? values.value[SIZE] : LEVEL_4K;
	ps->field[FIELD_ARG] = values.word[SIZE];
	return true;
}

static bool read_invpcid(struct op_parser *ps)
{
	enum { TYPE, PCID, VA };
	static const struct key keys[] = {
		[TYPE] = KEY("type", KEY_NUMBER),
		[PCID] = KEY("pcid", KEY_NUMBER),
		[VA] = KEY("va", KEY_SIZE),
	};
	struct key_values values;

	if (!lex_keys(ps->lex, keys, 3, 7, &values))
		return false;
	if (values.value[TYPE] > 3)
		return lex_fail(ps->lex, values.word[TYPE], "expected a type, 0 to 3");
	ps->op->arg = values.value[TYPE];
	take(ps, &values, PCID, 0);
	take(ps, &values, VA, 1);
	return true;
}

static bool read_quirk(struct op_parser *ps)
{
	struct word word;
	unsigned quirk;

	if (!lex_need(ps->lex, &word, "a quirk's name") || !lex_quirk(ps->lex, word, &quirk) ||
	    !lex_need(ps->lex, &word, "on or off") || !lex_on_off(ps->lex, word, &ps->op->v[0]))
		return false;
	ps->op->arg = quirk_names[quirk].bit;
	return true;
}

static bool read_on_off(struct op_parser *ps)
{
	struct word word;
	uint64_t on;

	if (!lex_need(ps->lex, &word, "on or off") || !lex_on_off(ps->lex, word, &on))
		return false;
	ps->op->arg = on;
	return true;
}

static bool read_slot(struct op_parser *ps)
{
	struct key_values values;
	const char *before;

	if (!need_arg(ps, MAX_SLOTS - 1, "a slot id, 0 to 15"))
		return false;
	before = ps->lex->at;
	if (word_is(lex_word(ps->lex), "delete"))
		return true;
	ps->lex->at = before;
	if (!lex_keys(ps->lex, slot_keys, NR_SLOT_KEYS,
		      1u << SLOT_KEY_GPA | 1u << SLOT_KEY_SIZE, &values))
		return false;
	if (!values.value[SLOT_KEY_SIZE])
		return lex_fail(ps->lex, values.word[SLOT_KEY_SIZE],
				"expected a size above 0; `slot %u delete` deletes", ps->op->arg);
	take(ps, &values, SLOT_KEY_GPA, 0);
	take(ps, &values, SLOT_KEY_SIZE, 1);
	ps->op->v[2] = slot_key_flags(&values);
	return true;
}

static bool read_range(struct op_parser *ps)
{
	return need_size(ps, 0, "a gpa") && need_size(ps, 1, "a size");
}

static bool read_backing(struct op_parser *ps)
{
	struct word word;
	uint64_t kind;

	if (!read_range(ps) || !lex_need(ps->lex, &word, "4k, 2m, 1g or mmio") ||
	    !lex_choice(ps->lex, word, "4k, 2m, 1g or mmio", backing_names, NR_BACKINGS, &kind))
		return false;
	ps->op->arg = kind;
	return true;
}

static bool read_sregs(struct op_parser *ps)
{
	static const struct key keys[] = {
		KEY("cr0", KEY_NUMBER), KEY("cr3", KEY_NUMBER),
		KEY("cr4", KEY_NUMBER), KEY("efer", KEY_NUMBER),
	};
	struct key_values values;

	if (!lex_keys(ps->lex, keys, 4, 0, &values))
		return false;
	ps->op->arg = values.seen;	/* SREGS_* stand in the same order */
	for (unsigned i = 0; i < 4; i++)
		take(ps, &values, i, i);
	return true;
}

static bool read_cpuid(struct op_parser *ps)
{
	static const struct key keys[] = {
		KEY("cpuid-mtrr", KEY_ON_OFF), KEY("maxphyaddr", KEY_NUMBER),
	};
	struct key_values values;

	if (!lex_keys(ps->lex, keys, 2, 0, &values))
		return false;
	ps->op->arg = values.seen;	/* CPUID_* stand in the same order */
	take(ps, &values, 0, 0);
	take(ps, &values, 1, 1);
	return true;
}

static bool read_operands(struct op_parser *ps)
{
	switch (op_syntax[ps->op->kind].shape) {
	case SHAPE_NONE:
		return true;
	case SHAPE_MSR:
		return read_msr(ps);
	case SHAPE_MSR_VALUE:
		return read_msr(ps) && need_number(ps, 0, "a value");
	case SHAPE_CR:
		return read_cr(ps);
	case SHAPE_CR3:
		return read_cr3(ps);
	case SHAPE_ACCESS:
		return read_access(ps);
	case SHAPE_MAP:
		return read_map(ps);
	case SHAPE_VA:
		return read_va(ps);
	case SHAPE_INVPCID:
		return read_invpcid(ps);
	case SHAPE_LEAF:
		return need_arg(ps, UINT32_MAX, "a CPUID leaf");
	case SHAPE_ON_OFF:
		return read_on_off(ps);
	case SHAPE_QUIRK:
		return read_quirk(ps);
	case SHAPE_SLOT:
		return read_slot(ps);
	case SHAPE_BACKING:
		return read_backing(ps);
	case SHAPE_RANGE:
		return read_range(ps);
	case SHAPE_SREGS:
		return read_sregs(ps);
	case SHAPE_CPUID:
		return read_cpuid(ps);
	case SHAPE_SLOT_ID:
		return need_arg(ps, MAX_SLOTS - 1, "a slot id, 0 to 15");
	}
	return false;
}

/* The op called @word among those of guest or host. */
static bool read_kind(struct op_parser *ps, struct word word, bool host)
{
	const char *names[NR_OPS] = { NULL };
	uint64_t kind;

	for (unsigned i = 0; i < NR_OPS; i++)
		if ((i >= OP_FIRST_HOST) == host)
			names[i] = op_syntax[i].name;
	if (!lex_choice(ps->lex, word,
			host ? "a host op (dma quirk slot backing invalidate setmsr sregs cpuid "
			       "prefault split collapse)" :
			       "a guest op (wrmsr rdmsr cr0 cr3 cr4 read write exec map wbinvd "
			       "invd invlpg invpcid cpuid init sipi smi rsm)",
			names, NR_OPS, &kind))
		return false;
	ps->op->kind = kind;
	return true;
}

bool parse_op(struct lexer *lex, const struct machine *machine, struct word subject,
	      struct op *op)
{
	struct op_parser ps = { .lex = lex, .op = op };
	bool host = word_is(subject, "host");
	struct word word;
	enum op_field field;
	const char *expected;

	memset(op, 0, sizeof(*op));
	if (!host && !parse_vcpu(lex, machine, subject, &op->vcpu))
		return false;
	if (!lex_need(lex, &word, host ? "a host op" : "a guest op") ||
	    !read_kind(&ps, word, host))
		return false;
	if (host && op_has_vcpu(op)) {
		struct word vcpu;

		if (!lex_need(lex, &vcpu, "a vCPU") ||
		    !parse_vcpu(lex, machine, vcpu, &op->vcpu))
			return false;
	}
	if (!read_operands(&ps) || !lex_done(lex))
		return false;
	expected = op_check(op, machine, &field);
	if (!expected)
		return true;
	if (ps.field[field].length)
		word = ps.field[field];
	return parse_refuse(lex, machine, word, expected);
}

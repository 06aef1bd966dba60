// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text programs, line by line: header, ---, steps, expectations (design 3).
 * Comments and blank lines wait for the line they stand before.
 */
#include <errno.h>
#include <string.h>

#include "harness/program/parse.h"
#include "oracle/rules.h"

/* A note whose line has not come yet. */
#define NOTE_PENDING	0xff

struct parser {
	struct lexer lex;
	struct program *program;
	bool seen_version, seen_machine, in_steps;
	bool in_group, group_begins;	/* between together and end; no op yet */
	/* Words that are judged on a later line, with the lexer at their own. */
	struct lexer group_line;
	unsigned schedule_first;	/* first switch of the open group */
	struct word schedule_word[PROGRAM_MAX_SWITCHES];
	struct lexer expect_line[PROGRAM_MAX_EXPECTS];
	struct word expect_step[PROGRAM_MAX_EXPECTS];
};

static bool add_note(struct parser *ps, unsigned place, unsigned op, struct word text)
{
	return program_add_note(ps->program, place, op, text.start, text.length) ||
	       lex_fail(&ps->lex, text, "expected at most %u comments and blank lines of %u bytes",
			PROGRAM_MAX_NOTES, PROGRAM_MAX_NOTE_BYTES);
}

/* The notes that waited stand before this line. */
static void settle_notes(struct parser *ps, enum note_place place, unsigned op)
{
	for (unsigned i = ps->program->nr_notes; i--;) {
		struct note *note = &ps->program->notes[i];

		if (note->place != NOTE_PENDING)
			break;
		note->place = place;
		note->op = op;
	}
}

/* A line of the header was read: place its notes. */
static bool head_line(struct parser *ps, unsigned line)
{
	settle_notes(ps, NOTE_TOP, line);
	return !ps->lex.comment.length || add_note(ps, NOTE_TOP_TAIL, line, ps->lex.comment);
}

static bool parse_version(struct parser *ps, struct word word)
{
	uint64_t version;

	if (!word_is(word, "zaplock"))
		return lex_fail(&ps->lex, word, "expected `zaplock %d` as the first line",
				PROGRAM_VERSION);
	if (!lex_need(&ps->lex, &word, "the format's version") ||
	    !lex_number(&ps->lex, word, UINT64_MAX, &version))
		return false;
	if (version != PROGRAM_VERSION)
		return lex_fail(&ps->lex, word, "expected version %d, the one this build reads",
				PROGRAM_VERSION);
	ps->seen_version = true;
	return lex_done(&ps->lex) && head_line(ps, HEAD_VERSION);
}

static bool bounded(struct lexer *lex, const struct key_values *values, unsigned key,
		    const char *what, uint64_t min, uint64_t max)
{
	if (!(values->seen & 1u << key) ||
	    (values->value[key] >= min && values->value[key] <= max))
		return true;
	return lex_fail(lex, values->word[key], "expected %s, %u to %u", what, (unsigned)min,
			(unsigned)max);
}

static bool parse_machine(struct parser *ps, struct word word)
{
	enum { PROFILE, VENDOR, VCPUS, MAXPHYADDR, CPUID_MTRR_KEY, TDP, SELFSNOOP, START, NR };
	const char *profiles[NR_PROFILES];
	const struct key keys[NR] = {
		[PROFILE] = { "profile", KEY_CHOICE, "a profile", profiles, NR_PROFILES },
		[VENDOR] = { "vendor", KEY_CHOICE, "intel or amd", vendor_names, NR_VENDORS },
		[VCPUS] = KEY("vcpus", KEY_NUMBER),
		[MAXPHYADDR] = KEY("maxphyaddr", KEY_NUMBER),
		[CPUID_MTRR_KEY] = KEY("cpuid-mtrr", KEY_ON_OFF),
		[TDP] = KEY("tdp", KEY_ON_OFF),
		[SELFSNOOP] = KEY("selfsnoop", KEY_ON_OFF),
		[START] = { "start", KEY_CHOICE, "running, reset, real or pae32", start_names,
			    NR_START_MODES },
	};
	struct machine *m = &ps->program->machine;
	struct key_values values;
	struct lexer *lex = &ps->lex;

	if (ps->seen_machine)
		return lex_fail(lex, word, "expected one machine line");
	ps->seen_machine = true;
	for (unsigned i = 0; i < NR_PROFILES; i++)
		profiles[i] = i == PROFILE_NONE ? NULL : profile_table[i].name;
	if (!lex_keys(lex, keys, NR, 0, &values) ||
	    !bounded(lex, &values, VCPUS, "a number of vCPUs", 1, MAX_VCPUS) ||
	    !bounded(lex, &values, MAXPHYADDR, "a number of bits", 32, 52))
		return false;
	for (unsigned i = 0; i < NR; i++) {
		uint64_t v = values.value[i];

		if (!(values.seen & 1u << i))
			continue;
		switch (i) {
		case PROFILE:
			m->profile = v;
			break;
		case VENDOR:
			m->vendor = v;
			break;
		case VCPUS:
			m->nr_vcpus = v;
			break;
		case MAXPHYADDR:
			m->maxphyaddr = v;
			break;
		case CPUID_MTRR_KEY:
			m->cpuid_mtrr = v;
			break;
		case TDP:
			m->tdp = v;
			break;
		case SELFSNOOP:
			m->selfsnoop = v;
			break;
		case START:
			m->start = v;
			break;
		}
	}
	return head_line(ps, HEAD_MACHINE);
}

static bool parse_quirk(struct parser *ps)
{
	struct machine *m = &ps->program->machine;
	struct word name, word;
	unsigned quirk;
	uint64_t on;

	if (!lex_need(&ps->lex, &name, "a quirk's name") || !lex_quirk(&ps->lex, name, &quirk))
		return false;
	if ((m->quirks_on | m->quirks_off) & quirk_names[quirk].bit)
		return lex_fail(&ps->lex, name, "the quirk stands here twice");
	if (!lex_need(&ps->lex, &word, "on or off") || !lex_on_off(&ps->lex, word, &on) ||
	    !lex_done(&ps->lex))
		return false;
	*(on ? &m->quirks_on : &m->quirks_off) |= quirk_names[quirk].bit;
	return head_line(ps, HEAD_QUIRK + quirk);
}

static bool parse_slot(struct parser *ps)
{
	struct machine *m = &ps->program->machine;
	struct key_values values;
	struct word word;
	const char *expected;
	struct slot *slot;
	uint64_t id;

	if (!lex_need(&ps->lex, &word, "a slot id, 0 to 15") ||
	    !lex_number(&ps->lex, word, MAX_SLOTS - 1, &id))
		return false;
	slot = &m->slots[id];
	if (slot->size)
		return lex_fail(&ps->lex, word, "the slot stands here twice");
	if (!lex_keys(&ps->lex, slot_keys, NR_SLOT_KEYS,
		      1u << SLOT_KEY_GPA | 1u << SLOT_KEY_SIZE, &values))
		return false;
	slot->gpa = values.value[SLOT_KEY_GPA];
	slot->size = values.value[SLOT_KEY_SIZE];
	slot->flags = slot_key_flags(&values);
	expected = machine_slot_check(m, id);
	if (!expected)
		return head_line(ps, HEAD_SLOT + id);
	word = slot->gpa >= gpa_limit(m) || slot->gpa % PAGE_SIZE ? values.word[SLOT_KEY_GPA] :
								    values.word[SLOT_KEY_SIZE];
	return parse_refuse(&ps->lex, m, word, expected);
}

static bool parse_header_line(struct parser *ps, struct word word)
{
	if (word_is(word, "machine")) {
		if (ps->program->machine.quirks_on | ps->program->machine.quirks_off)
			return lex_fail(&ps->lex, word, "expected machine before quirk and slot");
		for (unsigned i = 0; i < MAX_SLOTS; i++)
			if (ps->program->machine.slots[i].size)
				return lex_fail(&ps->lex, word,
						"expected machine before quirk and slot");
		return parse_machine(ps, word);
	}
	if (word_is(word, "quirk"))
		return parse_quirk(ps);
	if (word_is(word, "slot"))
		return parse_slot(ps);
	if (word_is(word, "---")) {
		ps->in_steps = true;
		return lex_done(&ps->lex) && head_line(ps, HEAD_STEPS);
	}
	return lex_unknown(&ps->lex, word, "machine, quirk, slot, or --- before the steps",
			   (const char *const[]){ "machine", "quirk", "slot", "---" }, 4);
}

/* One "VCPU@POINT" or "host@POINT" of a schedule. */
static bool parse_switch(struct parser *ps, struct word word)
{
	struct program *p = ps->program;
	const char *at = memchr(word.start, '@', word.length);
	struct word point = { at ? at + 1 : NULL, at ? word.start + word.length - at - 1 : 0 };
	struct sched_switch *s = &p->switches[p->nr_switches];
	uint64_t vcpu;

	if (!at || !point.length || at == word.start)
		return lex_fail(&ps->lex, word, "expected VCPU@POINT or host@POINT, such as 0@zap-begin");
	if (p->nr_switches == PROGRAM_MAX_SWITCHES)
		return lex_fail(&ps->lex, word, "expected at most %u switches in a program",
				PROGRAM_MAX_SWITCHES);
	if (word_is((struct word){ word.start, at - word.start }, "host"))
		vcpu = HOST_THREAD;
	else if (!lex_number(&ps->lex, (struct word){ word.start, at - word.start },
			     p->machine.nr_vcpus - 1u, &vcpu))
		return false;
	if (point.length >= POINT_NAME_MAX)
		return lex_fail(&ps->lex, point, "expected a point's name of at most %u bytes",
				POINT_NAME_MAX - 1);
	*s = (struct sched_switch){ .op = p->nr_ops, .vcpu = vcpu };
	memcpy(s->point, point.start, point.length);
	if (!point_valid(s->point))
		return lex_fail(&ps->lex, point, "expected a point's name of a-z, 0-9 and -");
	ps->schedule_word[p->nr_switches++] = word;
	return true;
}

static bool parse_together(struct parser *ps, struct word word)
{
	static const struct key keys[] = { KEY("sched", KEY_WORD) };
	struct key_values values;
	const char *p, *end;

	if (ps->in_group)
		return lex_fail(&ps->lex, word, "expected `end` of the open group first");
	ps->in_group = ps->group_begins = true;
	ps->group_line = ps->lex;
	ps->schedule_first = ps->program->nr_switches;
	if (!lex_keys(&ps->lex, keys, 1, 0, &values))
		return false;
	if (values.seen) {
		p = values.word[0].start;
		end = p + values.word[0].length;
		for (;;) {
			const char *comma = memchr(p, ',', end - p);
			const char *stop = comma ? comma : end;

			if (!parse_switch(ps, (struct word){ p, stop - p }))
				return false;
			if (!comma)
				break;
			p = comma + 1;
		}
	}
	/* No line of its own in struct program: its comment moves before it. */
	return !ps->lex.comment.length || add_note(ps, NOTE_PENDING, 0, ps->lex.comment);
}

/* Every switch of the group must name a vCPU that runs in it. */
static bool check_schedule(struct parser *ps)
{
	struct program *p = ps->program;

	for (unsigned i = ps->schedule_first; i < p->nr_switches; i++) {
		bool runs = false;

		for (unsigned j = p->switches[i].op; j < p->nr_ops; j++)
			runs |= op_thread(&p->ops[j]) == p->switches[i].vcpu;
		if (!runs)
			return lex_fail(&ps->group_line, ps->schedule_word[i],
					"expected a vCPU, or host, that has an op in this group");
	}
	return true;
}

static bool parse_end(struct parser *ps, struct word word)
{
	if (!ps->in_group)
		return lex_fail(&ps->lex, word, "expected `together` before `end`");
	if (ps->group_begins)
		return lex_fail(&ps->lex, word, "expected an op between together and end");
	if (!lex_done(&ps->lex) || !check_schedule(ps))
		return false;
	ps->in_group = false;
	return !ps->lex.comment.length || add_note(ps, NOTE_PENDING, 0, ps->lex.comment);
}

/* Copies a glob; @size counts the NUL. */
static bool copy_glob(struct parser *ps, const struct key_values *values, unsigned key, char *dst,
		      size_t size)
{
	struct word word = values->word[key];

	if (!(values->seen & 1u << key))
		return true;
	if (word.length >= size)
		return lex_fail(&ps->lex, word, "expected a glob of at most %zu bytes", size - 1);
	memcpy(dst, word.start, word.length);
	dst[word.length] = '\0';
	return true;
}

static bool parse_expect(struct parser *ps, struct word word)
{
	enum { STEP, GPA, TARGET, PROFILE };
	static const struct key keys[] = {
		[STEP] = KEY("step", KEY_NUMBER),
		[GPA] = KEY("gpa", KEY_SIZE),
		[TARGET] = KEY("target", KEY_WORD),
		[PROFILE] = KEY("profile", KEY_WORD),
	};
	struct program *p = ps->program;
	struct expect *e = &p->expects[p->nr_expects];
	struct key_values values;
	uint64_t rule;

	if (ps->in_group)
		return lex_fail(&ps->lex, word, "expected `end` of the open group first");
	if (p->nr_expects == PROGRAM_MAX_EXPECTS)
		return lex_fail(&ps->lex, word, "expected at most %u expect lines",
				PROGRAM_MAX_EXPECTS);
	if (!lex_need(&ps->lex, &word, "clean, or the rule of a finding") ||
	    !lex_choice(&ps->lex, word, "clean, or the rule of a finding", expect_rules,
			NR_EXPECT_RULES, &rule))
		return false;
	if (!lex_keys(&ps->lex, keys, 4, 0, &values))
		return false;
	memset(e, 0, sizeof(*e));
	memcpy(e->rule, expect_rules[rule], strlen(expect_rules[rule]) + 1);
	for (unsigned i = STEP; i <= GPA; i++)
		if (!rule && values.seen & 1u << i)
			return lex_fail(&ps->lex, values.word[i], "expected no %s= with clean",
					keys[i].name);
	if (values.seen & 1u << STEP &&
	    (!values.value[STEP] || values.value[STEP] > PROGRAM_MAX_OPS))
		return lex_fail(&ps->lex, values.word[STEP], "expected a step, from 1");
	e->step = values.value[STEP];
	e->has_gpa = values.seen & 1u << GPA;
	e->gpa = values.value[GPA];
	if (e->gpa >= gpa_limit(&p->machine))
		return parse_refuse(&ps->lex, &p->machine, values.word[GPA],
				    "expected an address below 2^maxphyaddr");
	if (!copy_glob(ps, &values, TARGET, e->target, sizeof(e->target)) ||
	    !copy_glob(ps, &values, PROFILE, e->profile, sizeof(e->profile)))
		return false;
	ps->expect_step[p->nr_expects] = values.word[STEP];
	ps->expect_line[p->nr_expects++] = ps->lex;
	settle_notes(ps, NOTE_END, 0);
	return !ps->lex.comment.length || add_note(ps, NOTE_END, 0, ps->lex.comment);
}

static bool parse_step_line(struct parser *ps, struct word word)
{
	struct program *p = ps->program;
	struct op *op;

	if (word_is(word, "together"))
		return parse_together(ps, word);
	if (word_is(word, "end"))
		return parse_end(ps, word);
	if (word_is(word, "expect"))
		return parse_expect(ps, word);
	if (!word_is(word, "host") && (word.length < 4 || memcmp(word.start, "vcpu", 4)))
		return lex_unknown(&ps->lex, word, "vcpuN, host, together, end or expect",
				   (const char *const[]){ "host", "together", "end", "expect",
							  "vcpu0" }, 5);
	if (p->nr_ops == PROGRAM_MAX_OPS)
		return lex_fail(&ps->lex, word, "expected at most %u ops", PROGRAM_MAX_OPS);
	op = &p->ops[p->nr_ops];
	if (!parse_op(&ps->lex, &p->machine, word, op))
		return false;
	if (ps->in_group)
		op->flags |= ps->group_begins ? OP_TOGETHER : OP_ALONG;
	ps->group_begins = false;
	settle_notes(ps, NOTE_OP, p->nr_ops);
	if (ps->lex.comment.length && !add_note(ps, NOTE_TAIL, p->nr_ops, ps->lex.comment))
		return false;
	p->nr_ops++;
	return true;
}

static bool parse_line(struct parser *ps)
{
	struct word word = lex_word(&ps->lex);

	if (!word.length)
		return add_note(ps, NOTE_PENDING, 0, ps->lex.comment);
	if (!ps->seen_version)
		return parse_version(ps, word);
	return ps->in_steps ? parse_step_line(ps, word) : parse_header_line(ps, word);
}

/* What can only be judged when all lines are known. */
static bool parse_end_of_text(struct parser *ps)
{
	struct program *p = ps->program;
	struct lexer *lex = &ps->lex;
	unsigned steps = program_steps(p);

	/* What is missing is missing behind the last byte. */
	if (!lex->line_no || lex->end[-1] == '\n') {
		lex->line = lex->line_end = lex->end;
		lex->line_no++;
	}
	lex->at = lex->line_end;
	if (!ps->seen_version)
		return lex_fail(lex, lex_word(lex), "expected `zaplock %d` as the first line",
				PROGRAM_VERSION);
	if (!ps->in_steps)
		return lex_fail(lex, lex_word(lex), "expected --- and the steps");
	if (ps->in_group)
		return lex_fail(lex, lex_word(lex), "expected `end` of the open group");
	settle_notes(ps, NOTE_END, 0);
	for (unsigned i = 0; i < p->nr_expects; i++)
		if (p->expects[i].step > steps)
			return lex_fail(&ps->expect_line[i], ps->expect_step[i],
					"expected a step of the program's %u", steps);
	program_sort_notes(p);
	return true;
}

int program_parse(struct program *program, const char *text, size_t length, const char *name,
		  struct parse_error *error)
{
	struct parser ps = { .program = program };
	bool more = true, ok = true;

	program_init(program);
	memset(error, 0, sizeof(*error));
	if (!length)
		text = "";
	lex_init(&ps.lex, text, length, name, error);
	if (length > PROGRAM_MAX_TEXT)
		ok = lex_fail(&ps.lex, (struct word){ text, 0 },
			      "expected a program of at most %u bytes", PROGRAM_MAX_TEXT);
	while (ok && more) {
		ok = lex_line(&ps.lex, &more);
		if (ok && more)
			ok = parse_line(&ps);
	}
	if (ok && parse_end_of_text(&ps))
		return 0;
	if (length > PROGRAM_MAX_TEXT)
		error->line = error->column = 0;
	program_init(program);
	return -EINVAL;
}

void parse_error_format(const struct parse_error *error, char *buf, size_t size)
{
	char place[32] = "";

	if (error->line)
		snprintf(place, sizeof(place), ":%u:%u", error->line, error->column);
	if (*error->text)
		snprintf(buf, size, "%s%s: `%s`: %s", error->file, place, error->text,
			 error->expected);
	else
		snprintf(buf, size, "%s%s: %s", error->file, place, error->expected);
}

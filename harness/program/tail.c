// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program carries beside its ops: comments, schedules, expectations.
 * Engines drop all three; people keep them. Comments must survive a round trip
 * through JSON and HTML, so they are well-formed UTF-8 without controls.
 */
#include <string.h>

#include "harness/program/internal.h"

/*
 * Length of the UTF-8 sequence at @s, 0 if it is malformed: overlong, a
 * surrogate, beyond U+10FFFF (Unicode 15, table 3-7) or a C1 control.
 */
static size_t utf8_sequence(const unsigned char *s, size_t len)
{
	size_t n = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	if (!n || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ||
	    (s[0] == 0xc2 && s[1] < 0xa0))
		return 0;
	return n;
}

size_t comment_span(const char *text, size_t length)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0;

	while (i < length) {
		size_t n = 1;

		if ((s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			break;
		if (s[i] >= 0x80)
			n = utf8_sequence(s + i, length - i);
		if (!n)
			break;
		i += n;
	}
	return i;
}

bool glob_valid(const char *glob)
{
	for (; *glob; glob++)
		if (*glob <= ' ' || *glob > '~' || *glob == '#')
			return false;
	return true;
}

bool point_valid(const char *point)
{
	return *point && point[strspn(point, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

bool head_line_present(const struct machine *machine, unsigned line)
{
	if (line >= HEAD_QUIRK && line < HEAD_QUIRK + NR_QUIRKS)
		return (machine->quirks_off | machine->quirks_on) &
		       quirk_names[line - HEAD_QUIRK].bit;
	if (line >= HEAD_SLOT && line < HEAD_SLOT + MAX_SLOTS)
		return machine->slots[line - HEAD_SLOT].size;
	return line < NR_HEAD_LINES;
}

const char *note_text(const struct program *program, const struct note *note)
{
	return program->note_text + note->text;
}

bool program_add_note(struct program *program, enum note_place place, unsigned op,
		      const char *text, size_t length)
{
	if (program->nr_notes == PROGRAM_MAX_NOTES ||
	    program->note_bytes + length + 1 > PROGRAM_MAX_NOTE_BYTES)
		return false;
	program->notes[program->nr_notes++] =
		(struct note){ .place = place, .op = op, .text = program->note_bytes };
	memcpy(program->note_text + program->note_bytes, text, length);
	program->note_text[program->note_bytes + length] = '\0';
	program->note_bytes += length + 1;
	return true;
}

/* Where a note is printed: header, steps or end; then by line; before the line or behind it. */
static unsigned note_rank(const struct note *note)
{
	switch (note->place) {
	case NOTE_TOP:
		return note->op * 2u;
	case NOTE_TOP_TAIL:
		return note->op * 2u + 1;
	case NOTE_OP:
		return 1u << 20 | note->op * 2u;
	case NOTE_TAIL:
		return 1u << 20 | (note->op * 2u + 1);
	default:
		return 1u << 21;
	}
}

/* Insertion sort: stable, and notes nearly always stand in order already. */
void program_sort_notes(struct program *program)
{
	struct note *notes = program->notes;

	for (unsigned i = 1; i < program->nr_notes; i++) {
		struct note note = notes[i];
		unsigned j = i;

		for (; j && note_rank(&notes[j - 1]) > note_rank(&note); j--)
			notes[j] = notes[j - 1];
		notes[j] = note;
	}
}

/* Bends @note to a line that exists. False if it cannot stand. */
static bool repair_note(const struct program *program, struct note *note)
{
	const char *text = note_text(program, note);
	bool tail = note->place == NOTE_TAIL || note->place == NOTE_TOP_TAIL;
	size_t length;

	if (note->text >= program->note_bytes ||
	    !memchr(text, '\0', program->note_bytes - note->text))
		return false;
	length = strlen(text);
	if (length > NOTE_MAX_LENGTH || comment_span(text, length) != length ||
	    (*text ? *text != '#' : tail))
		return false;
	switch (note->place) {
	case NOTE_TOP:
		if (note->op >= NR_HEAD_LINES)
			note->op = HEAD_STEPS;
		while (!head_line_present(&program->machine, note->op))
			note->op++;
		return true;
	case NOTE_TOP_TAIL:
		return head_line_present(&program->machine, note->op);
	case NOTE_OP:
	case NOTE_TAIL:
		if (note->op < program->nr_ops)
			return true;
		/* fall through */
	default:
		note->place = NOTE_END;
		note->op = 0;
		return true;
	}
}

static void repair_notes(struct program *program)
{
	unsigned kept = 0, bytes = 0;

	if (program->nr_notes > PROGRAM_MAX_NOTES)
		program->nr_notes = PROGRAM_MAX_NOTES;
	if (program->note_bytes > PROGRAM_MAX_NOTE_BYTES)
		program->note_bytes = PROGRAM_MAX_NOTE_BYTES;
	for (unsigned i = 0; i < program->nr_notes; i++) {
		struct note note = program->notes[i];

		if (!repair_note(program, &note))
			continue;
		bytes += strlen(note_text(program, &note)) + 1;
		if (bytes > PROGRAM_MAX_NOTE_BYTES)
			break;
		program->notes[kept++] = note;
	}
	program->nr_notes = kept;
	program_sort_notes(program);

	/* A line has one tail. */
	kept = 0;
	for (unsigned i = 0; i < program->nr_notes; i++) {
		const struct note *note = &program->notes[i];

		if (kept && note_rank(note) & 1 &&
		    note_rank(note) == note_rank(&program->notes[kept - 1]))
			continue;
		program->notes[kept++] = *note;
	}
	program->nr_notes = kept;
}

/* A switch needs a group, and a vCPU or the host that has an op in it. */
static bool switch_valid(const struct program *program, const struct sched_switch *s)
{
	if (s->op >= program->nr_ops || !(program->ops[s->op].flags & OP_TOGETHER) ||
	    !memchr(s->point, '\0', sizeof(s->point)) || !point_valid(s->point))
		return false;
	for (unsigned i = s->op, end = group_end(program, s->op); i < end; i++)
		if (op_thread(&program->ops[i]) == s->vcpu)
			return true;
	return false;
}

static void repair_switches(struct program *program)
{
	unsigned kept = 0;

	if (program->nr_switches > PROGRAM_MAX_SWITCHES)
		program->nr_switches = PROGRAM_MAX_SWITCHES;
	for (unsigned i = 0; i < program->nr_switches; i++) {
		struct sched_switch s = program->switches[i];
		unsigned j = kept;

		if (!switch_valid(program, &s))
			continue;
		for (; j && program->switches[j - 1].op > s.op; j--)
			program->switches[j] = program->switches[j - 1];
		program->switches[j] = s;
		kept++;
	}
	program->nr_switches = kept;
}

static void repair_glob(char *glob, size_t size)
{
	if (!memchr(glob, '\0', size) || !glob_valid(glob))
		*glob = '\0';
}

static void repair_expects(struct program *program)
{
	unsigned steps = program->nr_expects ? program_steps(program) : 0, kept = 0;

	if (program->nr_expects > PROGRAM_MAX_EXPECTS)
		program->nr_expects = PROGRAM_MAX_EXPECTS;
	for (unsigned i = 0; i < program->nr_expects; i++) {
		struct expect e = program->expects[i];

		if (!memchr(e.rule, '\0', sizeof(e.rule)) || !expect_rule_known(e.rule))
			continue;
		if (e.step > steps || !strcmp(e.rule, "clean"))
			e.step = 0;
		e.has_gpa = e.has_gpa && strcmp(e.rule, "clean");
		e.gpa = e.has_gpa ? e.gpa & (gpa_limit(&program->machine) - 1) : 0;
		repair_glob(e.target, sizeof(e.target));
		repair_glob(e.profile, sizeof(e.profile));
		program->expects[kept++] = e;
	}
	program->nr_expects = kept;
}

void program_repair_tail(struct program *program)
{
	repair_switches(program);
	repair_expects(program);
	repair_notes(program);
}

/* The value of "# key: value", or NULL if @text is no such line. */
static const char *keyed(const char *text, const char *key)
{
	size_t len = strlen(key);

	if (*text != '#')
		return NULL;
	text += 1 + strspn(text + 1, " \t");
	if (strncmp(text, key, len) || text[len] != ':')
		return NULL;
	return text + len + 1 + strspn(text + len + 1, " \t");
}

const char *program_note_value(const struct program *program, const char *key, char *buf,
			       size_t size)
{
	for (unsigned i = 0; i < program->nr_notes; i++) {
		const struct note *note = &program->notes[i];
		const char *value = keyed(note_text(program, note), key);

		if (!value || (note->place != NOTE_TOP && note->place != NOTE_TOP_TAIL))
			continue;
		snprintf(buf, size, "%s", value);
		return buf;
	}
	return NULL;
}

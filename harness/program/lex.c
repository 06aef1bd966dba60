// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lexer of the text format. Lines end in LF; words are separated by blanks and
 * tabs; '#' begins a comment anywhere. Outside comments a text is printable
 * ASCII, inside them well-formed UTF-8.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/program/lex.h"

void lex_init(struct lexer *lex, const char *text, size_t length, const char *name,
	      struct parse_error *error)
{
	*lex = (struct lexer){
		.error = error, .name = name,
		.line = text, .line_end = text, .at = text, .next = text, .end = text + length,
	};
}

/* Copies what fits, with everything but printable ASCII replaced. */
static void copy_printable(char *dst, size_t size, const char *src, size_t length)
{
	size_t n = length < size ? length : size - 1;

	for (size_t i = 0; i < n; i++)
		dst[i] = src[i] >= ' ' && src[i] <= '~' ? src[i] : '?';
	dst[n] = '\0';
	if (n < length)
		memcpy(dst + n - 3, "...", 3);
}

bool lex_fail(struct lexer *lex, struct word word, const char *format, ...)
{
	struct parse_error *error = lex->error;
	size_t name_length = strlen(lex->name), skip = 0;
	va_list args;

	/* The end of a long path says more than its beginning. */
	if (name_length >= sizeof(error->file))
		skip = name_length - sizeof(error->file) + 1;
	copy_printable(error->file, sizeof(error->file), lex->name + skip, name_length - skip);
	error->line = lex->line_no;
	error->column = word.start - lex->line + 1;
	if (!word.length)	/* something is missing: show the line it is missing from */
		word = (struct word){ lex->line, lex->line_end - lex->line };
	copy_printable(error->text, sizeof(error->text), word.start, word.length);
	va_start(args, format);
	vsnprintf(error->expected, sizeof(error->expected), format, args);
	va_end(args);
	return false;
}

bool lex_unknown(struct lexer *lex, struct word word, const char *what, const char *const *names,
		 unsigned nr)
{
	const char *near = nearest_name(word.start, word.length, names, nr);

	if (near && word.length)
		return lex_fail(lex, word, "expected %s; did you mean `%s`?", what, near);
	return lex_fail(lex, word, "expected %s", what);
}

/* Refuses the first byte of the line that no program may hold. */
static bool check_bytes(struct lexer *lex, const char *end)
{
	const char *p = lex->line;
	size_t good;

	for (; p < end && *p != '#'; p++)
		if ((*p < ' ' && *p != '\t') || *p > '~')
			break;
	if (p < end && *p == '#') {
		good = comment_span(p, end - p);
		p += good;
	}
	if (p == end)
		return true;
	lex->line_end = end;
	if (*p == '\r')
		return lex_fail(lex, (struct word){ p, 1 },
				"expected lines that end in LF alone, not CR LF");
	return lex_fail(lex, (struct word){ p, 1 },
			"byte 0x%02x: expected ASCII text, or UTF-8 in a comment",
			(unsigned char)*p);
}

bool lex_line(struct lexer *lex, bool *more)
{
	const char *end, *hash;

	*more = lex->next < lex->end;
	if (!*more)
		return true;
	lex->line_no++;
	lex->line = lex->at = lex->next;
	end = memchr(lex->line, '\n', lex->end - lex->line);
	lex->next = end ? end + 1 : lex->end;
	if (!end)
		end = lex->end;
	if (end - lex->line > LINE_MAX_BYTES) {
		lex->line_end = end;
		return lex_fail(lex, (struct word){ lex->line, end - lex->line },
				"expected at most %u bytes on a line", LINE_MAX_BYTES);
	}
	if (!check_bytes(lex, end))
		return false;
	hash = memchr(lex->line, '#', end - lex->line);
	lex->line_end = hash ? hash : end;
	lex->comment = (struct word){ lex->line_end, end - lex->line_end };
	if (lex->comment.length > NOTE_MAX_LENGTH)
		return lex_fail(lex, lex->comment, "expected a comment of at most %u bytes",
				NOTE_MAX_LENGTH);
	/* Blanks before a comment are no part of the line's text. */
	while (lex->line_end > lex->line &&
	       (lex->line_end[-1] == ' ' || lex->line_end[-1] == '\t'))
		lex->line_end--;
	return true;
}

struct word lex_word(struct lexer *lex)
{
	struct word word;

	while (lex->at < lex->line_end && (*lex->at == ' ' || *lex->at == '\t'))
		lex->at++;
	word.start = lex->at;
	while (lex->at < lex->line_end && *lex->at != ' ' && *lex->at != '\t')
		lex->at++;
	word.length = lex->at - word.start;
	return word;
}

bool lex_need(struct lexer *lex, struct word *word, const char *expected)
{
	*word = lex_word(lex);
	return word->length || lex_fail(lex, *word, "expected %s", expected);
}

bool lex_done(struct lexer *lex)
{
	struct word word = lex_word(lex);

	return !word.length || lex_fail(lex, word, "expected the end of the line");
}

bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.length && !memcmp(word.start, text, word.length);
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Reads digits up to the first byte that is none; *overflow if 64 bits do not hold them. */
static const char *read_digits(const char *p, const char *end, uint64_t *value, bool *overflow)
{
	unsigned base = 10;

	if (end - p > 1 && p[0] == '0') {
		char prefix = p[1] | 0x20;

		base = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 8;
		p += base == 8 ? 1 : 2;
		/* "0x" alone has no digit to read and so is no number. */
	}
	*value = 0;
	*overflow = false;
	for (; p < end && digit_value(*p) < (int)base; p++)
		*overflow |= __builtin_mul_overflow(*value, (uint64_t)base, value) ||
			     __builtin_add_overflow(*value, (uint64_t)digit_value(*p), value);
	return p;
}

/* Left shift of a size suffix, 0 if @c is none. */
static unsigned suffix_shift(char c)
{
	switch (c | 0x20) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	case 't':
		return 40;
	}
	return 0;
}

static bool read_number(struct lexer *lex, struct word word, bool suffixes, uint64_t *value)
{
	const char *end = word.start + word.length, *p;
	const char *what = suffixes ? "an address or size such as 0x1000, 64K, 2M or 1G" :
				      "a number such as 6, 0x800 or 0b110";
	bool overflow, digits;
	unsigned shift;

	p = read_digits(word.start, end, value, &overflow);
	digits = p > word.start && digit_value(p[-1]) < 16;
	/* The b of a bare "0b" is a hex digit, too. */
	digits = digits && !(p - word.start == 2 && *word.start == '0' && (p[-1] | 0x20) == 'b');
	shift = suffixes && digits && p + 1 == end ? suffix_shift(*p) : 0;
	if (shift) {
		overflow |= *value >> (64 - shift);
		*value <<= shift;
		p++;
	}
	if (!digits || p != end)
		return lex_fail(lex, word, "expected %s", what);
	return !overflow || lex_fail(lex, word, "expected a number that fits in 64 bits");
}

bool lex_number(struct lexer *lex, struct word word, uint64_t max, uint64_t *value)
{
	if (!read_number(lex, word, false, value))
		return false;
	return *value <= max ||
	       lex_fail(lex, word, "expected a number of at most 0x%llx", (unsigned long long)max);
}

bool lex_size(struct lexer *lex, struct word word, uint64_t *value)
{
	return read_number(lex, word, true, value);
}

bool lex_choice(struct lexer *lex, struct word word, const char *what, const char *const *names,
		unsigned nr, uint64_t *value)
{
	for (unsigned i = 0; i < nr; i++) {
		if (names[i] && word_is(word, names[i])) {
			*value = i;
			return true;
		}
	}
	return lex_unknown(lex, word, what, names, nr);
}

bool lex_on_off(struct lexer *lex, struct word word, uint64_t *value)
{
	static const char *const names[] = { "off", "on" };

	return lex_choice(lex, word, "on or off", names, 2, value);
}

bool lex_msr(struct lexer *lex, struct word word, uint64_t *value)
{
	const char *names[NR_KNOWN_MSRS];
	char name[32];
	uint32_t msr;

	if (word.length && *word.start >= '0' && *word.start <= '9')
		return lex_number(lex, word, UINT32_MAX, value);
	if (word.length < sizeof(name)) {
		memcpy(name, word.start, word.length);
		name[word.length] = '\0';
		if (msr_by_name(name, &msr)) {
			*value = msr;
			return true;
		}
	}
	for (unsigned i = 0; i < NR_KNOWN_MSRS; i++)
		names[i] = known_msrs[i].name;
	return lex_unknown(lex, word, "an MSR's name or number", names, NR_KNOWN_MSRS);
}

bool lex_quirk(struct lexer *lex, struct word word, unsigned *index)
{
	const char *names[NR_QUIRKS];
	uint64_t value = 0;

	for (unsigned i = 0; i < NR_QUIRKS; i++)
		names[i] = quirk_names[i].name;
	if (!lex_choice(lex, word, "a quirk (cd-nw-cleared, slot-zap-all, ignore-guest-pat)", names,
			NR_QUIRKS, &value))
		return false;
	*index = value;
	return true;
}

static bool key_value(struct lexer *lex, const struct key *key, struct word word, uint64_t *value)
{
	if (!word.length)
		return lex_fail(lex, word, "expected a value behind %s=", key->name);
	switch (key->kind) {
	case KEY_NUMBER:
		return lex_number(lex, word, UINT64_MAX, value);
	case KEY_SIZE:
		return lex_size(lex, word, value);
	case KEY_ON_OFF:
		return lex_on_off(lex, word, value);
	case KEY_CHOICE:
		return lex_choice(lex, word, key->what, key->names, key->nr_names, value);
	case KEY_WORD:
	case KEY_FLAG:
		break;
	}
	return true;
}

/* Index of the key that @word begins with, @nr if there is none. */
static unsigned find_key(const struct key *keys, unsigned nr, struct word word)
{
	unsigned i;

	for (i = 0; i < nr && !word_is(word, keys[i].name); i++)
		;
	return i;
}

static bool unknown_key(struct lexer *lex, struct word word, const struct key *keys, unsigned nr)
{
	const char *names[MAX_KEYS];
	char list[160];
	size_t len = 0;

	for (unsigned i = 0; i < nr; i++) {
		names[i] = keys[i].name;
		len += snprintf(list + len, sizeof(list) - len, "%s%s%s", i ? ", " : "",
				keys[i].name, keys[i].kind == KEY_FLAG ? "" : "=");
	}
	return lex_unknown(lex, word, list, names, nr);
}

bool lex_keys(struct lexer *lex, const struct key *keys, unsigned nr, uint32_t needed,
	      struct key_values *values)
{
	struct word word;

	memset(values, 0, sizeof(*values));
	while ((word = lex_word(lex)).length) {
		const char *equals = memchr(word.start, '=', word.length);
		struct word name = word;
		unsigned i;

		if (equals)
			name.length = equals - word.start;
		i = find_key(keys, nr, name);
		if (i == nr)
			return unknown_key(lex, name.length ? name : word, keys, nr);
		if (values->seen & 1u << i)
			return lex_fail(lex, word, "%s stands here twice", keys[i].name);
		if (equals && keys[i].kind == KEY_FLAG)
			return lex_fail(lex, word, "expected %s without a value", keys[i].name);
		if (!equals && keys[i].kind != KEY_FLAG)
			return lex_fail(lex, word, "expected %s=VALUE", keys[i].name);
		values->seen |= 1u << i;
		values->value[i] = 1;
		values->word[i] = word;
		if (!equals)
			continue;
		values->word[i].start = equals + 1;
		values->word[i].length -= name.length + 1;
		if (!key_value(lex, &keys[i], values->word[i], &values->value[i]))
			return false;
	}
	for (unsigned i = 0; i < nr; i++)
		if (needed & ~values->seen & 1u << i)
			return lex_fail(lex, word, "expected %s=", keys[i].name);
	return true;
}

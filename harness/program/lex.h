/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines, words, numbers and key=value lists of the text format, and the one
 * way to refuse them: lex_fail() with the word at fault. Every function that
 * can refuse returns false after it has filled in the error.
 */
#ifndef ZAPLOCK_PROGRAM_LEX_H
#define ZAPLOCK_PROGRAM_LEX_H

#include "harness/program/internal.h"

struct word {
	const char *start;
	size_t length;
};

struct lexer {
	struct parse_error *error;
	const char *name;	/* of the file */
	const char *next;	/* first byte of the next line */
	const char *end;	/* of the text */
	unsigned line_no;
	const char *line;	/* the current line ... */
	const char *line_end;	/* ... without its comment */
	const char *at;		/* where its next word is looked for */
	struct word comment;	/* with its '#'; length 0 = none */
};

void lex_init(struct lexer *lex, const char *text, size_t length, const char *name,
	      struct parse_error *error);
/* Steps to the next line. *more = false at the end of the text. */
bool lex_line(struct lexer *lex, bool *more);
/* The next word of the line; length 0, at the line's end, when there is none. */
struct word lex_word(struct lexer *lex);
/* As lex_word(), but a word must be there: "expected @expected". */
bool lex_need(struct lexer *lex, struct word *word, const char *expected);
/* Refuses a line that has more words. */
bool lex_done(struct lexer *lex);

bool word_is(struct word word, const char *text);

/* Always false: `return lex_fail(...)`. */
bool __attribute__((format(printf, 3, 4)))
lex_fail(struct lexer *lex, struct word word, const char *format, ...);
/* "expected WHAT", and the name nearest to @word if one is near. */
bool lex_unknown(struct lexer *lex, struct word word, const char *what, const char *const *names,
		 unsigned nr);

/* A number in any C base (0x, 0, 0b, decimal), at most @max. */
bool lex_number(struct lexer *lex, struct word word, uint64_t max, uint64_t *value);
/* The same with an optional K, M, G or T behind it. */
bool lex_size(struct lexer *lex, struct word word, uint64_t *value);
/* Index of @word in @names; a NULL among them is no name. */
bool lex_choice(struct lexer *lex, struct word word, const char *what, const char *const *names,
		unsigned nr, uint64_t *value);
bool lex_on_off(struct lexer *lex, struct word word, uint64_t *value);
bool lex_msr(struct lexer *lex, struct word word, uint64_t *value);
bool lex_quirk(struct lexer *lex, struct word word, unsigned *index);

enum key_kind { KEY_NUMBER, KEY_SIZE, KEY_ON_OFF, KEY_CHOICE, KEY_WORD, KEY_FLAG };

/* One "name=value", or a bare "name" for KEY_FLAG. */
struct key {
	const char *name;
	enum key_kind kind;
	const char *what;		/* KEY_CHOICE: "a vendor" */
	const char *const *names;	/* KEY_CHOICE */
	unsigned nr_names;
};

#define KEY(key_name, key_kind) { .name = key_name, .kind = key_kind }

#define MAX_KEYS 8
struct key_values {
	uint32_t seen;			/* bit per key */
	uint64_t value[MAX_KEYS];	/* flags: 1 */
	struct word word[MAX_KEYS];	/* of the value */
};

/* Reads the rest of the line as @nr keys, each at most once, those in @needed at least. */
bool lex_keys(struct lexer *lex, const struct key *keys, unsigned nr, uint32_t needed,
	      struct key_values *values);

#endif

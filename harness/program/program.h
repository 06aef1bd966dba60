/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs: a machine header, steps, expectations and comments (design 3).
 *
 * Text is what people and repositories keep, binary is what engines mutate;
 * both hold all of a program and convert into each other without loss. Every
 * byte string decodes to some valid program. Text is parsed whole or not at
 * all, and an error names file, line and column.
 */
#ifndef ZAPLOCK_PROGRAM_PROGRAM_H
#define ZAPLOCK_PROGRAM_PROGRAM_H

#include <stddef.h>
#include <stdio.h>

#include "oracle/op.h"

#define PROGRAM_VERSION		1
#define PROGRAM_MAX_OPS		4096u
#define PROGRAM_MAX_EXPECTS	16u
#define PROGRAM_MAX_SWITCHES	256u
#define PROGRAM_MAX_NOTES	512u
#define PROGRAM_MAX_NOTE_BYTES	(32u * 1024)
#define PROGRAM_MAX_TEXT	(1u << 20)	/* bytes of a text or binary program */
#define POINT_NAME_MAX		32u

/*
 * One entry of a `sched=` list: run @vcpu, or the host, until it reaches the named point.
 * Switches stand in the order of the list; @op is the index of the group's
 * first op.
 */
struct sched_switch {
	uint16_t op;
	uint8_t vcpu;		/* HOST_THREAD: the host */
	char point[POINT_NAME_MAX];	/* [a-z0-9-]+ */
};

/* `expect clean` (rule "clean") or `expect RULE [step=N] [gpa=A] [target=GLOB] [profile=GLOB]`. */
struct expect {
	char rule[24];		/* a name of verdict_rule_names[] or "clean" */
	uint32_t step;		/* 0 = any */
	bool has_gpa;
	uint64_t gpa;
	char target[48];	/* glob, "" = any */
	char profile[32];	/* glob, "" = any */
};

/*
 * A comment or blank line, kept where it stood: before header line @op
 * (NOTE_TOP; 0 = before the program's first line, others are HEAD_*), before
 * op @op (NOTE_OP), behind op @op on its line (NOTE_TAIL), after the last op
 * (NOTE_END) or behind header line @op (NOTE_TOP_TAIL). @text indexes
 * note_text and excludes the newline; "" is a blank line, others start with '#'.
 */
enum note_place { NOTE_TOP, NOTE_OP, NOTE_TAIL, NOTE_END, NOTE_TOP_TAIL };

/* Header lines in the order in which they are printed. */
enum head_line {
	HEAD_VERSION,		/* zaplock 1 */
	HEAD_MACHINE,
	HEAD_QUIRK,		/* + index of the quirk's bit in QUIRKS_KNOWN, 0 to 2 */
	HEAD_SLOT = HEAD_QUIRK + 3,	/* + slot id */
	HEAD_STEPS = HEAD_SLOT + MAX_SLOTS,	/* --- */
	NR_HEAD_LINES,
};

struct note {
	uint8_t place;
	uint16_t op;
	uint16_t text;
};

struct program {
	struct machine machine;
	unsigned nr_ops;
	unsigned nr_expects;
	unsigned nr_switches;
	unsigned nr_notes;
	unsigned note_bytes;
	struct op ops[PROGRAM_MAX_OPS];
	struct expect expects[PROGRAM_MAX_EXPECTS];
	struct sched_switch switches[PROGRAM_MAX_SWITCHES];
	struct note notes[PROGRAM_MAX_NOTES];
	char note_text[PROGRAM_MAX_NOTE_BYTES];
};

/* The machine of a program that says nothing: intel, 1 vCPU, 40 bits, MTRR and TDP and self-snoop on, no slot. */
void machine_default(struct machine *machine);

void program_init(struct program *program);
/* Copies only what is in use; @dst need not be initialised. */
void program_copy(struct program *dst, const struct program *src);
bool program_equal(const struct program *a, const struct program *b);
/* Drops expectations and comments: what engines mutate has none. */
void program_strip(struct program *program);

/* Steps are numbered from 1; a together group is one step. */
unsigned program_steps(const struct program *program);
/* Index of the first op of @step, and how many ops it has; nr_ops when there is none. */
unsigned program_step_ops(const struct program *program, unsigned step, unsigned *nr);

/*
 * Is @op one that a program of @machine may hold (vCPU exists, fields in
 * range, gpa within MAXPHYADDR, page-aligned sizes)? *why names what is not.
 */
bool op_valid(const struct op *op, const struct machine *machine, const char **why);
/* Bends @op into a valid one, for decoders and mutators. Idempotent; leaves valid ops alone. */
void op_repair(struct op *op, const struct machine *machine);
void machine_repair(struct machine *machine);
/* Both, plus the bounds of groups, schedules and expectations. Idempotent. */
void program_repair(struct program *program);

/* A comment line `# key: value` of the program's head ("why", "kernels", "until"); NULL if absent. */
const char *program_note_value(const struct program *program, const char *key, char *buf, size_t size);

/* Where and why a text was refused. */
struct parse_error {
	char file[128];
	unsigned line, column;	/* from 1; 0 = the whole file */
	char text[96];		/* the offending word or line, control characters replaced */
	char expected[192];
};

/* "FILE:LINE:COLUMN: `TEXT`: EXPECTED" into @buf. */
void parse_error_format(const struct parse_error *error, char *buf, size_t size);

/* 0, or -EINVAL with *error filled in and *program empty. @name stands for the file in errors. */
int program_parse(struct program *program, const char *text, size_t length,
		  const char *name, struct parse_error *error);

/* Canonical text. Returns its length, excluding the NUL; writes at most @size bytes, like snprintf. */
size_t program_print(const struct program *program, char *buf, size_t size);
/* One op as it stands in a program's line, for messages. */
size_t op_print(const struct op *op, char *buf, size_t size);

/* Binary: total, lossless. encode returns the length needed and writes at most @size bytes. */
void program_decode(struct program *program, const uint8_t *data, size_t size);
size_t program_encode(const struct program *program, uint8_t *data, size_t size);
bool program_is_binary(const uint8_t *data, size_t size);

/* Reads a text or binary program from @path ("-" = stdin). 0 or -EINVAL/-errno with *error filled in. */
int program_load(struct program *program, const char *path, struct parse_error *error);

/*
 * The line of the text program at @path on which @step begins; 0 if that
 * cannot be told (binary, stdin, a file that changed since). Step 0: the header.
 */
unsigned program_step_line(const char *path, unsigned step);
/* The same of a program in memory. */
unsigned program_text_step_line(char *text, unsigned step);

/* Names, shared by parser, printer, reports. MSRs by the SDM's name ("MTRRphysBase0", "PAT"), NULL if it has none. */
const char *msr_name(uint32_t msr, char *buf, size_t size);
bool msr_by_name(const char *name, uint32_t *msr);
const char *op_kind_name(enum op_kind kind);
const char *quirk_name(uint32_t quirk);
uint32_t quirk_by_name(const char *name);

/*
 * Minimizer: the smallest program with the same property. @keeps runs a
 * candidate and says whether it still shows it. Removes steps, vCPUs, slots
 * and switches, then simplifies values, and ends where no single line can go
 * (1-minimal). *program, which must satisfy @keeps, is replaced. Returns the
 * number of candidates run; stops early, still keeping, at @max_runs.
 */
typedef bool (*minimize_keeps)(const struct program *candidate, void *arg);
unsigned long program_minimize(struct program *program, minimize_keeps keeps, void *arg,
			       unsigned long max_runs);

#endif

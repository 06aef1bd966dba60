/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of harness/program share and nobody else sees: the name
 * tables, the field-by-field check of an op, and the keeping of groups,
 * schedules and notes in order.
 */
#ifndef ZAPLOCK_PROGRAM_INTERNAL_H
#define ZAPLOCK_PROGRAM_INTERNAL_H

#include "harness/program/program.h"

/* Longest line of a text: a schedule of PROGRAM_MAX_SWITCHES entries fits. */
#define LINE_MAX_BYTES	16384u
/* Longest comment, so that an op and its comment always fit on a line. */
#define NOTE_MAX_LENGTH	1024u
/* A CR delta of more bits than this is printed as one mask. */
#define MAX_NAMED_BITS	8u

/* How an op's operands are written; parser and printer follow the same shape. */
enum op_shape {
	SHAPE_NONE,		/* wbinvd */
	SHAPE_MSR,		/* rdmsr MSR */
	SHAPE_MSR_VALUE,	/* wrmsr MSR VALUE */
	SHAPE_CR,		/* cr0 VALUE | cr0 +bit -bit */
	SHAPE_CR3,		/* cr3 VALUE [noflush] */
	SHAPE_ACCESS,		/* read GPA | read va=VA */
	SHAPE_MAP,		/* map va= gpa= [size=] pat= */
	SHAPE_VA,		/* invlpg va= */
	SHAPE_INVPCID,		/* invpcid type= pcid= va= */
	SHAPE_LEAF,		/* cpuid LEAF */
	SHAPE_ON_OFF,		/* dma on|off */
	SHAPE_QUIRK,		/* quirk NAME on|off */
	SHAPE_SLOT,		/* slot N gpa= size= [readonly] [dirty-log] | slot N delete */
	SHAPE_BACKING,		/* backing GPA SIZE KIND */
	SHAPE_RANGE,		/* invalidate GPA SIZE */
	SHAPE_SREGS,		/* sregs vcpuN cr0= cr3= cr4= efer= */
	SHAPE_CPUID,		/* cpuid vcpuN cpuid-mtrr= maxphyaddr= */
	SHAPE_SLOT_ID,		/* split N */
};

struct op_syntax {
	const char *name;
	enum op_shape shape;
};
extern const struct op_syntax op_syntax[NR_OPS];

/*
 * The MSRs that have names, in the order of their numbers. The binary format
 * stores an index into this table: a change needs a new PROGRAM_VERSION.
 */
struct known_msr {
	uint32_t number;
	const char *name;
};
#define NR_KNOWN_MSRS 33u
extern const struct known_msr known_msrs[NR_KNOWN_MSRS];
/* Index of @msr in known_msrs, or NR_KNOWN_MSRS. */
unsigned known_msr_index(uint32_t msr);

#define NR_QUIRKS 3u
extern const struct quirk_name {
	uint32_t bit;
	const char *name;
} quirk_names[NR_QUIRKS];

#define NR_VENDORS 2u
extern const char *const vendor_names[NR_VENDORS];
extern const char *const start_names[NR_START_MODES];
extern const char *const backing_names[NR_BACKINGS];
extern const char *const level_names[LEVEL_1G + 1];	/* "" at 0 */

/* Name of bit @bit of CR0 or CR4 (@kind), NULL if it has none. */
const char *cr_bit_name(enum op_kind kind, unsigned bit);

/* "clean" and the rules of findings, which expect lines may name (design 6). */
#define NR_EXPECT_RULES 17u
extern const char *const expect_rules[NR_EXPECT_RULES];
bool expect_rule_known(const char *rule);

/* The one of @names closest to the @len bytes at @word, NULL if none is near. */
const char *nearest_name(const char *word, size_t len, const char *const *names, unsigned nr);

/* Fields of an op, as far as a check can blame them. */
enum op_field { FIELD_KIND, FIELD_VCPU, FIELD_FLAGS, FIELD_ARG, FIELD_V, NR_FIELDS = FIELD_V + 4 };

/* NULL if @op is valid; else what was expected of *field. */
const char *op_check(const struct op *op, const struct machine *machine, enum op_field *field);
/* What was expected of slot @id of the header, NULL if it is as it should be. */
const char *machine_slot_check(const struct machine *machine, unsigned id);
bool machine_equal(const struct machine *a, const struct machine *b);
static inline uint64_t gpa_limit(const struct machine *machine)
{
	return 1ULL << machine->maxphyaddr;
}

/* Bytes of @text that are fit for a comment: well-formed UTF-8 without controls but tabs. */
size_t comment_span(const char *text, size_t length);
/* A glob of an expect line: printable ASCII without blanks and '#'. */
bool glob_valid(const char *glob);
bool point_valid(const char *point);

/* Does a program of @machine print this header line? */
bool head_line_present(const struct machine *machine, unsigned line);
/* Appends a note. False when there is no room. */
bool program_add_note(struct program *program, enum note_place place, unsigned op,
		      const char *text, size_t length);
/* Puts notes in the order in which they are printed. */
void program_sort_notes(struct program *program);
const char *note_text(const struct program *program, const struct note *note);

/* Turns every OP_ALONG without a group before it into the head of one. */
void program_repair_groups(struct program *program);
/* Drops or bends what is wrong with switches, expectations and notes. */
void program_repair_tail(struct program *program);
/* Index after the last op of the group or single op at @first. */
unsigned group_end(const struct program *program, unsigned first);
/* Removes ops [first, first + nr); groups and schedules follow. Notes must be gone. */
void program_remove_ops(struct program *program, unsigned first, unsigned nr);

/* What is wrong with a binary file; NULL if it is whole. program_decode() takes it either way. */
const char *binary_check(const uint8_t *data, size_t size);

#endif

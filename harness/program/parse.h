/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two halves of the parser: parse.c reads a program's lines, parse_op.c
 * the op on one.
 */
#ifndef ZAPLOCK_PROGRAM_PARSE_H
#define ZAPLOCK_PROGRAM_PARSE_H

#include "harness/program/lex.h"

/*
 * Reads the rest of a line that began with @subject ("vcpu0" or "host") as a
 * valid op of @machine.
 */
bool parse_op(struct lexer *lex, const struct machine *machine, struct word subject,
	      struct op *op);

/* Reads @word as "vcpuN" with N below the machine's vCPUs. */
bool parse_vcpu(struct lexer *lex, const struct machine *machine, struct word word, uint8_t *vcpu);

/* Refuses @word for the reason a check gave, with the machine's MAXPHYADDR where that counts. */
bool parse_refuse(struct lexer *lex, const struct machine *machine, struct word word,
		  const char *expected);

/* The keys of header slots and of `host slot`. */
enum { SLOT_KEY_GPA, SLOT_KEY_SIZE, SLOT_KEY_READONLY, SLOT_KEY_DIRTY_LOG, NR_SLOT_KEYS };
extern const struct key slot_keys[NR_SLOT_KEYS];
static inline uint32_t slot_key_flags(const struct key_values *values)
{
	return (values->value[SLOT_KEY_READONLY] ? SLOT_READONLY : 0) |
	       (values->value[SLOT_KEY_DIRTY_LOG] ? SLOT_DIRTY_LOG : 0);
}

#endif

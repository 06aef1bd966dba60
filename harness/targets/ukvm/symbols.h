/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of a library's functions, and the stack that led to a place in it.
 * Kernel symbols are hidden (shim/pre.h), so the dynamic linker does not know
 * them; the file's own symbol table does.
 */
#ifndef ZAPLOCK_UKVM_SYMBOLS_H
#define ZAPLOCK_UKVM_SYMBOLS_H

#include <stddef.h>

struct symbols;

/* The functions of @path; NULL if it cannot be read, is stripped, or memory is out. */
struct symbols *symbols_load(const char *path);
void symbols_free(struct symbols *symbols);

#define STACK_DEPTH	32u

/* The callers of this function, innermost first: return addresses. Their number. */
unsigned stack_capture(void *stack[STACK_DEPTH]);

/*
 * Writes "inner < outer < ..." into @text: KVM's own functions in @stack, from
 * the first on that is no shim's to the shim that called KVM. @first gets the
 * first one's name, "" when there is none or @symbols is NULL.
 */
void stack_print(const struct symbols *symbols, void *const *stack, unsigned depth, char *first,
		 size_t first_size, char *text, size_t size);

#endif

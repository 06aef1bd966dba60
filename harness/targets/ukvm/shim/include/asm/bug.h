/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In place of the kernel's asm/bug.h: BUG and WARN call out instead of trapping
 * on UD2. Both are findings. WARN_ON_ONCE reports every time, so that a program
 * behaves the same whatever ran before it.
 */
#ifndef _ASM_X86_BUG_H
#define _ASM_X86_BUG_H

#include <linux/stringify.h>
#include <linux/instrumentation.h>
#include <linux/objtool.h>

extern void ukvm_bug(const char *text, const char *function, const char *file, int line) __attribute__((noreturn));
extern void ukvm_warn(const char *text, const char *function, const char *file, int line);

#define HAVE_ARCH_BUG
#define BUG()			ukvm_bug("BUG", __func__, __FILE__, __LINE__)
/* WARN() has given its message to ukvm_warn_printk(). */
#define __WARN_FLAGS(...)	ukvm_warn("", __func__, __FILE__, __LINE__)
/* The others say their condition, which the kernel's own do not. */
#define UKVM_WARN_ON(text, condition)						\
({										\
	int __ret_warn_on = !!(condition);					\
										\
	if (unlikely(__ret_warn_on))						\
		ukvm_warn(text, __func__, __FILE__, __LINE__);			\
	unlikely(__ret_warn_on);						\
})
#define WARN_ON(condition)	UKVM_WARN_ON("WARN_ON(" #condition ")", condition)

#include <asm-generic/bug.h>

#undef WARN_ON_ONCE
#define WARN_ON_ONCE(condition)	UKVM_WARN_ON("WARN_ON_ONCE(" #condition ")", condition)

#endif

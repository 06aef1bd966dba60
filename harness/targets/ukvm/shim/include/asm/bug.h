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

extern void ukvm_bug(const char *file, int line) __attribute__((noreturn));
extern void ukvm_warn(const char *file, int line);

#define HAVE_ARCH_BUG
#define BUG()			ukvm_bug(__FILE__, __LINE__)
#define __WARN_FLAGS(...)	ukvm_warn(__FILE__, __LINE__)

#include <asm-generic/bug.h>

#endif

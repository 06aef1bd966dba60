/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Surviving what the code under test does not: BUG, a shim's end, SIGSEGV and
 * its kin unwind to the guard around the current step. Under a sanitizer signals
 * are left to it, since its report says more.
 *
 *	if (!crash_guard(&crash))
 *		... call into the library ...
 *	crash_unguard(&crash);
 *	if (crash.happened) ...
 */
#ifndef ZAPLOCK_UKVM_CRASH_H
#define ZAPLOCK_UKVM_CRASH_H

#include <setjmp.h>
#include <stdbool.h>

#include "harness/targets/ukvm/symbols.h"

struct crash {
	bool happened;		/* the library cannot be used any more */
	bool blame_shim;	/* it was ukvm's own fault, not KVM's */
	char text[256];
	void *stack[STACK_DEPTH];	/* of a signal ... */
	unsigned depth;			/* ... else 0 */
	jmp_buf env;
};

/* Installs the signal handlers, once. */
void crash_init(struct crash *crash);
void crash_clear(struct crash *crash);
/* Unwinds to the guard; ends the process where there is none. */
void crash_happens(struct crash *crash, bool blame_shim, const char *text)
	__attribute__((noreturn));

extern _Thread_local struct crash *crash_current;

/* True when it returns for the second time. */
#define crash_guard(crash) (crash_current = (crash), _setjmp((crash)->env))
static inline void crash_unguard(struct crash *crash)
{
	crash_current = NULL;
}

#endif

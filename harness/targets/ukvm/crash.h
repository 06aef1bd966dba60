/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Surviving what the code under test does not: BUG, a shim's end, SIGSEGV and
 * its kin unwind to the guard around the current step. Under a sanitizer signals
 * are left to it, since its report says more.
 *
 *	if (!crash_guard(&crash))
 *		... call into the library ...
 *	crash_unguard(&crash);
 *	if (crash.noted) ...
 */
#ifndef ZAPLOCK_UKVM_CRASH_H
#define ZAPLOCK_UKVM_CRASH_H

#include <setjmp.h>
#include <stdbool.h>

struct crash {
	bool noted;		/* something happened; text says what */
	bool fatal;		/* and the library cannot be used any more */
	bool blame_shim;	/* it was ukvm's own fault, not KVM's */
	char text[256];
	jmp_buf env;
};

/* Installs the signal handlers, once. */
void crash_init(struct crash *crash);
void crash_clear(struct crash *crash);
/* The first thing that happened is kept. Does not return if @fatal. */
void crash_note(struct crash *crash, bool fatal, const char *what, const char *file, int line);

extern _Thread_local struct crash *crash_current;

/* True when it returns for the second time. */
#define crash_guard(crash) (crash_current = (crash), _setjmp((crash)->env))
static inline void crash_unguard(struct crash *crash)
{
	crash_current = NULL;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coroutines: functions with a stack of their own that can be left in the
 * middle and gone on with later. A switch saves the callee-saved registers of
 * the System V ABI and no more (swapcontext() also makes two system calls, for
 * signal masks that nobody changes here); AddressSanitizer is told of it.
 */
#ifndef ZAPLOCK_LOCKSTEP_COROUTINE_H
#define ZAPLOCK_LOCKSTEP_COROUTINE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

struct coroutine {
	void *sp;		/* where it was left */
	void *caller;		/* where its caller was */
	char *stack;		/* lowest byte above the guard page; NULL = never started */
	void (*fn)(void *arg);
	void *arg;
	bool busy;		/* fn has been called and has not returned */
	bool abandoned;
	jmp_buf base;		/* of the loop that calls fn */
	/* For AddressSanitizer. */
	void *fake, *caller_fake;
	const void *caller_stack;
	size_t caller_size;
};

/* The next coroutine_resume() calls fn(arg). False when memory for a stack is out. */
bool coroutine_prepare(struct coroutine *c, void (*fn)(void *arg), void *arg);
/* Runs @c until it leaves or fn returns; c->busy says which. Not from within a coroutine. */
void coroutine_resume(struct coroutine *c);
/* Back to whoever resumed @c, on whose stack this runs. Returns when resumed again. */
void coroutine_leave(struct coroutine *c);
/* Ends a busy coroutine where it stands: what it had in hand is the caller's to tidy up. */
void coroutine_abandon(struct coroutine *c);
void coroutine_free(struct coroutine *c);

#endif

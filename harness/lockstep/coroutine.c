// SPDX-License-Identifier: GPL-2.0-only
/*
 * See coroutine.h. Registers by the System V ABI for x86-64, section 3.2.1;
 * annotations by sanitizer/common_interface_defs.h of compiler-rt.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/lockstep/coroutine.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#endif

#ifdef HAVE_ASAN
#include <sanitizer/common_interface_defs.h>
#else
static inline void __sanitizer_start_switch_fiber(void **fake, const void *bottom, size_t size) { }
static inline void __sanitizer_finish_switch_fiber(void *fake, const void **bottom, size_t *size) { }
#endif

/* Untouched pages cost nothing; sanitizers' frames are large. */
#define STACK_SIZE	(512u << 10)

/* Stores the stack pointer at *@from, with the callee-saved registers below it, and goes to @to. */
void zl_coroutine_switch(void **from, void *to);
__asm__(
	".text\n"
	".globl zl_coroutine_switch\n"
	".type zl_coroutine_switch, @function\n"
	"zl_coroutine_switch:\n"
	"	pushq	%rbp\n"
	"	pushq	%rbx\n"
	"	pushq	%r12\n"
	"	pushq	%r13\n"
	"	pushq	%r14\n"
	"	pushq	%r15\n"
	"	movq	%rsp, (%rdi)\n"
	"	movq	%rsi, %rsp\n"
	"	popq	%r15\n"
	"	popq	%r14\n"
	"	popq	%r13\n"
	"	popq	%r12\n"
	"	popq	%rbx\n"
	"	popq	%rbp\n"
	"	ret\n"
	".size zl_coroutine_switch, . - zl_coroutine_switch\n");

void coroutine_leave(struct coroutine *c)
{
	__sanitizer_start_switch_fiber(&c->fake, c->caller_stack, c->caller_size);
	zl_coroutine_switch(&c->sp, c->caller);
	__sanitizer_finish_switch_fiber(c->fake, &c->caller_stack, &c->caller_size);
	if (c->abandoned)
		longjmp(c->base, 1);
}

/* The bottom of every stack: one job after the other, never returns. */
static void run_jobs(struct coroutine *c)
{
	__sanitizer_finish_switch_fiber(NULL, &c->caller_stack, &c->caller_size);
	for (;;) {
		if (!setjmp(c->base) && !c->abandoned)
			c->fn(c->arg);
		c->busy = c->abandoned = false;
		coroutine_leave(c);
	}
}

/* zl_coroutine_switch() returns to here with the coroutine in rbx. */
void zl_coroutine_begin(void);
__asm__(
	".text\n"
	".type zl_coroutine_begin, @function\n"
	"zl_coroutine_begin:\n"
	"	movq	%rbx, %rdi\n"
	"	call	*%r12\n"
	"	ud2\n"
	".size zl_coroutine_begin, . - zl_coroutine_begin\n");

static bool new_stack(struct coroutine *c)
{
	size_t guard = sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, STACK_SIZE + guard, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	uintptr_t *top;

	if (map == MAP_FAILED)
		return false;
	mprotect(map, guard, PROT_NONE);
	c->stack = map + guard;
	/* What the first switch pops: r15 r14 r13 r12 rbx rbp, the return address; then 16-aligned. */
	top = (uintptr_t *)(c->stack + STACK_SIZE) - 9;
	top[3] = (uintptr_t)run_jobs;
	top[4] = (uintptr_t)c;
	top[6] = (uintptr_t)zl_coroutine_begin;
	c->sp = top;
	return true;
}

bool coroutine_prepare(struct coroutine *c, void (*fn)(void *arg), void *arg)
{
	if (!c->stack && !new_stack(c))
		return false;
	c->fn = fn;
	c->arg = arg;
	c->busy = true;
	return true;
}

void coroutine_resume(struct coroutine *c)
{
	__sanitizer_start_switch_fiber(&c->caller_fake, c->stack, STACK_SIZE);
	zl_coroutine_switch(&c->caller, c->sp);
	__sanitizer_finish_switch_fiber(c->caller_fake, NULL, NULL);
}

void coroutine_abandon(struct coroutine *c)
{
	c->abandoned = true;
	coroutine_resume(c);
}

void coroutine_free(struct coroutine *c)
{
	size_t guard = sysconf(_SC_PAGESIZE);

	if (c->stack)
		munmap(c->stack - guard, STACK_SIZE + guard);
	*c = (struct coroutine){ 0 };
}

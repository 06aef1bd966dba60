/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In place of the kernel's asm/irqflags.h: RFLAGS.IF is a variable, since ring 3
 * has neither CLI nor STI. Nothing interrupts this machine, but KVM asserts
 * whether interrupts are on or off, so the flag is kept.
 */
#ifndef _X86_IRQFLAGS_H_
#define _X86_IRQFLAGS_H_

#include <asm/processor-flags.h>
#include <asm/nospec-branch.h>

extern unsigned long ukvm_eflags;	/* X86_EFLAGS_IF or 0 */

static inline unsigned long native_save_fl(void) { return ukvm_eflags; }
static inline void native_irq_disable(void) { ukvm_eflags = 0; }
static inline void native_irq_enable(void) { ukvm_eflags = X86_EFLAGS_IF; }
static inline void native_safe_halt(void) { }
static inline void native_halt(void) { }
static inline void arch_safe_halt(void) { }
static inline void halt(void) { }
static inline unsigned long arch_local_save_flags(void) { return ukvm_eflags; }
static inline void arch_local_irq_disable(void) { ukvm_eflags = 0; }
static inline void arch_local_irq_enable(void) { ukvm_eflags = X86_EFLAGS_IF; }
static inline void arch_local_irq_restore(unsigned long flags) { ukvm_eflags = flags; }
static inline int arch_irqs_disabled_flags(unsigned long flags) { return !(flags & X86_EFLAGS_IF); }
static inline int arch_irqs_disabled(void) { return !ukvm_eflags; }

static inline unsigned long arch_local_irq_save(void)
{
	unsigned long flags = ukvm_eflags;

	ukvm_eflags = 0;
	return flags;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Static calls without code patching. On x86 a static call to NULL is patched
 * to a NOP, and KVM relies on that for optional vendor hooks; the kernel's
 * generic fallback would jump to 0. Here NULL becomes a function that does
 * nothing.
 */
#ifndef UKVM_LINUX_STATIC_CALL_H
#define UKVM_LINUX_STATIC_CALL_H

#include_next <linux/static_call.h>

extern long ukvm_static_call_nop(void);

#undef static_call_update
#define static_call_update(name, new)						\
({										\
	typeof(&STATIC_CALL_TRAMP(name)) __new = (new);				\
	STATIC_CALL_KEY(name).func = __new ? (void *)__new			\
					   : (void *)ukvm_static_call_nop;	\
})

#ifndef static_call_mod
#define static_call_mod(name) static_call(name)
#endif

#endif

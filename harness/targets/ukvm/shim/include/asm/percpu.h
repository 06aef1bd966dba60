/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * On one CPU a per-CPU variable is a plain one. The kernel's "stable" reads
 * address it absolutely, which a shared object cannot; an ordinary read is the
 * same thing.
 */
#include_next <asm/percpu.h>

#undef this_cpu_read_stable
#define this_cpu_read_stable(pcp) this_cpu_read(pcp)

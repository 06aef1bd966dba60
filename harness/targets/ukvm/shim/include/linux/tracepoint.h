/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints become direct calls. The kernel is configured without them, so
 * its own header makes each trace_NAME() empty; here those that ukvm listens to
 * (UKVM_TRACE_NAME defined to 1) call ukvm_trace_NAME() in trace.c, with the
 * tracepoint's own arguments.
 */
/* No include guard: the kernel's header has parts that are meant to be read again. */
#include_next <linux/tracepoint.h>

#define UKVM_TRACE_kvm_tdp_mmu_spte_changed	1
#define UKVM_TRACE_fast_page_fault		1
#define UKVM_TRACE_mark_mmio_spte		1
#define UKVM_TRACE_kvm_mmu_zap_all_fast		1

/* 1 if UKVM_TRACE_@name is defined, by the kernel's IS_ENABLED() trick. */
#define UKVM_TRACED(name) __is_defined(UKVM_TRACE_##name)

#undef __DECLARE_TRACE
#define __DECLARE_TRACE(name, proto, args, ...)					\
	extern void ukvm_trace_##name(proto);					\
	static inline void trace_##name(proto)					\
	{									\
		if (UKVM_TRACED(name))						\
			ukvm_trace_##name(args);				\
	}									\
	static inline void trace_##name##_rcuidle(proto) { }			\
	static inline bool trace_##name##_enabled(void) { return false; }

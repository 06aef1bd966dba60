/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's SPTE tracepoints (kvmmmu:*), read from a tracing instance of our own
 * through libtracefs and libtraceevent (rules F.2). Where tracefs is not
 * mounted it is mounted for this process alone, on no path; the instance goes
 * when the trace is closed, and when the process dies, however it does.
 */
#ifndef ZAPLOCK_KVM_TRACE_H
#define ZAPLOCK_KVM_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum trace_kind {
	TRACE_CHANGED,		/* kvm_tdp_mmu_spte_changed: as_id, gfn, level, old, new */
	TRACE_SET,		/* kvm_mmu_set_spte: gfn, level, new */
	TRACE_MMIO,		/* mark_mmio_spte: gfn */
	TRACE_ZAP_ALL,		/* kvm_mmu_zap_all_fast */
	TRACE_SPLIT,		/* kvm_mmu_split_huge_page: gfn, level, old (the huge leaf), failed */
	NR_TRACE_KINDS,
};

struct trace_record {
	uint64_t time;
	uint64_t gfn, old_spte, new_spte;
	int pid;		/* the thread that caused it */
	uint8_t kind, level, as_id;
	bool failed;
};

struct trace;

/* @tdp_mmu: does KVM trace every SPTE change? NULL with one sentence and what to do in @error. */
struct trace *trace_open(bool tdp_mmu, char *error, size_t size);
void trace_close(struct trace *trace);

/*
 * All that happened since the last call, in order; good until the next one.
 * False, with @why, when events were lost.
 */
bool trace_read(struct trace *trace, struct trace_record **records, size_t *nr, char *why, size_t size);

#endif

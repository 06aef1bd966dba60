/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of ftrace text, and the events in them.
 */
#ifndef ZAPLOCK_TRACE_PARSE_H
#define ZAPLOCK_TRACE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TRACE_LINE_MAX	4096	/* a line of ftrace is at most a page */
#define TRACE_COMM_MAX	16

struct trace_reader {
	FILE *in;
	size_t pos, end;		/* of what stands in chunk[] */
	unsigned long number;		/* of the line in line[], from 1 */
	size_t length;
	bool overlong;			/* more than fits: the rest is dropped */
	bool controls;			/* holds control characters, replaced by '?' */
	bool unfinished;		/* the last line of the file, and no newline behind it */
	char line[TRACE_LINE_MAX + 1];
	char chunk[1 << 16];
};

void trace_reader_init(struct trace_reader *r, FILE *in);
/* 1: a line is in @r, without its newline; 0: end of file; -EIO. */
int trace_reader_next(struct trace_reader *r);

enum trace_kind {
	TRACE_OTHER,		/* an event that is not followed */
	TRACE_MSR,		/* kvm_msr: write, index, value, gp */
	TRACE_CR,		/* kvm_cr: write, index, value */
	TRACE_SPTE_CHANGED,	/* kvm_tdp_mmu_spte_changed: as_id, gfn, level, old_spte, new_spte */
	TRACE_SET_SPTE,		/* kvm_mmu_set_spte: gfn, level, new_spte */
	TRACE_MMIO_SPTE,	/* mark_mmio_spte: gfn */
	TRACE_ZAP_ALL,		/* kvm_mmu_zap_all_fast */
	TRACE_SPLIT,		/* kvm_mmu_split_huge_page: gfn, level, old_spte, value = errno */
	TRACE_ENTRY,		/* kvm_entry: vcpu, rip */
	TRACE_EXIT,		/* kvm_exit: vcpu, rip, reason in text */
	TRACE_FAULT,		/* kvm_page_fault: vcpu */
	TRACE_SMM,		/* kvm_smm_transition: vcpu, write = entering */
	TRACE_NESTED,		/* kvm_nested_*: the vCPU runs a guest of its guest */
	TRACE_MARK,		/* tracing_mark_write: text */
	/* kprobe events by the names that corpus/traces uses */
	TRACE_ZAPGFN,		/* kvm_zap_gfn_range: value = kvm */
	TRACE_MT_IN,		/* vmx_get_mt_mask: gfn, write = is_mmio */
	TRACE_SETMTRR,		/* kvm_mtrr_set_msr: index, value */
	TRACE_NCREG,		/* kvm_arch_register_noncoherent_dma */
	TRACE_NCUNREG,
	NR_TRACE_KINDS,
};

struct trace_event {
	enum trace_kind kind;
	char comm[TRACE_COMM_MAX + 1];
	int pid, tgid;			/* tgid -1: not printed */
	int vcpu;			/* -1: not printed */
	bool write, gp;
	uint32_t index;			/* MSR or CR number */
	uint8_t as_id, level;
	uint64_t gfn, old_spte, new_spte, value, rip;
	const char *text;		/* behind "event: " */
};

enum trace_line_kind {
	LINE_EVENT,		/* *event is filled in; its kind may be TRACE_OTHER */
	LINE_COMMENT,		/* '#', blank, or what the tools print around a trace */
	LINE_LOST,		/* the kernel or trace-cmd says that events were lost */
	LINE_UNREADABLE,	/* an event that is followed but cannot be read, or no trace line at all */
};

/* Reads @line; @event points into it. */
enum trace_line_kind trace_parse_line(const char *line, struct trace_event *event);

#endif

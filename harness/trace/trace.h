/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Audit of a recorded trace: what a real host's KVM did, checked against the
 * oracle (design 7, `zaplock audit`; rules F).
 *
 * The input is ftrace text: tracefs `trace` or `trace_pipe`, or what
 * `trace-cmd report` prints. It shows guest MSR and CR writes and every TDP
 * SPTE change, but not the whole state that memtypes rest on. What a trace
 * cannot tell is unknown, and nothing is judged that rests on it; a header
 * line `# zaplock-trace KEY=VALUE...` or options supply it.
 */
#ifndef ZAPLOCK_TRACE_TRACE_H
#define ZAPLOCK_TRACE_TRACE_H

#include <stdio.h>

#include "harness/lockstep/lockstep.h"

#define AUDIT_MAX_FINDINGS	64	/* distinct keys kept; others are counted */
#define AUDIT_MAX_NOTES		16

/* Why something could not be judged: what was unknown, in the order asked for. */
enum audit_unknown {
	UNKNOWN_HOST,		/* EPT or NPT? */
	UNKNOWN_PROFILE,
	UNKNOWN_TDP_MMU,	/* kvm_mmu_set_spte without TDP MMU events */
	UNKNOWN_DMA,
	UNKNOWN_QUIRK,
	UNKNOWN_CPUID,		/* CPUID.MTRR, host self-snoop, guest MAXPHYADDR */
	UNKNOWN_VCPUS,		/* how many vCPUs, or which one a task runs */
	UNKNOWN_CR0,
	UNKNOWN_DEF_TYPE,
	UNKNOWN_FIXED,		/* a fixed MTRR */
	UNKNOWN_VARIABLE,	/* a variable MTRR */
	UNKNOWN_MMIO,		/* UC, IPAT=0: a pfn of MMIO, or RAM of a wrong memtype */
	UNKNOWN_OPEN,		/* the trace ends before the event is over */
	NR_AUDIT_UNKNOWNS,
};

struct audit_unknown_info {
	const char *name;	/* "dma" */
	const char *supply;	/* what would make it known: "--assume dma=on|off" */
};
extern const struct audit_unknown_info audit_unknowns[NR_AUDIT_UNKNOWNS];

/* One finding or advisory; findings of one key are one entry, the first seen. */
struct audit_finding {
	struct finding finding;	/* .step = number of the mark before it, else of the event; .leaves = all of them */
	unsigned long line;	/* of the trace, where it shows; from 1 */
	unsigned long times;	/* events with this key */
	unsigned long last_line;	/* of the last of them */
	char what[96];		/* what the guest or host did: "vcpu0 cr0 0x80000031" */
};

/* What a trace did, as a program (record.c). Zeroed by the caller. */
struct audit_record {
	struct program program;
	unsigned long dropped;		/* ops for which a program has no room */
	/* Private: */
	unsigned nr_vcpus, nr_ranges;
	uint32_t cd, cd_at_start;	/* vCPUs (bits) */
	uint32_t quirks_off;
	struct { uint64_t start, end; unsigned level; } ranges[MAX_SLOTS];	/* gfns that leaves were seen in, and the largest */
};

struct audit_options {
	/* KEY=VALUE strings, as in the header line, which they override. See audit_keys_help. */
	const char *const *assume;
	size_t nr_assume;
	enum profile profile;	/* PROFILE_NONE: the trace's */
	bool advisories;	/* keep advisories among the findings, not only count them */
	bool explain;		/* fill in finding.why */
	struct audit_record *record;	/* NULL: not wanted */
};

/* What the keys of header and options mean, one a line, for --help. */
extern const char audit_keys_help[];

struct audit_result {
	enum verdict verdict;		/* VERDICT_CLEAN, _FINDING, _UNDEFINED, or _SKIPPED: nothing could be judged */
	char why[256];			/* of SKIPPED */
	enum profile profile;		/* PROFILE_NONE: not known */
	char host[32];			/* "kvm_intel, EPT"; "" when not known */
	unsigned nr_findings, dropped;
	uint64_t advisories[NR_VERDICT_RULES];	/* occurrences, of advisory rules; over-zap counts pages */
	struct audit_finding findings[AUDIT_MAX_FINDINGS];

	/* The file. */
	unsigned long lines, events, ignored;	/* events: lines of events we follow; ignored: of others */
	unsigned long unreadable;		/* lines of events we follow that cannot be read, and garbage */
	unsigned long first_unreadable;		/* line number */
	char unreadable_text[96];		/* what stands there, control characters replaced */
	unsigned long lost;			/* places where events were lost (LOST EVENTS, unreadable) */

	/* What it shows. */
	unsigned vcpus;				/* of one VM that ran */
	unsigned long msr_writes, msr_reads, cr_writes, dma_changes, quirk_changes;
	unsigned long leaves, zaps, mmio_sptes;	/* leaf SPTEs installed, removed; MMIO SPTEs installed */
	unsigned long leaves_at_end;

	/* What was judged. */
	unsigned long fresh_judged, fresh_unknown;	/* leaves when installed */
	unsigned long events_judged, events_unknown;	/* changes of state: must-zap */
	unsigned long stale_judged, stale_unknown;	/* leaves asked after such a change */
	unsigned long faults_judged, faults_unknown;	/* MSR writes: accepted or #GP */
	unsigned long undefined;			/* differs only where the architecture is undefined */
	unsigned long unknown[NR_AUDIT_UNKNOWNS];	/* judgements not made, by reason */

	unsigned nr_notes;			/* remarks a reader should see */
	char notes[AUDIT_MAX_NOTES][160];
	struct rule_set rules_hit;
	double seconds;
};

/*
 * Audits @in to its end; @name stands for it in messages. Returns 0 with *out
 * filled in; or -EINVAL (not a trace, a bad key, several VMs and no pid=),
 * -EIO, -ENOMEM with one sentence, and what to do, in @error. Reads line by
 * line; memory grows with the number of live leaves only.
 */
int audit_trace(FILE *in, const char *name, const struct audit_options *options,
		struct audit_result *out, char *error, size_t size);

/* 0 clean, 1 findings, 4 nothing could be judged (design 7). */
int audit_exit_code(const struct audit_result *result);

#endif

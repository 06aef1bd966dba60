/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a trace itself cannot tell, as its header line or the user says it.
 */
#ifndef ZAPLOCK_TRACE_FACTS_H
#define ZAPLOCK_TRACE_FACTS_H

#include "oracle/oracle.h"

#define FACTS_MAX_PIDS		64u
#define FACTS_MAX_MMIO		16u
#define FACTS_MAX_MSRS		32u
#define FACTS_MAX_VCPUS		512u

/* A truth value that may be unknown. */
enum tri { TRI_UNKNOWN = -1, TRI_NO, TRI_YES };

enum facts_start {
	START_UNKNOWN = -1,	/* the VM was there before the trace */
	/* else an enum start_mode: the trace begins before the VM first runs */
};

struct facts {
	enum tri intel;		/* else AMD */
	enum tri tdp;		/* EPT or NPT; else shadow paging */
	enum tri tdp_mmu;
	enum tri cpuid_mtrr, selfsnoop;
	enum tri marks;		/* tracing_mark_write lines are `@N STEP` of corpus/traces */
	enum profile profile;	/* PROFILE_NONE: unknown */
	unsigned vcpus;		/* 0: unknown */
	unsigned maxphyaddr;	/* 0: unknown */
	int dma;		/* count at the start; -1: unknown */
	int start;		/* enum facts_start */
	uint32_t quirks_known, quirks_off;
	uint32_t quirks_firm;	/* said by the user, of all of the trace */
	bool cr0_known;
	uint64_t cr0;
	bool mmio_known;	/* mmio[] lists all MMIO that the host maps into the guest */
	unsigned nr_mmio, nr_pids, nr_msrs, nr_slots;
	struct slot mmio[FACTS_MAX_MMIO], slots[MAX_SLOTS];
	int pids[FACTS_MAX_PIDS];	/* of the VM's tasks; none: every task */
	struct { uint32_t msr; uint64_t value; } msrs[FACTS_MAX_MSRS];
};

void facts_init(struct facts *facts);

/*
 * Takes one KEY=VALUE. 0; -ENOENT for a key that does not exist; -EINVAL for a
 * value it cannot have, with what was expected in *expected.
 */
int facts_set(struct facts *facts, const char *pair, const char **expected);

/* Is @gfn in a range that mmio= names? */
bool facts_mmio(const struct facts *facts, uint64_t gfn);
bool facts_pid(const struct facts *facts, int pid, int tgid);

#endif

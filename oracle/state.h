/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle's state. Plain data without pointers into itself, so that callers
 * may embed it and copy it by assignment. Everything but the type is private
 * to oracle/.
 *
 * R-MT of a vCPU is a row of its profile's table and, where the row says "ask
 * the MTRRs", a map that is built from them on the first look-up. Both exist
 * twice, for now and for before the last step; an op that cannot change R-MT
 * touches neither.
 */
#ifndef ZAPLOCK_ORACLE_STATE_H
#define ZAPLOCK_ORACLE_STATE_H

#include "oracle/oracle.h"

#define GFN_LIMIT	(1ULL << (52 - PAGE_SHIFT))	/* gfns are below this */
#define GFN_1M		0x100ULL			/* fixed ranges end here */

/* A variable range as the match formula wants it (A.2), in gfns. */
struct mtrr_pair {
	uint64_t base, mask;	/* gfn in it iff (gfn & mask) == base; mask has all bits from MAXPHYADDR on */
	uint8_t type;
};

#define MAX_LOOK_BOUNDS	(2 * NR_VAR_MTRR)

/* A run of pages that the same variable ranges match, from the run before. */
struct look_run {
	uint64_t end;		/* gfn */
	uint64_t hit;		/* the bit of its R-LOOK.* in rule_set.word[0] */
	struct mt mt;
};

/*
 * Pages of which a map's runs answer, and where in struct oracle that map is.
 * No pages: take the long way.
 */
struct quick {
	uint64_t start, pages;	/* gfns [start, start + pages), below INT32_MAX */
	uint64_t map;		/* byte offset */
};

/* What the enabled MTRRs say of every page: fixed bytes, then runs above them. */
struct mtrr_map {
	bool valid;
	bool fixed;		/* FE=1: below 1M ask the fixed bytes */
	bool holed;		/* a mask is not contiguous: no runs, ask the pairs */
	uint8_t def_type;
	uint8_t nr_pairs;
	struct quick quick;
	int32_t end[MAX_LOOK_BOUNDS];	/* of each run but the last, if below INT32_MAX; else that */
	struct look_run run[MAX_LOOK_BOUNDS + 1];
	struct mtrr_pair pair[NR_VAR_MTRR];
};

/* The MTRRs of a vCPU as written, and what follows from them. */
struct mtrr_state {
	uint64_t def_type;
	uint64_t base[NR_VAR_MTRR], mask[NR_VAR_MTRR];
	uint64_t fixed[NR_FIXED_MTRR_MSRS];
	struct mtrr_map map;
};

/* What RSM restores. */
struct smm_save {
	uint64_t cr0, cr3, cr4, efer;
	bool cs_l;
};

struct vcpu_state {
	uint64_t cr0, cr3, cr4, efer, pat;
	bool cpuid_mtrr;
	uint8_t maxphyaddr;
	bool cs_l;		/* 64-bit code segment: 64-bit mode if EFER.LMA */
	bool smm, init_latched, smi_latched;
	struct smm_save save;
	struct mt row[2];	/* by enum epoch; RULE_MT_7 = ask mtrr[at] */
	uint8_t at[2];		/* by enum epoch: which of mtrr[] */
	struct mtrr_state mtrr[2];
};

/* A run of what the host maps, from the end of the one before it. */
struct backing_run {
	uint64_t end;		/* gfn */
	uint8_t kind;		/* enum backing, or BACKING_UNKNOWN */
};

#define BACKING_DEFAULT	BACKING_1G	/* until `backing` says otherwise: as large as the slot allows */
#define BACKING_UNKNOWN	NR_BACKINGS	/* told apart no longer, for want of room */
#define MAX_BACKING_RUNS 96u

/* Ranges of leaves that do not follow the row: MMIO pfns, unknown backing. */
struct special_run {
	uint64_t start, end;	/* gfns; sorted, disjoint */
	uint8_t kind;		/* BACKING_MMIO or BACKING_UNKNOWN */
};

#define MAX_SPECIAL_RUNS (MAX_BACKING_RUNS + MAX_SLOTS)

#define MAX_VA_MAPS	16u
#define VA_PCIDS	2u	/* PCIDs remembered as flushed, per map and vCPU */

/* A mapping in the guest's page tables, made by OP_MAP. */
struct va_map {
	uint64_t va, gpa, size;	/* bytes; size 0 = unused */
	uint8_t mapped;		/* vCPUs (bits) that made it */
	uint8_t stale;		/* vCPUs whose TLB may hold what was there before ... */
	struct { uint16_t pcid[VA_PCIDS]; uint8_t nr; } clean[MAX_VCPUS]; /* ... but for these PCIDs */
};

struct oracle {
	enum profile profile;
	enum vendor vendor;
	bool tdp, ept, selfsnoop;
	uint8_t nr_vcpus;
	uint32_t quirks_disabled;	/* QUIRK_* */
	uint32_t dma;			/* count of non-coherent DMA */
	uint32_t ran, waits;		/* vCPUs (bits) */
	uint32_t uninitialized;		/* of those that wait: have not even had INIT */
	uint32_t moved;			/* vCPUs whose R-MT's inputs the last step changed */
	uint32_t changed;		/* of them, those whose R-MT may differ */
	uint8_t special_at[2];		/* by enum epoch: which of special[] ... */
	uint8_t nr_special[2];		/* ... and how many runs it has */
	struct quick quick[2][MAX_VCPUS]; /* by enum epoch */
	bool va_forgotten;		/* more than MAX_VA_MAPS were made */
	uint8_t va_next;
	struct rule_set hit;
	struct slot slots[MAX_SLOTS];
	unsigned nr_backing;
	struct backing_run backing[MAX_BACKING_RUNS];
	struct special_run special[2][MAX_SPECIAL_RUNS];
	struct va_map va[MAX_VA_MAPS];
	struct vcpu_state vcpu[MAX_VCPUS];
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle: an executable specification of x86 memory types under KVM.
 *
 * It follows a program op by op and says, declaratively, what is true after
 * each: was the op accepted, which value reads back, which (type, IPAT) a leaf
 * SPTE for a gfn must carry (rule R-MT), which leaves an op makes stale
 * (R-ZAPMIN) and how far its zaps may reach (R-ZAPSET). It is pure: no I/O, no
 * allocation, no clock, no knowledge of any target. Where the architecture is
 * undefined it says so, and KVM's documented choice stands beside it.
 *
 * All gfn ranges are half-open, in 4 KiB pages.
 */
#ifndef ZAPLOCK_ORACLE_ORACLE_H
#define ZAPLOCK_ORACLE_ORACLE_H

#include <stddef.h>

#include "oracle/op.h"
#include "oracle/rules.h"

/* A leaf's memtype. NPT and shadow leaves (PAT index 0) are WB, IPAT 0. */
struct mt {
	uint8_t type;		/* enum memtype */
	uint8_t ipat;		/* 0 or 1 */
	uint8_t undefined;	/* architecture undefined (A.3): type is KVM's choice */
	uint8_t rule;		/* enum rule_id that decided (all fit in 8 bits) */
};

/* The same memtype over [asked gfn, end). */
struct mt_run {
	uint64_t end;
	struct mt mt;
};

/* Which state oracle_memtype() answers for: after, or before, the last step. */
enum epoch { EPOCH_NOW, EPOCH_BEFORE };

/* How far zaps on account of an op may reach (R-ZAPSET; rules B.4 table). */
enum extent_kind { EXTENT_EVERYTHING, EXTENT_NOTHING, EXTENT_RANGE, EXTENT_MATCH };

struct extent {
	enum extent_kind kind;
	uint64_t start, end;			/* EXTENT_RANGE: gfns */
	unsigned nr_match;			/* EXTENT_MATCH: pages that any pair matches */
	struct { uint64_t base, mask; } match[2];	/* in gfns: page in it iff (gfn & mask) == base */
};

/* Does a leaf of [gfn, gfn + npages) touch @extent? */
bool extent_touches(const struct extent *extent, uint64_t gfn, uint64_t npages);

/* Linear (guest) TLB flush that the architecture demands of an op (rules C.1). */
enum guest_flush { GUEST_FLUSH_NONE, GUEST_FLUSH_CURRENT, GUEST_FLUSH_ALL };

/*
 * The class of an op's state change, for the triage key: which kind of
 * register or event, and which way it went. change_class_name() gives the
 * stable text ("cr0:cd-clear", "physbase:edit-v1", "dma:first-on", ...).
 */
enum change_class {
	CHANGE_NONE,
#define CHANGE(name, text) CHANGE_##name,
#include "oracle/change.def"
#undef CHANGE
	NR_CHANGES,
};

const char *change_class_name(enum change_class change);

/* What oracle_step() says of one op. */
struct oracle_result {
	struct outcome outcome;		/* demanded; OUT_ANY = unspecified */
	enum rule_id outcome_rule;	/* the rule that demands it */
	enum change_class change;
	uint32_t changed;		/* vCPUs (bits) whose R-MT may differ from before the op */
	uint32_t acting;		/* vCPUs for whom R-ZAPMIN asks: the op's own, or all counted ones for a VM-wide op */
	bool host_only;			/* only a VMM can cause this op */
	bool nonconforming;		/* the op edits a pair with V=1 and E=1 */
	bool lost;			/* no rule says which state the op leaves: nothing after it can be judged */
	struct extent extent;
	uint64_t gone_start, gone_end;	/* leaves here must be removed or remapped: slot deleted or moved, pages moved (R-SLOT) */
	uint64_t wrprot_start, wrprot_end; /* leaves here must not be writable afterwards: readonly slot created, dirty logging begun */
	enum guest_flush guest_flush;
	enum rule_id guest_flush_rule;
	bool enters_guest;		/* the op executes guest code on op->vcpu */
	bool linear;			/* the op accesses through the guest's PTEs, and can only reach ... */
	uint64_t linear_gpa;		/* ... this: whatever else was cached has been flushed */
};

struct oracle;		/* oracle/state.h defines it; callers may embed it */

/*
 * Begin a program: @machine as its header says, judged by @profile (not
 * PROFILE_NONE). No step has been taken.
 */
void oracle_reset(struct oracle *o, const struct machine *machine, enum profile profile);

/*
 * Follow @op. Ops that the rules reject change nothing (rules H.1). Ops of
 * vCPUs beyond the machine's are a programming error.
 */
void oracle_step(struct oracle *o, const struct op *op, struct oracle_result *result);

/*
 * R-MT for @vcpu at @gfn: the memtype that a leaf created now (or before the
 * last step) must carry, and up to which gfn that holds. Runs never span a
 * change of type, IPAT, `undefined` or rule; the end is at most
 * 1 << (52 - PAGE_SHIFT). Where no memslot lies the answer is that for RAM.
 */
struct mt_run oracle_memtype(struct oracle *o, unsigned vcpu, uint64_t gfn, enum epoch epoch);

/*
 * The narrowest rule that decides R-MT for @vcpu at @gfn now: the row of the
 * profile's table or, where the MTRRs decide, the case of R-LOOK.
 */
enum rule_id oracle_deciding_rule(struct oracle *o, unsigned vcpu, uint64_t gfn);

/*
 * Is (type, ipat) what R-MT says over all of [gfn, gfn + npages) for @vcpu?
 * `mixed`: R-MT is not uniform there. `undefined`: it differs, but only where
 * the architecture is undefined.
 */
enum mt_match { MT_MATCHES, MT_DIFFERS, MT_MIXED, MT_UNDEFINED };
enum mt_match oracle_matches(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages,
			     struct mt observed, enum epoch epoch);

/* Did R-MT for @vcpu change anywhere in [gfn, gfn + npages) by the last step? */
bool oracle_memtype_changed(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages);

/* vCPUs (bits) that count: have run guest code and do not wait for SIPI (R-UNIF). */
uint32_t oracle_counted(const struct oracle *o);

/* Does a valid pair of @vcpu that is unaligned or holed, now or before the last step, reach [gfn, gfn + npages)? */
bool oracle_nonconforming(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages);

/* The largest level a leaf for @gfn may have: slot, backing, dirty log, uniformity (R-HUGE). 0: none may exist. */
unsigned oracle_max_level(struct oracle *o, unsigned vcpu, uint64_t gfn);

/* Slot state of @gfn: NULL where no slot lies. */
const struct slot *oracle_slot(const struct oracle *o, uint64_t gfn);

/* What the guest's registers read now. */
struct vcpu_regs {
	uint64_t cr0, cr3, cr4, efer, pat, def_type;
	bool waits_for_sipi, smm;
};
struct vcpu_regs oracle_regs(const struct oracle *o, unsigned vcpu);

/* Rules consulted since oracle_reset(). */
const struct rule_set *oracle_rules_hit(const struct oracle *o);

/* A small number that classifies @vcpu's memtype-relevant state, for state coverage (0 to 255). */
unsigned oracle_state_class(const struct oracle *o, unsigned vcpu);

/*
 * The chain of rules behind oracle_memtype(o, vcpu, gfn): one line a rule,
 * in the words of a kernel developer. Returns the number of lines, at most
 * @max.
 */
struct why {
	enum rule_id rule;
	char text[160];
};
size_t oracle_explain(struct oracle *o, unsigned vcpu, uint64_t gfn, struct why *lines, size_t max);

/*
 * The effective type of an access through a leaf of memtype @mt by a guest
 * mapping of PAT type @pat: SDM table 11-7 (rules A.8) for EPT with IPAT=0,
 * APM tables 15-19 and 15-20 (A.10) for NPT over host MTRR WB.
 */
enum memtype effective_type_ept(struct mt mt, enum memtype pat);
enum memtype effective_type_intel(enum memtype mtrr, enum memtype pat);

/* AMD's results have two more names: CD (UC that still snoops) and WC+ (WC that snoops). */
enum amd_type { AMD_UC = 0, AMD_WC = 1, AMD_WT = 4, AMD_WP = 5, AMD_WB = 6, AMD_CD = 8, AMD_WC_PLUS = 9, AMD_UC_MINUS = 7 };
enum amd_type effective_type_amd(enum amd_type mtrr, enum memtype pat);			/* APM 7-11 */
enum amd_type combine_pat_npt(enum memtype guest_pat, enum memtype host_pat);		/* APM 15-19 */
enum amd_type effective_type_npt(enum memtype guest_pat, enum memtype host_pat, enum memtype host_mtrr); /* 15-19 then 15-20 */

#endif

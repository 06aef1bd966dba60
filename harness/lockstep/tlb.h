/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each vCPU's TLB may still hold (R-FLUSH, R-ROLE): filled by the walks
 * that a target reports, emptied only by the flushes it reports. A removed or
 * downgraded SPTE marks the entries that came from it; a marked entry at a
 * guest entry is a missed flush.
 */
#ifndef ZAPLOCK_LOCKSTEP_TLB_H
#define ZAPLOCK_LOCKSTEP_TLB_H

#include "harness/lockstep/target.h"
#include "oracle/oracle.h"

/* Entries kept per vCPU; the oldest goes first, as a real TLB may drop any at any time. */
#define TLB_ENTRIES 128u

struct tlb_entry {
	struct leaf leaf;
	struct spte_view view;
	uint32_t stale_step;		/* ordinal of the op that outdated it; 0 = it is right */
	enum change_class stale_change;
};

struct tlb {
	uint32_t nr, next;		/* next: victim when full */
	uint32_t nr_stale;
	enum guest_flush owed;		/* linear flush that a CR change demands and nobody did yet */
	enum rule_id owed_rule;
	enum change_class owed_change;
	uint32_t owed_step;
	uint32_t demand_step;		/* the last op that demanded a linear flush; 0: none did */
	enum change_class demand_change;
	struct tlb_entry entries[TLB_ENTRIES];
};

void tlb_reset(struct tlb *tlb);
void tlb_fill(struct tlb *tlb, enum spte_layout layout, const struct event *ev);
/* Forgets translations of gfns [start, end). */
void tlb_flush(struct tlb *tlb, uint64_t start, uint64_t end);
void tlb_guest_flush(struct tlb *tlb, enum guest_flush scope);
/*
 * The SPTE behind @leaf, and those of the leaves alike that follow it up to gfn
 * @end, became @now (not a leaf: removed). Entries that overlap them and no longer say the same are marked; whether a smaller or larger leaf
 * still maps what they hold is asked when the vCPU enters the guest.
 */
void tlb_outdate(struct tlb *tlb, const struct leaf *leaf, uint64_t end, struct spte_view now,
		 uint32_t step, enum change_class change);
/* The first stale entry behind @after (NULL: of all), or NULL. */
struct tlb_entry *tlb_stale(struct tlb *tlb, const struct tlb_entry *after);
/* @result's op demands a linear flush from its end on. */
void tlb_owe(struct tlb *tlb, const struct oracle_result *result, uint32_t step);
/* @entry turned out to be right after all. */
void tlb_absolve(struct tlb *tlb, struct tlb_entry *entry);
/* Forgets stale entries and owed flushes: they have been reported. */
void tlb_forgive(struct tlb *tlb);

#endif

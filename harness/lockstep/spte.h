/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading KVM's SPTEs (rules F.5): EPT, and NPT or shadow, as Linux 6.1 to 6.12
 * lay them out. The parts that differ later (7.x: software bits above 52) are
 * not looked at.
 */
#ifndef ZAPLOCK_LOCKSTEP_SPTE_H
#define ZAPLOCK_LOCKSTEP_SPTE_H

#include "oracle/x86.h"

enum spte_layout {
	SPTE_EPT,	/* memtype 5:3, IPAT 6, PS 7, R 0, W 1, X 2 */
	SPTE_PAE,	/* NPT and shadow: P 0, W 1, U 2, PWT 3, PCD 4, PAT/PS 7, PAT(large) 12, NX 63 */
};

#define SPTE_MMU_PRESENT	(1ULL << 11)	/* software: a present SPTE, even with RWX = 0 */
#define SPTE_PFN_MASK		0x000ffffffffff000ULL

#define EPT_R			(1ULL << 0)
#define EPT_W			(1ULL << 1)
#define EPT_X			(1ULL << 2)
#define EPT_MT_SHIFT		3
#define EPT_MT_MASK		(7ULL << EPT_MT_SHIFT)
#define EPT_IPAT		(1ULL << 6)
#define SPTE_PS			(1ULL << 7)
#define PAE_P			(1ULL << 0)
#define PAE_W			(1ULL << 1)
#define PAE_U			(1ULL << 2)
#define PAE_PWT			(1ULL << 3)
#define PAE_PCD			(1ULL << 4)
#define EPT_D			(1ULL << 9)
#define PAE_D			(1ULL << 6)
#define PAE_PAT_4K		(1ULL << 7)
#define PAE_PAT_LARGE		(1ULL << 12)
#define PAE_NX			(1ULL << 63)

struct spte_view {
	bool present;		/* MMU_PRESENT */
	bool leaf;		/* present, and maps a page */
	bool writable;		/* the CPU may write through it now */
	uint8_t type;		/* enum memtype; for SPTE_PAE: what the host PAT holds there */
	uint8_t ipat;
	uint64_t pfn;		/* of the leaf's first 4K page */
};

static inline struct spte_view spte_view(enum spte_layout layout, uint64_t spte, unsigned level)
{
	struct spte_view view = { .present = spte & SPTE_MMU_PRESENT };
	/* PAT as Linux hosts program it for entries 0 to 7: WB WC UC- UC WB WP UC- WT. */
	static const uint8_t host_pat[8] = {
		MT_WB, MT_WC, MT_UC_MINUS, MT_UC, MT_WB, MT_WP, MT_UC_MINUS, MT_WT,
	};

	if (!view.present)
		return view;
	view.leaf = level == LEVEL_4K || (spte & SPTE_PS);
	view.writable = spte & EPT_W;	/* the same bit in both layouts */
	view.pfn = (spte & SPTE_PFN_MASK) >> PAGE_SHIFT;
	if (layout == SPTE_EPT) {
		view.type = (spte & EPT_MT_MASK) >> EPT_MT_SHIFT;
		view.ipat = !!(spte & EPT_IPAT);
	} else {
		uint64_t pat = level == LEVEL_4K ? spte & PAE_PAT_4K : spte & PAE_PAT_LARGE;

		view.type = host_pat[!!pat * 4 + !!(spte & PAE_PCD) * 2 + !!(spte & PAE_PWT)];
	}
	if (view.leaf && level > LEVEL_4K)
		view.pfn &= ~(level_pages(level) - 1);
	return view;
}

#endif

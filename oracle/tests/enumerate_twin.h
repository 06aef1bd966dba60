/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle's twin: a second formulation of R-MT, one page at a time.
 *
 * The oracle keeps maps of intervals and answers quickly; the twin keeps
 * nothing and recomputes every page from the registers, as the manual's
 * sentences read. It shares names (x86.h, op.h) with the oracle and no code,
 * so a slip has to be made twice to go unseen.
 */
#ifndef ZAPLOCK_ORACLE_TESTS_ENUMERATE_TWIN_H
#define ZAPLOCK_ORACLE_TESTS_ENUMERATE_TWIN_H

#include "oracle/op.h"

#define TWIN_MMIO_RANGES	2u
#define TWIN_SLOTS		2u

/* Deliberate mistakes, to prove that a comparison with the oracle can fail. */
enum twin_mistake {
	TWIN_CORRECT,
	TWIN_E_IGNORED,		/* looks into the MTRRs although E=0 */
	TWIN_FE_IGNORED,	/* fixed ranges count although FE=0 */
	TWIN_FIXED_LOSES,	/* fixed ranges never count */
	TWIN_FIXED_TOO_LONG,	/* fixed ranges include the page at 1M */
	TWIN_FIXED_BYTES_SWAPPED, /* the high byte is the lowest address */
	TWIN_V_IGNORED,		/* a pair counts although V=0 */
	TWIN_BASE_UNMASKED,	/* base bits outside the mask are compared */
	TWIN_MASK_AS_SIZE,	/* a holed mask is taken for a contiguous one */
	TWIN_LAST_PAIR_LOST,	/* pair 7 does not exist */
	TWIN_UC_LOSES,		/* UC + WB is WB */
	TWIN_WT_WB_IS_WB,
	TWIN_FIRST_PAIR_WINS,	/* what overlaps undefined has the first pair's type */
	TWIN_OVERLAP_DEFINED,	/* ... or nobody says that it is undefined */
	TWIN_DEFAULT_IS_UC,	/* a page that nothing matches is UC */
	TWIN_CPUID_IGNORED,	/* E=0 is UC also without CPUID.MTRR */
	TWIN_DMA_IGNORED,
	TWIN_CD_IGNORED,
	TWIN_CD_IPAT_SWAPPED,	/* CD with the quirk: IPAT of the other era */
	TWIN_CD_QUIRK_IGNORED,	/* CD is always UC */
	TWIN_PAT_QUIRK_IGNORED,
	TWIN_SELFSNOOP_IGNORED,
	TWIN_MMIO_IGNORED,
	TWIN_MMIO_IPAT,
	TWIN_MMIO_WITHOUT_SLOT,	/* MMIO also where no slot lies */
	TWIN_NPT_LIKE_EPT,
	NR_TWIN_MISTAKES,
};

extern const char *const twin_mistake_names[NR_TWIN_MISTAKES];

/* Bytes of guest physical memory, half-open; start == end is none. */
struct twin_range {
	uint64_t start, end;
};

/* Everything that R-MT of one vCPU depends on, as the registers hold it. */
struct twin {
	enum profile profile;
	enum vendor vendor;
	bool tdp;
	bool selfsnoop;
	bool cpuid_mtrr;
	unsigned maxphyaddr;
	uint32_t quirks_off;	/* QUIRK_*: that somebody asked to turn off */
	unsigned dma;		/* counts of non-coherent DMA */
	struct twin_range slots[TWIN_SLOTS];
	struct twin_range mmio[TWIN_MMIO_RANGES];

	uint64_t cr0;
	uint64_t def_type;
	uint64_t fixed[NR_FIXED_MTRR_MSRS];	/* by rising address */
	uint64_t base[NR_VAR_MTRR], mask[NR_VAR_MTRR];

	enum twin_mistake mistake;
};

struct twin_answer {
	uint8_t type;		/* enum memtype */
	uint8_t ipat;
	uint8_t undefined;	/* A.3 leaves it open; type is KVM's choice */
};

/* R-MT of the page at @gpa, which lies below MAXPHYADDR. */
struct twin_answer twin_memtype(const struct twin *t, uint64_t gpa);

#endif

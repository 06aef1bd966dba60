// SPDX-License-Identifier: GPL-2.0-only
/*
 * R-MT page by page: slow, obvious, and free of the oracle's code.
 *
 * MTRRs: Intel SDM vol 3A 11.11.2 to 11.11.4 (rules A.1 to A.3). CR0.CD: SDM
 * 11.5 (A.5). The tables of KVM's eras: rules B.4 to B.10, row by row.
 */
#include "oracle/tests/enumerate_twin.h"

const char *const twin_mistake_names[NR_TWIN_MISTAKES] = {
	[TWIN_CORRECT] = "none",
	[TWIN_E_IGNORED] = "e-ignored",
	[TWIN_FE_IGNORED] = "fe-ignored",
	[TWIN_FIXED_LOSES] = "fixed-loses",
	[TWIN_FIXED_TOO_LONG] = "fixed-too-long",
	[TWIN_FIXED_BYTES_SWAPPED] = "fixed-bytes-swapped",
	[TWIN_V_IGNORED] = "v-ignored",
	[TWIN_BASE_UNMASKED] = "base-unmasked",
	[TWIN_MASK_AS_SIZE] = "mask-as-size",
	[TWIN_LAST_PAIR_LOST] = "last-pair-lost",
	[TWIN_UC_LOSES] = "uc-loses",
	[TWIN_WT_WB_IS_WB] = "wt-wb-is-wb",
	[TWIN_FIRST_PAIR_WINS] = "first-pair-wins",
	[TWIN_OVERLAP_DEFINED] = "overlap-defined",
	[TWIN_DEFAULT_IS_UC] = "default-is-uc",
	[TWIN_CPUID_IGNORED] = "cpuid-ignored",
	[TWIN_DMA_IGNORED] = "dma-ignored",
	[TWIN_CD_IGNORED] = "cd-ignored",
	[TWIN_CD_IPAT_SWAPPED] = "cd-ipat-swapped",
	[TWIN_CD_QUIRK_IGNORED] = "cd-quirk-ignored",
	[TWIN_PAT_QUIRK_IGNORED] = "pat-quirk-ignored",
	[TWIN_SELFSNOOP_IGNORED] = "selfsnoop-ignored",
	[TWIN_MMIO_IGNORED] = "mmio-ignored",
	[TWIN_MMIO_IPAT] = "mmio-ipat",
	[TWIN_MMIO_WITHOUT_SLOT] = "mmio-without-slot",
	[TWIN_NPT_LIKE_EPT] = "npt-like-ept",
};

static struct twin_answer defined(enum memtype type, unsigned ipat)
{
	return (struct twin_answer){ .type = type, .ipat = ipat };
}

/* SDM figure 11-5 to table 11-9: 8 ranges of 64K, 16 of 16K, 64 of 4K. */
static enum memtype fixed_range_type(const struct twin *t, uint64_t gpa)
{
	unsigned msr, byte;

	if (gpa < 0x80000) {
		msr = 0;
		byte = gpa / 0x10000;
	} else if (gpa < 0xa0000) {
		msr = 1;
		byte = (gpa - 0x80000) / 0x4000;
	} else if (gpa < 0xc0000) {
		msr = 2;
		byte = (gpa - 0xa0000) / 0x4000;
	} else {
		msr = 3 + (gpa - 0xc0000) / 0x8000;
		byte = (gpa - 0xc0000) % 0x8000 / 0x1000;
	}
	if (t->mistake == TWIN_FIXED_BYTES_SWAPPED)
		byte = 7 - byte;
	return t->fixed[msr] >> 8 * byte & 0xff;
}

/* SDM 11.11.2.3: no address bit that the mask names may differ from the base. */
static bool pair_matches(const struct twin *t, unsigned n, uint64_t gpa)
{
	uint64_t address_bits = (1ULL << t->maxphyaddr) - PAGE_SIZE;
	uint64_t mask = t->mask[n] & address_bits;

	if (t->mistake == TWIN_MASK_AS_SIZE && mask)
		mask = address_bits & -(mask & -mask);
	if (t->mistake == TWIN_BASE_UNMASKED)
		return (((gpa & mask) ^ t->base[n]) & address_bits) == 0;
	return ((gpa ^ t->base[n]) & mask) == 0;
}

/* SDM 11.11.4.1, precedences; rules A.3. */
static struct twin_answer mtrr_type(const struct twin *t, uint64_t gpa)
{
	bool any = false, seen[8] = { false };
	unsigned n, type, types = 0, first = 0;
	uint64_t first_mb = 0x100000;

	if (t->mistake == TWIN_FIXED_TOO_LONG)
		first_mb += PAGE_SIZE;
	if (((t->def_type & MTRR_DEF_TYPE_FE) || t->mistake == TWIN_FE_IGNORED) &&
	    gpa < first_mb && t->mistake != TWIN_FIXED_LOSES)
		return defined(fixed_range_type(t, gpa < 0x100000 ? gpa : 0xff000), 0);

	for (n = 0; n < NR_VAR_MTRR; n++) {
		if (!(t->mask[n] & MTRR_PHYSMASK_V) && t->mistake != TWIN_V_IGNORED)
			continue;
		if (n == 7 && t->mistake == TWIN_LAST_PAIR_LOST)
			continue;
		if (!pair_matches(t, n, gpa))
			continue;
		type = t->base[n] & MTRR_PHYSBASE_TYPE;
		if (!any)
			first = type;
		any = true;
		if (!seen[type])
			types++;
		seen[type] = true;
	}

	if (!any && t->mistake == TWIN_DEFAULT_IS_UC)
		return defined(MT_UC, 0);
	if (!any)
		return defined(t->def_type & MTRR_DEF_TYPE_TYPE, 0);
	if (types == 1)
		return defined(first, 0);
	if (seen[MT_UC] && t->mistake != TWIN_UC_LOSES)
		return defined(MT_UC, 0);
	if (types == 2 && seen[MT_WT] && seen[MT_WB])
		return defined(t->mistake == TWIN_WT_WB_IS_WB ? MT_WB : MT_WT, 0);

	/* KVM's documented choice where the manual has none (B.4). */
	return (struct twin_answer){
		.type = t->mistake == TWIN_FIRST_PAIR_WINS ? first : MT_WB,
		.undefined = t->mistake != TWIN_OVERLAP_DEFINED,
	};
}

static bool inside(const struct twin_range *ranges, unsigned nr, uint64_t gpa)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (gpa >= ranges[i].start && gpa < ranges[i].end)
			return true;
	return false;
}

/* MMIO is a property of the pfn (B.1), so only what a slot maps can be MMIO. */
static bool is_mmio(const struct twin *t, uint64_t gpa)
{
	if (t->mistake == TWIN_MMIO_IGNORED)
		return false;
	if (t->mistake != TWIN_MMIO_WITHOUT_SLOT && !inside(t->slots, TWIN_SLOTS, gpa))
		return false;
	return inside(t->mmio, TWIN_MMIO_RANGES, gpa);
}

/* B.4's table, and its row 3 without IPAT in B.6 and B.7: eras that virtualize MTRRs and CD. */
static struct twin_answer honoring_era(const struct twin *t, uint64_t gpa)
{
	bool quirk = !(t->quirks_off & QUIRK_CD_NW_CLEARED);
	bool ipat = t->profile == PROFILE_LINUX_5_15 || t->profile == PROFILE_LINUX_6_1;

	if (!t->dma && t->mistake != TWIN_DMA_IGNORED)
		return defined(MT_WB, 1);
	if ((t->cr0 & CR0_CD) && t->mistake != TWIN_CD_IGNORED) {
		if (quirk && t->mistake != TWIN_CD_QUIRK_IGNORED)
			return defined(MT_WB, t->mistake == TWIN_CD_IPAT_SWAPPED ? !ipat : ipat);
		return defined(MT_UC, 1);
	}
	if (!(t->def_type & MTRR_DEF_TYPE_E) && t->mistake != TWIN_E_IGNORED) {
		if (t->cpuid_mtrr || t->mistake == TWIN_CPUID_IGNORED)
			return defined(MT_UC, 0);
		return defined(MT_WB, 0);
	}
	return mtrr_type(t, gpa);
}

/* B.9: quirk IGNORE_GUEST_PAT can be turned off only where the CPU snoops itself. */
static bool ignores_guest_pat(const struct twin *t)
{
	if (t->mistake == TWIN_PAT_QUIRK_IGNORED)
		return true;
	if (!t->selfsnoop && t->mistake != TWIN_SELFSNOOP_IGNORED)
		return true;
	return !(t->quirks_off & QUIRK_IGNORE_GUEST_PAT);
}

struct twin_answer twin_memtype(const struct twin *t, uint64_t gpa)
{
	bool selfsnoop = t->selfsnoop && t->mistake != TWIN_SELFSNOOP_IGNORED;
	bool dma = t->dma || t->mistake == TWIN_DMA_IGNORED;

	/* B.10: NPT and shadow leaves have PAT index 0, which is WB. */
	if ((t->vendor != VENDOR_INTEL || !t->tdp) && t->mistake != TWIN_NPT_LIKE_EPT)
		return defined(MT_WB, 0);
	if (is_mmio(t, gpa))
		return defined(MT_UC, t->mistake == TWIN_MMIO_IPAT);

	switch (t->profile) {
	case PROFILE_LINUX_6_11:
		return defined(MT_WB, !dma);
	case PROFILE_LINUX_6_11_RC:
		return defined(MT_WB, !dma && !selfsnoop);
	case PROFILE_LINUX_6_16:
		return defined(MT_WB, !dma && ignores_guest_pat(t));
	default:
		return honoring_era(t, gpa);
	}
}

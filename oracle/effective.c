// SPDX-License-Identifier: GPL-2.0-only
/*
 * Effective memory types, cell by cell as published: SDM table 11-7 (rules
 * A.8) and APM vol 2 tables 7-11, 15-19 and 15-20 (rules A.10).
 */
#include "oracle/internal.h"

/* Rows and columns in the order of the encodings; 2 and 3 do not occur. */
enum { UC, WC, WT, WP, WB, UCM, NR_COLUMNS };

static const uint8_t column[8] = {
	[MT_UC] = UC, [MT_WC] = WC, [MT_WT] = WT, [MT_WP] = WP, [MT_WB] = WB, [MT_UC_MINUS] = UCM,
};

enum memtype effective_type_intel(enum memtype mtrr, enum memtype pat)
{
	static const uint8_t table[5][NR_COLUMNS] = {
		/*	   PAT UC  WC     WT     WP     WB     UC-	*/
		[UC] = { MT_UC, MT_WC, MT_UC, MT_UC, MT_UC, MT_UC },
		[WC] = { MT_UC, MT_WC, MT_UC, MT_UC, MT_WC, MT_WC },
		[WT] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WT, MT_UC },
		[WP] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WP, MT_WC },
		[WB] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB, MT_UC },
	};

	return table[column[mtrr & 7]][column[pat & 7]];
}

/* CR0.PG=0 makes @pat WB (A.7); a logical processor's own CD=1 is not looked at. */
enum memtype effective_type_ept(struct mt mt, enum memtype pat)
{
	return mt.ipat ? mt.type : effective_type_intel(mt.type, pat);
}

/* One cell of APM table 7-11; CD is UC that still snoops. */
enum amd_type effective_type_amd(enum amd_type mtrr, enum memtype pat)
{
	static const uint8_t table[5][NR_COLUMNS] = {
		/*	   PAT UC    WC      WT      WP      WB      UC-	*/
		[UC] = { AMD_UC, AMD_WC, AMD_UC, AMD_UC, AMD_UC, AMD_UC },
		[WC] = { AMD_CD, AMD_WC, AMD_CD, AMD_CD, AMD_WC, AMD_WC },
		[WT] = { AMD_CD, AMD_WC, AMD_WT, AMD_CD, AMD_WT, AMD_CD },
		[WP] = { AMD_CD, AMD_WC, AMD_CD, AMD_WP, AMD_WP, AMD_CD },
		[WB] = { AMD_CD, AMD_WC, AMD_WT, AMD_WP, AMD_WB, AMD_CD },
	};

	return table[column[mtrr & 7]][column[pat & 7]];
}

enum amd_type combine_pat_npt(enum memtype guest_pat, enum memtype host_pat)
{
	static const uint8_t table[NR_COLUMNS][NR_COLUMNS] = {
		/*	  host UC          WC      WT           WP           WB           UC-	*/
		[UC] =  { AMD_UC,       AMD_UC, AMD_UC,      AMD_UC,      AMD_UC,      AMD_UC },
		[WC] =  { AMD_WC,       AMD_WC, AMD_WC_PLUS, AMD_WC_PLUS, AMD_WC_PLUS, AMD_WC },
		[WT] =  { AMD_UC,       AMD_UC, AMD_WT,      AMD_UC,      AMD_WT,      AMD_UC },
		[WP] =  { AMD_UC,       AMD_UC, AMD_UC,      AMD_WP,      AMD_WP,      AMD_UC },
		[WB] =  { AMD_UC,       AMD_WC, AMD_WT,      AMD_WP,      AMD_WB,      AMD_UC },
		[UCM] = { AMD_UC,       AMD_WC, AMD_UC,      AMD_UC,      AMD_UC,      AMD_UC_MINUS },
	};

	return table[column[guest_pat & 7]][column[host_pat & 7]];
}

enum amd_type effective_type_npt(enum memtype guest_pat, enum memtype host_pat,
				 enum memtype host_mtrr)
{
	enum amd_type pat = combine_pat_npt(guest_pat, host_pat);

	/* APM table 15-20 is table 7-11 and a row for WC+. */
	if (pat == AMD_WC_PLUS)
		return host_mtrr == MT_UC || host_mtrr == MT_WC ? AMD_WC : AMD_WC_PLUS;
	return effective_type_amd((enum amd_type)host_mtrr, (enum memtype)pat);
}

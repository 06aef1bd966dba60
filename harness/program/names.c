// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names that programs use: ops, MSRs, control-register bits, quirks and
 * the values of machine keys. One table each, read by parser and printer.
 *
 * MSRs carry the names of the SDM (vol 3A 11.11, vol 4); register bits those
 * of SDM vol 3A 2.5; quirks those of KVM_CAP_DISABLE_QUIRKS2 (rules F.1).
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "harness/program/internal.h"

const struct op_syntax op_syntax[NR_OPS] = {
	[OP_WRMSR]	= { "wrmsr", SHAPE_MSR_VALUE },
	[OP_RDMSR]	= { "rdmsr", SHAPE_MSR },
	[OP_CR0]	= { "cr0", SHAPE_CR },
	[OP_CR3]	= { "cr3", SHAPE_CR3 },
	[OP_CR4]	= { "cr4", SHAPE_CR },
	[OP_READ]	= { "read", SHAPE_ACCESS },
	[OP_WRITE]	= { "write", SHAPE_ACCESS },
	[OP_EXEC]	= { "exec", SHAPE_ACCESS },
	[OP_MAP]	= { "map", SHAPE_MAP },
	[OP_WBINVD]	= { "wbinvd", SHAPE_NONE },
	[OP_INVD]	= { "invd", SHAPE_NONE },
	[OP_INVLPG]	= { "invlpg", SHAPE_VA },
	[OP_INVPCID]	= { "invpcid", SHAPE_INVPCID },
	[OP_CPUID]	= { "cpuid", SHAPE_LEAF },
	[OP_INIT]	= { "init", SHAPE_NONE },
	[OP_SIPI]	= { "sipi", SHAPE_NONE },
	[OP_SMI]	= { "smi", SHAPE_NONE },
	[OP_RSM]	= { "rsm", SHAPE_NONE },
	[OP_DMA]	= { "dma", SHAPE_ON_OFF },
	[OP_QUIRK]	= { "quirk", SHAPE_QUIRK },
	[OP_SLOT]	= { "slot", SHAPE_SLOT },
	[OP_BACKING]	= { "backing", SHAPE_BACKING },
	[OP_INVALIDATE]	= { "invalidate", SHAPE_RANGE },
	[OP_SETMSR]	= { "setmsr", SHAPE_MSR_VALUE },
	[OP_SREGS]	= { "sregs", SHAPE_SREGS },
	[OP_SETCPUID]	= { "cpuid", SHAPE_CPUID },
	[OP_PREFAULT]	= { "prefault", SHAPE_RANGE },
	[OP_SPLIT]	= { "split", SHAPE_SLOT_ID },
	[OP_COLLAPSE]	= { "collapse", SHAPE_SLOT_ID },
};

const struct known_msr known_msrs[NR_KNOWN_MSRS] = {
	{ MSR_MTRRCAP, "MTRRcap" },
	{ MSR_SMRR_PHYSBASE, "SMRR_PHYSBASE" },
	{ MSR_SMRR_PHYSMASK, "SMRR_PHYSMASK" },
	{ MSR_MTRR_PHYSBASE(0), "MTRRphysBase0" },
	{ MSR_MTRR_PHYSMASK(0), "MTRRphysMask0" },
	{ MSR_MTRR_PHYSBASE(1), "MTRRphysBase1" },
	{ MSR_MTRR_PHYSMASK(1), "MTRRphysMask1" },
	{ MSR_MTRR_PHYSBASE(2), "MTRRphysBase2" },
	{ MSR_MTRR_PHYSMASK(2), "MTRRphysMask2" },
	{ MSR_MTRR_PHYSBASE(3), "MTRRphysBase3" },
	{ MSR_MTRR_PHYSMASK(3), "MTRRphysMask3" },
	{ MSR_MTRR_PHYSBASE(4), "MTRRphysBase4" },
	{ MSR_MTRR_PHYSMASK(4), "MTRRphysMask4" },
	{ MSR_MTRR_PHYSBASE(5), "MTRRphysBase5" },
	{ MSR_MTRR_PHYSMASK(5), "MTRRphysMask5" },
	{ MSR_MTRR_PHYSBASE(6), "MTRRphysBase6" },
	{ MSR_MTRR_PHYSMASK(6), "MTRRphysMask6" },
	{ MSR_MTRR_PHYSBASE(7), "MTRRphysBase7" },
	{ MSR_MTRR_PHYSMASK(7), "MTRRphysMask7" },
	{ MSR_MTRR_FIX64K_00000, "MTRRfix64K_00000" },
	{ MSR_MTRR_FIX16K_80000, "MTRRfix16K_80000" },
	{ MSR_MTRR_FIX16K_A0000, "MTRRfix16K_A0000" },
	{ MSR_MTRR_FIX4K_C0000, "MTRRfix4K_C0000" },
	{ MSR_MTRR_FIX4K_C0000 + 1, "MTRRfix4K_C8000" },
	{ MSR_MTRR_FIX4K_C0000 + 2, "MTRRfix4K_D0000" },
	{ MSR_MTRR_FIX4K_C0000 + 3, "MTRRfix4K_D8000" },
	{ MSR_MTRR_FIX4K_C0000 + 4, "MTRRfix4K_E0000" },
	{ MSR_MTRR_FIX4K_C0000 + 5, "MTRRfix4K_E8000" },
	{ MSR_MTRR_FIX4K_C0000 + 6, "MTRRfix4K_F0000" },
	{ MSR_MTRR_FIX4K_F8000, "MTRRfix4K_F8000" },
	{ MSR_PAT, "PAT" },
	{ MSR_MTRR_DEF_TYPE, "MTRRdefType" },
	{ MSR_EFER, "EFER" },
};

const struct quirk_name quirk_names[NR_QUIRKS] = {
	{ QUIRK_CD_NW_CLEARED, "cd-nw-cleared" },
	{ QUIRK_SLOT_ZAP_ALL, "slot-zap-all" },
	{ QUIRK_IGNORE_GUEST_PAT, "ignore-guest-pat" },
};

const char *const vendor_names[NR_VENDORS] = {
	[VENDOR_INTEL] = "intel", [VENDOR_AMD] = "amd",
};

const char *const start_names[NR_START_MODES] = {
	[START_RUNNING] = "running", [START_RESET] = "reset",
	[START_REAL] = "real", [START_PAE32] = "pae32",
};

const char *const backing_names[NR_BACKINGS] = {
	[BACKING_4K] = "4k", [BACKING_2M] = "2m", [BACKING_1G] = "1g", [BACKING_MMIO] = "mmio",
};

const char *const level_names[LEVEL_1G + 1] = {
	"", [LEVEL_4K] = "4k", [LEVEL_2M] = "2m", [LEVEL_1G] = "1g",
};

static const char *const cr0_bits[64] = {
	[0] = "pe", [1] = "mp", [2] = "em", [3] = "ts", [4] = "et", [5] = "ne",
	[16] = "wp", [18] = "am", [29] = "nw", [30] = "cd", [31] = "pg",
};

static const char *const cr4_bits[64] = {
	[0] = "vme", [1] = "pvi", [2] = "tsd", [3] = "de", [4] = "pse", [5] = "pae",
	[6] = "mce", [7] = "pge", [8] = "pce", [9] = "osfxsr", [10] = "osxmmexcpt",
	[11] = "umip", [12] = "la57", [13] = "vmxe", [14] = "smxe", [16] = "fsgsbase",
	[17] = "pcide", [18] = "osxsave", [20] = "smep", [21] = "smap", [22] = "pke",
	[23] = "cet", [24] = "pks",
};

/* As lockstep's verdict_rule_names[], without the advisories: no program expects those. */
const char *const expect_rules[NR_EXPECT_RULES] = {
	"clean", "msr-fault", "msr-value", "cr-fault", "cr-value", "fresh-memtype",
	"missed-zap", "stale-memtype", "mixed-hugepage", "missed-flush", "stale-root",
	"zap-race", "cache-overrun", "slot-rule", "reset-value", "crash", "hang",
};

const char *op_kind_name(enum op_kind kind)
{
	return kind < NR_OPS ? op_syntax[kind].name : NULL;
}

const char *cr_bit_name(enum op_kind kind, unsigned bit)
{
	return kind == OP_CR0 ? cr0_bits[bit] : cr4_bits[bit];
}

unsigned known_msr_index(uint32_t msr)
{
	unsigned lo = 0, hi = NR_KNOWN_MSRS;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (known_msrs[mid].number < msr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < NR_KNOWN_MSRS && known_msrs[lo].number == msr ? lo : NR_KNOWN_MSRS;
}

const char *msr_name(uint32_t msr, char *buf, size_t size)
{
	unsigned i = known_msr_index(msr);

	if (i == NR_KNOWN_MSRS)
		return NULL;
	snprintf(buf, size, "%s", known_msrs[i].name);
	return buf;
}

/* Are @a and @b the same name, underscores and case aside? */
static bool same_name(const char *a, const char *b)
{
	for (;;) {
		while (*a == '_')
			a++;
		while (*b == '_')
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++, b++;
	}
}

/*
 * The SDM itself writes IA32_MTRR_PHYSBASE0 and IA32_MTRRphysBase0, the kernel
 * MSR_IA32_SMRR_PHYSBASE: prefixes, case and underscores do not matter.
 */
bool msr_by_name(const char *name, uint32_t *msr)
{
	if (!strncasecmp(name, "MSR_", 4))
		name += 4;
	if (!strncasecmp(name, "IA32_", 5))
		name += 5;
	for (unsigned i = 0; i < NR_KNOWN_MSRS; i++) {
		if (same_name(name, known_msrs[i].name)) {
			*msr = known_msrs[i].number;
			return true;
		}
	}
	return false;
}

const char *quirk_name(uint32_t quirk)
{
	for (unsigned i = 0; i < NR_QUIRKS; i++)
		if (quirk_names[i].bit == quirk)
			return quirk_names[i].name;
	return NULL;
}

uint32_t quirk_by_name(const char *name)
{
	for (unsigned i = 0; i < NR_QUIRKS; i++)
		if (!strcmp(quirk_names[i].name, name))
			return quirk_names[i].bit;
	return 0;
}

bool expect_rule_known(const char *rule)
{
	for (unsigned i = 0; i < NR_EXPECT_RULES; i++)
		if (!strcmp(expect_rules[i], rule))
			return true;
	return false;
}

/* Levenshtein distance, case aside. Words longer than the row count as far away. */
static unsigned distance(const char *a, size_t na, const char *b)
{
	enum { MAX = 40 };
	size_t nb = strlen(b);
	unsigned row[MAX + 1];

	if (na > MAX || nb > MAX)
		return MAX;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			bool same = tolower((unsigned char)a[i - 1]) ==
				    tolower((unsigned char)b[j - 1]);
			unsigned best = diagonal + !same;

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

const char *nearest_name(const char *word, size_t len, const char *const *names, unsigned nr)
{
	unsigned best = len / 3 + 1;
	const char *nearest = NULL;

	for (unsigned i = 0; i < nr; i++) {
		unsigned d = names[i] ? distance(word, len, names[i]) : best + 1;

		if (d < best || (d == best && !nearest && d < strlen(names[i]))) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}

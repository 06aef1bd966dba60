// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables behind rules.h: the rules of rules.def, the profiles of rules B,
 * and the names of severities and of change classes.
 */
#include <string.h>

#include "oracle/oracle.h"

#define PROFILES_P1_P2	(1u << PROFILE_LINUX_5_15 | 1u << PROFILE_LINUX_6_1)
#define PROFILES_P3	(1u << PROFILE_YAN_V4)
#define PROFILES_P3_P4	(PROFILES_P3 | 1u << PROFILE_LINUX_6_7)
#define PROFILES_MTRR	(PROFILES_P1_P2 | PROFILES_P3_P4)	/* those that honor guest MTRRs */
#define PROFILES_P5	(1u << PROFILE_LINUX_6_11)
#define PROFILES_P5RC	(1u << PROFILE_LINUX_6_11_RC)
#define PROFILES_P6	(1u << PROFILE_LINUX_6_16)

const struct rule_info rule_table[NR_RULES] = {
#define RULE(name, ...) [RULE_##name] = { __VA_ARGS__ },
#include "oracle/rules.def"
#undef RULE
};

/* mt.rule is 8 bits wide. */
_Static_assert(NR_RULES <= 200, "too many rules");

const struct profile_info profile_table[NR_PROFILES] = {
	[PROFILE_NONE] = { "none", "", "no profile chosen" },
	[PROFILE_LINUX_5_15] = {
		"linux-5.15", "v4.2 .. v5.19",
		"EPT with non-coherent DMA honors guest MTRRs and CR0.CD; PAT unless IPAT is forced",
	},
	[PROFILE_LINUX_6_1] = {
		"linux-6.1", "v6.0 .. v6.6 (6.1 LTS)",
		"as linux-5.15; MTRRs limit huge pages only where they are honored",
	},
	[PROFILE_YAN_V4] = {
		"yan-v4", "proposal of July 2023, v4 12/12",
		"as linux-6.7; every CR0.CD toggle zaps, MTRR writes zap only while CD=0",
	},
	[PROFILE_LINUX_6_7] = {
		"linux-6.7", "v6.7 .. v6.10",
		"as linux-6.1; CD=1 with quirk CD_NW_CLEARED honors PAT; DMA start and stop zap",
	},
	[PROFILE_LINUX_6_11] = {
		"linux-6.11", "v6.11 .. v6.15",
		"never honors guest MTRRs or CD; honors PAT with non-coherent DMA",
	},
	[PROFILE_LINUX_6_11_RC] = {
		"linux-6.11-rc", "v6.11-rc1 .. v6.11-rc7",
		"as linux-6.11; honors PAT also on CPUs with self-snoop",
	},
	[PROFILE_LINUX_6_16] = {
		"linux-6.16", "v6.16 and later, late 6.12.y",
		"as linux-6.11; honors PAT also with quirk IGNORE_GUEST_PAT disabled",
	},
};

enum profile profile_by_name(const char *name)
{
	for (unsigned i = 1; i < NR_PROFILES; i++)
		if (!strcmp(name, profile_table[i].name))
			return i;
	return PROFILE_NONE;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[NR_SEVERITIES] = {
		[SEVERITY_TYPE] = "type",
		[SEVERITY_IPAT_ONLY] = "ipat-only",
		[SEVERITY_NONCONFORMING] = "nonconforming",
		[SEVERITY_HOST_ONLY] = "host-only",
		[SEVERITY_ADVISORY] = "advisory",
	};

	return severity < NR_SEVERITIES ? names[severity] : "unknown";
}

const char *change_class_name(enum change_class change)
{
	static const char *const names[NR_CHANGES] = {
		[CHANGE_NONE] = "none",
#define CHANGE(name, text) [CHANGE_##name] = text,
#include "oracle/change.def"
#undef CHANGE
	};

	return change < NR_CHANGES ? names[change] : "unknown";
}

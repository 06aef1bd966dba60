/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules as data: id, one sentence, citation, the profiles in which it
 * speaks, and the severity of breaking it. Everything that names a rule
 * (traces, reports, errata, the coverage table) takes the id from here.
 */
#ifndef ZAPLOCK_ORACLE_RULES_H
#define ZAPLOCK_ORACLE_RULES_H

#include "oracle/op.h"

/* Severity says who can reach a violation and how much it matters (design 4). */
enum severity {
	SEVERITY_TYPE,		/* the effective type is wrong, a conforming guest gets there */
	SEVERITY_IPAT_ONLY,	/* only IPAT differs */
	SEVERITY_NONCONFORMING,	/* unaligned or holed masks, edits with V=1 */
	SEVERITY_HOST_ONLY,	/* only the VMM gets there */
	SEVERITY_ADVISORY,
	NR_SEVERITIES,
};

const char *severity_name(enum severity severity);

struct rule_info {
	const char *id;		/* "R-MT.3"; the part before the dot is rules.md's id */
	const char *sentence;
	const char *citation;
	uint32_t profiles;	/* bit per enum profile; 0 = every profile */
	enum severity severity;
};

/*
 * One entry a rule_id; RULE_* names are rules.md's ids with R- dropped, then
 * the row or case within it. Generated from rules.def, in this order.
 */
enum rule_id {
#define RULE(name, ...) RULE_##name,
#include "oracle/rules.def"
#undef RULE
	NR_RULES,
};

extern const struct rule_info rule_table[NR_RULES];

/* Set of rules that were consulted, one bit a rule_id. */
struct rule_set {
	uint64_t word[(NR_RULES + 63) / 64];
};

static inline void rule_set_add(struct rule_set *set, enum rule_id rule)
{
	set->word[rule / 64] |= 1ULL << (rule % 64);
}

static inline bool rule_set_has(const struct rule_set *set, enum rule_id rule)
{
	return set->word[rule / 64] >> (rule % 64) & 1;
}

/* Profiles by name, with kernels and provenance. */
struct profile_info {
	const char *name;	/* "linux-6.1" */
	const char *kernels;	/* "v6.0 .. v6.6 (6.1 LTS)" */
	const char *sentence;	/* what it honors */
};

extern const struct profile_info profile_table[NR_PROFILES];

/* PROFILE_NONE when no profile has that name. */
enum profile profile_by_name(const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the oracle's own files share. Not for callers.
 */
#ifndef ZAPLOCK_ORACLE_INTERNAL_H
#define ZAPLOCK_ORACLE_INTERNAL_H

#include <assert.h>
#include <emmintrin.h>
#include <errno.h>
#include <string.h>

#include "oracle/state.h"

#define unlikely(x)	__builtin_expect(!!(x), 0)

/* A rule was consulted. Tests first: the same line is hit over and over. */
static inline void note(struct oracle *o, unsigned rule)
{
	if (unlikely(!rule_set_has(&o->hit, rule)))
		rule_set_add(&o->hit, rule);
}

static inline uint64_t gfn_mask(unsigned maxphyaddr)
{
	return (1ULL << (maxphyaddr - PAGE_SHIFT)) - 1;
}

static inline bool quirk_enabled(const struct oracle *o, uint32_t quirk)
{
	return !(o->quirks_disabled & quirk);
}

/* Profiles P1 to P4 emulate guest MTRRs and CD; the later ones never do. */
static inline bool profile_has_mtrrs(enum profile profile)
{
	return profile <= PROFILE_LINUX_6_7;
}

/* Do guest MTRRs and CR0.CD reach SPTEs now? (rules B, table of profiles) */
static inline bool honors_mtrrs(const struct oracle *o)
{
	return o->ept && o->dma && profile_has_mtrrs(o->profile);
}

static inline struct mtrr_state *mtrr_now(struct vcpu_state *vc)
{
	return &vc->mtrr[vc->at[EPOCH_NOW]];
}

static inline bool in_long_mode(const struct vcpu_state *vc)
{
	return vc->efer & EFER_LMA;
}

static inline bool va_canonical(const struct vcpu_state *vc, uint64_t va)
{
	unsigned unused = vc->cr4 & CR4_LA57 ? 7 : 16;

	return (int64_t)(va << unused) >> unused == (int64_t)va;
}

/* Is @gfn one that @quick answers for? */
static inline bool quick_has(const struct quick *quick, uint64_t gfn)
{
	return gfn - quick->start < quick->pages;
}

/*
 * The run that @gfn, of the quick ones, stands in: the first that ends above
 * it. All 16 ends are compared at once; the 17th run is what else there is.
 */
static inline const struct look_run *quick_run(const struct mtrr_map *map, uint64_t gfn)
{
	const __m128i *end = (const __m128i *)map->end;
	__m128i want = _mm_set1_epi32(gfn);
	__m128i a = _mm_packs_epi32(_mm_cmpgt_epi32(_mm_loadu_si128(end), want),
				    _mm_cmpgt_epi32(_mm_loadu_si128(end + 1), want));
	__m128i b = _mm_packs_epi32(_mm_cmpgt_epi32(_mm_loadu_si128(end + 2), want),
				    _mm_cmpgt_epi32(_mm_loadu_si128(end + 3), want));
	unsigned above = _mm_movemask_epi8(_mm_packs_epi16(a, b));

	return &map->run[__builtin_ctz(above | 1u << MAX_LOOK_BOUNDS)];
}

static inline void mtrr_map_drop(struct mtrr_map *map)
{
	map->valid = false;
	map->quick.pages = 0;
}

/* Something that R-MT of @vcpus rests on changes in this step. */
static inline void vcpus_moved(struct oracle *o, uint32_t vcpus)
{
	o->moved |= vcpus;
	for (; vcpus; vcpus &= vcpus - 1)
		o->quick[EPOCH_NOW][__builtin_ctz(vcpus)].pages = 0;
}

/* mtrr.c: the map of what MTRRs say. */
void mtrr_map_build(struct mtrr_state *mtrr, unsigned maxphyaddr);
struct mt_run mtrr_look(const struct mtrr_state *mtrr, uint64_t gfn, uint8_t *look);
struct mtrr_pair mtrr_pair_make(uint64_t base, uint64_t mask, unsigned maxphyaddr);
bool mtrr_mask_holed(const struct mtrr_pair *pair);
struct mt mtrr_fold(unsigned types, uint8_t def_type, uint8_t *look);

/*
 * What may be true of the pages of a block in two epochs at once: a bit a
 * memtype, and whether any page differs. cubes.c finds them without walking
 * pages.
 */
struct fold_side {
	const struct mtrr_map *map;	/* NULL: constant everywhere */
	struct mt mt;			/* then this */
};
bool cubes_differ(const struct fold_side side[2], uint64_t gfn, uint64_t npages);
unsigned cubes_seen(const struct mtrr_map *map, uint64_t gfn, uint64_t npages);

/* A set of memtypes: a bit a (type, ipat), one for "undefined". */
#define MT_SEEN_UNDEFINED	(1u << 3)	/* encoding 3 is reserved */

static inline unsigned mt_seen(struct mt mt)
{
	return mt.undefined ? MT_SEEN_UNDEFINED : 1u << (mt.type + 8 * mt.ipat);
}

static inline bool mt_same(struct mt a, struct mt b)
{
	return a.type == b.type && a.ipat == b.ipat && a.undefined == b.undefined;
}

/* The largest naturally aligned block at @gfn that ends by @end. */
static inline uint64_t block_pages(uint64_t gfn, uint64_t end)
{
	uint64_t pages = gfn ? gfn & -gfn : GFN_LIMIT;

	while (pages > end - gfn)
		pages >>= 1;
	return pages;
}

/* memtype.c */
struct mt mt_row(const struct oracle *o, const struct vcpu_state *vc);
uint32_t rows_update(struct oracle *o, uint32_t vcpus);	/* returns those whose R-MT may have changed */

/* msr.c: validate, then act. */
struct msr_verdict {
	uint8_t outcome;	/* enum outcome_kind: OK, GP or ANY */
	uint8_t rule;
	uint64_t value;		/* reads: the value */
};
struct msr_verdict msr_read(const struct vcpu_state *vc, uint32_t msr);
struct msr_verdict msr_check(const struct vcpu_state *vc, uint32_t msr, uint64_t value, bool host);
void msr_write(struct oracle *o, unsigned vcpu, uint32_t msr, uint64_t value,
	       struct oracle_result *r);

/* cr.c */
void cr_write(struct oracle *o, const struct op *op, struct oracle_result *r);
void sregs_write(struct oracle *o, const struct op *op, struct oracle_result *r);
void vcpu_create(struct vcpu_state *vc, const struct machine *machine);
void step_init(struct oracle *o, unsigned vcpu, struct oracle_result *r);
void step_smi(struct oracle *o, unsigned vcpu, struct oracle_result *r);
void step_rsm(struct oracle *o, unsigned vcpu, struct oracle_result *r);
void step_invpcid(struct oracle *o, const struct op *op, struct oracle_result *r);

/* extent.c */
void extent_all(struct oracle *o, struct oracle_result *r, enum rule_id rule);
void extent_none(struct oracle *o, struct oracle_result *r, enum rule_id rule);
void extent_range(struct oracle *o, struct oracle_result *r, enum rule_id rule,
		  uint64_t start, uint64_t end);

/* slots.c */
void slots_reset(struct oracle *o, const struct machine *machine);
void step_slot(struct oracle *o, const struct op *op, struct oracle_result *r);
void step_log(struct oracle *o, const struct op *op, struct oracle_result *r);
void step_backing(struct oracle *o, const struct op *op, struct oracle_result *r);
void step_invalidate(struct oracle *o, const struct op *op, struct oracle_result *r);
void step_access(struct oracle *o, const struct op *op, struct oracle_result *r);
void step_map(struct oracle *o, const struct op *op, struct oracle_result *r);
void step_prefault(struct oracle *o, const struct op *op, struct oracle_result *r);
bool backing_allows(const struct oracle *o, uint64_t gfn, uint64_t npages, unsigned level);
/* Cached translations of [va, va + size) (size ~0: of all) are gone on @vcpu, of @pcid or of all PCIDs. */
#define VA_ALL_PCIDS	0x1000u
void va_flush(struct oracle *o, unsigned vcpu, uint64_t va, uint64_t size, unsigned pcid);

static inline unsigned vcpu_pcid(const struct vcpu_state *vc)
{
	return vc->cr4 & CR4_PCIDE ? vc->cr3 & CR3_PCID_MASK : 0;
}

/* Results. */
static inline void result_ok(struct oracle *o, struct oracle_result *r, enum rule_id rule)
{
	r->outcome.kind = OUT_OK;
	r->outcome_rule = rule;
	note(o, rule);
}

static inline void result_value(struct oracle_result *r, uint64_t value)
{
	r->outcome.has_value = true;
	r->outcome.value = value;
}

/* The op did nothing: @kind says how its issuer learns so. */
static inline void result_reject(struct oracle *o, struct oracle_result *r,
				 enum outcome_kind kind, enum rule_id rule)
{
	r->outcome.kind = kind;
	r->outcome_rule = rule;
	note(o, rule);
	extent_none(o, r, RULE_ZAPSET_REJECTED);
}

static inline void result_errno(struct oracle *o, struct oracle_result *r, int error,
				enum rule_id rule)
{
	result_reject(o, r, OUT_ERRNO, rule);
	result_value(r, error);
}

static inline void result_flush(struct oracle *o, struct oracle_result *r,
				enum guest_flush flush, enum rule_id rule)
{
	note(o, rule);
	if (flush > r->guest_flush) {
		r->guest_flush = flush;
		r->guest_flush_rule = rule;
	}
}

#endif

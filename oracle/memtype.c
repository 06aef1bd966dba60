// SPDX-License-Identifier: GPL-2.0-only
/*
 * R-MT: the (type, IPAT) of a leaf, from the decision table of each profile
 * (rules B.4 to B.10), and the questions that the engine asks about it.
 *
 * A table's rows name state of the VM and the vCPU, except for two: the pfn is
 * MMIO (the special runs), and "what the MTRRs say" (the map of mtrr.c). So a
 * vCPU's answer is one row for all pages, kept ready for now and for before
 * the last step, and those two exceptions.
 */
#include "oracle/internal.h"

static struct mt row(uint8_t type, uint8_t ipat, uint8_t rule)
{
	return (struct mt){ .type = type, .ipat = ipat, .rule = rule };
}

/* B.4, B.6, B.7: rows 2 to 7. */
static struct mt row_mtrr_profile(const struct oracle *o, const struct vcpu_state *vc)
{
	bool early = o->profile == PROFILE_LINUX_5_15 || o->profile == PROFILE_LINUX_6_1;

	if (!o->dma)
		return row(MT_WB, 1, RULE_MT_2);
	if (vc->cr0 & CR0_CD) {
		if (!quirk_enabled(o, QUIRK_CD_NW_CLEARED))
			return row(MT_UC, 1, RULE_MT_4);
		return early ? row(MT_WB, 1, RULE_MT_3) : row(MT_WB, 0, RULE_MT_3_PAT);
	}
	if (!(vc->mtrr[vc->at[EPOCH_NOW]].def_type & MTRR_DEF_TYPE_E))
		return vc->cpuid_mtrr ? row(MT_UC, 0, RULE_MT_5) : row(MT_WB, 0, RULE_MT_6);
	return row(MT_WB, 0, RULE_MT_7);
}

/* The row of the profile's table that decides for RAM; RULE_MT_7: the MTRRs decide. */
struct mt mt_row(const struct oracle *o, const struct vcpu_state *vc)
{
	if (!o->ept)
		return row(MT_WB, 0, o->tdp ? RULE_MT_NPT : RULE_MT_SHADOW);
	switch (o->profile) {
	case PROFILE_LINUX_6_11:
		return o->dma ? row(MT_WB, 0, RULE_MT_P5_3) : row(MT_WB, 1, RULE_MT_P5_2);
	case PROFILE_LINUX_6_11_RC:
		if (!o->dma && !o->selfsnoop)
			return row(MT_WB, 1, RULE_MT_P5RC_2);
		return row(MT_WB, 0, RULE_MT_P5RC_3);
	case PROFILE_LINUX_6_16:
		if (!o->dma && quirk_enabled(o, QUIRK_IGNORE_GUEST_PAT))
			return row(MT_WB, 1, RULE_MT_P6_2);
		return row(MT_WB, 0, RULE_MT_P6_3);
	default:
		return row_mtrr_profile(o, vc);
	}
}

/* Brings @vcpus' rows up to date after a change of what rows depend on. */
uint32_t rows_update(struct oracle *o, uint32_t vcpus)
{
	uint32_t changed = 0;

	vcpus_moved(o, vcpus);
	for (; vcpus; vcpus &= vcpus - 1) {
		unsigned v = __builtin_ctz(vcpus);
		struct vcpu_state *vc = &o->vcpu[v];
		struct mt was = vc->row[EPOCH_BEFORE], is = mt_row(o, vc);

		vc->row[EPOCH_NOW] = is;
		if (!mt_same(was, is) || (was.rule == RULE_MT_7) != (is.rule == RULE_MT_7))
			changed |= 1u << v;
	}
	o->changed |= changed;
	return changed;
}

/* The answer for one vCPU at one epoch. */
struct view {
	struct mt row;
	const struct special_run *special;
	unsigned nr_special;
	struct mtrr_state *mtrr;	/* with a valid map, if the row asks for it */
};

static struct view view_of(struct oracle *o, unsigned vcpu, enum epoch epoch)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];
	struct view view = {
		.row = vc->row[epoch],
		.special = o->special[o->special_at[epoch]],
		.nr_special = o->nr_special[epoch],
		.mtrr = &vc->mtrr[vc->at[epoch]],
	};

	if (view.row.rule == RULE_MT_7 && unlikely(!view.mtrr->map.valid))
		mtrr_map_build(view.mtrr, vc->maxphyaddr);
	return view;
}

/* A stretch of pages for which one thing answers: a constant, or the variable MTRRs. */
struct stretch {
	uint64_t end;
	bool variable;
	struct mt mt;		/* unless variable */
};

static bool special_at(const struct view *view, uint64_t gfn, struct stretch *s)
{
	for (unsigned i = 0; i < view->nr_special; i++) {
		const struct special_run *run = &view->special[i];

		if (gfn >= run->end)
			continue;
		if (gfn < run->start) {
			s->end = run->start;
			return false;
		}
		s->end = run->end;
		if (run->kind == BACKING_MMIO)
			s->mt = row(MT_UC, 0, RULE_MT_1);
		else
			s->mt = (struct mt){ MT_WB, 0, 1, RULE_MT_UNKNOWN };
		return true;
	}
	return false;
}

static struct stretch stretch_at(const struct view *view, uint64_t gfn)
{
	struct stretch s = { .end = GFN_LIMIT };

	if (special_at(view, gfn, &s))
		return s;
	if (view->row.rule != RULE_MT_7) {
		s.mt = view->row;
	} else if (view->mtrr->map.fixed && gfn < GFN_1M) {
		uint8_t look;
		struct mt_run run = mtrr_look(view->mtrr, gfn, &look);

		s.mt = run.mt;
		if (run.end < s.end)
			s.end = run.end;
	} else {
		s.variable = true;
	}
	return s;
}

/* The whole way; leaves a short one for the next time, where there can be one. */
static __attribute__((noinline))
struct mt_run memtype_slow(struct oracle *o, unsigned vcpu, uint64_t gfn, enum epoch epoch)
{
	struct mt constant = o->vcpu[vcpu].row[epoch];
	struct mt_run run;
	struct stretch s;
	struct view view;
	uint8_t look;

	if (constant.rule != RULE_MT_7 && !o->nr_special[epoch]) {
		note(o, constant.rule);
		return (struct mt_run){ GFN_LIMIT, constant };
	}
	view = view_of(o, vcpu, epoch);
	s = stretch_at(&view, gfn);
	if (!s.variable) {
		note(o, s.mt.rule);
		if (s.mt.rule == RULE_MT_7)
			note(o, RULE_LOOK_FIXED);
		return (struct mt_run){ s.end, s.mt };
	}
	if (!view.nr_special) {
		o->quick[epoch][vcpu] = view.mtrr->map.quick;
		o->quick[epoch][vcpu].map = (char *)&view.mtrr->map - (char *)o;
	}
	run = mtrr_look(view.mtrr, gfn, &look);
	note(o, RULE_MT_7);
	note(o, look);
	if (run.end > s.end)
		run.end = s.end;
	return run;
}

/* A look-up's rule is noted in one word. */
_Static_assert(RULE_LOOK_DISABLED / 64 == 0 && RULE_LOOK_UNDEFINED / 64 == 0,
	       "R-LOOK must be in the first word of a rule_set");

struct mt_run oracle_memtype(struct oracle *o, unsigned vcpu, uint64_t gfn, enum epoch epoch)
{
	const struct quick *quick = &o->quick[epoch][vcpu];
	const struct look_run *run;

	if (unlikely(!quick_has(quick, gfn)))
		return memtype_slow(o, vcpu, gfn, epoch);
	run = quick_run((const void *)((const char *)o + quick->map), gfn);
	/* Tests first: an OR into memory would make each look-up wait for the one before. */
	if (unlikely(!(o->hit.word[0] & run->hit)))
		o->hit.word[0] |= run->hit;
	return (struct mt_run){ run->end, run->mt };
}

enum rule_id oracle_deciding_rule(struct oracle *o, unsigned vcpu, uint64_t gfn)
{
	struct mt mt = oracle_memtype(o, vcpu, gfn, EPOCH_NOW).mt;
	struct view view = view_of(o, vcpu, EPOCH_NOW);
	uint8_t look = mt.rule;

	if (mt.rule == RULE_MT_7)
		mtrr_look(view.mtrr, gfn, &look);
	return look;
}

/* The set (mt_seen) of R-MT over [gfn, end), run by run. */
static unsigned seen_in(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t end,
			enum epoch epoch)
{
	struct view view = view_of(o, vcpu, epoch);
	unsigned seen = 0;

	while (gfn < end) {
		struct stretch s = stretch_at(&view, gfn);

		if (s.end > end)
			s.end = end;
		if (!s.variable) {
			note(o, s.mt.rule);
			seen |= mt_seen(s.mt);
		} else if (view.mtrr->map.holed) {
			note(o, RULE_MT_7);
			seen |= cubes_seen(&view.mtrr->map, gfn, s.end - gfn);
		} else {
			struct mt_run run;
			uint8_t look;

			note(o, RULE_MT_7);
			run = mtrr_look(view.mtrr, gfn, &look);
			note(o, look);
			seen |= mt_seen(run.mt);
			if (run.end < s.end)
				s.end = run.end;
		}
		gfn = s.end;
	}
	return seen;
}

/* The same; mostly one look-up tells. */
static unsigned seen_over(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages,
			  enum epoch epoch)
{
	struct mt_run run = oracle_memtype(o, vcpu, gfn, epoch);

	return run.end - gfn >= npages ? mt_seen(run.mt)
				       : seen_in(o, vcpu, gfn, gfn + npages, epoch);
}

enum mt_match oracle_matches(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages,
			     struct mt observed, enum epoch epoch)
{
	unsigned seen = seen_over(o, vcpu, gfn, npages, epoch);
	unsigned mine = 1u << (observed.type + 8 * observed.ipat);
	unsigned others = seen & ~mine & ~MT_SEEN_UNDEFINED;

	if (others)
		return (seen & mine) || (others & (others - 1)) ? MT_MIXED : MT_DIFFERS;
	if (!(seen & MT_SEEN_UNDEFINED))
		return MT_MATCHES;
	/* KVM's choice where the architecture has none. */
	return observed.type == MT_WB && !observed.ipat ? MT_MATCHES : MT_UNDEFINED;
}

bool oracle_memtype_changed(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages)
{
	struct view view[2];
	uint64_t end = gfn + npages;

	if (!(o->changed >> vcpu & 1))
		return false;
	view[EPOCH_NOW] = view_of(o, vcpu, EPOCH_NOW);
	view[EPOCH_BEFORE] = view_of(o, vcpu, EPOCH_BEFORE);
	while (gfn < end) {
		struct fold_side side[2] = { 0 };
		uint64_t stop = end;
		bool holed = false;

		for (unsigned e = 0; e < 2; e++) {
			struct stretch s = stretch_at(&view[e], gfn);
			struct mt_run run = { s.end, s.mt };
			uint8_t look;

			if (s.variable && view[e].mtrr->map.holed) {
				side[e].map = &view[e].mtrr->map;
				holed = true;
			} else if (s.variable) {
				run = mtrr_look(view[e].mtrr, gfn, &look);
				if (run.end > s.end)
					run.end = s.end;
			}
			side[e].mt = run.mt;
			if (run.end < stop)
				stop = run.end;
		}
		if (holed ? cubes_differ(side, gfn, stop - gfn)
			  : !mt_same(side[0].mt, side[1].mt))
			return true;
		gfn = stop;
	}
	return false;
}

unsigned oracle_max_level(struct oracle *o, unsigned vcpu, uint64_t gfn)
{
	const struct slot *slot = oracle_slot(o, gfn);
	unsigned level;

	if (!slot)
		return 0;
	if (slot->flags & SLOT_DIRTY_LOG)
		return LEVEL_4K;
	for (level = LEVEL_1G; level > LEVEL_4K; level--) {
		uint64_t pages = level_pages(level), base = gfn & ~(pages - 1);
		unsigned seen;

		if (base << PAGE_SHIFT < slot->gpa ||
		    (base + pages) << PAGE_SHIFT > slot->gpa + slot->size ||
		    !backing_allows(o, base, pages, level))
			continue;
		/* Undefined pages are WB to KVM: no reason to split. */
		seen = seen_over(o, vcpu, base, pages, EPOCH_NOW);
		if (seen & MT_SEEN_UNDEFINED)
			seen = (seen & ~MT_SEEN_UNDEFINED) | 1u << MT_WB;
		if (!(seen & (seen - 1)))
			break;
	}
	note(o, RULE_HUGE);
	return level;
}

/*
 * Does an unaligned or holed pair reach [gfn, gfn + npages)? Everything counts
 * between the first and the last page that it matches: that much is in doubt
 * to whoever reads such a pair as one range from its base on.
 */
static bool pairs_in_doubt(const struct mtrr_state *mtrr, uint8_t maxphyaddr, uint64_t gfn,
			   uint64_t npages)
{
	if (!(mtrr->def_type & MTRR_DEF_TYPE_E))
		return false;
	for (unsigned i = 0; i < NR_VAR_MTRR; i++) {
		struct mtrr_pair pair;
		uint64_t base = mtrr->base[i] >> PAGE_SHIFT & gfn_mask(maxphyaddr);

		if (!(mtrr->mask[i] & MTRR_PHYSMASK_V))
			continue;
		pair = mtrr_pair_make(mtrr->base[i], mtrr->mask[i], maxphyaddr);
		if ((base != pair.base || mtrr_mask_holed(&pair)) && gfn + npages > pair.base &&
		    gfn <= (pair.base | (GFN_LIMIT - 1 - pair.mask)))
			return true;
	}
	return false;
}

bool oracle_nonconforming(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages)
{
	struct vcpu_state *vc = &o->vcpu[vcpu];

	return pairs_in_doubt(&vc->mtrr[vc->at[EPOCH_NOW]], vc->maxphyaddr, gfn, npages) ||
	       pairs_in_doubt(&vc->mtrr[vc->at[EPOCH_BEFORE]], vc->maxphyaddr, gfn, npages);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why a page has its R-MT: the chain of rules with the state that each one
 * looked at, in a kernel developer's words. The first line is the row that
 * decides; what the MTRRs say, and which of them, follows where that row asks.
 */
#include <stdarg.h>
#include <stdio.h>

#include "oracle/internal.h"

struct chain {
	struct why *lines;
	size_t nr, max;
};

__attribute__((format(printf, 3, 4)))
static void say(struct chain *c, enum rule_id rule, const char *format, ...)
{
	va_list args;

	if (c->nr == c->max)
		return;
	c->lines[c->nr].rule = rule;
	va_start(args, format);
	vsnprintf(c->lines[c->nr].text, sizeof(c->lines[c->nr].text), format, args);
	va_end(args);
	c->nr++;
}

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

static void say_row(struct chain *c, const struct oracle *o, unsigned vcpu, struct mt mt)
{
	const struct vcpu_state *vc = &o->vcpu[vcpu];
	uint64_t def_type = vc->mtrr[vc->at[EPOCH_NOW]].def_type;
	const char *type = memtype_name(mt.type);

	switch (mt.rule) {
	case RULE_MT_NPT:
		say(c, mt.rule, "NPT leaf: PWT=PCD=PAT=0, so the host's PAT entry 0, WB; guest MTRRs and CD do not reach SPTEs");
		break;
	case RULE_MT_SHADOW:
		say(c, mt.rule, "shadow leaf: PWT=PCD=PAT=0, so the host's PAT entry 0, WB; guest MTRRs, PAT and CD do not reach SPTEs");
		break;
	case RULE_MT_1:
		say(c, mt.rule, "the pfn is MMIO: UC, IPAT=0 (the guest's PAT can make it WC)");
		break;
	case RULE_MT_UNKNOWN:
		say(c, mt.rule, "the program changes the backing more often than is kept apart: not judged");
		break;
	case RULE_MT_2:
	case RULE_MT_P5_2:
		say(c, mt.rule, "no non-coherent DMA: WB, IPAT=1, guest MTRRs and PAT ignored");
		break;
	case RULE_MT_P5RC_2:
		say(c, mt.rule, "no non-coherent DMA, CPU without self-snoop: WB, IPAT=1");
		break;
	case RULE_MT_P6_2:
		say(c, mt.rule, "no non-coherent DMA, quirk IGNORE_GUEST_PAT on: WB, IPAT=1");
		break;
	case RULE_MT_3:
	case RULE_MT_3_PAT:
		say(c, mt.rule, "non-coherent DMA (count %u), CR0.CD=1, quirk CD_NW_CLEARED on: WB, IPAT=%u",
		    o->dma, mt.ipat);
		break;
	case RULE_MT_4:
		say(c, mt.rule, "non-coherent DMA (count %u), CR0.CD=1, quirk CD_NW_CLEARED off: UC, IPAT=1",
		    o->dma);
		break;
	case RULE_MT_5:
	case RULE_MT_6:
		say(c, mt.rule, "non-coherent DMA (count %u), CD=0, MTRR_DEF_TYPE=0x%llx has E=0, CPUID.MTRR=%u: %s, IPAT=0",
		    o->dma, (unsigned long long)def_type, vc->cpuid_mtrr, type);
		break;
	case RULE_MT_7:
		say(c, mt.rule, "non-coherent DMA (count %u), CD=0, MTRR_DEF_TYPE=0x%llx has E=1: the MTRRs' type, IPAT=0",
		    o->dma, (unsigned long long)def_type);
		break;
	default:
		say(c, mt.rule, "non-coherent DMA %s, self-snoop %s, quirk IGNORE_GUEST_PAT %s: WB, IPAT=0, guest PAT honored",
		    on_off(o->dma), on_off(o->selfsnoop),
		    on_off(quirk_enabled(o, QUIRK_IGNORE_GUEST_PAT)));
		break;
	}
}

static void say_pairs(struct chain *c, const struct oracle *o, unsigned vcpu, uint64_t gfn)
{
	const struct vcpu_state *vc = &o->vcpu[vcpu];
	const struct mtrr_state *mtrr = &vc->mtrr[vc->at[EPOCH_NOW]];

	for (unsigned i = 0; i < NR_VAR_MTRR; i++) {
		struct mtrr_pair pair;

		if (!(mtrr->mask[i] & MTRR_PHYSMASK_V))
			continue;
		pair = mtrr_pair_make(mtrr->base[i], mtrr->mask[i], vc->maxphyaddr);
		if ((gfn & pair.mask) != pair.base)
			continue;
		say(c, RULE_LOOK, "pair %u matches: PHYSBASE 0x%llx, PHYSMASK 0x%llx, %s%s", i,
		    (unsigned long long)mtrr->base[i], (unsigned long long)mtrr->mask[i],
		    memtype_name(pair.type), mtrr_mask_holed(&pair) ? " (mask has holes)" : "");
	}
}

static void say_look(struct chain *c, const struct oracle *o, unsigned vcpu, uint64_t gfn)
{
	const struct vcpu_state *vc = &o->vcpu[vcpu];
	const struct mtrr_state *mtrr = &vc->mtrr[vc->at[EPOCH_NOW]];
	uint8_t look;
	struct mt mt = mtrr_look(mtrr, gfn, &look).mt;
	const char *type = memtype_name(mt.type);

	switch (look) {
	case RULE_LOOK_FIXED:
		say(c, look, "gpa 0x%llx is below 1M and FE=1: the fixed range's byte, %s",
		    (unsigned long long)gfn << PAGE_SHIFT, type);
		return;
	case RULE_LOOK_NONE:
		say(c, look, "no valid pair matches gpa 0x%llx: the default type, %s",
		    (unsigned long long)gfn << PAGE_SHIFT, type);
		return;
	case RULE_LOOK_SINGLE:
		say(c, look, "every pair that matches says %s", type);
		break;
	case RULE_LOOK_UC:
		say(c, look, "the pairs that match disagree and one is UC: UC");
		break;
	case RULE_LOOK_WT_WB:
		say(c, look, "WT and WB overlap: WT");
		break;
	default:
		say(c, look, "the pairs that match disagree in a way that no manual defines; KVM's choice is %s",
		    type);
		break;
	}
	say_pairs(c, o, vcpu, gfn);
}

size_t oracle_explain(struct oracle *o, unsigned vcpu, uint64_t gfn, struct why *lines, size_t max)
{
	struct chain c = { .lines = lines, .max = max };
	struct mt mt = oracle_memtype(o, vcpu, gfn, EPOCH_NOW).mt;
	const struct slot *slot = oracle_slot(o, gfn);

	say_row(&c, o, vcpu, mt);
	if (mt.rule == RULE_MT_5)
		say(&c, RULE_LOOK_DISABLED, "MTRRs are disabled: all of memory is UC");
	if (mt.rule == RULE_MT_7)
		say_look(&c, o, vcpu, gfn);
	if (!slot)
		say(&c, RULE_SLOT_ABSENT, "no memslot at gpa 0x%llx: no leaf may map it",
		    (unsigned long long)gfn << PAGE_SHIFT);
	else if (slot->flags & SLOT_READONLY)
		say(&c, RULE_SLOT_READONLY, "memslot %u is read-only: no leaf may be writable",
		    (unsigned)(slot - o->slots));
	return c.nr;
}

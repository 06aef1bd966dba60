// SPDX-License-Identifier: GPL-2.0-only
/*
 * The judge: what the oracle demands against what the target shows, after one
 * op. Leaves installed or changed by the op are judged by R-MT and R-UNIF,
 * those that were there before by R-ZAPMIN and R-STALE; removed ones by
 * R-ZAPSET; TLBs when a vCPU enters the guest, by R-FLUSH (design 4 and 6).
 */
#include <stdio.h>

#include "harness/lockstep/engine.h"
#include "harness/lockstep/key.h"

static bool touches(const struct tracked_leaf *t, uint64_t start, uint64_t end)
{
	return t->leaf.gfn < end && start < t->leaf.gfn + leaf_pages(&t->leaf);
}

static struct standing standing_of(struct lockstep *ls, const struct tracked_leaf *t, uint32_t vcpus)
{
	struct standing s = { 0 };
	struct mt mt = view_mt(t->view);

	for (; vcpus; vcpus &= vcpus - 1) {
		unsigned v = __builtin_ctz(vcpus);

		switch (oracle_matches(&ls->oracle, v, t->leaf.gfn, leaf_pages(&t->leaf), mt,
				       EPOCH_NOW)) {
		case MT_MATCHES:
			s.match |= 1u << v;
			break;
		case MT_UNDEFINED:
			s.undefined |= 1u << v;
			break;
		case MT_MIXED:
			s.mixed |= 1u << v;
			break;
		case MT_DIFFERS:
			break;
		}
	}
	return s;
}

static struct standing leaf_standing(struct lockstep *ls, const struct tracked_leaf *t,
				     uint32_t vcpus)
{
	struct standing_memo *memo = &ls->memo;
	uint64_t gfn = t->leaf.gfn, end = UINT64_MAX;

	if (memo->ordinal == ls->ordinal && memo->vcpus == vcpus && memo->type == t->view.type &&
	    memo->ipat == t->view.ipat && gfn >= memo->start &&
	    gfn + leaf_pages(&t->leaf) <= memo->end)
		return memo->standing;
	*memo = (struct standing_memo){
		.ordinal = ls->ordinal, .vcpus = vcpus, .start = gfn,
		.type = t->view.type, .ipat = t->view.ipat,
		.standing = standing_of(ls, t, vcpus),
	};
	for (; vcpus; vcpus &= vcpus - 1) {
		struct mt_run run = oracle_memtype(&ls->oracle, __builtin_ctz(vcpus), gfn, EPOCH_NOW);

		end = run.end < end ? run.end : end;
	}
	/* A leaf that spans a change of R-MT says nothing of its neighbours. */
	memo->end = gfn + leaf_pages(&t->leaf) <= end ? end : gfn;
	return memo->standing;
}

struct memtype_fault {
	enum verdict_rule rule;
	enum rule_id rule_id;
	enum change_class change;
	bool late;
};

static void memtype_finding(struct lockstep *ls, struct tracked_leaf *t,
			    const struct memtype_fault *fault, unsigned vcpu, bool mixed)
{
	struct mt expected = oracle_memtype(&ls->oracle, vcpu, t->leaf.gfn, EPOCH_NOW).mt;
	struct mt observed = view_mt(t->view);
	struct finding_site site = {
		.rule = fault->rule, .rule_id = fault->rule_id, .late = fault->late,
		.severity = memtype_severity(&ls->oracle, vcpu,
					     t->step == ls->ordinal ? NULL : &ls->oracle_result,
					     t->leaf.gfn, leaf_pages(&t->leaf), observed, expected,
					     mixed),
		.change = fault->change, .vcpu = vcpu, .leaf = &t->leaf,
		.observed = &observed, .expected = &expected, .mixed = mixed,
	};

	leaf_reported(ls, t);
	finding_add(ls, &site);
}

static void slot_finding(struct lockstep *ls, const struct leaf *leaf, enum rule_id rule_id,
			 const char *from, const char *to)
{
	struct finding_site site = {
		.rule = VR_SLOT_RULE, .rule_id = rule_id,
		.severity = ls->oracle_result.host_only ? SEVERITY_HOST_ONLY : SEVERITY_TYPE,
		.change = ls->oracle_result.change,
		.vcpu = op_has_vcpu(ls->op) ? ls->op->vcpu : -1,
		.leaf = leaf, .from = from, .to = to,
	};

	finding_add(ls, &site);
}

static void advisory(struct lockstep *ls, const struct tracked_leaf *t, enum verdict_rule rule,
		     enum rule_id rule_id, uint64_t weight, const char *from, const char *to)
{
	struct finding_site site = {
		.rule = rule, .rule_id = rule_id, .severity = SEVERITY_ADVISORY,
		.change = ls->oracle_result.change,
		.vcpu = op_has_vcpu(ls->op) ? ls->op->vcpu : -1,
		.leaf = &t->leaf, .from = from, .to = to,
	};

	ls->result->advisories[rule] += weight;
	if (ls->options->advisories)
		finding_add(ls, &site);
}

/*
 * Dirty logging begins: a write must be noticed from now on, by a fault or, with
 * page-modification logging, by a dirty bit that is clear (SDM 28.2.5).
 */
static bool logs_writes(const struct lockstep *ls, const struct tracked_leaf *t)
{
	return !t->view.writable ||
	       !(t->leaf.spte & (ls->layout == SPTE_EPT ? EPT_D : PAE_D));
}

static bool op_faults_in(const struct op *op)
{
	return op->kind == OP_READ || op->kind == OP_WRITE || op->kind == OP_EXEC ||
	       op->kind == OP_PREFAULT;
}

static void undefined_leaf(struct lockstep *ls, struct tracked_leaf *t)
{
	ls->result->undefined = true;
	leaf_reported(ls, t);
}

void judge_fresh_leaf(struct lockstep *ls, struct tracked_leaf *t, const struct oracle_result *beside)
{
	const struct slot *slot = oracle_slot(&ls->oracle, t->leaf.gfn);
	unsigned own = op_has_vcpu(ls->op) ? ls->op->vcpu : 0;
	uint32_t vcpus = ls->counted ? ls->counted : 1u << own;
	struct memtype_fault fault;
	struct standing s;

	if (!slot) {
		slot_finding(ls, &t->leaf, RULE_SLOT, "mapped", "no-slot");
		leaf_reported(ls, t);
		return;
	}
	if ((slot->flags & SLOT_READONLY) && t->view.writable) {
		slot_finding(ls, &t->leaf, RULE_SLOT_WRPROT, "writable", "readonly-slot");
		leaf_reported(ls, t);
		return;
	}
	if (t->reported)
		return;
	s = leaf_standing(ls, t, vcpus);
	if (s.match) {
		if (s.match != vcpus)
			advisory(ls, t, VR_NONUNIFORM, RULE_UNIF, 1, "vcpus", "disagree");
		if (op_faults_in(ls->op) &&
		    t->leaf.level < oracle_max_level(&ls->oracle, own, t->leaf.gfn))
			advisory(ls, t, VR_SMALL_LEAF, RULE_HUGE_SMALL, 1, "small", "could-be-larger");
		return;
	}
	if (s.undefined)
		return undefined_leaf(ls, t);
	if (!(vcpus >> own & 1))
		own = __builtin_ctz(vcpus);
	if (beside)
		fault = (struct memtype_fault){ VR_ZAP_RACE, RULE_RACE, beside->change, false };
	else if (s.mixed >> own & 1)
		fault = (struct memtype_fault){
			VR_MIXED_HUGEPAGE, RULE_HUGE, ls->oracle_result.change, false,
		};
	else
		fault = (struct memtype_fault){
			VR_FRESH_MEMTYPE, oracle_deciding_rule(&ls->oracle, own, t->leaf.gfn),
			ls->oracle_result.change, false,
		};
	memtype_finding(ls, t, &fault, own, s.mixed >> own & 1);
}

/*
 * A leaf that was there before the op. For one acting vCPU R-ZAPMIN is strict:
 * it asked for the change, the leaf must go even if another vCPU agrees with
 * it. A VM-wide op acts for all, and a leaf is right while one of them says so.
 */
static bool acted_right(const struct lockstep *ls, const struct standing *s)
{
	const struct oracle_result *r = &ls->oracle_result;
	uint32_t acting = r->acting & r->changed & ls->counted;
	bool alone = !(r->acting & (r->acting - 1));

	return s->match && ((s->match & acting) == acting || !alone);
}

/* The vCPU for whom the op asks @t to be gone; -1 if for none. */
static int asking(struct lockstep *ls, const struct tracked_leaf *t, const struct standing *s)
{
	const struct oracle_result *r = &ls->oracle_result;
	uint32_t wrong = acted_right(ls, s) ? 0 : r->acting & r->changed & ls->counted & ~s->match;

	for (; wrong; wrong &= wrong - 1) {
		unsigned v = __builtin_ctz(wrong);

		if (oracle_memtype_changed(&ls->oracle, v, t->leaf.gfn, leaf_pages(&t->leaf)))
			return v;
	}
	return -1;
}

static void missed_zap(struct lockstep *ls, struct tracked_leaf *t, unsigned v, bool mixed)
{
	bool zap_events = ls->caps & CAP_ZAP_EVENTS;
	struct memtype_fault fault = {
		.rule = zap_events ? VR_MISSED_ZAP : VR_STALE_MEMTYPE,
		.rule_id = zap_events ? RULE_ZAPMIN : RULE_STALE,
		.change = ls->oracle_result.change,
	};

	memtype_finding(ls, t, &fault, v, mixed);
}

static void stale(struct lockstep *ls, struct tracked_leaf *t, const struct standing *s)
{
	struct memtype_fault fault = {
		VR_STALE_MEMTYPE, RULE_STALE, ls->oracle_result.change, false,
	};

	/* Already known to be stale: only a further change that left it there is news. */
	if (s->match || !ls->counted || t->reported)
		return;
	if (s->undefined)
		undefined_leaf(ls, t);
	else
		memtype_finding(ls, t, &fault, __builtin_ctz(ls->counted),
				s->mixed >> __builtin_ctz(ls->counted) & 1);
}

static void judge_kept(struct lockstep *ls, struct tracked_leaf *t)
{
	struct standing s = leaf_standing(ls, t, ls->counted);
	int v = asking(ls, t, &s);

	if (v < 0)
		stale(ls, t, &s);
	else if (s.undefined >> v & 1)
		undefined_leaf(ls, t);
	else
		missed_zap(ls, t, v, s.mixed >> v & 1);
}

bool judge_asked(struct lockstep *ls, const struct tracked_leaf *t)
{
	struct standing s = leaf_standing(ls, t, ls->counted);
	int v = asking(ls, t, &s);

	return v >= 0 && !(s.undefined >> v & 1);
}

bool judge_asked_in_vain(struct lockstep *ls, struct tracked_leaf *t)
{
	const struct oracle_result *r = &ls->oracle_result;
	struct standing s;

	if (touches(t, r->wrprot_start, r->wrprot_end) && !logs_writes(ls, t))
		slot_finding(ls, &t->leaf, RULE_SLOT_WRPROT, "writable", "logged");
	if (touches(t, r->gone_start, r->gone_end) && !t->reported) {
		leaf_reported(ls, t);
		slot_finding(ls, &t->leaf, RULE_SLOT_GONE, "kept", "gone");
		return false;
	}
	if (!(ls->caps & CAP_MEMTYPES))
		return false;
	s = leaf_standing(ls, t, ls->counted);
	return !acted_right(ls, &s) && !s.undefined;
}

/* The vCPU for which a leaf that was asked to be gone is wrong. */
static unsigned asked_by(const struct lockstep *ls)
{
	const struct oracle_result *r = &ls->oracle_result;
	uint32_t acting = r->acting & r->changed & ls->counted;

	return __builtin_ctz(acting ? acting : ls->counted ? ls->counted : 1);
}

void judge_stayed(struct lockstep *ls, struct tracked_leaf *t)
{
	struct standing s = leaf_standing(ls, t, ls->counted);

	if (!acted_right(ls, &s) && !s.undefined)
		missed_zap(ls, t, asked_by(ls), s.mixed >> asked_by(ls) & 1);
}

void judge_late(struct lockstep *ls, struct tracked_leaf *t)
{
	struct standing s = leaf_standing(ls, t, ls->counted);
	struct memtype_fault fault = { VR_ZAP_RACE, RULE_RACE, ls->oracle_result.change, true };

	memtype_finding(ls, t, &fault, asked_by(ls), s.mixed >> asked_by(ls) & 1);
}

void judge_stale(struct lockstep *ls, struct tracked_leaf *t)
{
	struct standing s = leaf_standing(ls, t, ls->counted);

	stale(ls, t, &s);
}

/* Nothing changed but the leaves that the op touched: mostly the last ones of the table. */
static void judge_touched(struct lockstep *ls)
{
	unsigned left = ls->nr_touched;

	for (uint32_t i = ls->leaves.nr; left && i-- > 0;) {
		if (ls->leaves.leaves[i].step == ls->ordinal) {
			judge_fresh_leaf(ls, &ls->leaves.leaves[i], NULL);
			left--;
		}
	}
}

void judge_leaves(struct lockstep *ls)
{
	const struct oracle_result *r = &ls->oracle_result;
	bool memtypes = ls->caps & CAP_MEMTYPES;
	bool sweep = memtypes && ((r->changed & ls->counted) || (ls->counted_before & ~ls->counted));
	bool gone = r->gone_start < r->gone_end;
	bool wrprot = r->wrprot_start < r->wrprot_end;

	if (!sweep && !gone && !wrprot)
		return judge_touched(ls);
	for (uint32_t i = 0; i < ls->leaves.nr; i++) {
		struct tracked_leaf *t = &ls->leaves.leaves[i];

		if (wrprot && touches(t, r->wrprot_start, r->wrprot_end) && !logs_writes(ls, t))
			slot_finding(ls, &t->leaf, RULE_SLOT_WRPROT, "writable", "logged");
		if (t->step == ls->ordinal) {
			judge_fresh_leaf(ls, t, NULL);
		} else if (gone && !t->reported && touches(t, r->gone_start, r->gone_end)) {
			leaf_reported(ls, t);
			slot_finding(ls, &t->leaf, RULE_SLOT_GONE, "kept", "gone");
		} else if (sweep) {
			judge_kept(ls, t);
		}
	}
}

void judge_removed(struct lockstep *ls, const struct tracked_leaf *t)
{
	uint64_t pages = leaf_pages(&t->leaf);

	if ((ls->caps & CAP_ZAP_EVENTS) &&
	    !extent_touches(&ls->oracle_result.extent, t->leaf.gfn, pages) &&
	    !(ls->in_group && together_extent_touches(ls, t->leaf.gfn, pages)))
		advisory(ls, t, VR_OVER_ZAP, RULE_ZAPSET, pages, "zapped", "outside");
}

/* Do leaves, smaller or larger, still map all of what @entry holds? Then it is right after all. */
static bool still_mapped(struct lockstep *ls, const struct tlb_entry *entry)
{
	uint64_t gfn = entry->leaf.gfn, end = gfn + leaf_pages(&entry->leaf);

	while (gfn < end) {
		const struct tracked_leaf *t = NULL;

		for (unsigned level = LEVEL_4K; level <= LEVEL_1G && !t; level++) {
			struct leaf key = entry->leaf;

			key.level = level;
			key.gfn = gfn & ~(level_pages(level) - 1);
			t = leaf_table_find(&ls->leaves, &key);
		}
		if (!t || t->view.type != entry->view.type || t->view.ipat != entry->view.ipat ||
		    t->view.pfn - t->leaf.gfn != entry->view.pfn - entry->leaf.gfn ||
		    (entry->view.writable && !t->view.writable))
			return false;
		gfn = t->leaf.gfn + leaf_pages(&t->leaf);
	}
	return true;
}

static unsigned step_of_ordinal(const struct lockstep *ls, uint32_t ordinal)
{
	unsigned step = 0;

	for (uint32_t i = 0; i < ordinal; i++)
		step += !(ls->program->ops[i].flags & OP_ALONG);
	return step;
}

void judge_guest_entry(struct lockstep *ls, unsigned vcpu)
{
	struct tlb *tlb = &ls->tlb[vcpu];
	struct tlb_entry *entry = NULL;

	if (!(ls->caps & CAP_TLB))
		return;
	while ((entry = tlb_stale(tlb, entry))) {
		struct mt held = view_mt(entry->view);
		struct finding_site site = {
			.rule = VR_MISSED_FLUSH, .rule_id = RULE_FLUSH, .severity = SEVERITY_TYPE,
			.change = entry->stale_change, .vcpu = vcpu, .leaf = &entry->leaf,
			.observed = &held, .from = "cached", .to = "outdated",
		};

		if (unlikely(ls->in_group) && together_under_way(ls, entry->stale_step, vcpu))
			continue;	/* the flush is to come */
		if (still_mapped(ls, entry)) {
			tlb_absolve(tlb, entry);
			continue;
		}
		site.cause = step_of_ordinal(ls, entry->stale_step);
		finding_add(ls, &site);
		tlb_forgive(tlb);
		break;
	}
	if (tlb->owed != GUEST_FLUSH_NONE && (ls->caps & CAP_GUEST_TLB)) {
		struct finding_site site = {
			.rule = VR_MISSED_FLUSH, .rule_id = tlb->owed_rule,
			.severity = SEVERITY_TYPE, .change = tlb->owed_change, .vcpu = vcpu,
			.cause = step_of_ordinal(ls, tlb->owed_step), .from = "linear",
			.to = tlb->owed == GUEST_FLUSH_ALL ? "all" : "current-pcid",
		};

		finding_add(ls, &site);
		tlb->owed = GUEST_FLUSH_NONE;
	}
}

/* A readonly slot's write exits to userspace and leaves no MMIO SPTE behind (rules D). */
void judge_mmio_spte(struct lockstep *ls, const struct event *ev)
{
	struct leaf leaf = { .as_id = ev->as_id, .level = LEVEL_4K, .root = ev->root,
			     .gfn = ev->gfn, .spte = ev->new_spte };

	if (oracle_slot(&ls->oracle, ev->gfn))
		slot_finding(ls, &leaf, RULE_SLOT_READONLY, "mmio-spte", "slot");
}

/* A shadow root is a TLB too: what a flush that was demanded should have taken is in use. */
void judge_linear(struct lockstep *ls, const struct event *ev)
{
	const struct tlb *tlb = &ls->tlb[ev->vcpu];
	struct finding_site site = {
		.rule = VR_STALE_ROOT, .rule_id = RULE_ROLE_ROOT, .severity = SEVERITY_TYPE,
		.change = tlb->demand_step ? tlb->demand_change : CHANGE_MAP, .vcpu = ev->vcpu,
		.from = "cached", .to = "flushed",
		.observed_value = ev->new_spte, .expected_value = ls->oracle_result.linear_gpa,
	};

	if (!ls->oracle_result.linear || ev->vcpu != ls->op->vcpu ||
	    ev->new_spte == ls->oracle_result.linear_gpa)
		return;
	if (tlb->demand_step)
		site.cause = step_of_ordinal(ls, tlb->demand_step);
	finding_add(ls, &site);
}

void judge_cache_overrun(struct lockstep *ls, const struct event *ev)
{
	struct finding_site site = {
		.rule = VR_CACHE_OVERRUN, .rule_id = RULE_CAP, .severity = SEVERITY_TYPE,
		.change = ls->oracle_result.change, .vcpu = ev->vcpu,
		.from = "asked", .to = "beyond-capacity",
		.observed_value = ev->old_spte, .expected_value = ev->new_spte,
	};

	finding_add(ls, &site);
}

static const char *outcome_word(const struct outcome *out)
{
	switch (out->kind) {
	case OUT_OK:
		return "ok";
	case OUT_GP:
		return "#gp";
	case OUT_UD:
		return "#ud";
	case OUT_PF:
		return "#pf";
	case OUT_MMIO:
		return "mmio";
	case OUT_ERRNO:
		return "errno";
	case OUT_BLOCKED:
		return "blocked";
	default:
		return "any";
	}
}

/* Which rule a wrong outcome, or a wrong value, of @op breaks. */
static enum verdict_rule outcome_rule(const struct op *op, bool value)
{
	switch (op->kind) {
	case OP_WRMSR: case OP_RDMSR: case OP_SETMSR:
		return value ? VR_MSR_VALUE : VR_MSR_FAULT;
	case OP_INIT: case OP_SIPI:
		return value ? VR_RESET_VALUE : VR_CR_FAULT;
	case OP_READ: case OP_WRITE: case OP_EXEC: case OP_MAP: case OP_SLOT: case OP_BACKING:
	case OP_INVALIDATE: case OP_PREFAULT: case OP_SPLIT: case OP_COLLAPSE:
		return VR_SLOT_RULE;
	default:
		return value ? VR_CR_VALUE : VR_CR_FAULT;
	}
}

/* Did a shadow root lead the op to another page? Then what came of it is judge_linear()'s to say. */
static bool led_astray(const struct lockstep *ls)
{
	const struct oracle_result *r = &ls->oracle_result;

	for (size_t i = 0; r->linear && i < ls->target->nr_events; i++) {
		const struct event *ev = &ls->target->events[i];

		if (ev->kind == EV_LINEAR && ev->new_spte != r->linear_gpa)
			return true;
	}
	return false;
}

void judge_outcome(struct lockstep *ls, const struct outcome *observed)
{
	const struct outcome *expected = &ls->oracle_result.outcome;
	bool value;
	struct finding_site site = {
		.rule_id = ls->oracle_result.outcome_rule,
		.severity = op_is_host(ls->op) ? SEVERITY_HOST_ONLY : SEVERITY_TYPE,
		.change = ls->oracle_result.change,
		.vcpu = op_has_vcpu(ls->op) ? ls->op->vcpu : -1,
	};

	if (expected->kind == OUT_ANY || observed->kind == OUT_ANY)
		return;
	value = expected->kind == observed->kind;
	if (value && (!expected->has_value || !observed->has_value ||
		      expected->value == observed->value))
		return;
	if (led_astray(ls))
		return;
	site.rule = outcome_rule(ls->op, value);
	if (value && !(ls->caps & (site.rule == VR_MSR_VALUE ? CAP_MSR_VALUES : CAP_CR_VALUES)))
		return;
	site.from = value ? "value" : outcome_word(observed);
	site.to = value ? "other" : outcome_word(expected);
	site.observed_value = observed->value;
	site.expected_value = expected->value;
	finding_add(ls, &site);
	/* One took what the other refused: their states part here, and nothing later means anything. */
	if (!value)
		ls->stop = true;
}

static void reg_finding(struct lockstep *ls, unsigned vcpu, enum verdict_rule rule,
			const char *name, uint64_t expected, uint64_t observed)
{
	struct finding_site site = {
		.rule = rule,
		.rule_id = rule == VR_RESET_VALUE ? RULE_RESET :
			   rule == VR_MSR_VALUE ? RULE_RB : RULE_CR,
		.severity = ls->oracle_result.host_only ? SEVERITY_HOST_ONLY : SEVERITY_TYPE,
		.change = ls->oracle_result.change, .vcpu = vcpu, .from = name, .to = "other",
		.observed_value = observed, .expected_value = expected,
	};

	finding_add(ls, &site);
}

void judge_regs(struct lockstep *ls, unsigned vcpu, enum verdict_rule cr_rule)
{
	struct vcpu_regs want;
	struct target_regs have;

	static const struct { const char *name; size_t oracle, target; bool msr; } regs[] = {
		{ "cr0", offsetof(struct vcpu_regs, cr0), offsetof(struct target_regs, cr0), false },
		{ "cr3", offsetof(struct vcpu_regs, cr3), offsetof(struct target_regs, cr3), false },
		{ "cr4", offsetof(struct vcpu_regs, cr4), offsetof(struct target_regs, cr4), false },
		{ "efer", offsetof(struct vcpu_regs, efer), offsetof(struct target_regs, efer), false },
		{ "pat", offsetof(struct vcpu_regs, pat), offsetof(struct target_regs, pat), true },
		{ "mtrrdeftype", offsetof(struct vcpu_regs, def_type),
		  offsetof(struct target_regs, def_type), true },
	};

	if (!(ls->caps & CAP_REGS))
		return;
	want = oracle_regs(&ls->oracle, vcpu);
	have = ls->target->ops->regs(ls->target, vcpu);
	if (!((want.cr0 ^ have.cr0) | (want.cr3 ^ have.cr3) | (want.cr4 ^ have.cr4) |
	      (want.efer ^ have.efer) | (want.pat ^ have.pat) | (want.def_type ^ have.def_type))) {
		ls->wrong_regs[vcpu] = 0;
		return;
	}
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		uint64_t expected = *(uint64_t *)((char *)&want + regs[i].oracle);
		uint64_t observed = *(uint64_t *)((char *)&have + regs[i].target);

		if (expected == observed)
			ls->wrong_regs[vcpu] &= ~(1u << i);
		else if (!(ls->wrong_regs[vcpu] >> i & 1)) {
			/* A register that stays wrong is one finding, not one an op. */
			ls->wrong_regs[vcpu] |= 1u << i;
			reg_finding(ls, vcpu, regs[i].msr && cr_rule != VR_RESET_VALUE ?
				    VR_MSR_VALUE : cr_rule, regs[i].name, expected, observed);
		}
	}
}

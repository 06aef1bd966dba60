// SPDX-License-Identifier: GPL-2.0-only
/*
 * The judge of a trace: what the oracle demands against what the kernel's own
 * events show. Three-valued: a leaf is right, wrong, or rests on something the
 * trace does not tell. A false alarm is worse than a miss, so every doubt ends
 * in "unknown", counted by its reason.
 *
 * Leaves when installed: R-MT under R-UNIF. Leaves that were there before a
 * change: R-ZAPMIN for the vCPU that made it, R-STALE otherwise. Zaps on
 * account of the change: R-ZAPSET (design 4; rules B.4, H).
 */
#include <stdio.h>
#include <string.h>

#include "harness/lockstep/key.h"
#include "harness/program/program.h"
#include "harness/trace/audit.h"

const struct audit_unknown_info audit_unknowns[NR_AUDIT_UNKNOWNS] = {
	[UNKNOWN_HOST] = { "host", "host=kvm_intel ept=on, or host=kvm_amd npt=on" },
	[UNKNOWN_PROFILE] = { "profile", "profile=NAME, the kernel's memtype rules" },
	[UNKNOWN_TDP_MMU] = { "tdp_mmu", "tdp_mmu=on|off, or record kvm_tdp_mmu_spte_changed" },
	[UNKNOWN_DMA] = { "dma", "dma=on|off when the trace begins" },
	[UNKNOWN_QUIRK] = { "quirk", "quirk:cd-nw-cleared=on|off, quirk:ignore-guest-pat=on|off" },
	[UNKNOWN_CPUID] = { "cpuid", "cpuid-mtrr=on|off maxphyaddr=N selfsnoop=on|off" },
	[UNKNOWN_VCPUS] = { "vcpus", "vcpus=N, or start=reset; record kvm_entry and kvm_exit" },
	[UNKNOWN_CR0] = { "cr0", "cr0=VALUE, start=reset, or record from before the VM starts" },
	[UNKNOWN_DEF_TYPE] = { "mtrr-def-type", "msr:MTRRdefType=VALUE, or start=reset" },
	[UNKNOWN_FIXED] = { "mtrr-fixed", "msr:MTRRfix...=VALUE of all, or start=reset" },
	[UNKNOWN_VARIABLE] = { "mtrr-variable", "msr:MTRRphysBaseN=, MTRRphysMaskN= of all, or start=reset" },
	[UNKNOWN_MMIO] = { "mmio", "mmio=none or mmio=GPA+SIZE,...: which pfns are MMIO" },
	[UNKNOWN_OPEN] = { "open", "a longer trace: this one ends or loses events before the change is over" },
};

void audit_unknown(struct audit *a, int missing, unsigned long times)
{
	a->result->unknown[missing] += times;
}

struct mt leaf_mt(const struct audit *a, const struct trace_leaf *leaf)
{
	struct spte_view view = spte_view(vm_layout(&a->vm), leaf->spte, leaf->level);

	return (struct mt){ .type = view.type, .ipat = view.ipat };
}

/* How a leaf stands to one vCPU, or to all that count. */
struct verdict_on_leaf {
	enum { VL_RIGHT, VL_UNDEFINED, VL_UNKNOWN, VL_WRONG } kind;
	int missing;			/* VL_UNKNOWN */
	struct trace_vcpu *vcpu;	/* VL_WRONG: by whose R-MT */
	bool mixed;
};

static struct verdict_on_leaf unknown_for(int missing)
{
	return (struct verdict_on_leaf){ .kind = VL_UNKNOWN, .missing = missing };
}

/*
 * A quirk is turned by an ioctl, which no tracepoint shows. Where the header
 * alone says how it stood when the trace began, and no marks say that it still
 * does, a leaf that is right with the quirk turned is no evidence of a bug.
 */
static bool turned_quirk_explains(struct audit *a, const struct trace_leaf *leaf,
				  const struct trace_vcpu *vcpu, struct mt mt)
{
	const struct facts *facts = &a->vm.facts;

	if (a->step)
		return false;
	for (uint32_t quirk = 1; quirk <= QUIRKS_KNOWN; quirk <<= 1) {
		bool off = facts->quirks_off & quirk;
		struct op op = { .kind = OP_QUIRK, .arg = quirk, .v = { off } };
		struct oracle_result result;
		struct oracle turned;

		if (!(facts->quirks_known & ~facts->quirks_firm & quirk))
			continue;
		turned = vcpu->oracle;
		oracle_step(&turned, &op, &result);
		if (oracle_matches(&turned, 0, leaf->gfn, level_pages(leaf->level), mt,
				   EPOCH_NOW) == MT_MATCHES)
			return true;
	}
	return false;
}

/*
 * @leaf against R-MT of @vcpu, or, for @in of a vCPU of which nothing is
 * known, against what every vCPU's R-MT must then be.
 */
static struct verdict_on_leaf leaf_for_vcpu(struct audit *a, const struct trace_leaf *leaf,
					    struct trace_vcpu *vcpu, const struct mt_inputs *in)
{
	int missing = vm_missing(&a->vm, in, leaf->gfn, level_pages(leaf->level));
	struct verdict_on_leaf wrong = { .kind = VL_WRONG, .vcpu = vcpu };
	struct mt mt = leaf_mt(a, leaf);

	if (missing != KNOWN)
		return unknown_for(missing);
	switch (oracle_matches(&vcpu->oracle, 0, leaf->gfn, level_pages(leaf->level), mt,
			       EPOCH_NOW)) {
	case MT_MATCHES:
		return (struct verdict_on_leaf){ .kind = VL_RIGHT };
	case MT_UNDEFINED:
		return (struct verdict_on_leaf){ .kind = VL_UNDEFINED };
	case MT_MIXED:
		wrong.mixed = true;
		break;
	case MT_DIFFERS:
		break;
	}
	/* An MMIO pfn is UC in every profile (R-MT.1), and the trace does not say what a pfn is. */
	if (vm_layout(&a->vm) == SPTE_EPT && mt.type == MT_UC && !mt.ipat && !leaf->ram)
		return unknown_for(UNKNOWN_MMIO);
	return turned_quirk_explains(a, leaf, vcpu, mt) ? unknown_for(UNKNOWN_QUIRK) : wrong;
}

/*
 * May vCPUs count that are not seen in the trace? Not if it begins before the
 * VM first ran, for then they have not run.
 */
static bool has_unseen_vcpus(const struct audit *a, unsigned seen)
{
	return !a->vm.created && (!a->vm.facts.vcpus || a->vm.facts.vcpus > seen);
}

/* The vCPU whose oracle answers where no vCPU was seen. */
static struct trace_vcpu *any_vcpu(struct audit *a)
{
	for (unsigned i = 0; i < a->vm.nr_vcpus; i++)
		if (a->vm.vcpu[i])
			return a->vm.vcpu[i];
	return vm_vcpu(&a->vm, 0);
}

/* A leaf is fine while it equals R-MT of a counted vCPU (R-UNIF). @own is asked first. */
static struct verdict_on_leaf leaf_for_all(struct audit *a, const struct trace_leaf *leaf, int own)
{
	struct verdict_on_leaf worst = { .kind = VL_RIGHT };
	unsigned seen = 0;
	bool asked = false;

	for (int i = -1; i < (int)a->vm.nr_vcpus; i++) {
		int id = i < 0 ? own : i;
		struct trace_vcpu *vcpu = id >= 0 ? a->vm.vcpu[id] : NULL;
		struct verdict_on_leaf v;
		struct mt_inputs in;

		if (!vcpu || !vcpu->ran || (i >= 0 && i == own))
			continue;
		seen++;
		in = vm_inputs(&a->vm, vcpu);
		v = leaf_for_vcpu(a, leaf, vcpu, &in);
		if (v.kind == VL_RIGHT || v.kind == VL_UNDEFINED)
			return v;
		/* The first doubt, or else the first vCPU's complaint, stands. */
		if (!asked || (v.kind == VL_UNKNOWN && worst.kind == VL_WRONG))
			worst = v;
		asked = true;
	}
	if (!asked || (worst.kind == VL_WRONG && has_unseen_vcpus(a, seen))) {
		struct mt_inputs in = vm_inputs(&a->vm, NULL);
		struct trace_vcpu *vcpu = any_vcpu(a);
		struct verdict_on_leaf v;

		if (!vcpu)
			return unknown_for(UNKNOWN_VCPUS);
		v = leaf_for_vcpu(a, leaf, vcpu, &in);
		/* What is missing is missing because the vCPU was not seen. */
		if (v.kind == VL_UNKNOWN && v.missing > UNKNOWN_VCPUS && v.missing < UNKNOWN_MMIO)
			v.missing = UNKNOWN_VCPUS;
		if (!asked || v.kind != VL_WRONG)
			return v;
	}
	return worst;
}

/* What a finding says beyond the leaf. */
struct site {
	enum verdict_rule rule;
	enum rule_id rule_id;
	enum severity severity;
	enum change_class change;
	const struct trace_leaf *leaf;
	struct trace_vcpu *vcpu;
	const struct mt *observed, *expected, *before;
	bool mixed;
	const char *from, *to;
	uint64_t observed_value, expected_value;
	unsigned long line;
	unsigned step;
	const char *what;
};

static const char *level_name(unsigned level)
{
	static const char *const names[] = { "?", "4K", "2M", "1G" };

	return names[level <= LEVEL_1G ? level : 0];
}

static void fill_message(const struct site *site, struct finding *f)
{
	unsigned long long gpa = f->gfn << PAGE_SHIFT;
	char observed[MT_TEXT_MAX] = "", expected[MT_TEXT_MAX] = "", before[MT_TEXT_MAX] = "";
	size_t size = sizeof(f->message);

	if (f->has_mt) {
		mt_text(*site->observed, observed);
		mt_text(*site->expected, expected);
		mt_text(f->before, before);
	}
	switch (f->rule) {
	case VR_FRESH_MEMTYPE:
		snprintf(f->message, size,
			 "the %s leaf at gpa 0x%llx was installed as %s; the rules say %s",
			 level_name(f->level), gpa, observed, expected);
		break;
	case VR_MIXED_HUGEPAGE:
		snprintf(f->message, size,
			 "the %s leaf at gpa 0x%llx maps all of its pages as %s, and the rules give them different types",
			 level_name(f->level), gpa, observed);
		break;
	case VR_MISSED_ZAP:
		snprintf(f->message, size,
			 "the %s leaf at gpa 0x%llx (line %lu) is still %s: `%s` changed what the rules say there from %s to %s, and nothing zapped it",
			 level_name(f->level), gpa, site->leaf->line, observed, site->what, before,
			 site->mixed ? "a mix" : expected);
		break;
	case VR_STALE_MEMTYPE:
		snprintf(f->message, size,
			 "the %s leaf at gpa 0x%llx (line %lu) is %s after `%s`; the rules say %s",
			 level_name(f->level), gpa, site->leaf->line, observed, site->what,
			 site->mixed ? "a mix" : expected);
		break;
	case VR_OVER_ZAP:
		snprintf(f->message, size,
			 "`%s` zapped the %s leaf at gpa 0x%llx, which no change it makes can touch",
			 site->what, level_name(f->level), gpa);
		break;
	case VR_MSR_VALUE:
		snprintf(f->message, size, "`%s` read 0x%llx; the rules say 0x%llx", site->what,
			 (unsigned long long)site->observed_value,
			 (unsigned long long)site->expected_value);
		break;
	default:
		snprintf(f->message, size, "`%s`: %s, the rules say %s", site->what, site->from,
			 site->to);
		break;
	}
}

static void fill_expected(struct audit *a, const struct site *site, struct finding *f)
{
	f->nr_expected = 0;
	f->expected[f->nr_expected++] = *site->expected;
	for (unsigned i = 0; i < a->vm.nr_vcpus && f->nr_expected < MAX_VCPUS; i++) {
		struct trace_vcpu *vcpu = a->vm.vcpu[i];
		unsigned j = 0;
		struct mt mt;

		if (!vcpu || !vcpu->ran || site->leaf->mmio)
			continue;
		mt = oracle_memtype(&vcpu->oracle, 0, f->gfn, EPOCH_NOW).mt;
		while (j < f->nr_expected && (f->expected[j].type != mt.type ||
					      f->expected[j].ipat != mt.ipat))
			j++;
		if (j == f->nr_expected)
			f->expected[f->nr_expected++] = mt;
	}
}

static void fill_finding(struct audit *a, const struct site *site, struct finding *f)
{
	f->rule = site->rule;
	f->rule_id = site->rule_id;
	f->severity = site->severity;
	f->step = f->cause = site->step;
	f->vcpu = site->vcpu ? (int)site->vcpu->id : -1;
	f->observed_value = site->observed_value;
	f->expected_value = site->expected_value;
	if (site->leaf) {
		f->has_gfn = true;
		f->gfn = site->leaf->gfn;
		f->level = site->leaf->level;
		f->npages = level_pages(f->level);
	}
	if (site->observed) {
		f->has_mt = true;
		f->observed = *site->observed;
		f->before = site->before ? *site->before : *site->observed;
		fill_expected(a, site, f);
	}
	fill_message(site, f);
	if (a->options->explain && site->observed && site->vcpu && !site->leaf->mmio)
		f->nr_why = oracle_explain(&site->vcpu->oracle, 0, f->gfn, f->why, MAX_WHY);
}

static void report(struct audit *a, const struct site *site)
{
	struct audit_result *result = a->result;
	struct finding_key_parts parts = {
		.rule = site->rule, .rule_id = site->rule_id, .change = site->change,
		.severity = site->severity,
		.observed = site->observed, .expected = site->expected, .mixed = site->mixed,
		.from = site->from, .to = site->to,
	};
	struct audit_finding *f;
	char key[KEY_MAX];

	finding_key(key, &parts);
	rule_set_add(&result->rules_hit, site->rule_id);
	for (unsigned i = 0; i < result->nr_findings; i++) {
		f = &result->findings[i];
		if (strcmp(f->finding.key, key))
			continue;
		f->finding.leaves += !!site->leaf;
		if (f->last_line != site->line)
			f->times++;
		f->last_line = site->line;
		/* The table has no order; the lowest page of the first event stands for all. */
		if (f->line == site->line && site->leaf && site->leaf->gfn < f->finding.gfn)
			fill_finding(a, site, &f->finding);
		return;
	}
	if (result->nr_findings == AUDIT_MAX_FINDINGS) {
		result->dropped++;
		return;
	}
	f = &result->findings[result->nr_findings++];
	memset(f, 0, sizeof(*f));
	strcpy(f->finding.key, key);
	f->finding.leaves = !!site->leaf;
	f->line = f->last_line = site->line;
	f->times = 1;
	snprintf(f->what, sizeof(f->what), "%s", site->what);
	fill_finding(a, site, &f->finding);
}

/* @v says that @leaf is wrong: on account of @change, or as it was installed. */
static void report_leaf(struct audit *a, enum verdict_rule rule, enum rule_id rule_id,
			const struct trace_leaf *leaf, const struct verdict_on_leaf *v,
			const struct change *change, bool before_valid)
{
	struct mt observed = leaf_mt(a, leaf);
	struct mt expected = oracle_memtype(&v->vcpu->oracle, 0, leaf->gfn, EPOCH_NOW).mt;
	struct mt before = oracle_memtype(&v->vcpu->oracle, 0, leaf->gfn, EPOCH_BEFORE).mt;
	char what[sizeof(change->what)];
	struct site site = {
		.rule = rule, .rule_id = rule_id, .leaf = leaf, .vcpu = v->vcpu,
		.observed = &observed, .expected = &expected,
		.before = before_valid ? &before : NULL, .mixed = v->mixed,
		.line = a->line, .step = a->step ? a->step : a->ordinal, .what = what,
	};

	if (leaf->mmio)
		expected = (struct mt){ .type = MT_UC, .rule = RULE_MT_1 };
	site.severity = memtype_severity(&v->vcpu->oracle, 0, change ? &change->result : NULL,
					 leaf->gfn, level_pages(leaf->level), observed, expected,
					 v->mixed);
	/* A mask that ends at a MAXPHYADDR that nobody told us is not holed. */
	if (site.severity == SEVERITY_NONCONFORMING && !a->vm.facts.maxphyaddr &&
	    !(change && change->result.nonconforming))
		site.severity = !v->mixed && expected.type == observed.type ? SEVERITY_IPAT_ONLY
									    : SEVERITY_TYPE;
	if (change) {
		site.change = change->result.change;
		site.line = change->line;
		site.step = change->step;
		strcpy(what, change->what);
	} else {
		snprintf(what, sizeof(what), "fault at gpa 0x%llx",
			 (unsigned long long)leaf->gfn << PAGE_SHIFT);
	}
	report(a, &site);
}

/* A leaf whose pfn is known to be MMIO: UC in every profile's EPT (R-MT.1). */
static struct verdict_on_leaf mmio_leaf(struct audit *a, const struct trace_leaf *leaf)
{
	struct mt mt = leaf_mt(a, leaf);
	struct trace_vcpu *vcpu = any_vcpu(a);

	if (!vm_host_known(&a->vm))
		return unknown_for(UNKNOWN_HOST);
	if (vm_layout(&a->vm) != SPTE_EPT || (mt.type == MT_UC && !mt.ipat) || !vcpu)
		return (struct verdict_on_leaf){ .kind = VL_RIGHT };
	return (struct verdict_on_leaf){ .kind = VL_WRONG, .vcpu = vcpu };
}

void judge_fresh(struct audit *a, struct trace_leaf *leaf, int vcpu)
{
	struct verdict_on_leaf v = leaf->mmio ? mmio_leaf(a, leaf) : leaf_for_all(a, leaf, vcpu);

	leaf->standing = LEAF_UNKNOWN;
	if (v.kind == VL_UNKNOWN) {
		a->result->fresh_unknown++;
		audit_unknown(a, v.missing, 1);
		return;
	}
	a->result->fresh_judged++;
	rule_set_add(&a->result->rules_hit, RULE_MT);
	if (v.kind == VL_UNDEFINED) {
		a->result->undefined++;
	} else if (v.kind == VL_RIGHT) {
		leaf->standing = LEAF_RIGHT;
	} else {
		leaf->standing = LEAF_WRONG;
		if (v.mixed)
			report_leaf(a, VR_MIXED_HUGEPAGE, RULE_HUGE, leaf, &v, NULL, false);
		else
			report_leaf(a, VR_FRESH_MEMTYPE,
				    leaf->mmio ? RULE_MT_1 :
				    oracle_deciding_rule(&v.vcpu->oracle, 0, leaf->gfn),
				    leaf, &v, NULL, false);
	}
}

/* Did R-MT of @vcpu for @leaf change, for all that is known, by @change? */
static bool surely_changed(struct audit *a, const struct change *change,
			   const struct trace_leaf *leaf, struct trace_vcpu *vcpu)
{
	uint64_t npages = level_pages(leaf->level);
	struct mt_inputs before = change->before;

	if (!change->vcpu) {
		struct mt_inputs now = vm_inputs(&a->vm, vcpu);

		now.dma_known = before.dma_known;
		now.dma = before.dma;
		now.quirks_known = before.quirks_known;
		before = now;
	}
	return change->steps == (change->vcpu ? vcpu->steps : a->steps) &&
	       vm_missing(&a->vm, &before, leaf->gfn, npages) == KNOWN &&
	       oracle_memtype_changed(&vcpu->oracle, 0, leaf->gfn, npages);
}

/* A leaf that was there before @change, and still is. False: unknown. */
static bool judge_kept(struct audit *a, const struct change *change, struct trace_leaf *leaf)
{
	struct verdict_on_leaf v;

	if (change->vcpu) {
		struct mt_inputs in = vm_inputs(&a->vm, change->vcpu);

		v = leaf_for_vcpu(a, leaf, change->vcpu, &in);
	} else {
		v = leaf_for_all(a, leaf, -1);
	}
	if (v.kind == VL_WRONG && !surely_changed(a, change, leaf, v.vcpu)) {
		/* Not its doing, for all that is known. But is it right for anyone? */
		v = leaf_for_all(a, leaf, v.vcpu->id);
		if (v.kind == VL_WRONG && leaf->standing != LEAF_WRONG)
			report_leaf(a, VR_STALE_MEMTYPE, RULE_STALE, leaf, &v, change, false);
	} else if (v.kind == VL_WRONG) {
		report_leaf(a, VR_MISSED_ZAP, RULE_ZAPMIN, leaf, &v, change, true);
	}
	a->result->undefined += v.kind == VL_UNDEFINED;
	leaf->standing = v.kind == VL_RIGHT ? LEAF_RIGHT :
			 v.kind == VL_WRONG ? LEAF_WRONG : LEAF_UNKNOWN;
	if (v.kind != VL_UNKNOWN) {
		a->result->stale_judged++;
		return true;
	}
	a->result->stale_unknown++;
	audit_unknown(a, v.missing, 1);
	return false;
}

/* Zaps on account of @change that lie outside its widest extent. */
static void judge_zaps(struct audit *a, const struct change *change, const struct task *task)
{
	if (!change->wants_zaps_judged ||
	    vm_extent_missing(&a->vm, &change->before, &change->op) != KNOWN)
		return;
	for (unsigned i = 0; i < task->nr_zaps; i++) {
		struct trace_leaf leaf = { .gfn = task->zaps[i].gfn, .level = task->zaps[i].level };
		struct site site = {
			.rule = VR_OVER_ZAP, .rule_id = RULE_ZAPSET, .severity = SEVERITY_ADVISORY,
			.change = change->result.change, .leaf = &leaf, .vcpu = change->vcpu,
			.from = "zapped", .to = "outside", .line = change->line,
			.step = change->step, .what = change->what,
		};
		uint64_t npages = level_pages(leaf.level);

		if (extent_touches(&change->result.extent, leaf.gfn, npages))
			continue;
		a->result->advisories[VR_OVER_ZAP] += npages;
		if (a->options->advisories)
			report(a, &site);
	}
}

static bool same_knowledge(const struct mt_inputs *a, const struct mt_inputs *b)
{
	return a->dma_known == b->dma_known && a->cr0_known == b->cr0_known &&
	       a->def_type_known == b->def_type_known && a->var_known == b->var_known &&
	       a->fixed_known == b->fixed_known && a->quirks_known == b->quirks_known;
}

/* May @change have made a leaf wrong, or told enough to judge one that could not be judged? */
static bool concerns_leaves(struct audit *a, const struct change *change,
			    const struct mt_inputs *now)
{
	if (change->result.changed || !same_knowledge(&change->before, now))
		return true;
	for (unsigned i = 0; i < a->vm.nr_vcpus; i++) {
		struct trace_vcpu *vcpu = a->vm.vcpu[i];
		struct mt_inputs in = vm_inputs(&a->vm, vcpu);

		if (!vcpu || !vcpu->ran || (change->vcpu && change->vcpu != vcpu))
			continue;
		/* The oracle said "no change" of values that nobody knows. */
		if (vm_missing(&a->vm, &in, 0, 2 * GFN_1M) != KNOWN)
			return true;
	}
	return false;
}

void judge_change(struct audit *a, struct change *change, const struct task *task)
{
	struct mt_inputs now = vm_inputs(&a->vm, change->vcpu);
	/* What every leaf misses, if it is one of these. */
	int missing = vm_missing(&a->vm, &now, GFN_1M, 1);
	bool all_known = true;

	change->open = false;
	judge_zaps(a, change, task);
	if (missing == UNKNOWN_HOST || missing == UNKNOWN_PROFILE || missing == UNKNOWN_DMA) {
		a->result->events_unknown++;
		a->result->stale_unknown += a->leaves.nr;
		audit_unknown(a, missing, a->leaves.nr ? a->leaves.nr : 1);
		return;
	}
	if (concerns_leaves(a, change, &now))
		for (struct trace_leaf *leaf = NULL; (leaf = leaves_next(&a->leaves, leaf));)
			if (leaf->line < change->since && !leaf->mmio)
				all_known &= judge_kept(a, change, leaf);
	if (all_known)
		a->result->events_judged++;
	else
		a->result->events_unknown++;
	rule_set_add(&a->result->rules_hit, RULE_ZAPMIN);
}

void judge_msr_fault(struct audit *a, const struct change *change, bool accepted)
{
	struct site site = {
		.rule = VR_MSR_FAULT, .rule_id = change->result.outcome_rule,
		.severity = SEVERITY_TYPE, .change = change->result.change, .vcpu = change->vcpu,
		.from = accepted ? "ok" : "#gp", .to = accepted ? "#gp" : "ok",
		.line = change->line, .step = change->step, .what = change->what,
	};

	report(a, &site);
}

void judge_msr_value(struct audit *a, const struct change *change, uint64_t observed,
		     uint64_t expected)
{
	struct site site = {
		.rule = VR_MSR_VALUE, .rule_id = change->result.outcome_rule,
		.severity = SEVERITY_TYPE, .change = change->result.change, .vcpu = change->vcpu,
		.from = "value", .to = "other", .observed_value = observed,
		.expected_value = expected, .line = change->line, .step = change->step,
		.what = change->what,
	};

	report(a, &site);
}

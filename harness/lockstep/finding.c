// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings: names of rules and verdicts, the triage key by which findings are
 * deduplicated, and the sentences that explain one to its reader.
 */
#include <stdio.h>
#include <string.h>

#include "harness/lockstep/engine.h"
#include "harness/lockstep/key.h"

const char *const verdict_rule_names[NR_VERDICT_RULES] = {
	[VR_MSR_FAULT] = "msr-fault", [VR_MSR_VALUE] = "msr-value",
	[VR_CR_FAULT] = "cr-fault", [VR_CR_VALUE] = "cr-value",
	[VR_FRESH_MEMTYPE] = "fresh-memtype", [VR_MISSED_ZAP] = "missed-zap",
	[VR_STALE_MEMTYPE] = "stale-memtype", [VR_MIXED_HUGEPAGE] = "mixed-hugepage",
	[VR_MISSED_FLUSH] = "missed-flush", [VR_STALE_ROOT] = "stale-root",
	[VR_ZAP_RACE] = "zap-race", [VR_CACHE_OVERRUN] = "cache-overrun",
	[VR_SLOT_RULE] = "slot-rule", [VR_RESET_VALUE] = "reset-value",
	[VR_CRASH] = "crash", [VR_HANG] = "hang",
	[VR_OVER_ZAP] = "over-zap", [VR_NONUNIFORM] = "nonuniform",
	[VR_SMALL_LEAF] = "small-leaf",
};

const char *const verdict_names[NR_VERDICTS] = {
	"clean", "finding", "known", "undefined", "skipped", "infra",
};

enum verdict_rule verdict_rule_by_name(const char *name)
{
	enum verdict_rule rule = 0;

	while (rule < NR_VERDICT_RULES && strcmp(verdict_rule_names[rule], name))
		rule++;
	return rule;
}

const char *mt_text(struct mt mt, char buf[MT_TEXT_MAX])
{
	snprintf(buf, MT_TEXT_MAX, "%s%s", memtype_name(mt.type), mt.ipat ? "+IPAT" : "");
	return buf;
}

static char *append(char *p, const char *end, const char *text)
{
	for (; *text && p < end - 1; text++)
		*p++ = *text;
	*p = '\0';
	return p;
}

/* How much a type lets a CPU cache; DMA that does not snoop loses data where a leaf has too much of it. */
static unsigned cacheability(struct mt mt)
{
	switch (mt.type) {
	case MT_WB:
		return 3;
	case MT_WT: case MT_WP:
		return 2;
	case MT_WC:
		return 1;
	default:
		return 0;
	}
}

static const char *direction(const struct finding_key_parts *parts)
{
	unsigned observed = cacheability(*parts->observed);
	unsigned expected = cacheability(*parts->expected);

	if (parts->mixed)
		return "mixed";
	if (observed != expected)
		return observed > expected ? "too-cached" : "too-uncached";
	return parts->observed->type == parts->expected->type ? "ipat" : "other-type";
}

void finding_key(char key[KEY_MAX], const struct finding_key_parts *parts)
{
	/* A target without zap events sees later what others see at once: the same bug. */
	enum verdict_rule rule = parts->rule == VR_STALE_MEMTYPE ? VR_MISSED_ZAP : parts->rule;
	char *p = key, *end = key + KEY_MAX;

	p = append(p, end, verdict_rule_names[rule]);
	p = append(p, end, "/");
	if (parts->place)
		p = append(p, end, parts->rule_id == RULE_CRASH_WARN ? "warn" : "died");
	else
		p = append(p, end, rule == VR_FRESH_MEMTYPE ? rule_table[parts->rule_id].id
							    : change_class_name(parts->change));
	p = append(p, end, "/");
	if (parts->place) {
		p = append(p, end, parts->place);
	} else if (parts->observed && parts->expected) {
		p = append(p, end, direction(parts));
	} else {
		p = append(p, end, parts->from);
		p = append(p, end, ">");
		p = append(p, end, parts->to);
	}
	p = append(p, end, "/");
	append(p, end, severity_name(parts->severity));
}

enum severity memtype_severity(struct oracle *o, unsigned vcpu, const struct oracle_result *result,
			       uint64_t gfn, uint64_t npages, struct mt observed,
			       struct mt expected, bool mixed)
{
	if (result && result->host_only)
		return SEVERITY_HOST_ONLY;
	/* CPUs of one machine have the same MTRRs (SDM 11.11.8): INIT orphans no leaf of such a guest. */
	if (result && (result->nonconforming || result->change == CHANGE_INIT))
		return SEVERITY_NONCONFORMING;
	if (result ? oracle_nonconforming(o, vcpu, gfn, npages)
		   : expected.rule == RULE_MT_7 &&
		     oracle_nonconforming(o, vcpu, 0, 1ULL << (52 - PAGE_SHIFT)))
		return SEVERITY_NONCONFORMING;
	return !mixed && expected.type == observed.type ? SEVERITY_IPAT_ONLY : SEVERITY_TYPE;
}

/* R-MT of each vCPU that counts, distinct ones. */
static void fill_expected(struct lockstep *ls, struct finding *f, uint64_t gfn, int vcpu)
{
	uint32_t vcpus = ls->counted ? ls->counted : 1u << (vcpu < 0 ? 0 : vcpu);

	for (; vcpus; vcpus &= vcpus - 1) {
		struct mt mt = oracle_memtype(&ls->oracle, __builtin_ctz(vcpus), gfn, EPOCH_NOW).mt;
		unsigned i = 0;

		while (i < f->nr_expected && (f->expected[i].type != mt.type ||
					      f->expected[i].ipat != mt.ipat))
			i++;
		if (i == f->nr_expected)
			f->expected[f->nr_expected++] = mt;
	}
}

static void fill_leaf(struct lockstep *ls, struct finding *f, const struct finding_site *site)
{
	f->has_gfn = true;
	f->gfn = site->leaf->gfn;
	f->npages = leaf_pages(site->leaf);
	f->level = site->leaf->level;
	if (!site->observed)
		return;
	f->has_mt = true;
	f->observed = *site->observed;
	/* In a group the last op that the oracle took need not be the one to blame. */
	f->before = ls->in_group ? f->observed :
		    oracle_memtype(&ls->oracle, site->vcpu < 0 ? 0 : site->vcpu, f->gfn,
				   EPOCH_BEFORE).mt;
	fill_expected(ls, f, f->gfn, site->vcpu);
}

/* The words between "vcpuN: OP" and the numbers, one template a rule. */
static void fill_message(struct lockstep *ls, struct finding *f, const struct finding_site *site)
{
	static const char *const size[] = { "?", "4K", "2M", "1G" };
	char observed[MT_TEXT_MAX], expected[MT_TEXT_MAX], before[MT_TEXT_MAX], op[96];
	unsigned long long gpa = f->gfn << PAGE_SHIFT;
	const char *leaf_size = size[f->level <= LEVEL_1G ? f->level : 0];

	if (ls->op)
		op_print(ls->op, op, sizeof(op));
	else
		strcpy(op, "start");
	mt_text(f->observed, observed);
	mt_text(f->before, before);
	mt_text(site->expected ? *site->expected : f->expected[0], expected);
	switch (f->rule) {
	case VR_FRESH_MEMTYPE:
		snprintf(f->message, sizeof(f->message),
			 "the %s leaf at gpa 0x%llx was installed as %s; the rules say %s",
			 leaf_size, gpa, observed, expected);
		break;
	case VR_MISSED_ZAP:
	case VR_STALE_MEMTYPE:
		snprintf(f->message, sizeof(f->message),
			 "the %s leaf at gpa 0x%llx is still %s: `%s` changed what the rules say there from %s to %s, and nothing zapped it",
			 leaf_size, gpa, observed, op, before, site->mixed ? "a mix" : expected);
		break;
	case VR_MIXED_HUGEPAGE:
		snprintf(f->message, sizeof(f->message),
			 "the %s leaf at gpa 0x%llx maps all of its pages as %s, and the rules give them different types",
			 leaf_size, gpa, observed);
		break;
	case VR_ZAP_RACE:
		if (site->late)
			snprintf(f->message, sizeof(f->message),
				 "vcpu%d entered the guest with the %s leaf at gpa 0x%llx still %s, though its own `%s` had ended, which makes it %s",
				 f->vcpu, leaf_size, gpa, observed, op, site->mixed ? "a mix" : expected);
		else
			snprintf(f->message, sizeof(f->message),
				 "the %s leaf at gpa 0x%llx was installed by `%s` as %s while another op changed what the rules say there, and outlived it: they say %s",
				 leaf_size, gpa, op, observed, site->mixed ? "a mix" : expected);
		break;
	case VR_MISSED_FLUSH:
		if (f->has_gfn)
			snprintf(f->message, sizeof(f->message),
				 "vcpu%d enters the guest with gpa 0x%llx still in its TLB as %s, though step %u changed or removed that translation",
				 f->vcpu, gpa, observed, f->cause);
		else
			snprintf(f->message, sizeof(f->message),
				 "vcpu%d enters the guest without the linear TLB flush (%s) that step %u demands",
				 f->vcpu, site->to, f->cause);
		break;
	case VR_STALE_ROOT:
		snprintf(f->message, sizeof(f->message),
			 "`%s` went through a shadow root to gpa 0x%llx; the guest's PTE says 0x%llx, and all that was translated before has been flushed, last at step %u",
			 op, (unsigned long long)f->observed_value,
			 (unsigned long long)f->expected_value, f->cause);
		break;
	case VR_CACHE_OVERRUN:
		snprintf(f->message, sizeof(f->message),
			 "`%s` takes %llu objects from a memory cache in which its topup left %llu",
			 op, (unsigned long long)f->observed_value,
			 (unsigned long long)f->expected_value);
		break;
	case VR_OVER_ZAP:
		snprintf(f->message, sizeof(f->message),
			 "`%s` zapped the %s leaf at gpa 0x%llx, which no change it makes can touch (%llu pages)",
			 op, leaf_size, gpa, (unsigned long long)f->npages);
		break;
	case VR_MSR_VALUE: case VR_CR_VALUE: case VR_RESET_VALUE:
		snprintf(f->message, sizeof(f->message),
			 "after `%s`%s%s the value is 0x%llx, the rules say 0x%llx", op,
			 strcmp(site->from, "value") ? ", of " : "",
			 strcmp(site->from, "value") ? site->from : "",
			 (unsigned long long)f->observed_value,
			 (unsigned long long)f->expected_value);
		break;
	default:
		snprintf(f->message, sizeof(f->message), "`%s`: %s, the rules say %s%s", op,
			 site->from ? site->from : "?", site->to ? site->to : "?",
			 f->has_gfn ? " (gpa below)" : "");
		break;
	}
	/* Of an outcome, the target can say more: vector, error code, RIP. */
	if (!f->has_gfn && ls->target->note[0])
		snprintf(f->message + strlen(f->message), sizeof(f->message) - strlen(f->message),
			 "; %s", ls->target->note);
}

struct finding *finding_add(struct lockstep *ls, const struct finding_site *site)
{
	struct result *result = ls->result;
	struct finding_key_parts parts = {
		.rule = site->rule, .rule_id = site->rule_id, .change = site->change,
		.severity = site->severity,
		.observed = site->expected ? site->observed : NULL, .expected = site->expected,
		.mixed = site->mixed, .from = site->from, .to = site->to, .place = site->place,
	};
	struct finding *f;
	char key[KEY_MAX];

	rule_set_add(&result->rules_hit, site->rule_id);
	finding_key(key, &parts);
	for (unsigned i = 0; i < result->nr_findings; i++) {
		if (!strcmp(result->findings[i].key, key)) {
			result->findings[i].leaves += !!site->leaf;
			return NULL;
		}
	}
	if (result->nr_findings == MAX_FINDINGS) {
		result->dropped++;
		return NULL;
	}
	f = &result->findings[result->nr_findings++];
	*f = (struct finding){
		.rule = site->rule, .rule_id = site->rule_id, .severity = site->severity,
		.step = ls->step, .cause = site->cause ? site->cause : ls->step,
		.vcpu = site->vcpu, .leaves = !!site->leaf,
		.observed_value = site->observed_value, .expected_value = site->expected_value,
	};
	strcpy(f->key, key);
	if (site->leaf)
		fill_leaf(ls, f, site);
	if (ls->options->explain) {
		fill_message(ls, f, site);
		if (f->has_mt)
			f->nr_why = oracle_explain(&ls->oracle, site->vcpu < 0 ? 0 : site->vcpu,
						   f->gfn, f->why, MAX_WHY);
	}
	return f;
}

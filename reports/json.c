// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON: one object a program, one object a line; the fields and their types
 * are schema/run-1.json. Addresses and register values are hex strings, for
 * JSON numbers lose bits beyond 53.
 */
#include <inttypes.h>

#include "reports/internal.h"
#include "reports/json.h"

json_t *json_text(const char *text)
{
	char buf[2048];

	return json_string(escape_text(text, buf, sizeof(buf)));
}

json_t *json_text_or_null(const char *text)
{
	return text[0] ? json_text(text) : json_null();
}

json_t *json_hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

static json_t *json_mt(struct mt mt)
{
	return json_pack("{s:s, s:b}", "type", memtype_name(mt.type), "ipat", mt.ipat);
}

static json_t *json_expected(const struct finding *f)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < f->nr_expected; i++)
		json_array_append_new(list, json_mt(f->expected[i]));
	return list;
}

static json_t *json_why(const struct finding *f)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < f->nr_why; i++)
		json_array_append_new(list, json_pack("{s:s, s:o}", "rule",
						      rule_table[f->why[i].rule].id, "text",
						      json_text(f->why[i].text)));
	return list;
}

/* Rules whose finding is about a register's value, not about a leaf. */
static bool has_values(enum verdict_rule rule)
{
	return rule == VR_MSR_VALUE || rule == VR_CR_VALUE || rule == VR_RESET_VALUE;
}

json_t *json_finding(const struct finding *f)
{
	bool values = has_values(f->rule);
	json_t *o = json_object();

	json_object_set_new(o, "rule", json_string(verdict_rule_names[f->rule]));
	json_object_set_new(o, "rule_id", json_string(rule_table[f->rule_id].id));
	json_object_set_new(o, "key", json_text(f->key));
	json_object_set_new(o, "severity", json_string(severity_name(f->severity)));
	json_object_set_new(o, "step", json_integer(f->step));
	json_object_set_new(o, "cause", f->cause ? json_integer(f->cause) : json_null());
	json_object_set_new(o, "vcpu", f->vcpu >= 0 ? json_integer(f->vcpu) : json_null());
	json_object_set_new(o, "gfn", f->has_gfn ? json_hex(f->gfn) : json_null());
	json_object_set_new(o, "npages", f->has_gfn ? json_integer(f->npages) : json_null());
	json_object_set_new(o, "level", f->level ? json_integer(f->level) : json_null());
	json_object_set_new(o, "leaves", f->leaves ? json_integer(f->leaves) : json_null());
	json_object_set_new(o, "before", f->has_mt ? json_mt(f->before) : json_null());
	json_object_set_new(o, "expected", f->has_mt ? json_expected(f) : json_null());
	json_object_set_new(o, "observed", f->has_mt ? json_mt(f->observed) : json_null());
	json_object_set_new(o, "expected_value", values ? json_hex(f->expected_value) : json_null());
	json_object_set_new(o, "observed_value", values ? json_hex(f->observed_value) : json_null());
	json_object_set_new(o, "message", json_text(f->message));
	json_object_set_new(o, "why", json_why(f));
	return o;
}

static json_t *json_findings(const struct report *report, const struct result *result)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < result->nr_findings; i++)
		if (report_shows(report, &result->findings[i]))
			json_array_append_new(list, json_finding(&result->findings[i]));
	return list;
}

static json_t *json_advisories(const struct result *result)
{
	json_t *counts = json_object();

	for (unsigned rule = VR_FIRST_ADVISORY; rule < NR_VERDICT_RULES; rule++)
		json_object_set_new(counts, verdict_rule_names[rule],
				    json_integer(result->advisories[rule]));
	return counts;
}

json_t *json_rules(const struct rule_set *set)
{
	json_t *list = json_array();

	for (unsigned rule = 0; rule < NR_RULES; rule++)
		if (rule_set_has(set, rule))
			json_array_append_new(list, json_string(rule_table[rule].id));
	return list;
}

static json_t *json_caps(uint32_t caps)
{
	json_t *list = json_array();

	for (unsigned bit = 0; target_cap_name(bit); bit++)
		if (caps >> bit & 1)
			json_array_append_new(list, json_string(target_cap_name(bit)));
	return list;
}

void json_result(struct report *report, const char *name, const struct program *program,
		 const struct result *result)
{
	json_t *o = json_object();

	json_object_set_new(o, "schema", json_string("run-1"));
	json_object_set_new(o, "program", json_text(name));
	json_object_set_new(o, "target", json_text(result->target));
	json_object_set_new(o, "profile", json_string(profile_table[result->profile].name));
	json_object_set_new(o, "verdict", json_string(verdict_names[result->verdict]));
	json_object_set_new(o, "why", json_text_or_null(result->why));
	json_object_set_new(o, "expectation", result->expectation_met ?
			    json_null() : json_text(result->expectation));
	json_object_set_new(o, "findings", json_findings(report, result));
	json_object_set_new(o, "advisories", json_advisories(result));
	json_object_set_new(o, "steps_run", json_integer(result->steps_run));
	json_object_set_new(o, "seconds", json_real(result->seconds));
	json_object_set_new(o, "rules_hit", json_rules(&result->rules_hit));
	json_object_set_new(o, "unseen", json_caps(result->unseen));
	json_print(o, report->out, false);
}

void json_print(json_t *json, FILE *out, bool indent)
{
	json_dumpf(json, out, (indent ? JSON_INDENT(1) : JSON_COMPACT) | JSON_REAL_PRECISION(6));
	fputc('\n', out);
	json_decref(json);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stored findings, brought back: parsed, and run once more for their film. The
 * store may have been written by another version or by another hand: names
 * that are not known here become what comes nearest, numbers are bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "reports/dossier.h"
#include "reports/json.h"

static enum severity severity_of(const char *name)
{
	for (unsigned s = 0; s < NR_SEVERITIES; s++)
		if (!strcmp(severity_name(s), name))
			return s;
	return SEVERITY_TYPE;
}

static enum rule_id rule_of(const char *id)
{
	for (unsigned rule = 0; rule < NR_RULES; rule++)
		if (!strcmp(rule_table[rule].id, id))
			return rule;
	return RULE_RACE;
}

static const char *text_of(json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

static uint64_t number_of(json_t *o, const char *name, uint64_t max)
{
	json_int_t value = json_integer_value(json_object_get(o, name));

	return value < 0 ? 0 : (uint64_t)value > max ? max : (uint64_t)value;
}

static uint64_t hex_of(json_t *o, const char *name)
{
	return strtoull(text_of(o, name), NULL, 16);
}

static struct mt mt_of(json_t *o)
{
	struct mt mt = { .ipat = json_is_true(json_object_get(o, "ipat")) };

	for (mt.type = 0; mt.type < 7 && strcmp(memtype_name(mt.type), text_of(o, "type")); mt.type++)
		;
	return mt;
}

static void why_of(json_t *list, struct finding *f)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		if (i == MAX_WHY)
			break;
		f->why[i].rule = rule_of(text_of(one, "rule"));
		snprintf(f->why[i].text, sizeof(f->why[i].text), "%s", text_of(one, "text"));
		f->nr_why = i + 1;
	}
}

bool finding_from_json(const char *text, struct finding *f)
{
	json_t *o = json_loads(text, 0, NULL), *vcpu, *expected, *one;
	enum verdict_rule rule = verdict_rule_by_name(text_of(o, "rule"));
	const uint64_t limit = 1ULL << (52 - PAGE_SHIFT);
	size_t i;

	if (!o || rule == NR_VERDICT_RULES) {
		json_decref(o);
		return false;
	}
	*f = (struct finding){
		.rule = rule, .rule_id = rule_of(text_of(o, "rule_id")),
		.severity = severity_of(text_of(o, "severity")),
		.step = number_of(o, "step", PROGRAM_MAX_OPS), .cause = number_of(o, "cause", PROGRAM_MAX_OPS),
		.leaves = number_of(o, "leaves", UINT32_MAX), .level = number_of(o, "level", LEVEL_1G),
		.has_gfn = json_is_string(json_object_get(o, "gfn")), .vcpu = -1,
		.gfn = hex_of(o, "gfn"), .npages = number_of(o, "npages", limit),
		.has_mt = json_is_object(json_object_get(o, "observed")),
		.before = mt_of(json_object_get(o, "before")), .observed = mt_of(json_object_get(o, "observed")),
		.expected_value = hex_of(o, "expected_value"), .observed_value = hex_of(o, "observed_value"),
	};
	vcpu = json_object_get(o, "vcpu");
	if (json_is_integer(vcpu) && json_integer_value(vcpu) >= 0 && json_integer_value(vcpu) < MAX_VCPUS)
		f->vcpu = json_integer_value(vcpu);
	f->has_gfn &= f->gfn < limit && f->npages;
	snprintf(f->key, sizeof(f->key), "%s", text_of(o, "key"));
	snprintf(f->message, sizeof(f->message), "%s", text_of(o, "message"));
	expected = json_object_get(o, "expected");
	json_array_foreach(expected, i, one)
		if (i < MAX_VCPUS)
			f->expected[f->nr_expected++] = mt_of(one);
	why_of(json_object_get(o, "why"), f);
	json_decref(o);
	return true;
}

struct dossier *dossier_new(void)
{
	return calloc(1, sizeof(struct dossier));
}

static void close_target(struct dossier *d)
{
	lockstep_free(d->ls);
	if (d->target)
		target_close(d->target);
	d->ls = NULL;
	d->target = NULL;
}

void dossier_free(struct dossier *d)
{
	if (!d)
		return;
	close_target(d);
	film_free(&d->film);
	free(d);
}

/* Does a run of @d change nothing outside this process, and end? */
static bool may_run(const struct dossier *d)
{
	return d->finding.rule != VR_CRASH && d->finding.rule != VR_HANG &&
	       (!strncmp(d->stored->target, "model:", 6) || !strncmp(d->stored->target, "ukvm:", 5));
}

static bool open_target(struct dossier *d)
{
	char error[512];

	if (strcmp(d->spec, d->stored->target)) {
		close_target(d);
		snprintf(d->spec, sizeof(d->spec), "%s", d->stored->target);
		d->target = target_open(d->spec, error, sizeof(error));
		d->ls = d->target ? lockstep_new(d->target) : NULL;
	}
	return d->ls;
}

/* The finding as it shows now, if it does: with its film the two belong together. */
static void film(struct dossier *d)
{
	const struct lockstep_options options = {
		.profile = d->profile, .explain = true, .watch = film_watch, .watch_arg = &d->film,
	};

	film_reset(&d->film);
	lockstep_run(d->ls, &d->program, &options, &d->result);
	for (unsigned i = 0; i < d->result.nr_findings && !d->filmed; i++) {
		if (strcmp(d->result.findings[i].key, d->stored->key))
			continue;
		d->finding = d->result.findings[i];
		d->filmed = true;
	}
}

void dossier_fill(struct dossier *d, const struct stored_finding *stored, bool with_film)
{
	const char *text = *stored->minimal ? stored->minimal : stored->program;
	struct parse_error error;
	enum verdict_rule rule = verdict_rule_by_name(stored->rule);

	d->stored = stored;
	d->filmed = false;
	if (!finding_from_json(stored->detail, &d->finding))
		d->finding = (struct finding){
			.rule = rule == NR_VERDICT_RULES ? VR_CRASH : rule, .rule_id = RULE_RACE, .vcpu = -1,
			.severity = severity_of(stored->severity),
		};
	snprintf(d->finding.key, sizeof(d->finding.key), "%s", stored->key);
	d->profile = profile_by_name(stored->profile);
	if (*text)
		d->has_program = !program_parse(&d->program, text, strlen(text), "the store", &error);
	else
		d->has_program = *stored->erratum && !program_load(&d->program, stored->erratum, &error);
	if (with_film && d->has_program && may_run(d) && open_target(d))
		film(d);
}

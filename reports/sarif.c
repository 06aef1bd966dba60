// SPDX-License-Identifier: GPL-2.0-only
/*
 * SARIF 2.1.0 (OASIS, 27 March 2020) for code scanning: a result a finding, at
 * the line of the program on which its step begins. The triage key is the
 * partial fingerprint, so that one bug is one alert whichever program shows it.
 *
 * GitHub refuses more than 25,000 results a run and shows the first 5,000 ("SARIF
 * results exceed limits"); it matches alerts by primaryLocationLineHash, so the
 * key stands there too, hashed.
 */
#include <stdlib.h>
#include <string.h>

#include "reports/internal.h"
#include "reports/json.h"

#define MAX_RESULTS	25000u
#define SCHEMA_URI	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
/* The rule of a program whose expected finding no longer shows: behind those of findings. */
#define RULE_EXPECTATION NR_VERDICT_RULES

struct sarif {
	json_t *results[NR_SEVERITIES];	/* the worst come first */
	json_t *notifications;
	unsigned nr, dropped;
};

struct sarif *sarif_new(void)
{
	struct sarif *sarif = calloc(1, sizeof(*sarif));

	if (!sarif)
		return NULL;
	for (unsigned s = 0; s < NR_SEVERITIES; s++)
		sarif->results[s] = json_array();
	sarif->notifications = json_array();
	return sarif;
}

/* RFC 3986: bytes other than unreserved ones and '/' as %XX; absolute paths are file: URIs. */
static json_t *uri_of(const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	char *uri = malloc(strlen(path) * 3 + 8), *at = uri;
	json_t *o;

	if (!uri)
		return json_string("");
	at += sprintf(at, "%s", path[0] == '/' ? "file://" : "");
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	for (; *path; path++) {
		if (strchr(plain, *path))
			*at++ = *path;
		else
			at += sprintf(at, "%%%02X", (unsigned char)*path);
	}
	*at = 0;
	o = json_string(uri);
	free(uri);
	return o;
}

static json_t *message(const char *text)
{
	return json_pack("{s:o}", "text", json_text(text));
}

/* @step 0 with @line 0: the file as a whole. */
static json_t *location(const char *path, unsigned line, const char *text)
{
	json_t *artifact = json_pack("{s:o}", "uri", uri_of(path));
	json_t *physical = json_pack("{s:o}", "artifactLocation", artifact);
	json_t *o = json_pack("{s:o}", "physicalLocation", physical);

	if (path[0] != '/')
		json_object_set_new(artifact, "uriBaseId", json_string("%SRCROOT%"));
	if (line)
		json_object_set_new(physical, "region", json_pack("{s:i}", "startLine", line));
	if (text)
		json_object_set_new(o, "message", message(text));
	return o;
}

static const char *level_of(enum severity severity)
{
	return severity == SEVERITY_TYPE ? "error" : severity == SEVERITY_ADVISORY ? "note" : "warning";
}

/* FNV-1a, 64 bits: only equality counts. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ULL;
	return hash;
}

static json_t *new_result(struct sarif *sarif, unsigned rule, enum severity severity, const char *text,
			  const char *key)
{
	json_t *o;

	if (sarif->nr == MAX_RESULTS) {
		sarif->dropped++;
		return NULL;
	}
	sarif->nr++;
	o = json_pack("{s:s, s:i, s:s, s:o, s:{s:o, s:o}}",
		      "ruleId", rule == RULE_EXPECTATION ? "expectation" : verdict_rule_names[rule],
		      "ruleIndex", (int)rule, "level", level_of(severity), "message", message(text),
		      "partialFingerprints", "zaplockKey/v1", json_text(key), "primaryLocationLineHash",
		      json_sprintf("%016llx:1", (unsigned long long)hash_of(key)));
	json_array_append_new(sarif->results[severity], o);
	return o;
}

static void add_finding(struct sarif *sarif, const char *name, const struct program *program,
			const struct result *result, const struct finding *f)
{
	char step[512], text[1400], why[512] = "", target[128];
	json_t *o;

	step_print(program, f->step, step, sizeof(step));
	snprintf(text, sizeof(text), "%s (%s on %s, at %s)%s%s", f->message[0] ? f->message :
		 verdict_rule_sentence(f->rule), rule_table[f->rule_id].id,
		 escape_text(result->target, target, sizeof(target)), step, f->nr_why ? ": " : "",
		 f->nr_why ? f->why[0].text : "");
	o = new_result(sarif, f->rule, f->severity, text, f->key);
	if (!o)
		return;
	json_object_set_new(o, "locations", json_pack("[o]", location(name, program_step_line(name, f->step),
								      NULL)));
	if (f->cause && f->cause != f->step) {
		json_t *cause = location(name, program_step_line(name, f->cause),
					 step_print(program, f->cause, step, sizeof(step)));

		json_object_set_new(cause, "id", json_integer(1));
		json_object_set_new(o, "relatedLocations", json_pack("[o]", cause));
	}
	if (result->verdict == VERDICT_KNOWN) {
		program_note_value(program, "why", why, sizeof(why));
		json_object_set_new(o, "suppressions",
				    json_pack("[{s:s, s:s, s:o}]", "kind", "inSource", "status", "accepted",
					      "justification", json_text(why[0] ? why :
					      "the program expects this finding")));
	}
	json_object_set_new(o, "properties",
			    json_pack("{s:o, s:s, s:o}", "target", json_text(result->target), "profile",
				      profile_table[result->profile].name, "finding", json_finding(f)));
}

static void notify(struct sarif *sarif, const char *name, const char *level, const char *text)
{
	json_array_append_new(sarif->notifications,
			      json_pack("{s:s, s:o, s:[o]}", "level", level, "message", message(text),
					"locations", location(name, 0, NULL)));
}

void sarif_result(struct report *report, const char *name, const struct program *program,
		  const struct result *result)
{
	int code = result_exit_code(result);
	struct sarif *sarif = report->sarif;
	bool shown = false;

	for (unsigned i = 0; i < result->nr_findings; i++) {
		if (!report_shows(report, &result->findings[i]))
			continue;
		add_finding(sarif, name, program, result, &result->findings[i]);
		shown |= result->findings[i].rule < VR_FIRST_ADVISORY;
	}
	if (code == 1 && !shown) {
		char key[320];
		json_t *o;

		snprintf(key, sizeof(key), "expectation/%s", result->expectation);
		o = new_result(sarif, RULE_EXPECTATION, SEVERITY_TYPE, result->expectation, key);
		if (o)
			json_object_set_new(o, "locations", json_pack("[o]", location(name, 0, NULL)));
	}
	if (code == 3 || code == 4)
		notify(sarif, name, code == 3 ? "error" : "note", result->why);
}

void sarif_bad_input(struct report *report, const char *name, const char *text)
{
	notify(report->sarif, name, "error", text);
}

static json_t *rule_json(const char *id, const char *sentence, bool advisory)
{
	const char *level = advisory ? "note" : "error";

	return json_pack("{s:s, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:[s, s], s:s, s:s}}", "id", id,
			 "shortDescription", "text", sentence, "fullDescription", "text", sentence,
			 "help", "text", "`zaplock rules` has the rule that each finding names and its citation; "
			 "`zaplock explain` derives a page's memory type",
			 "defaultConfiguration", "level", level,
			 "properties", "tags", "kvm", "memory-type", "precision", "high",
			 "problem.severity", advisory ? "recommendation" : "error");
}

static json_t *rules_json(void)
{
	json_t *rules = json_array();

	for (unsigned rule = 0; rule < NR_VERDICT_RULES; rule++)
		json_array_append_new(rules, rule_json(verdict_rule_names[rule], verdict_rule_sentence(rule),
						       rule >= VR_FIRST_ADVISORY));
	json_array_append_new(rules, rule_json("expectation", "A finding that the program expects no longer shows",
					       false));
	return rules;
}

void sarif_finish(struct report *report)
{
	struct sarif *sarif = report->sarif;
	const struct tally *t = &report->tally;
	json_t *results = json_array(), *invocation;
	char text[80];

	for (unsigned s = 0; s < NR_SEVERITIES; s++) {
		json_array_extend(results, sarif->results[s]);
		json_decref(sarif->results[s]);
	}
	if (sarif->dropped) {
		snprintf(text, sizeof(text), "%u more results were left out: %u is GitHub's limit",
			 sarif->dropped, MAX_RESULTS);
		json_array_append_new(sarif->notifications,
				      json_pack("{s:s, s:o}", "level", "warning", "message", message(text)));
	}
	invocation = json_pack("{s:b, s:o}", "executionSuccessful", !t->infra && !t->bad_input,
			       "toolExecutionNotifications", sarif->notifications);
	json_print(json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:o}}, s:{s:o}, s:s, s:[o], s:o}]}",
			     "$schema", SCHEMA_URI, "version", "2.1.0", "runs",
			     "tool", "driver", "name", "zaplock", "rules", rules_json(),
			     "automationDetails", "id", json_sprintf("zaplock/%s/", report->command),
			     "columnKind", "utf16CodeUnits", "invocations", invocation, "results", results),
		   report->out, false);
	free(sarif);
}

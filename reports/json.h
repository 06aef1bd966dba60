/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pieces of JSON that reports and commands share; the types are those of
 * schema/run-1.json. Each returns a new reference, as jansson's own do.
 */
#ifndef ZAPLOCK_REPORTS_JSON_H
#define ZAPLOCK_REPORTS_JSON_H

#include <jansson.h>

#include "reports/reports.h"

/* Escaped as escape_text() does, so that it is UTF-8. */
json_t *json_text(const char *text);
json_t *json_text_or_null(const char *text);	/* "" is null */
json_t *json_hex(uint64_t value);
json_t *json_finding(const struct finding *finding);
json_t *json_rules(const struct rule_set *set);	/* their ids */

/* Prints @json to @out, indented (a table) or on a line (a record), and drops it. */
void json_print(json_t *json, FILE *out, bool indent);

#endif

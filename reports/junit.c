// SPDX-License-Identifier: GPL-2.0-only
/*
 * JUnit XML for CI systems: one testcase a program, the finding's text as the
 * body of its failure. The attributes are those that Jenkins' and GitLab's
 * readers share.
 */
#include <stdlib.h>

#include "reports/internal.h"

/* @name, a path, stands as `file` too: there GitLab looks for the link to the source. */
static void case_open(FILE *out, const char *class, const char *name, double seconds)
{
	fputs("    <testcase classname=\"", out);
	escape_xml(out, class);
	fputs("\" name=\"", out);
	escape_xml(out, name);
	fputs("\" file=\"", out);
	escape_xml(out, name);
	fprintf(out, "\" time=\"%.6f\">\n", seconds);
}

/* One <failure>, <error> or <skipped>; @body may be NULL. */
static void case_outcome(FILE *out, const char *element, const char *type, const char *message,
			 const char *body)
{
	fprintf(out, "      <%s type=\"%s\" message=\"", element, type);
	escape_xml(out, message);
	fputs("\">", out);
	if (body)
		escape_xml(out, body);
	fprintf(out, "</%s>\n", element);
}

static void case_failure(struct report *report, const struct program *program,
			 const struct result *result)
{
	const struct finding *first = NULL;
	char *text = report_findings_text(report, program, result);

	for (unsigned i = 0; i < result->nr_findings; i++) {
		const struct finding *f = &result->findings[i];

		if (f->rule < VR_FIRST_ADVISORY && (!first || f->severity < first->severity))
			first = f;
	}
	case_outcome(report->cases, "failure", first ? verdict_rule_names[first->rule] : "expectation",
		     result->expectation[0] || !first ? result->expectation : first->message, text);
	free(text);
}

void junit_result(struct report *report, const char *name, const struct program *program,
		  const struct result *result)
{
	FILE *out = report->cases;

	case_open(out, result->target, name, result->seconds);
	switch (result_exit_code(result)) {
	case 0:
		break;
	case 1:
		case_failure(report, program, result);
		break;
	case 4:
		case_outcome(out, "skipped", "skipped", result->why, NULL);
		break;
	default:
		case_outcome(out, "error", "infra", result->why, NULL);
	}
	fputs("    </testcase>\n", out);
}

void junit_bad_input(struct report *report, const char *name, const char *message)
{
	case_open(report->cases, "input", name, 0);
	case_outcome(report->cases, "error", "bad-input", message, NULL);
	fputs("    </testcase>\n", report->cases);
}

void junit_summary(struct report *report)
{
	const struct tally *t = &report->tally;
	FILE *out = report->out;

	fclose(report->cases);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	fprintf(out, "  <testsuite name=\"zaplock %s\" tests=\"%u\" failures=\"%u\" errors=\"%u\" "
		"skipped=\"%u\" time=\"%.6f\">\n", report->command, t->programs, t->failed,
		t->infra + t->bad_input, t->skipped, t->seconds);
	fwrite(report->case_text, 1, report->case_bytes, out);
	fputs("  </testsuite>\n</testsuites>\n", out);
	free(report->case_text);
}

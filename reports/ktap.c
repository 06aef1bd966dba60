// SPDX-License-Identifier: GPL-2.0-only
/*
 * KTAP version 1 for the kernel's own test tools (Documentation/dev-tools/
 * ktap.rst): one test a program, its findings as diagnostics in front of it.
 */
#include <stdlib.h>
#include <string.h>

#include "reports/internal.h"

/* @text in one line; '#' begins a directive and may not stand in a name. */
static void put_line(FILE *out, const char *text)
{
	char buf[1024];

	for (const char *c = escape_text(text, buf, sizeof(buf)); *c; c++) {
		if (*c == '#')
			fputs("\\x23", out);
		else
			fputc(*c, out);
	}
}

/* The lines of @text, each a diagnostic. */
static void put_diagnostics(FILE *out, char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char buf[1024];

		fprintf(out, "# %s\n", escape_text(line, buf, sizeof(buf)));
	}
}

/* @directive: " # SKIP", "" ... */
static void put_case(struct report *report, bool ok, const char *name, const char *directive,
		     const char *why)
{
	FILE *out = report->cases;

	fprintf(out, "%s %u ", ok ? "ok" : "not ok", report->tally.programs);
	put_line(out, name);
	fputs(directive, out);
	if (why[0]) {
		fputc(' ', out);
		put_line(out, why);
	}
	fputc('\n', out);
}

void ktap_result(struct report *report, const char *name, const struct program *program,
		 const struct result *result)
{
	int code = result_exit_code(result);
	char *text = code == 1 ? report_findings_text(report, program, result) : NULL;

	if (code == 1 && result->expectation[0]) {
		fputs("# expectation not met: ", report->cases);
		put_line(report->cases, result->expectation);
		fputc('\n', report->cases);
	}
	if (text)
		put_diagnostics(report->cases, text);
	free(text);
	if (code == 4)
		put_case(report, true, name, " # SKIP", result->why);
	else if (code == 3)
		put_case(report, false, name, " # ERROR", result->why);
	else if (result->verdict == VERDICT_KNOWN)
		put_case(report, true, name, " # XFAIL", "a known finding");
	else
		put_case(report, code == 0, name, "", "");
}

void ktap_bad_input(struct report *report, const char *name, const char *message)
{
	put_case(report, false, name, " # ERROR", message);
}

void ktap_finish(struct report *report)
{
	const struct tally *t = &report->tally;

	fclose(report->cases);
	fprintf(report->out, "KTAP version 1\n1..%u\n", t->programs);
	fwrite(report->case_text, 1, report->case_bytes, report->out);
	fprintf(report->out, "# zaplock %s: pass:%u fail:%u skip:%u error:%u\n", report->command,
		t->programs - t->failed - t->skipped - t->infra - t->bad_input, t->failed, t->skipped,
		t->infra + t->bad_input);
	free(report->case_text);
}

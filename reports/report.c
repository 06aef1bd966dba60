// SPDX-License-Identifier: GPL-2.0-only
/*
 * The common front of the formats: dispatch, and the tally of the summary.
 */
#include <stdlib.h>

#include "reports/html.h"
#include "reports/internal.h"

struct report *report_new(enum report_format format, const char *command, FILE *out,
			  unsigned flags)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	*report = (struct report){ .format = format, .command = command, .out = out,
				   .flags = flags };
	if (format == FORMAT_TEXT || format == FORMAT_JSON)
		return report;
	/* The others have something in front that is known only at the end. */
	if (format == FORMAT_SARIF)
		report->sarif = sarif_new();
	else if (format == FORMAT_HTML)
		report->html = html_new();
	else
		report->cases = open_memstream(&report->case_text, &report->case_bytes);
	if (report->sarif || report->html || report->cases)
		return report;
	free(report);
	return NULL;
}

void report_disassemble(struct report *report, report_disassembler disassembler)
{
	if (report->format == FORMAT_HTML)
		html_disassemble(report->html, disassembler);
}

void report_watch(struct report *report, struct lockstep_options *options)
{
	if (report->format != FORMAT_HTML)
		return;
	film_reset(&report->film);
	options->watch = film_watch;
	options->watch_arg = &report->film;
}

static void tally_result(struct tally *tally, const struct result *result)
{
	int code = result_exit_code(result);

	tally->programs++;
	tally->verdicts[result->verdict]++;
	tally->failed += code == 1;
	tally->infra += code == 3;
	tally->skipped += code == 4;
	tally->seconds += result->seconds;
	for (unsigned i = 0; i < result->nr_findings; i++) {
		if (result->findings[i].rule >= VR_FIRST_ADVISORY)
			continue;
		tally->findings++;
		tally->severities[result->findings[i].severity]++;
	}
}

void report_result(struct report *report, const char *name, const struct program *program,
		   const struct result *result)
{
	static void (*const emit[NR_FORMATS])(struct report *, const char *,
					      const struct program *, const struct result *) = {
		[FORMAT_TEXT] = text_result,
		[FORMAT_JSON] = json_result,
		[FORMAT_JUNIT] = junit_result,
		[FORMAT_SARIF] = sarif_result,
		[FORMAT_KTAP] = ktap_result,
		[FORMAT_HTML] = html_result,
	};

	tally_result(&report->tally, result);
	emit[report->format](report, name, program, result);
}

void report_bad_input(struct report *report, const char *name, const char *message)
{
	report->tally.programs++;
	report->tally.bad_input++;
	if (report->format == FORMAT_JUNIT)
		junit_bad_input(report, name, message);
	if (report->format == FORMAT_SARIF)
		sarif_bad_input(report, name, message);
	if (report->format == FORMAT_KTAP)
		ktap_bad_input(report, name, message);
	if (report->format == FORMAT_HTML)
		html_trouble(report->html, name, "unreadable", message);
}

void report_finish(struct report *report, bool summary)
{
	if (report->format == FORMAT_TEXT && (summary || report->tally.programs > 1))
		text_summary(report, report->out);
	if (report->format == FORMAT_JUNIT)
		junit_summary(report);
	if (report->format == FORMAT_SARIF)
		sarif_finish(report);
	if (report->format == FORMAT_KTAP)
		ktap_finish(report);
	if (report->format == FORMAT_HTML)
		html_finish(report);
	if (summary && (report->format != FORMAT_TEXT || report->out != stdout))
		text_summary(report, stderr);
	free(report);
}

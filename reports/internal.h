/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What report.c keeps and the formats fill in.
 */
#ifndef ZAPLOCK_REPORTS_INTERNAL_H
#define ZAPLOCK_REPORTS_INTERNAL_H

#include "reports/film.h"
#include "reports/reports.h"

struct tally {
	unsigned programs, failed, skipped, infra, bad_input, findings;
	unsigned verdicts[NR_VERDICTS], severities[NR_SEVERITIES];
	double seconds;
};

struct report {
	enum report_format format;
	const char *command;
	FILE *out;
	unsigned flags;		/* REPORT_* */
	struct tally tally;
	/* JUnit's and KTAP's counts stand before the cases, so these are kept until the end. */
	FILE *cases;
	char *case_text;
	size_t case_bytes;
	struct sarif *sarif;
	struct html *html;
	struct film film;	/* of the last run */
};

/* Is @finding listed in full, or an advisory that only counts? */
static inline bool report_shows(const struct report *report, const struct finding *finding)
{
	return finding->rule < VR_FIRST_ADVISORY || (report->flags & REPORT_ADVISORIES);
}

/* The findings as the text format prints them; the caller frees. NULL when memory is out. */
char *report_findings_text(const struct report *report, const struct program *program,
			   const struct result *result);
void text_result(struct report *report, const char *name, const struct program *program,
		 const struct result *result);
void text_program_finding(FILE *out, const struct program *program, const struct finding *f);
void text_summary(const struct report *report, FILE *out);
void json_result(struct report *report, const char *name, const struct program *program,
		 const struct result *result);
void junit_result(struct report *report, const char *name, const struct program *program,
		  const struct result *result);
void junit_bad_input(struct report *report, const char *name, const char *message);
void junit_summary(struct report *report);

struct sarif *sarif_new(void);
void sarif_result(struct report *report, const char *name, const struct program *program,
		  const struct result *result);
void sarif_bad_input(struct report *report, const char *name, const char *message);
void sarif_finish(struct report *report);
void ktap_result(struct report *report, const char *name, const struct program *program,
		 const struct result *result);
void ktap_bad_input(struct report *report, const char *name, const char *message);
void ktap_finish(struct report *report);
void html_result(struct report *report, const char *name, const struct program *program,
		 const struct result *result);
void html_finish(struct report *report);

#endif

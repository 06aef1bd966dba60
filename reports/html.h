/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The HTML report: one file that needs nothing else, neither a script nor a
 * network; a page for each finding with its memory map.
 */
#ifndef ZAPLOCK_REPORTS_HTML_H
#define ZAPLOCK_REPORTS_HTML_H

#include <stdio.h>

#include "reports/film.h"
#include "reports/reports.h"

/* A finding and what is known of it. Texts may be NULL, and hold anything: they are escaped. */
struct html_finding {
	const struct finding *finding;
	const char *name;		/* of the program: a path, or "" */
	const struct program *program;	/* NULL: it is not there any more */
	const struct film *film;	/* of that program; NULL: the target could not run it again */
	const char *target;
	enum profile profile;
	const char *state;		/* "new", "known" */
	const char *why;		/* the erratum's words */
	const char *note;		/* what the reader should know of how it was examined */
	unsigned page;			/* of the report; html_add() fills it in ... */
	report_disassembler disassembler;	/* ... and this */
	uint64_t programs;		/* that showed it */
	unsigned shown, tries;		/* reproduced in @shown of @tries runs; tries 0: not tried */
	int64_t first_seen, last_seen;	/* seconds since the epoch; 0: not recorded */
};

/* A curve over time, of one target. */
struct html_sample {
	double seconds;
	uint64_t programs, coverage;
};

/* A figure of the report's head: "programs", "133". */
struct html_tile {
	char name[32], value[32];
};

struct html;

/* NULL when memory is out. */
struct html *html_new(void);
void html_free(struct html *html);
/* A finding's page; one more program of a key and target that has one is only counted. */
void html_add(struct html *html, struct html_finding *f);
/* Rules that a program, or a campaign, exercised under @profile. */
void html_rules(struct html *html, enum profile profile, const struct rule_set *hit);
void html_disassemble(struct html *html, report_disassembler disassembler);
void html_tile(struct html *html, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A program that failed otherwise: skipped, broke, could not be read. */
void html_trouble(struct html *html, const char *name, const char *what, const char *why);
/* Curves of @target over time: @samples sorted by time. */
void html_curve(struct html *html, const char *target, const struct html_sample *samples, size_t nr);
/* Writes it all to @out. @title: "run", or what the campaign was. */
void html_write(struct html *html, const char *title, FILE *out);

#endif

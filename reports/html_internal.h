/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the HTML report share. */
#ifndef ZAPLOCK_REPORTS_HTML_INTERNAL_H
#define ZAPLOCK_REPORTS_HTML_INTERNAL_H

#include "reports/html.h"
#include "reports/reports.h"

/* A row of the index. */
struct html_entry {
	char key[KEY_MAX], target[64], name[256], state[16];
	enum verdict_rule rule;
	enum severity severity;
	uint64_t programs;
	unsigned page;
};

struct html_trouble_entry {
	char name[256], what[16], why[256];
};

struct html_curve_entry {
	char target[64];
	struct html_sample *samples;
	size_t nr;
};

struct html {
	struct html_entry *entries;
	unsigned nr_entries, max_entries;
	struct html_trouble_entry *troubles;
	unsigned nr_troubles, max_troubles, more_troubles;
	struct html_curve_entry curves[8];
	unsigned nr_curves;
	struct html_tile tiles[12];
	unsigned nr_tiles;
	uint32_t profiles;		/* bit per enum profile that judged */
	uint32_t rule_programs[NR_RULES];
	report_disassembler disassembler;
	FILE *pages;			/* finding pages, written as they come */
	char *page_text;
	size_t page_bytes;
};

/* style.css and defs.svg, NUL-terminated. */
extern const char html_style[], html_defs[];

/* html_page.c */
void html_page(FILE *out, const struct html_finding *f, bool map);
/* html_charts.c */
void html_chart_findings(FILE *out, const struct html *html);
void html_chart_rules(FILE *out, const struct html *html);
void html_chart_curves(FILE *out, const struct html *html);
/* map.c: the memory map; false, and nothing written, where there is nothing to draw. */
bool map_draw(FILE *out, const struct html_finding *f);

/* "UC" as a class: "m0". */
static inline unsigned mt_class(uint8_t type)
{
	return type < 8 ? type : 2;
}

#endif

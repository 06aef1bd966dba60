// SPDX-License-Identifier: GPL-2.0-only
/*
 * The HTML report. Pages are written as findings come, so that a thousand of
 * them cost their text and no more; head, figures and index stand in front and
 * are written at the end.
 *
 * A report is opened by whoever it was mailed to. What a program, a trace or a
 * kernel said is escaped, and the file's own policy forbids scripts and
 * everything from elsewhere, should an escape be missing.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "reports/html_internal.h"
#include "reports/internal.h"

#define MAX_TROUBLES	200u
#define MAX_MAPPED	(6l << 20)	/* bytes of pages, beyond which they have no maps: a browser has to open it */

/* The files beside this one, as they are. */
#define EMBED(name, file) \
	__asm__(".section .rodata\n.global " #name "\n" #name ":\n.incbin \"" file "\"\n.byte 0\n.previous\n")
EMBED(html_style, ZAPLOCK_HTML_DIR "/style.css");
EMBED(html_defs, ZAPLOCK_HTML_DIR "/defs.svg");

struct html *html_new(void)
{
	struct html *html = calloc(1, sizeof(*html));

	if (!html)
		return NULL;
	html->pages = open_memstream(&html->page_text, &html->page_bytes);
	if (!html->pages) {
		free(html);
		return NULL;
	}
	return html;
}

void html_free(struct html *html)
{
	if (!html)
		return;
	if (html->pages)
		fclose(html->pages);
	for (unsigned c = 0; c < html->nr_curves; c++)
		free(html->curves[c].samples);
	free(html->page_text);
	free(html->entries);
	free(html->troubles);
	free(html);
}

/* Room for one more of *nr entries; NULL when memory is out: then it is not in the report. */
static void *one_more(void *array, unsigned nr, unsigned *max, size_t size)
{
	void **at = array, *bigger;

	if (nr == *max) {
		bigger = reallocarray(*at, *max ? *max * 2 : 64, size);
		if (!bigger)
			return NULL;
		*at = bigger;
		*max = *max ? *max * 2 : 64;
	}
	return memset((char *)*at + nr * size, 0, size);
}

void html_add(struct html *html, struct html_finding *f)
{
	struct html_entry *entry;

	html->profiles |= 1u << f->profile;
	for (unsigned e = 0; e < html->nr_entries; e++) {
		entry = &html->entries[e];
		if (strcmp(entry->key, f->finding->key) || strcmp(entry->target, f->target))
			continue;
		entry->programs += f->programs;
		return;
	}
	entry = one_more(&html->entries, html->nr_entries, &html->max_entries, sizeof(*entry));
	if (!entry)
		return;
	html->nr_entries++;
	snprintf(entry->key, sizeof(entry->key), "%s", f->finding->key);
	snprintf(entry->target, sizeof(entry->target), "%s", f->target);
	snprintf(entry->name, sizeof(entry->name), "%s", f->name ? f->name : "");
	snprintf(entry->state, sizeof(entry->state), "%s", f->state ? f->state : "");
	entry->rule = f->finding->rule;
	entry->severity = f->finding->severity;
	entry->programs = f->programs;
	entry->page = f->page = html->nr_entries;
	f->disassembler = html->disassembler;
	html_page(html->pages, f, ftell(html->pages) < MAX_MAPPED);
}

void html_rules(struct html *html, enum profile profile, const struct rule_set *hit)
{
	html->profiles |= 1u << profile;
	for (unsigned rule = 0; rule < NR_RULES; rule++)
		html->rule_programs[rule] += rule_set_has(hit, rule);
}

void html_disassemble(struct html *html, report_disassembler disassembler)
{
	html->disassembler = disassembler;
}

void html_tile(struct html *html, const char *name, const char *format, ...)
{
	struct html_tile *tile = &html->tiles[html->nr_tiles];
	va_list ap;

	if (html->nr_tiles == sizeof(html->tiles) / sizeof(html->tiles[0]))
		return;
	html->nr_tiles++;
	snprintf(tile->name, sizeof(tile->name), "%s", name);
	va_start(ap, format);
	vsnprintf(tile->value, sizeof(tile->value), format, ap);
	va_end(ap);
}

void html_trouble(struct html *html, const char *name, const char *what, const char *why)
{
	struct html_trouble_entry *trouble = NULL;

	if (html->nr_troubles < MAX_TROUBLES)
		trouble = one_more(&html->troubles, html->nr_troubles, &html->max_troubles, sizeof(*trouble));
	if (!trouble) {
		html->more_troubles++;
		return;
	}
	html->nr_troubles++;
	snprintf(trouble->name, sizeof(trouble->name), "%s", name);
	snprintf(trouble->what, sizeof(trouble->what), "%s", what);
	snprintf(trouble->why, sizeof(trouble->why), "%s", why);
}

void html_curve(struct html *html, const char *target, const struct html_sample *samples, size_t nr)
{
	struct html_curve_entry *curve = &html->curves[html->nr_curves];

	if (html->nr_curves == sizeof(html->curves) / sizeof(html->curves[0]) || !nr)
		return;
	curve->samples = reallocarray(NULL, nr, sizeof(*samples));
	if (!curve->samples)
		return;
	memcpy(curve->samples, samples, nr * sizeof(*samples));
	curve->nr = nr;
	snprintf(curve->target, sizeof(curve->target), "%s", target);
	html->nr_curves++;
}

/* What is new first, then the worst. */
static int by_weight(const void *a, const void *b)
{
	const struct html_entry *x = a, *y = b;
	int known = !strcmp(x->state, "known") - !strcmp(y->state, "known");

	if (known)
		return known;
	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	return x->page < y->page ? -1 : 1;
}

static void put_index(struct html *html, FILE *out)
{
	fputs("<h2 id=\"findings\">Findings</h2>\n", out);
	if (!html->nr_entries) {
		fputs("<p>None.</p>\n", out);
		return;
	}
	html_chart_findings(out, html);
	fputs("<p></p>\n<table class=\"ix\"><thead><tr><th>severity</th><th>key</th><th>target</th><th>program</th>"
	      "<th class=\"n\">programs</th></tr></thead><tbody>\n", out);
	for (unsigned e = 0; e < html->nr_entries; e++) {
		const struct html_entry *entry = &html->entries[e];

		fprintf(out, "<tr><td><span class=\"sev s%d\">%s</span>%s", entry->severity,
			severity_name(entry->severity), entry->state[0] ? " <span class=\"state\">" : "");
		if (entry->state[0]) {
			escape_xml(out, entry->state);
			fputs("</span>", out);
		}
		fprintf(out, "</td><td><a href=\"#f%u\"><code>", entry->page);
		escape_xml(out, entry->key);
		fputs("</code></a></td><td>", out);
		escape_xml(out, entry->target);
		fputs("</td><td>", out);
		escape_xml(out, entry->name);
		fprintf(out, "</td><td class=\"n\">%" PRIu64 "</td></tr>\n", entry->programs);
	}
	fputs("</tbody></table>\n", out);
}

static void put_troubles(const struct html *html, FILE *out)
{
	if (!html->nr_troubles)
		return;
	fputs("<h2>Other outcomes</h2>\n<table><thead><tr><th>program</th><th></th><th>why</th></tr></thead><tbody>\n", out);
	for (unsigned i = 0; i < html->nr_troubles; i++) {
		fputs("<tr><td>", out);
		escape_xml(out, html->troubles[i].name);
		fputs("</td><td>", out);
		escape_xml(out, html->troubles[i].what);
		fputs("</td><td>", out);
		escape_xml(out, html->troubles[i].why);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
	if (html->more_troubles)
		fprintf(out, "<p>And %u more.</p>\n", html->more_troubles);
}

static void put_tiles(const struct html *html, FILE *out)
{
	fputs("<dl class=\"tiles\">\n", out);
	for (unsigned t = 0; t < html->nr_tiles; t++) {
		fputs("<div><dt>", out);
		escape_xml(out, html->tiles[t].name);
		fputs(strlen(html->tiles[t].value) > 9 ? "</dt><dd class=\"long\">" : "</dt><dd>", out);
		escape_xml(out, html->tiles[t].value);
		fputs("</dd></div>\n", out);
	}
	fputs("</dl>\n", out);
}

void html_write(struct html *html, const char *title, FILE *out)
{
	fclose(html->pages);
	html->pages = NULL;
	qsort(html->entries, html->nr_entries, sizeof(*html->entries), by_weight);
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>zaplock: ", out);
	escape_xml(out, title);
	fprintf(out, "</title>\n<style>\n%s</style></head><body>\n%s<header><h1>zaplock</h1><p>", html_style, html_defs);
	escape_xml(out, title);
	fputs("</p>\n", out);
	put_tiles(html, out);
	fputs("</header>\n<main>\n", out);
	html_chart_curves(out, html);
	put_index(html, out);
	put_troubles(html, out);
	if (html->nr_entries)
		fputs("<h2>The findings, one by one</h2>\n", out);
	fwrite(html->page_text, 1, html->page_bytes, out);
	fputs("<h2 id=\"rules\">Rules</h2>\n", out);
	html_chart_rules(out, html);
	fputs("</main>\n<footer>A memory type is wrong where a leaf SPTE carries another than the rules say. What the words "
	      "mean, and the rules with their citations: <code>zaplock rules</code>.</footer>\n</body></html>\n", out);
}

/* --- The report of `run` and `gate` --------------------------------------------------------- */

void html_result(struct report *report, const char *name, const struct program *program,
		 const struct result *result)
{
	struct html_finding f = {
		.name = name, .program = program, .film = &report->film, .target = result->target,
		.profile = result->profile, .programs = 1,
		.state = result->verdict == VERDICT_KNOWN ? "known" : "",
	};
	int code = result_exit_code(result);

	html_rules(report->html, result->profile, &result->rules_hit);
	for (unsigned i = 0; i < result->nr_findings; i++) {
		if (!report_shows(report, &result->findings[i]))
			continue;
		f.finding = &result->findings[i];
		html_add(report->html, &f);
	}
	/* A finding has its page; that an expected one is gone, or nothing could be said, has none. */
	if (code == 1 && result->verdict != VERDICT_FINDING)
		html_trouble(report->html, name, "not as expected", result->expectation);
	else if (code > 1)
		html_trouble(report->html, name, verdict_names[result->verdict], result->why);
	film_reset(&report->film);
}

void html_finish(struct report *report)
{
	const struct tally *t = &report->tally;
	struct html *html = report->html;
	html_tile(html, "programs", "%u", t->programs);
	html_tile(html, "distinct findings", "%u", html->nr_entries);
	for (unsigned v = 0; v < NR_VERDICTS; v++)
		if (t->verdicts[v])
			html_tile(html, v == VERDICT_FINDING ? "programs with findings" : verdict_names[v], "%u",
				  t->verdicts[v]);
	if (t->bad_input)
		html_tile(html, "unreadable", "%u", t->bad_input);
	html_tile(html, "seconds", "%.2f", t->seconds);
	html_write(html, report->command, report->out);
	html_free(html);
	film_free(&report->film);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The figures of the report's head: findings by rule and target, rules that
 * were exercised and the holes, and a campaign's curves over time. Each has its
 * numbers as text: nothing is told by colour alone.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/html_internal.h"

#define MAX_TARGETS 12u

/* --- Findings by rule and target -------------------------------------------------------- */

static unsigned collect_targets(const struct html *html, const char *targets[MAX_TARGETS])
{
	unsigned nr = 0;

	for (unsigned e = 0; e < html->nr_entries; e++) {
		unsigned t = 0;

		while (t < nr && strcmp(targets[t], html->entries[e].target))
			t++;
		if (t == nr && nr < MAX_TARGETS)
			targets[nr++] = html->entries[e].target;
	}
	return nr;
}

/* Findings of @rule (NR_VERDICT_RULES: all) on @target (NULL: all), and of which severities (NULL: who cares). */
static unsigned count(const struct html *html, unsigned rule, const char *target,
		      unsigned by_severity[NR_SEVERITIES])
{
	unsigned nr = 0;

	for (unsigned e = 0; e < html->nr_entries; e++) {
		const struct html_entry *entry = &html->entries[e];

		if ((rule != NR_VERDICT_RULES && entry->rule != rule) ||
		    (target && strcmp(entry->target, target)))
			continue;
		nr++;
		if (by_severity)
			by_severity[entry->severity]++;
	}
	return nr;
}

/* One bar, its pieces the severities. */
static void put_bar(FILE *out, const unsigned by_severity[NR_SEVERITIES], unsigned most)
{
	double x = 0;

	fputs("<svg width=\"220\" height=\"14\" aria-hidden=\"true\">", out);
	for (unsigned s = 0; s < NR_SEVERITIES; s++) {
		double width = 216.0 * by_severity[s] / most;

		if (by_severity[s])
			fprintf(out, "<rect class=\"bar%u\" x=\"%.1f\" y=\"1\" width=\"%.1f\" height=\"12\" rx=\"1.5\"/>",
				s, x, width > 3 ? width - 1 : 2);
		x += width;
	}
	fputs("</svg>", out);
}

void html_chart_findings(FILE *out, const struct html *html)
{
	const char *targets[MAX_TARGETS];
	unsigned nr = collect_targets(html, targets), most = 1;

	for (unsigned rule = 0; rule < NR_VERDICT_RULES; rule++) {
		unsigned here = count(html, rule, NULL, NULL);

		most = here > most ? here : most;
	}
	fputs("<table><thead><tr><th>rule</th><th>findings</th>", out);
	for (unsigned t = 0; t < nr; t++) {
		fputs("<th class=\"n\">", out);
		escape_xml(out, targets[t]);
		fputs("</th>", out);
	}
	fputs("<th>of which</th></tr></thead><tbody>\n", out);
	for (unsigned rule = 0; rule < NR_VERDICT_RULES; rule++) {
		unsigned by_severity[NR_SEVERITIES] = { 0 };

		if (!count(html, rule, NULL, by_severity))
			continue;
		fprintf(out, "<tr><td>%s</td><td>", verdict_rule_names[rule]);
		put_bar(out, by_severity, most);
		fputs("</td>", out);
		for (unsigned t = 0; t < nr; t++) {
			unsigned here = count(html, rule, targets[t], NULL);

			if (here)
				fprintf(out, "<td class=\"n\">%u</td>", here);
			else
				fputs("<td class=\"n dim\">\xc2\xb7</td>", out);
		}
		fputs("<td>", out);
		for (unsigned s = 0; s < NR_SEVERITIES; s++)
			if (by_severity[s])
				fprintf(out, "<span class=\"sev s%u\">%u %s</span> ", s, by_severity[s],
					severity_name(s));
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

/* --- Rules ------------------------------------------------------------------------------ */

/* Length of the family's name in @id: "R-MT.3" is one of R-MT. */
static size_t family(const char *id)
{
	return strcspn(id, ".");
}

static bool speaks(const struct html *html, const struct rule_info *rule)
{
	return !rule->profiles || (rule->profiles & html->profiles);
}

/* The head of a family of rules: what asks it asks one of them. */
static bool is_head(unsigned rule)
{
	const char *id = rule_table[rule].id;

	for (unsigned other = 0; other < NR_RULES; other++)
		if (other != rule && !strncmp(rule_table[other].id, id, strlen(id)) &&
		    rule_table[other].id[strlen(id)] == '.')
			return true;
	return false;
}

static void put_rule(FILE *out, const struct html *html, unsigned rule)
{
	const struct rule_info *info = &rule_table[rule];
	uint32_t programs = html->rule_programs[rule];
	const char *name = info->id[family(info->id)] ? info->id + family(info->id) + 1 : info->id;

	if (!programs && is_head(rule))
		return;
	fprintf(out, "<li%s title=\"", programs ? "" : speaks(html, info) ? " class=\"hole\"" : " class=\"off\"");
	fprintf(out, "%s: ", info->id);
	escape_xml(out, info->sentence);
	if (programs)
		fprintf(out, " (%u times)", programs);
	fprintf(out, "\">%s</li>", name);
}

void html_chart_rules(FILE *out, const struct html *html)
{
	unsigned hit = 0, all = 0;

	for (unsigned rule = 0; rule < NR_RULES; rule++) {
		all += html->rule_programs[rule] || (speaks(html, &rule_table[rule]) && !is_head(rule));
		hit += !!html->rule_programs[rule];
	}
	fprintf(out, "<p>%u of %u rules were exercised. <span class=\"dim\">A dashed one with a ring is a hole: nothing "
		"that ran asked it. A struck one does not speak under the profiles that judged.</span></p>\n"
		"<div class=\"fams\">\n", hit, all);
	for (unsigned rule = 0; rule < NR_RULES; rule++) {
		const char *id = rule_table[rule].id;
		bool first = true;

		for (unsigned before = 0; before < rule && first; before++)
			first = family(rule_table[before].id) != family(id) ||
				strncmp(rule_table[before].id, id, family(id));
		if (!first)
			continue;
		fprintf(out, "<div><h4>%.*s</h4><ul>", (int)family(id), id);
		for (unsigned other = rule; other < NR_RULES; other++)
			if (family(rule_table[other].id) == family(id) &&
			    !strncmp(rule_table[other].id, id, family(id)))
				put_rule(out, html, other);
		fputs("</ul></div>\n", out);
	}
	fputs("</div>\n", out);
}

/* --- Curves ------------------------------------------------------------------------------ */

#define CHART_WIDTH	460
#define CHART_HEIGHT	220
#define PLOT_LEFT	58
#define PLOT_RIGHT	446
#define PLOT_TOP	12
#define PLOT_BOTTOM	190

static uint64_t value_of(const struct html_sample *sample, bool coverage)
{
	return coverage ? sample->coverage : sample->programs;
}

/* "1.2M", "31k", "7". */
static const char *short_number(double value, char buf[16])
{
	static const char *const units[] = { "", "k", "M", "G", "T" };
	unsigned unit = 0;

	for (; value >= 1000 && unit < 4; unit++)
		value /= 1000;
	snprintf(buf, 16, value < 10 && unit ? "%.1f%s" : "%.0f%s", value, units[unit]);
	return buf;
}

/* The next of 1, 2, 5, 10, 20 ... at or above @value. */
static double round_up(double value)
{
	static const double steps[] = { 1, 2, 5 };

	for (double ten = 1; ten < 1e18; ten *= 10)
		for (unsigned i = 0; i < 3; i++)
			if (ten * steps[i] >= value)
				return ten * steps[i];
	return value;
}

static void put_axes(FILE *out, double top, double seconds)
{
	const char *unit = seconds >= 7200 ? "h" : seconds >= 120 ? "min" : "s";
	double divisor = seconds >= 7200 ? 3600 : seconds >= 120 ? 60 : 1;
	char buf[16];

	for (unsigned i = 0; i <= 4; i++) {
		double y = PLOT_BOTTOM - i * (PLOT_BOTTOM - PLOT_TOP) / 4.0;
		double x = PLOT_LEFT + i * (PLOT_RIGHT - PLOT_LEFT) / 4.0;

		fprintf(out, "<path class=\"grid\" d=\"M%d %.1f H%d\"/><text class=\"axis end\" x=\"%d\" y=\"%.1f\">%s</text>",
			PLOT_LEFT, y, PLOT_RIGHT, PLOT_LEFT - 8, y + 4, short_number(top * i / 4, buf));
		fprintf(out, "<text class=\"axis%s\" x=\"%.1f\" y=\"%d\">%.3g%s%s</text>", i ? " end" : "", x,
			PLOT_BOTTOM + 18, seconds / divisor * i / 4, i == 4 ? " " : "", i == 4 ? unit : "");
	}
}

static void put_curve(FILE *out, const struct html *html, bool coverage)
{
	static const char *const dashes[] = { "", "7 4", "2 3", "10 3 2 3", "1 2", "12 5", "5 2", "3 6" };
	double seconds = 1, top = 1;

	for (unsigned c = 0; c < html->nr_curves; c++) {
		for (size_t i = 0; i < html->curves[c].nr; i++) {
			const struct html_sample *s = &html->curves[c].samples[i];

			seconds = s->seconds > seconds ? s->seconds : seconds;
			top = value_of(s, coverage) > top ? value_of(s, coverage) : top;
		}
	}
	top = round_up(top);
	fprintf(out, "<figure><figcaption>%s</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s over time\">",
		coverage ? "State coverage (counters touched)" : "Programs run", CHART_WIDTH,
		CHART_HEIGHT + 16 * (int)((html->nr_curves + 1) / 2), coverage ? "coverage" : "programs");
	put_axes(out, top, seconds);
	for (unsigned c = 0; c < html->nr_curves; c++) {
		const struct html_curve_entry *curve = &html->curves[c];
		int x = PLOT_LEFT + (c % 2) * 200, y = CHART_HEIGHT + 8 + 16 * (int)(c / 2);

		fprintf(out, "<path class=\"cv\" stroke-dasharray=\"%s\" d=\"M%d %d", dashes[c % 8], PLOT_LEFT, PLOT_BOTTOM);
		for (size_t i = 0; i < curve->nr; i++)
			fprintf(out, "L%.1f %.1f", PLOT_LEFT + curve->samples[i].seconds / seconds * (PLOT_RIGHT - PLOT_LEFT),
				PLOT_BOTTOM - value_of(&curve->samples[i], coverage) / top * (PLOT_BOTTOM - PLOT_TOP));
		fprintf(out, "\"/><path class=\"cv\" stroke-dasharray=\"%s\" d=\"M%d %d h30\"/><text class=\"axis\" x=\"%d\" y=\"%d\">",
			dashes[c % 8], x, y - 4, x + 36, y);
		escape_xml(out, curve->target);
		fputs("</text>", out);
	}
	fputs("</svg></figure>\n", out);
}

void html_chart_curves(FILE *out, const struct html *html)
{
	if (!html->nr_curves)
		return;
	fputs("<h2>Over time</h2>\n<div class=\"charts\">\n", out);
	put_curve(out, html, false);
	put_curve(out, html, true);
	fputs("</div>\n", out);
}

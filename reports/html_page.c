// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page of a finding: what it says, the memory map, why, the program, and
 * how to run it again.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reports/html_internal.h"

#define MAX_CODE_ROWS 12u

static void put_fact(FILE *out, const char *name, const char *value)
{
	fprintf(out, "<dt>%s</dt><dd>", name);
	escape_xml(out, value);
	fputs("</dd>\n", out);
}

static void put_time(FILE *out, const char *name, int64_t when)
{
	time_t seconds = when;
	char text[40];
	struct tm tm;

	if (!when || !gmtime_r(&seconds, &tm))
		return;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	put_fact(out, name, text);
}

static void put_facts(FILE *out, const struct html_finding *f)
{
	const struct finding *finding = f->finding;
	char text[700];

	fputs("<dl class=\"facts\">\n", out);
	if (f->program) {
		step_print(f->program, finding->step, text, sizeof(text));
		put_fact(out, "at", text);
		if (finding->cause && finding->cause != finding->step) {
			step_print(f->program, finding->cause, text, sizeof(text));
			put_fact(out, "cause", text);
		}
	}
	if (finding->has_gfn) {
		snprintf(text, sizeof(text), "gpa [0x%" PRIx64 ", 0x%" PRIx64 "), %s%s leaf%s",
			 finding->gfn << PAGE_SHIFT, (finding->gfn + finding->npages) << PAGE_SHIFT,
			 finding->leaves > 1 ? "the first " : "a ", level_name(finding->level), "");
		if (finding->leaves > 1)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " of %u", finding->leaves);
		put_fact(out, "where", text);
	}
	if (finding->vcpu >= 0) {
		snprintf(text, sizeof(text), "%d", finding->vcpu);
		put_fact(out, "vCPU", text);
	}
	snprintf(text, sizeof(text), "%s, judged by profile %s", f->target, profile_table[f->profile].name);
	put_fact(out, "target", text);
	if (f->name && *f->name)
		put_fact(out, "program", f->name);
	if (f->tries) {
		snprintf(text, sizeof(text), "in %u of %u runs", f->shown, f->tries);
		put_fact(out, "reproduced", text);
	}
	put_time(out, "first seen", f->first_seen);
	put_time(out, "last seen", f->last_seen);
	if (f->why && *f->why)
		put_fact(out, "erratum", f->why);
	if (f->note && *f->note)
		put_fact(out, "note", f->note);
	fputs("</dl>\n", out);
}

/* A memtype as a labelled swatch. */
static void put_chip(FILE *out, const char *name, struct mt mt, bool none)
{
	char type[40];

	fprintf(out, "<div>%s<svg width=\"112\" height=\"30\"><rect class=\"m%u l\" x=\"1\" y=\"1\" width=\"110\" "
		"height=\"28\" rx=\"4\"/><text class=\"lt ct\" x=\"10\" y=\"20\">", name, none ? 2 : mt_class(mt.type));
	escape_xml(out, none ? "no leaf" : mt_print(mt, type, sizeof(type)));
	fputs("</text></svg></div>\n", out);
}

static void put_chips(FILE *out, const struct finding *f)
{
	if (!f->has_mt)
		return;
	fputs("<div class=\"chips\">\n", out);
	put_chip(out, "the rules said before", f->before, false);
	for (unsigned i = 0; i < f->nr_expected; i++)
		put_chip(out, i ? "or" : "the rules say now", f->expected[i], false);
	if (!f->nr_expected)
		put_chip(out, "the rules say now", f->before, true);
	fputs("<b>\xe2\x89\xa0</b>\n", out);
	put_chip(out, f->rule == VR_MISSED_FLUSH ? "the TLB holds" : "the leaf carries", f->observed, false);
	fputs("</div>\n", out);
}

static void put_map(FILE *out, const struct html_finding *f)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *mem = open_memstream(&text, &bytes);
	bool drawn = mem && map_draw(mem, f);

	if (mem)
		fclose(mem);
	if (drawn) {
		fputs("<h4>Memory map</h4>\n<figure>", out);
		fwrite(text, 1, bytes, out);
		fputs("<svg class=\"lgs\" viewBox=\"0 0 940 46\" aria-hidden=\"true\"><use href=\"#lg\"/></svg>\n<figcaption>",
		      out);
		if (!f->film)
			fputs("This target was not there to run the program again: the leaves are not shown. ", out);
		else if (f->film->cut)
			fputs("There were more leaves than a map can hold: those of the last steps are not shown. ", out);
		fprintf(out, "The rules are those for vCPU %d. Widths are logarithmic.</figcaption></figure>\n",
			f->finding->vcpu < 0 ? 0 : f->finding->vcpu);
	}
	free(text);
}

static void put_why(FILE *out, const struct finding *f)
{
	if (f->nr_why)
		fputs("<h4>Why, rule by rule</h4>\n<ol class=\"why\">\n", out);
	for (unsigned i = 0; i < f->nr_why; i++) {
		const struct rule_info *rule = &rule_table[f->why[i].rule];

		fprintf(out, "<li><code>%s</code><span>", rule->id);
		escape_xml(out, f->why[i].text);
		fprintf(out, "</span><small>%s (%s)</small></li>\n", rule->sentence, rule->citation);
	}
	if (f->nr_why)
		fputs("</ol>\n", out);
	fprintf(out, "<h4>The rule that is broken</h4>\n<ol class=\"why\"><li><code>%s</code><span>%s</span>"
		"<small>%s</small></li></ol>\n", rule_table[f->rule_id].id, rule_table[f->rule_id].sentence,
		rule_table[f->rule_id].citation);
}

/* The canonical text, line by line, with the lines of the failing step and its cause marked. */
static void put_program(FILE *out, const struct html_finding *f)
{
	size_t size = program_print(f->program, NULL, 0) + 1;
	char *text = malloc(size), *line, *save = text;
	unsigned number = 0, failing, cause;

	if (!text)
		return;
	program_print(f->program, text, size);
	failing = program_text_step_line(text, f->finding->step);
	cause = program_text_step_line(text, f->finding->cause);
	fputs("<h4>Program</h4>\n<pre><code>", out);
	while ((line = strsep(&save, "\n")) && (*line || save)) {
		const char *tag = "span";

		number++;
		if (number == failing || (cause && number == cause))
			tag = "mark";
		fprintf(out, "<%s%s>", tag, *tag == 'm' ? number == failing ? "" : " class=\"y\"" :
			*line == '#' ? " class=\"c\"" : "");
		escape_xml(out, line);
		if (number == failing)
			fprintf(out, "   <small>\xe2\x9c\x97 %s</small>", verdict_rule_names[f->finding->rule]);
		fprintf(out, "</%s>", tag);
	}
	fputs("</code></pre>\n", out);
	free(text);
}

/* The last guest ops up to the failing step, beside the machine code that a CPU runs for them. */
static void put_machine_code(FILE *out, const struct html_finding *f)
{
	unsigned nr = 0, end = program_step_ops(f->program, f->finding->step, &nr) + nr, first = end, shown = 0;
	char text[256], op[128];

	if (!f->disassembler)
		return;
	while (first && shown < MAX_CODE_ROWS)
		shown += f->disassembler(&f->program->ops[--first], text, sizeof(text));
	if (!shown)
		return;
	fputs("<h4>Machine code of the guest's ops</h4>\n<pre><code>", out);
	for (unsigned i = first; i < end; i++) {
		if (!f->disassembler(&f->program->ops[i], text, sizeof(text)))
			continue;
		op_print(&f->program->ops[i], op, sizeof(op));
		fprintf(out, "<span>%-44s", op);
		escape_xml(out, text);
		fputs("</span>", out);
	}
	fputs("</code></pre>\n", out);
}

/* Does @name need no quotes in a shell? */
static bool is_plain(const char *name)
{
	return *name && *name != '-' &&
	       !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:,+=")];
}

static void put_commands(FILE *out, const struct html_finding *f)
{
	const char *name = f->name && is_plain(f->name) ? f->name : "program.zap";
	const char *target = is_plain(f->target) ? f->target : "TARGET";

	fputs("<h4>Run it again</h4>\n<pre><code>", out);
	fprintf(out, "<span>zaplock run --target %s %s</span>", target, name);
	if (f->finding->has_gfn && f->finding->step)
		fprintf(out, "<span>zaplock explain --step %u --gpa 0x%" PRIx64 " %s</span>", f->finding->step,
			f->finding->gfn << PAGE_SHIFT, name);
	fprintf(out, "<span>zaplock minimize --target %s %s</span></code></pre>\n", target, name);
}

void html_page(FILE *out, const struct html_finding *f, bool map)
{
	const struct finding *finding = f->finding;

	fprintf(out, "<section class=\"f\" id=\"f%u\">\n<a class=\"top\" href=\"#findings\">\xe2\x86\x91 all findings</a>\n"
		"<h3>%s <span class=\"sev s%d\">%s</span>", f->page, verdict_rule_names[finding->rule], finding->severity,
		severity_name(finding->severity));
	if (f->state && *f->state) {
		fputs(" <span class=\"state\">", out);
		escape_xml(out, f->state);
		fputs("</span>", out);
	}
	fputs("</h3>\n<p class=\"key\"><code>", out);
	escape_xml(out, finding->key);
	fputs("</code></p>\n<p class=\"msg\">", out);
	escape_xml(out, finding->message[0] ? finding->message : verdict_rule_sentence(finding->rule));
	fputs(".</p>\n", out);
	put_chips(out, finding);
	put_facts(out, f);
	if (map)
		put_map(out, f);
	else
		fputs("<p class=\"dim\">The memory map is left out, for the size of this file; a report of the program "
		      "alone draws it.</p>\n", out);
	put_why(out, finding);
	if (f->program) {
		put_program(out, f);
		put_machine_code(out, f);
		put_commands(out, f);
	}
	fputs("</section>\n", out);
}

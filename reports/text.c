// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text for a kernel developer at a terminal: which rule broke, at which step,
 * for which leaf, what stands there and what should, and why.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/internal.h"

static void print_leaf(FILE *out, const struct finding *f)
{
	if (f->has_gfn) {
		fprintf(out, "    gfns     [0x%" PRIx64 ", 0x%" PRIx64 ")", f->gfn,
			f->gfn + f->npages);
		if (f->level)
			fprintf(out, ", a %s leaf", level_name(f->level));
		if (f->leaves > 1)
			fprintf(out, ", the first of %u leaves", f->leaves);
		fputc('\n', out);
	}
	if (f->vcpu >= 0)
		fprintf(out, "    vCPU     %d\n", f->vcpu);
}

static void print_memtypes(FILE *out, const struct finding *f)
{
	char buf[32];

	if (!f->has_mt)
		return;
	fprintf(out, "    before   %s\n    expected ", mt_print(f->before, buf, sizeof(buf)));
	for (unsigned i = 0; i < f->nr_expected; i++)
		fprintf(out, "%s%s", i ? " or " : "", mt_print(f->expected[i], buf, sizeof(buf)));
	if (!f->nr_expected)
		fputs("no leaf", out);
	fprintf(out, "\n    observed %s\n", mt_print(f->observed, buf, sizeof(buf)));
}

void report_text_finding(FILE *out, const struct finding *f, const char *step, const char *cause)
{
	char buf[1024];

	fprintf(out, "  %s (%s), severity %s\n", verdict_rule_names[f->rule],
		rule_table[f->rule_id].id, severity_name(f->severity));
	fprintf(out, "    key      %s\n", escape_text(f->key, buf, sizeof(buf)));
	fprintf(out, "    at       %s\n", escape_text(step, buf, sizeof(buf)));
	if (cause)
		fprintf(out, "    cause    %s\n", escape_text(cause, buf, sizeof(buf)));
	print_leaf(out, f);
	print_memtypes(out, f);
	if (f->message[0])
		fprintf(out, "    %s\n", escape_text(f->message, buf, sizeof(buf)));
	for (unsigned i = 0; i < f->nr_why; i++)
		fprintf(out, "    %s  %-15s %s\n", i ? "       " : "because",
			rule_table[f->why[i].rule].id,
			escape_text(f->why[i].text, buf, sizeof(buf)));
}

void text_program_finding(FILE *out, const struct program *program, const struct finding *f)
{
	char step[512], cause[512];

	report_text_finding(out, f, step_print(program, f->step, step, sizeof(step)),
			    f->cause && f->cause != f->step ?
			    step_print(program, f->cause, cause, sizeof(cause)) : NULL);
}

char *report_findings_text(const struct report *report, const struct program *program,
			   const struct result *result)
{
	char *text = NULL;
	size_t bytes;
	FILE *mem = open_memstream(&text, &bytes);

	if (!mem)
		return NULL;
	for (unsigned i = 0; i < result->nr_findings; i++)
		if (report_shows(report, &result->findings[i]))
			text_program_finding(mem, program, &result->findings[i]);
	fclose(mem);
	return text;
}

static void print_advisories(FILE *out, const struct result *result)
{
	for (unsigned rule = VR_FIRST_ADVISORY; rule < NR_VERDICT_RULES; rule++)
		if (result->advisories[rule])
			fprintf(out, "  advisory %s: %" PRIu64 "%s\n", verdict_rule_names[rule],
				result->advisories[rule],
				rule == VR_OVER_ZAP ? " pages zapped without need" : " times");
}

void text_result(struct report *report, const char *name, const struct program *program,
		 const struct result *result)
{
	bool fails = result_exit_code(result) != 0;
	FILE *out = report->out;
	char buf[1024], target[256];

	if ((report->flags & REPORT_GATE) && !fails)
		return;
	fprintf(out, "%s: %s (%s, profile %s, %u steps)\n", escape_text(name, buf, sizeof(buf)),
		verdict_names[result->verdict], escape_text(result->target, target, sizeof(target)),
		profile_table[result->profile].name, result->steps_run);
	if (result->why[0])
		fprintf(out, "  why: %s\n", escape_text(result->why, buf, sizeof(buf)));
	if (!result->expectation_met && result->expectation[0])
		fprintf(out, "  expectation not met: %s\n",
			escape_text(result->expectation, buf, sizeof(buf)));
	/* Those a conforming guest reaches come first (design 4). */
	for (unsigned severity = 0; severity < NR_SEVERITIES; severity++)
		for (unsigned i = 0; i < result->nr_findings; i++)
			if (result->findings[i].severity == severity &&
			    report_shows(report, &result->findings[i]))
				text_program_finding(out, program, &result->findings[i]);
	if (result->dropped)
		fprintf(out, "  and %u more findings of this program\n", result->dropped);
	if (!(report->flags & REPORT_GATE))
		print_advisories(out, result);
}

void text_summary(const struct report *report, FILE *out)
{
	const struct tally *t = &report->tally;
	const char *comma = "";

	fprintf(out, "%s: %u programs", report->command, t->programs);
	for (unsigned v = 0; v < NR_VERDICTS; v++)
		if (t->verdicts[v])
			fprintf(out, ", %u %s", t->verdicts[v], verdict_names[v]);
	if (t->bad_input)
		fprintf(out, ", %u unreadable", t->bad_input);
	fprintf(out, "; %u failed", t->failed);
	if (t->findings) {
		fputs("; findings by severity:", out);
		for (unsigned s = 0; s < NR_SEVERITIES; s++) {
			if (!t->severities[s])
				continue;
			fprintf(out, "%s %s %u", comma, severity_name(s), t->severities[s]);
			comma = ",";
		}
	}
	fprintf(out, "; %.2f s\n", t->seconds);
}

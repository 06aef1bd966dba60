// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock report: what a campaign found, for people and for machines. Reads
 * the campaign's store, runs each finding's program once more for its memory
 * map, and changes nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/findings.h"
#include "harness/cli/cli.h"
#include "reports/dossier.h"
#include "reports/html.h"
#include "reports/json.h"

#define CURVE_POINTS	240u

enum { KEY_STATE = KEY_COMMAND };

struct book {
	const char *dir;
	const char *only;		/* state to report; NULL: all */
	struct store *store;
	struct stored_finding *findings;
	struct stored_run *runs;
	size_t nr_findings, nr_runs;
	struct dossier *dossier;
};

static error_t parse_report(int key, char *arg, struct argp_state *state)
{
	struct book *book = state->input;
	unsigned s = 0;

	if (key != KEY_STATE)
		return 0;
	while (s < NR_FINDING_STATES && strcmp(arg, finding_state_names[s]))
		s++;
	if (s == NR_FINDING_STATES)
		argp_failure(state, EXIT_INPUT, 0, "--state wants new, known, fixed or expired, not `%s`", cli_shown(arg));
	book->only = arg;
	return 0;
}

static bool wanted(const struct book *book, const struct stored_finding *f)
{
	return !book->only || !strcmp(book->only, finding_state_names[f->state]);
}

static const char *day(int64_t when, char buf[32])
{
	time_t seconds = when;
	struct tm tm;

	strcpy(buf, "?");
	if (gmtime_r(&seconds, &tm))
		strftime(buf, 32, "%Y-%m-%d %H:%M UTC", &tm);
	return buf;
}

/* The file beside the store that holds the finding's program; "" where there is none. */
static const char *program_path(const struct book *book, const struct stored_finding *f, char *path, size_t size)
{
	char target[64], dir[4096];
	size_t n = 0;

	for (const char *at = f->target; *at && n + 1 < sizeof(target); at++)
		target[n++] = strchr("/:", *at) ? '-' : *at;
	target[n] = 0;
	snprintf(dir, sizeof(dir), "%s/targets/%s", book->dir, target);
	finding_path(dir, f->key, path, size);
	if (access(path, R_OK))
		snprintf(path, size, "%s", f->erratum);
	return path;
}

/* --- HTML ------------------------------------------------------------------------------ */

/* Samples of one target, its instances added up; runs follow each other without the time between. */
struct curve {
	struct html_sample *samples;
	size_t nr;
	struct { char name[40]; uint64_t programs; } instances[64];
	unsigned nr_instances;
	uint64_t before;	/* programs of earlier runs */
};

static uint64_t sum_up(struct curve *c, const struct stored_sample *s)
{
	uint64_t programs = c->before;
	unsigned i = 0;

	while (i < c->nr_instances && strcmp(c->instances[i].name, s->instance))
		i++;
	if (i == c->nr_instances && i < 64) {
		snprintf(c->instances[i].name, sizeof(c->instances[i].name), "%s", s->instance);
		c->nr_instances++;
	}
	if (i < 64)
		c->instances[i].programs = s->programs;
	for (i = 0; i < c->nr_instances; i++)
		programs += c->instances[i].programs;
	return programs;
}

/* Every so many of the samples, and the last. */
static void thin_out(struct curve *c)
{
	size_t every = c->nr / CURVE_POINTS + 1, to = 0;

	for (size_t i = 0; i < c->nr; i++)
		if (i % every == 0 || i + 1 == c->nr)
			c->samples[to++] = c->samples[i];
	c->nr = to;
}

static void add_curve(struct book *book, struct html *html, const char *target)
{
	struct curve *c = calloc(1, sizeof(*c));
	double offset = 0;

	for (size_t r = 0; c && r < book->nr_runs; r++) {
		size_t nr = 0;
		struct stored_sample *samples = store_samples(book->store, book->runs[r].id, &nr);
		struct html_sample *more = reallocarray(c->samples, c->nr + nr + 1, sizeof(*more));
		double last = 0;

		for (size_t i = 0; more && i < nr; i++) {
			last = samples[i].seconds;
			if (!strcmp(samples[i].target, target))
				more[c->nr++] = (struct html_sample){ offset + samples[i].seconds,
								     sum_up(c, &samples[i]), samples[i].coverage };
		}
		if (more)
			c->samples = more;
		c->before = c->nr ? c->samples[c->nr - 1].programs : 0;
		c->nr_instances = 0;
		offset += last;
		store_free(samples);
	}
	if (c) {
		thin_out(c);
		html_curve(html, target, c->samples, c->nr);
		free(c->samples);
	}
	free(c);
}

/* Calls @each for every target that any run had, once. */
static void for_targets(struct book *book, struct html *html,
			void (*each)(struct book *book, struct html *html, const char *target))
{
	char *seen[32], *copy, *save = NULL;
	unsigned nr = 0, i;

	for (size_t r = 0; r < book->nr_runs; r++) {
		copy = strdup(book->runs[r].targets);
		for (char *word = copy ? strtok_r(copy, " ", &save) : NULL; word; word = strtok_r(NULL, " ", &save)) {
			for (i = 0; i < nr && strcmp(seen[i], word); i++)
				;
			if (i < nr || nr == 32 || !(seen[nr] = strdup(word)))
				continue;
			each(book, html, seen[nr++]);
		}
		free(copy);
	}
	while (nr)
		free(seen[--nr]);
}

static void add_rules(struct book *book, struct html *html, const char *target)
{
	struct rule_set hit;
	enum profile profile = PROFILE_NONE;

	for (size_t i = 0; i < book->nr_findings && profile == PROFILE_NONE; i++)
		if (!strcmp(book->findings[i].target, target))
			profile = profile_by_name(book->findings[i].profile);
	if (profile == PROFILE_NONE && strchr(target, ':'))
		profile = profile_by_name(strchr(target, ':') + 1);
	for (size_t r = 0; r < book->nr_runs; r++) {
		memset(&hit, 0, sizeof(hit));
		if (!store_rules_hit(book->store, book->runs[r].id, target, &hit))
			html_rules(html, profile, &hit);
	}
}

static const char *duration(double seconds, char buf[32])
{
	if (seconds >= 7200)
		snprintf(buf, 32, "%.1f h", seconds / 3600);
	else if (seconds >= 120)
		snprintf(buf, 32, "%.0f min", seconds / 60);
	else
		snprintf(buf, 32, "%.0f s", seconds);
	return buf;
}

static double all_seconds(const struct book *book)
{
	double seconds = 0;

	for (size_t r = 0; r < book->nr_runs; r++)
		seconds += book->runs[r].seconds;
	return seconds;
}

static void add_tiles(struct book *book, struct html *html)
{
	unsigned states[NR_FINDING_STATES] = { 0 };
	char text[32];

	for (size_t i = 0; i < book->nr_findings; i++)
		states[book->findings[i].state]++;
	html_tile(html, "fuzzed", "%s", duration(all_seconds(book), text));
	html_tile(html, "runs", "%zu", book->nr_runs);
	for (unsigned s = 0; s < NR_FINDING_STATES; s++)
		html_tile(html, finding_state_names[s], "%u", states[s]);
	if (book->nr_runs)
		html_tile(html, "last seed", "%" PRIu64, book->runs[book->nr_runs - 1].seed);
}

static void add_finding(struct book *book, struct html *html, const struct stored_finding *stored)
{
	struct dossier *d = book->dossier;
	char path[4096];
	struct html_finding f = {
		.finding = &d->finding, .target = stored->target, .state = finding_state_names[stored->state],
		.why = stored->erratum, .note = stored->note, .programs = stored->programs,
		.shown = stored->shown, .tries = stored->tries, .first_seen = stored->first_seen,
		.last_seen = stored->last_seen,
	};

	dossier_fill(d, stored, true);
	f.name = program_path(book, stored, path, sizeof(path));
	f.profile = d->profile;
	f.program = d->has_program ? &d->program : NULL;
	f.film = d->filmed ? &d->film : NULL;
	html_add(html, &f);
}

static int print_html(struct cli *cli, struct book *book, FILE *out)
{
	struct html *html = html_new();
	char title[256], first[32], last[32];

	if (!html)
		return cli_infra(cli, "out of memory");
	html_disassemble(html, cli_disassemble);
	add_tiles(book, html);
	for_targets(book, html, add_curve);
	for_targets(book, html, add_rules);
	for (size_t i = 0; i < book->nr_findings; i++)
		if (wanted(book, &book->findings[i]))
			add_finding(book, html, &book->findings[i]);
	snprintf(title, sizeof(title), "campaign %.100s", book->dir);
	if (book->nr_runs)
		snprintf(title, sizeof(title), "campaign %.100s, %s to %s", book->dir, day(book->runs[0].started, first),
			 day(book->runs[book->nr_runs - 1].ended ? book->runs[book->nr_runs - 1].ended :
			     book->runs[book->nr_runs - 1].started, last));
	html_write(html, title, out);
	html_free(html);
	return EXIT_CLEAN;
}

/* --- Text and JSON ----------------------------------------------------------------------- */

static void print_text(struct book *book, FILE *out, const struct stored_finding *f)
{
	struct dossier *d = book->dossier;
	char shown[4096], path[4096], step[512], first[32], last[32];

	dossier_fill(d, f, false);
	fprintf(out, "%s, %s: %" PRIu64 " programs, %s to %s", finding_state_names[f->state],
		escape_text(f->target, shown, 100), f->programs, day(f->first_seen, first), day(f->last_seen, last));
	if (f->tries)
		fprintf(out, ", reproduced %u of %u times", f->shown, f->tries);
	fprintf(out, "\n  %s\n", escape_text(program_path(book, f, path, sizeof(path)), shown, sizeof(shown)));
	if (*f->note)
		fprintf(out, "  note: %s\n", escape_text(f->note, shown, sizeof(shown)));
	if (d->has_program)
		step_print(&d->program, d->finding.step, step, sizeof(step));
	else
		strcpy(step, "its program is not stored");
	report_text_finding(out, &d->finding, step, NULL);
}

static void print_json(struct book *book, FILE *out, const struct stored_finding *f)
{
	struct finding finding;
	char path[4096];
	const char *text = *f->minimal ? f->minimal : f->program;
	json_t *program = *text ? json_string(text) : NULL;

	if (*text && !program)
		program = json_text(text);	/* not UTF-8 */
	json_print(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:i, s:i, s:o, s:o, s:o, s:o}",
			     "schema", "report-1", "key", json_text(f->key), "target", json_text(f->target),
			     "profile", json_text(f->profile), "kernel", json_text_or_null(f->kernel),
			     "rule", json_text(f->rule), "severity", json_text(f->severity),
			     "state", finding_state_names[f->state], "erratum", json_text_or_null(f->erratum),
			     "first_seen", (json_int_t)f->first_seen, "last_seen", (json_int_t)f->last_seen,
			     "programs", (json_int_t)f->programs, "shown", (int)f->shown, "tries", (int)f->tries,
			     "note", json_text_or_null(f->note),
			     "file", json_text_or_null(program_path(book, f, path, sizeof(path))),
			     "program", program ? program : json_null(),
			     "finding", finding_from_json(f->detail, &finding) ? json_finding(&finding) : json_null()),
		   out, false);
}

/* --- The formats of CI --------------------------------------------------------------------- */

/* A stored finding as the result of its program, for those who read verdicts. */
static void report_stored(struct book *book, struct report *report, const struct stored_finding *f)
{
	struct dossier *d = book->dossier;
	struct result *result = &d->result;
	char path[4096];

	dossier_fill(d, f, false);
	memset(result, 0, sizeof(*result));
	snprintf(result->target, sizeof(result->target), "%s", f->target);
	result->profile = d->profile;
	result->verdict = f->state == STATE_FIXED ? VERDICT_CLEAN :
			  f->state == STATE_KNOWN ? VERDICT_KNOWN : VERDICT_FINDING;
	result->expectation_met = result->verdict != VERDICT_FINDING;
	if (!result->expectation_met)
		snprintf(result->expectation, sizeof(result->expectation), "%s (%s)", d->finding.key,
			 finding_state_names[f->state]);
	result->nr_findings = f->state != STATE_FIXED;
	result->findings[0] = d->finding;
	if (!d->has_program)
		program_init(&d->program);
	program_path(book, f, path, sizeof(path));
	report_result(report, *path ? path : f->key, &d->program, result);
}

static int print_report(struct cli *cli, FILE *out, void *arg)
{
	struct book *book = arg;
	struct report *report = NULL;

	if (cli->format == FORMAT_HTML)
		return print_html(cli, book, out);
	if (cli->format != FORMAT_TEXT && cli->format != FORMAT_JSON) {
		report = report_new(cli->format, cli->command, out, 0);
		if (!report)
			return cli_infra(cli, "out of memory");
	}
	for (size_t i = 0; i < book->nr_findings; i++) {
		if (!wanted(book, &book->findings[i]))
			continue;
		if (report)
			report_stored(book, report, &book->findings[i]);
		else
			(cli->format == FORMAT_JSON ? print_json : print_text)(book, out, &book->findings[i]);
	}
	if (report)
		report_finish(report, false);
	return EXIT_CLEAN;
}

static int read_book(struct cli *cli, struct book *book)
{
	char error[512], shown[600];

	book->dossier = dossier_new();
	if (!book->dossier)
		return cli_infra(cli, "out of memory");
	book->store = store_open(book->dir, STORE_READ, error, sizeof(error));
	if (!book->store)
		return cli_bad_input(cli, "%s", escape_text(error, shown, sizeof(shown)));
	book->findings = store_findings(book->store, &book->nr_findings);
	book->runs = store_runs(book->store, &book->nr_runs);
	if ((!book->findings && book->nr_findings) || (!book->runs && book->nr_runs) || store_error(book->store)[0])
		return cli_infra(cli, "%s", escape_text(store_error(book->store), shown, sizeof(shown)));
	return EXIT_CLEAN;
}

int cmd_report(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "state", KEY_STATE, "STATE", 0, "Only findings that are new, known, fixed or expired", 1 },
		{ 0 }
	};
	struct book book = { 0 };
	const struct command_args args = {
		.options = options,
		.parse = parse_report,
		.input = &book,
		.args_doc = "DIR",
		.doc = "Make a report of what a campaign found: DIR is its --out.\v"
		       "Without --format it is HTML, DIR/report.html or in --out: figures, charts, and a page for each "
		       "finding with the program, the reasons rule by rule and a memory map, in one file that needs "
		       "nothing else. Other formats go to stdout or --out. Programs of the model and of ukvm are run "
		       "once more for their map; the store is only read, also while the campaign goes on.\n\n"
		       "Examples:\n"
		       "  zaplock report night\n"
		       "  zaplock report --state new --format text night\n"
		       "  zaplock report --format sarif --out reports night\n\n"
		       "Exit status: 0 the report is written, 2 bad input, 3 it could not be.",
		.formats = FORMATS_REPORT,
		.default_format = FORMAT_HTML,
		.min_args = 1,
		.max_args = 1,
	};
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	book.dir = cli.args[0];
	if (!cli.out && cli.format == FORMAT_HTML)
		cli.out = book.dir;
	code = read_book(&cli, &book);
	if (!code)
		code = cli_report(&cli, print_report, &book);
	store_free(book.findings);
	store_free(book.runs);
	store_close(book.store);
	dossier_free(book.dossier);
	cli_close(&cli);
	return code;
}

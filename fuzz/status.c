// SPDX-License-Identifier: GPL-2.0-only
/* What a campaign shows: a line that lives while it runs, a summary at its end. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/campaign.h"

#define LIVE_SECONDS	0.5	/* on a terminal */
#define PLAIN_SECONDS	5.0	/* into a file or a CI log */
#define MAX_LISTED	24u	/* findings in the summary; the most severe, most often seen ones */

/* Rules that speak in @profile, and those of them in @hit. */
static unsigned count_rules(const struct rule_set *hit, enum profile profile, unsigned *total)
{
	unsigned nr = 0;

	*total = 0;
	for (unsigned i = 0; i < NR_RULES; i++) {
		uint32_t profiles = rule_table[i].profiles;

		if (profiles && profile != PROFILE_NONE && !(profiles >> profile & 1))
			continue;
		++*total;
		nr += rule_set_has(hit, i);
	}
	return nr;
}

static void collect_rules(const struct campaign *c, struct rule_set *hit)
{
	memset(hit, 0, sizeof(*hit));
	for (unsigned j = 0; j < c->jobs; j++)
		for (size_t i = 0; i < sizeof(hit->word) / sizeof(hit->word[0]); i++)
			hit->word[i] |= c->shared->stats[j].rules_hit.word[i];
}

static unsigned count_coverage(const struct campaign *c)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < COVERAGE_SIZE; i++) {
		bool touched = false;

		for (unsigned j = 0; j < c->jobs && !touched; j++)
			touched = c->shared->stats[j].coverage[i];
		nr += touched;
	}
	return nr;
}

static unsigned count_corpus(const struct campaign *c)
{
	unsigned nr = 0;
	struct dirent *e;
	DIR *dir = opendir(c->corpus);

	while (dir && (e = readdir(dir)))
		nr += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return nr;
}

void campaign_summarize(struct campaign *c, struct fuzz_summary *s)
{
	struct rule_set hit;

	memset(s, 0, sizeof(*s));
	s->seconds = now_seconds() - c->started;
	for (unsigned i = 0; i < c->jobs; i++) {
		const struct fuzz_stats *stats = &c->shared->stats[i];

		s->programs += stats->programs;
		s->ops += stats->ops;
		s->accepted += stats->accepted;
		s->undefined += stats->undefined;
		s->skipped += stats->skipped;
		s->infra += stats->infra;
	}
	collect_rules(c, &hit);
	s->rules_hit = count_rules(&hit, c->profile, &s->rules_total);
	s->coverage = count_coverage(c);
	s->corpus = count_corpus(c);
	for (unsigned i = 0; i < KEY_TABLE_SIZE; i++) {
		const struct key_entry *entry = &c->shared->keys.entries[i];

		if (!entry->count)
			continue;
		if (entry->origin == KEY_ERRATUM) {
			s->findings_known++;
			continue;
		}
		s->findings_new++;
		s->findings_before += entry->origin == KEY_BEFORE;
		s->by_severity[entry->severity % NR_SEVERITIES]++;
		s->crashes += entry->rule == VR_CRASH;
		s->hangs += entry->rule == VR_HANG;
	}
	s->seed = c->seed;
}

/* 1234567 as "1.23M". */
static const char *short_number(double n, char buf[16])
{
	if (n >= 1e9)
		snprintf(buf, 16, "%.2fG", n / 1e9);
	else if (n >= 1e6)
		snprintf(buf, 16, "%.2fM", n / 1e6);
	else if (n >= 1e4)
		snprintf(buf, 16, "%.0fk", n / 1e3);
	else
		snprintf(buf, 16, "%.0f", n);
	return buf;
}

static void print_severities(const struct fuzz_summary *s, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < NR_SEVERITIES && n < size; i++)
		if (s->by_severity[i])
			n += snprintf(buf + n, size - n, "%s%u %s", n ? ", " : "",
				      s->by_severity[i], severity_name(i));
}

void status_line(struct campaign *c)
{
	double now = now_seconds(), left;
	char programs[16], rate[16], ops[16], severities[128], ends[32] = "";
	struct fuzz_summary s;

	if (c->options->quiet || now - c->last_status < (c->tty ? LIVE_SECONDS : PLAIN_SECONDS))
		return;
	c->last_status = now;
	campaign_summarize(c, &s);
	print_severities(&s, severities, sizeof(severities));
	left = c->options->seconds - s.seconds;
	if (c->options->seconds > 0)
		snprintf(ends, sizeof(ends), "  %.0f s left", left > 0 ? left : 0);
	fprintf(stderr, "%s%.0f s  %s programs (%s/s)  %s ops/s  corpus %u  coverage %u  rules %u/%u  findings %u%s%s%s, %u known%s%s",
		c->tty ? "\r\033[K" : "", s.seconds, short_number(s.programs, programs),
		short_number(s.programs / s.seconds, rate), short_number(s.ops / s.seconds, ops),
		s.corpus, s.coverage, s.rules_hit, s.rules_total, s.findings_new,
		severities[0] ? " (" : "", severities, severities[0] ? ")" : "", s.findings_known,
		ends, c->tty ? "" : "\n");
	fflush(stderr);
}

void status_end(struct campaign *c)
{
	if (c->tty)
		fprintf(stderr, "\r\033[K");
}

static int by_severity(const void *a, const void *b)
{
	const struct key_entry *x = *(struct key_entry *const *)a;
	const struct key_entry *y = *(struct key_entry *const *)b;

	if (x->severity != y->severity)
		return x->severity - y->severity;
	return x->count < y->count ? 1 : -(x->count > y->count);
}

/* Keys without an erratum that programs of this campaign showed, worst first. */
static unsigned list_findings(const struct campaign *c, const struct key_entry **list)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < KEY_TABLE_SIZE; i++) {
		const struct key_entry *entry = &c->shared->keys.entries[i];

		if (entry->count && entry->origin != KEY_ERRATUM)
			list[nr++] = entry;
	}
	qsort(list, nr, sizeof(list[0]), by_severity);
	return nr;
}

static void print_findings(const struct campaign *c, FILE *out)
{
	static const struct key_entry *list[KEY_TABLE_SIZE];
	unsigned nr = list_findings(c, list);
	const struct key_table *keys = &c->shared->keys;

	for (unsigned i = 0; i < nr && i < MAX_LISTED; i++) {
		char path[4096];

		finding_path(c->out, list[i]->key, path, sizeof(path));
		fprintf(out, "  %s  (in %llu programs%s%s)\n    %s\n", list[i]->key,
			(unsigned long long)list[i]->count,
			list[i]->origin == KEY_BEFORE ? ", seen in an earlier campaign" : "",
			list[i]->stored ? "" : ", not minimized", path);
	}
	if (nr > MAX_LISTED)
		fprintf(out, "  and %u more, all of them in %s/findings\n", nr - MAX_LISTED, c->out);
	if (keys->beyond)
		fprintf(out, "  %u programs showed further keys; no more than %u are kept\n",
			keys->beyond, FUZZ_MAX_FINDINGS);
	if (keys->store_error)
		fprintf(out, "  NOT all of these could be written: %s\n", strerror(keys->store_error));
}

void campaign_print(struct campaign *c, const struct fuzz_summary *s, FILE *out)
{
	char severities[128], ops[16];
	const char *why = NULL;

	print_severities(s, severities, sizeof(severities));
	fprintf(out, "target     %s, judged by %s\n", c->target_name,
		c->profile == PROFILE_NONE ? "each program's own profile"
					   : profile_table[c->profile].name);
	fprintf(out, "programs   %llu in %.1f s: %.0f programs/s, %s ops/s, %.0f%% of the ops accepted\n",
		(unsigned long long)s->programs, s->seconds, s->programs / s->seconds,
		short_number(s->ops / s->seconds, ops), s->ops ? 100.0 * s->accepted / s->ops : 0.0);
	fprintf(out, "rules      %u of %u hit\n", s->rules_hit, s->rules_total);
	fprintf(out, "coverage   %u states and transitions, %u programs in %s\n", s->coverage,
		s->corpus, c->corpus);
	if (s->undefined)
		fprintf(out, "undefined  %llu programs differed only where the architecture says nothing\n",
			(unsigned long long)s->undefined);
	for (unsigned i = 0; i < c->jobs; i++)
		if (c->shared->stats[i].why[0])
			why = c->shared->stats[i].why;
	if (s->skipped)
		fprintf(out, "skipped    %llu programs: %s\n", (unsigned long long)s->skipped, why);
	if (s->infra)
		fprintf(out, "broken     %llu programs told nothing: %s\n",
			(unsigned long long)s->infra, why);
	fprintf(out, "findings   %u%s%s, %u known by errata\n", s->findings_new,
		severities[0] ? ": " : "", severities, s->findings_known);
	print_findings(c, out);
	fprintf(out, "report     %s/findings (replay one with `zaplock run FILE`, see why with `zaplock explain FILE`)\n",
		c->out);
	fprintf(out, "seed       %llu\n", (unsigned long long)s->seed);
	fflush(out);
}

static void print_string(const char *s, FILE *out)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', out);
		if ((unsigned char)*s < 0x20)
			fprintf(out, "\\u%04x", *s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

void campaign_print_json(struct campaign *c, const struct fuzz_summary *s, FILE *out)
{
	static const struct key_entry *list[KEY_TABLE_SIZE];
	unsigned nr = list_findings(c, list);
	char path[4096];

	fprintf(out, "{\"schema\": 1, \"target\": ");
	print_string(c->target_name, out);
	fprintf(out, ", \"profile\": ");
	if (c->profile == PROFILE_NONE)
		fprintf(out, "null");
	else
		print_string(profile_table[c->profile].name, out);
	fprintf(out, ", \"seed\": \"0x%llx\", \"programs\": %llu, \"ops\": %llu, \"ops_accepted\": %llu, \"seconds\": %.3f",
		(unsigned long long)s->seed, (unsigned long long)s->programs,
		(unsigned long long)s->ops, (unsigned long long)s->accepted, s->seconds);
	fprintf(out, ", \"rules_hit\": %u, \"rules\": %u, \"coverage\": %u, \"corpus\": %u, \"undefined\": %llu, \"skipped\": %llu, \"infra\": %llu, \"known\": %u, \"findings\": [",
		s->rules_hit, s->rules_total, s->coverage, s->corpus,
		(unsigned long long)s->undefined, (unsigned long long)s->skipped,
		(unsigned long long)s->infra, s->findings_known);
	for (unsigned i = 0; i < nr; i++) {
		fprintf(out, "%s{\"key\": ", i ? ", " : "");
		print_string(list[i]->key, out);
		fprintf(out, ", \"rule\": \"%s\", \"severity\": \"%s\", \"programs\": %llu, \"earlier\": %s, \"file\": ",
			verdict_rule_names[list[i]->rule], severity_name(list[i]->severity),
			(unsigned long long)list[i]->count,
			list[i]->origin == KEY_BEFORE ? "true" : "false");
		finding_path(c->out, list[i]->key, path, sizeof(path));
		print_string(path, out);
		fprintf(out, "}");
	}
	fprintf(out, "]}\n");
	fflush(out);
}

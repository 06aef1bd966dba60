// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a campaign shows: a screen on a terminal, a plain line elsewhere, and a
 * summary at every end. Findings are counted by the clerk, from the store.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz/campaign.h"
#include "fuzz/fleet/internal.h"

#define SCREEN_SECONDS	1.0
#define PLAIN_SECONDS	10.0
#define MAX_LISTED	24u

static const char *duration(double seconds, char buf[24])
{
	unsigned long s = seconds > 0 ? seconds : 0;

	snprintf(buf, 24, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	return buf;
}

static const char *short_number(double n, char buf[16])
{
	if (n >= 1e6)
		snprintf(buf, 16, "%.2fM", n / 1e6);
	else if (n >= 1e4)
		snprintf(buf, 16, "%.1fk", n / 1e3);
	else
		snprintf(buf, 16, "%.0f", n);
	return buf;
}

/* "type 2, host-only 1"; "" where there is none. */
static const char *by_severity(const _Atomic uint32_t *nr, char *buf, size_t size)
{
	buf[0] = '\0';
	for (unsigned i = 0; i < NR_SEVERITIES; i++)
		if (nr[i])
			snprintf(buf + strlen(buf), size - strlen(buf), "%s%s %u", *buf ? ", " : " (",
				 severity_name(i), nr[i]);
	if (*buf)
		snprintf(buf + strlen(buf), size - strlen(buf), ")");
	return buf;
}

static unsigned sum(const _Atomic uint32_t *nr)
{
	unsigned total = 0;

	for (unsigned i = 0; i < NR_SEVERITIES; i++)
		total += nr[i];
	return total;
}

unsigned lane_coverage(const struct fleet *f, unsigned lane)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < COVERAGE_SIZE; i++) {
		bool touched = false;

		for (unsigned j = 0; j < f->nr_instances && !touched; j++)
			touched = f->instances[j].lane == lane && f->shared->stats[j].coverage[i];
		nr += touched;
	}
	return nr;
}

/* Of all lanes: the best, since lanes reach the same states. */
static unsigned best_coverage(const struct fleet *f)
{
	unsigned best = 0;

	for (unsigned lane = 0; lane < f->nr_lanes; lane++) {
		unsigned nr = lane_coverage(f, lane);

		best = nr > best ? nr : best;
	}
	return best;
}

static uint64_t best_code(const struct fleet *f)
{
	uint64_t best = 0;

	for (unsigned i = 0; i < f->nr_instances; i++)
		best = f->board->code[i] > best ? f->board->code[i] : best;
	return best;
}

static void totals(const struct fleet *f, uint64_t *programs, uint64_t *ops)
{
	*programs = *ops = 0;
	for (unsigned i = 0; i < f->nr_instances; i++) {
		*programs += f->shared->stats[i].programs;
		*ops += f->shared->stats[i].ops;
	}
}

void campaign_rates(struct fleet *f, double now)
{
	for (unsigned i = 0; i < f->nr_instances; i++) {
		struct instance *instance = &f->instances[i];
		uint64_t programs = f->shared->stats[i].programs;
		double passed = now - f->last_screen;

		if (passed > 0)
			instance->rate = (programs - instance->seen_programs) / passed;
		instance->seen_programs = programs;
	}
}

static double rate(const struct fleet *f)
{
	double sum_of = 0;

	for (unsigned i = 0; i < f->nr_instances; i++)
		sum_of += f->instances[i].rate;
	return sum_of;
}

static void findings_line(const struct fleet *f, char *line, size_t size)
{
	const struct board *b = f->board;
	char severities[128];

	snprintf(line, size, "findings %u new%s, %u expired, %u known, %u fixed", sum(b->findings[STATE_NEW]),
		 by_severity(b->findings[STATE_NEW], severities, sizeof(severities)),
		 sum(b->findings[STATE_EXPIRED]), sum(b->findings[STATE_KNOWN]),
		 sum(b->findings[STATE_FIXED]));
	if (b->waiting || b->examining)
		snprintf(line + strlen(line), size - strlen(line), "; %u being examined, %u waiting",
			 b->examining, b->waiting);
}

static void plain_line(struct fleet *f, double now)
{
	char elapsed[24], left[24], ends[40] = "", programs[16], per_second[16], steps[16], findings[256];
	double seconds = now - f->started;
	uint64_t nr, ops;

	totals(f, &nr, &ops);
	findings_line(f, findings, sizeof(findings));
	if (f->options->seconds > 0)
		snprintf(ends, sizeof(ends), "  %s left", duration(f->options->seconds - seconds, left));
	fprintf(stderr, "%s  %s programs (%s/s)  %s steps/s  coverage %u states, %llu edges  corpus %u  %s%s%s%s\n",
		duration(seconds, elapsed), short_number(nr, programs), short_number(rate(f), per_second),
		short_number(seconds > 0 ? ops / seconds : 0, steps), best_coverage(f),
		(unsigned long long)best_code(f), f->board->corpus, findings, ends,
		f->board->failed ? "  NOT STORED: " : "", f->board->failed ? f->board->error : "");
}

/* A line of the screen, cut at the terminal's width. */
static __attribute__((format(printf, 3, 4)))
void screen_line(struct fleet *f, unsigned width, const char *format, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	fprintf(stderr, "\033[K%.*s\n", (int)(width ? width - 1 : 79), line);
	f->screen_lines++;
}

static void whole_screen(struct fleet *f, double now)
{
	char elapsed[24], of[24] = "", left[24], ends[48] = "", programs[16], per_second[16], steps[16];
	char findings[256];
	double seconds = now - f->started;
	struct winsize size = { .ws_col = 100, .ws_row = 24 };
	uint64_t nr, ops;

	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	totals(f, &nr, &ops);
	findings_line(f, findings, sizeof(findings));
	if (f->options->seconds > 0)
		snprintf(ends, sizeof(ends), " of %s, %s left", duration(f->options->seconds, of),
			 duration(f->options->seconds - seconds, left));
	if (f->screen_lines)
		fprintf(stderr, "\033[%uA", f->screen_lines);
	f->screen_lines = 0;
	screen_line(f, size.ws_col, "zaplock campaign in %s  %s%s  seed %llu", f->out,
		    duration(seconds, elapsed), ends, (unsigned long long)f->seed);
	screen_line(f, size.ws_col, "%s programs, %s programs/s, %s steps/s", short_number(nr, programs),
		    short_number(rate(f), per_second), short_number(seconds > 0 ? ops / seconds : 0, steps));
	screen_line(f, size.ws_col, "coverage %u states, %llu edges of code; corpus %u programs", best_coverage(f),
		    (unsigned long long)best_code(f), f->board->corpus);
	screen_line(f, size.ws_col, "%s", findings);
	for (unsigned i = 0; i < f->nr_instances && i + 8 < size.ws_row; i++)
		screen_line(f, size.ws_col, "  %-12s %-24s %9s/s  %s", f->instances[i].name,
			    f->lanes[f->instances[i].lane].name, short_number(f->instances[i].rate, programs),
			    f->instances[i].doing);
	if (f->board->failed)
		screen_line(f, size.ws_col, "NOT STORED, %u times: %s", f->board->failed, f->board->error);
	/* What an earlier, longer screen left below. */
	fputs("\033[J", stderr);
}

void screen_update(struct fleet *f, double now)
{
	if (now - f->last_screen < (f->tty ? SCREEN_SECONDS : PLAIN_SECONDS))
		return;
	campaign_rates(f, now);
	f->last_screen = now;
	if (f->tty)
		whole_screen(f, now);
	else
		plain_line(f, now);
	fflush(stderr);
}

void screen_end(struct fleet *f)
{
	if (f->tty && f->screen_lines)
		fprintf(stderr, "\033[%uA\033[J", f->screen_lines);
	f->screen_lines = 0;
}

static unsigned cores(const struct fleet *f)
{
	return f->options->cores ? f->options->cores : sysconf(_SC_NPROCESSORS_ONLN);
}

static void print_instances(const struct fleet *f, double seconds)
{
	char programs[16], per_second[16];

	for (unsigned i = 0; i < f->nr_instances; i++) {
		const struct instance *instance = &f->instances[i];
		const struct fuzz_stats *stats = &f->shared->stats[i];

		printf("  %-12s %-24s %8s programs  %8s/s%s", instance->name, f->lanes[instance->lane].name,
		       short_number(stats->programs, programs),
		       short_number(seconds > 0 ? stats->programs / seconds : 0, per_second),
		       instance->given_up ? "  GIVEN UP" : "");
		if (instance->worker.restarts)
			printf("  restarted %u times", instance->worker.restarts);
		if (stats->skipped || stats->infra)
			printf("  %llu skipped, %llu broken: %s", (unsigned long long)stats->skipped,
			       (unsigned long long)stats->infra, stats->why);
		putchar('\n');
	}
}

static void print_findings(const struct fleet *f, const struct stored_finding *list, size_t nr,
			   enum finding_state state)
{
	unsigned listed = 0, more = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct stored_finding *row = &list[i];
		const struct lane *lane = lane_by_name((struct fleet *)f, row->target);
		char path[PATH_SIZE + 512];

		if (!lane || row->state != state || (state != STATE_FIXED && row->last_seen < f->began))
			continue;
		if (listed++ >= MAX_LISTED) {
			more++;
			continue;
		}
		printf("  %s\n    on %s, in %llu programs", row->key, row->target,
		       (unsigned long long)row->programs);
		if (row->tries)
			printf(", reproduced %u of %u times", row->shown, row->tries);
		printf("%s%s\n", row->note[0] ? "; " : "", row->note);
		if (row->erratum[0])
			printf("    erratum %s is past its date\n", row->erratum);
		finding_path(lane->dir, row->key, path, sizeof(path));
		if (!access(path, R_OK))
			printf("    %s\n", path);
	}
	if (more)
		printf("  and %u more; `zaplock report %s` has them all\n", more, f->out);
}

void summary_print(struct fleet *f, const struct stored_finding *list, size_t nr, const char *ended_by,
		   double seconds, const char *minimized)
{
	char text[24], programs[16], per_second[16], steps[16], findings[256];
	uint64_t nr_programs, ops;

	totals(f, &nr_programs, &ops);
	findings_line(f, findings, sizeof(findings));
	printf("campaign   %s, ended by %s\n", duration(seconds, text), ended_by);
	printf("programs   %s: %s programs/s, %s steps/s\n", short_number(nr_programs, programs),
	       short_number(seconds > 0 ? nr_programs / seconds : 0, per_second),
	       short_number(seconds > 0 ? ops / seconds : 0, steps));
	print_instances(f, seconds);
	printf("overhead   %.1f %% of %u cores for storing and examining\n",
	       seconds > 0 ? 100 * f->own_seconds / seconds / cores(f) : 0, cores(f));
	if (f->afl_missing[0])
		printf("AFL++      not used: %s\n", f->afl_missing);
	printf("coverage   %u states and transitions, %llu edges of code\n", best_coverage(f),
	       (unsigned long long)best_code(f));
	printf("corpus     %s\n", minimized[0] ? minimized : "not minimized");
	printf("%.8s   %s\n", findings, findings + 9);
	print_findings(f, list, nr, STATE_NEW);
	print_findings(f, list, nr, STATE_EXPIRED);
	if (sum(f->board->findings[STATE_FIXED])) {
		printf("fixed      these no longer show:\n");
		print_findings(f, list, nr, STATE_FIXED);
	}
	if (f->board->dropped)
		printf("dropped    %u programs that killed an instance: too many waited to be examined\n",
		       f->board->dropped);
	if (f->board->failed)
		printf("NOT all of this could be stored: %s\n", f->board->error);
	printf("store      %s/%s; zaplock report %s\n", f->out, STORE_FILE, f->out);
	printf("seed       %llu\n", (unsigned long long)f->seed);
	fflush(stdout);
}

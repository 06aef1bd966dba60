// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trials, and what they come to. Times are in programs, and in CPU seconds of
 * the process that runs them, so that trials may share a machine with others.
 */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/bench_defects.h"
#include "fuzz/survival.h"

#define MAX_TRIALS_AT_ONCE 64u
#define HARD_PROGRAMS	10000.0	/* defects that take more without feedback: is guidance worth it there? */

enum mode { GUIDED, UNGUIDED, NR_MODES };

/* The trials of one defect in one mode. */
struct score {
	struct survival_time *programs, *seconds;
	unsigned nr, killed;
	double median, mean, median_seconds, mean_seconds;
};

struct tally {
	const struct defect_subject *subject;
	struct score score[NR_MODES];
	double *lengths;		/* of the minimized programs, guided */
	unsigned nr_lengths, shortest_found;
	struct hunt_result *best;	/* who found the shortest */
};

struct running {
	pid_t pid;
	int fd;
	unsigned subject;
	enum mode mode;
};

struct bench {
	const struct defect_bench_options *options;
	unsigned trials, jobs, failed;
	uint64_t cap, seed;
	double started;
	struct tally *tallies;
	struct running running[MAX_TRIALS_AT_ONCE];
	unsigned nr_running;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void *must_alloc(size_t nr, size_t size)
{
	void *p = calloc(nr, size);

	if (!p) {
		fprintf(stderr, "zaplock bench: no memory for %zu results\n", nr);
		exit(3);
	}
	return p;
}

/* -- trials -------------------------------------------------------------- */

static void take_result(struct bench *b, const struct running *run)
{
	struct hunt_result result = hunt_end(run->pid, run->fd);
	struct tally *t = &b->tallies[run->subject];
	struct score *s = &t->score[run->mode];

	if (!result.ran) {
		b->failed++;
		return;
	}
	s->programs[s->nr] = (struct survival_time){ result.programs, !result.killed };
	s->seconds[s->nr] = (struct survival_time){ result.seconds, !result.killed };
	s->nr++;
	s->killed += result.killed;
	if (!result.killed || run->mode != GUIDED)
		return;
	t->lengths[t->nr_lengths++] = result.ops;
	if (!t->best || result.ops < t->best->ops) {
		if (!t->best)
			t->best = must_alloc(1, sizeof(*t->best));
		*t->best = result;
	}
}

static void wait_for_one(struct bench *b)
{
	struct pollfd fds[MAX_TRIALS_AT_ONCE];

	for (unsigned i = 0; i < b->nr_running; i++)
		fds[i] = (struct pollfd){ .fd = b->running[i].fd, .events = POLLIN };
	while (poll(fds, b->nr_running, -1) < 0 && errno == EINTR)
		;
	for (unsigned i = b->nr_running; i-- > 0;) {
		if (!fds[i].revents)
			continue;
		take_result(b, &b->running[i]);
		b->running[i] = b->running[--b->nr_running];
	}
}

/* False when time is up. */
static bool start_trial(struct bench *b, unsigned subject, unsigned trial, enum mode mode)
{
	const struct defect_subject *s = &b->options->subjects[subject];
	struct hunt_options hunt = {
		.sound = s->sound, .defective = s->defective, .advisories = s->advisories,
		.guided = mode == GUIDED, .cap = b->cap,
		.seed = b->seed + trial * 1000003ull + subject * 7919ull,
	};
	struct running *run;

	while (b->nr_running == b->jobs)
		wait_for_one(b);
	if (b->options->seconds > 0) {
		hunt.seconds = b->options->seconds - (now() - b->started);
		if (hunt.seconds <= 0)
			return false;
	}
	run = &b->running[b->nr_running];
	*run = (struct running){ .subject = subject, .mode = mode };
	run->pid = hunt_start(&hunt, &run->fd);
	if (run->pid < 0)
		b->failed++;
	else
		b->nr_running++;
	return true;
}

/* Trials of all defects in turn, so that where time runs out each has had about as many. */
static void run_trials(struct bench *b)
{
	enum mode modes = b->options->guided_only ? GUIDED : UNGUIDED;

	for (unsigned trial = 0; trial < b->trials; trial++)
		for (unsigned s = 0; s < b->options->nr_subjects; s++)
			for (enum mode mode = GUIDED; mode <= modes; mode++)
				if (!start_trial(b, s, trial, mode))
					goto out;
out:
	while (b->nr_running)
		wait_for_one(b);
}

/* -- what they come to --------------------------------------------------- */

static void evaluate_score(const struct bench *b, struct score *s)
{
	double slowest = 0;

	if (!s->nr)
		return;
	for (unsigned i = 0; i < s->nr; i++)
		slowest = fmax(slowest, s->seconds[i].time);
	s->median = survival_median(s->programs, s->nr);
	s->mean = survival_restricted_mean(s->programs, s->nr, b->cap);
	s->median_seconds = survival_median(s->seconds, s->nr);
	s->mean_seconds = survival_restricted_mean(s->seconds, s->nr, slowest);
}

struct summary {
	unsigned defects, killed, tried, as_short, with_known, hard;
	double median, median_seconds;		/* of the defects' medians, guided */
	double slowest_seconds;			/* the slowest of the defects' medians */
	double hard_ratio;			/* median of unguided to guided restricted means */
	const char *slowest;
};

/* A defect's minimizations count as short as the shortest known if the median of them is. */
static bool as_short(struct tally *t)
{
	return t->nr_lengths && median(t->lengths, t->nr_lengths) <= t->subject->shortest;
}

static struct summary summarize(struct bench *b)
{
	unsigned nr = b->options->nr_subjects;
	double *medians = must_alloc(nr, sizeof(double)), *seconds = must_alloc(nr, sizeof(double));
	double *ratios = must_alloc(nr, sizeof(double));
	struct summary sum = { .defects = nr };

	for (unsigned i = 0; i < nr; i++) {
		struct tally *t = &b->tallies[i];
		struct score *guided = &t->score[GUIDED], *unguided = &t->score[UNGUIDED];

		for (enum mode mode = 0; mode < NR_MODES; mode++)
			evaluate_score(b, &t->score[mode]);
		sum.killed += guided->killed > 0;
		if (!guided->nr)
			continue;
		medians[sum.tried] = guided->median;
		seconds[sum.tried++] = guided->median_seconds;
		if (guided->median_seconds > sum.slowest_seconds) {
			sum.slowest_seconds = guided->median_seconds;
			sum.slowest = t->subject->name;
		}
		if (t->subject->shortest) {
			sum.with_known++;
			sum.as_short += as_short(t);
		}
		if (unguided->nr && unguided->median > HARD_PROGRAMS)
			ratios[sum.hard++] = unguided->mean / guided->mean;
	}
	sum.median = sum.tried ? median(medians, sum.tried) : NAN;
	sum.median_seconds = sum.tried ? median(seconds, sum.tried) : NAN;
	sum.hard_ratio = sum.hard ? median(ratios, sum.hard) : NAN;
	free(medians);
	free(seconds);
	free(ratios);
	return sum;
}

static void store_best(const struct bench *b, const struct tally *t)
{
	static struct program program;
	char path[4096], *text;
	size_t length;
	FILE *file;

	if (!b->options->out || !t->best || !t->best->size)
		return;
	program_decode(&program, t->best->program, t->best->size);
	length = program_print(&program, NULL, 0);
	text = must_alloc(1, length + 1);
	program_print(&program, text, length + 1);
	snprintf(path, sizeof(path), "%s/%s.zap", b->options->out, t->subject->name);
	file = fopen(path, "w");
	if (!file || fwrite(text, 1, length, file) != length || fclose(file))
		fprintf(stderr, "zaplock bench: cannot write %s: %s\n", path, strerror(errno));
	free(text);
}

/* -- printing ------------------------------------------------------------ */

/* A number of programs, or of seconds; what nobody knows is a dash, what never came is "never". */
static const char *number(char buf[24], double value, int digits)
{
	if (isnan(value))
		return "-";
	if (isinf(value))
		return "never";
	snprintf(buf, 24, "%.*f", digits, value);
	return buf;
}

static void print_text(struct bench *b, const struct summary *sum, FILE *out)
{
	char text[7][24];

	fprintf(out, "%u trials a defect, %llu programs at most, seed %llu; programs to the kill, CPU seconds\n",
		b->trials, (unsigned long long)b->cap, (unsigned long long)b->seed);
	fprintf(out, "%-24s %-7s %8s %9s %8s | %-7s %8s %9s | %6s | %s\n", "defect", "killed", "median",
		"r.mean", "seconds", "no fb.", "median", "r.mean", "ratio", "ops/shortest");
	for (unsigned i = 0; i < b->options->nr_subjects; i++) {
		struct tally *t = &b->tallies[i];
		struct score *g = &t->score[GUIDED], *u = &t->score[UNGUIDED];
		char killed[2][16];

		snprintf(killed[0], sizeof(killed[0]), "%u/%u", g->killed, g->nr);
		snprintf(killed[1], sizeof(killed[1]), "%u/%u", u->killed, u->nr);
		fprintf(out, "%-24s %-7s %8s %9s %8s | %-7s %8s %9s | %6s | %s/%u\n", t->subject->name,
			killed[0], number(text[0], g->nr ? g->median : NAN, 0),
			number(text[1], g->nr ? g->mean : NAN, 0),
			number(text[2], g->nr ? g->median_seconds : NAN, 3), killed[1],
			number(text[3], u->nr ? u->median : NAN, 0),
			number(text[4], u->nr ? u->mean : NAN, 0),
			number(text[5], g->nr && u->nr ? u->mean / g->mean : NAN, 2),
			t->nr_lengths ? number(text[6], median(t->lengths, t->nr_lengths), 1) : "-",
			t->subject->shortest);
		if (!g->killed)
			fprintf(out, "    SURVIVES %s\n", t->subject->defective);
	}
	fprintf(out, "%u of %u defects killed; median %s programs, %s s; the slowest%s%s takes %s s\n",
		sum->killed, sum->defects, number(text[0], sum->median, 0),
		number(text[1], sum->median_seconds, 3), sum->slowest ? ", " : "",
		sum->slowest ? sum->slowest : "", number(text[2], sum->slowest_seconds, 2));
	if (!b->options->guided_only)
		fprintf(out, "%u take more than %.0f programs without feedback; there it takes %s times as many (median)\n",
			sum->hard, HARD_PROGRAMS, number(text[3], sum->hard_ratio, 2));
	fprintf(out, "minimized as short as the shortest known: %u of %u\n", sum->as_short, sum->with_known);
	if (b->failed)
		fprintf(out, "%u trials did not run\n", b->failed);
}

/* JSON knows no infinity: what never came is null. */
static void print_json_number(FILE *out, const char *name, double value, const char *end)
{
	if (isfinite(value))
		fprintf(out, "\"%s\": %.6g%s", name, value, end);
	else
		fprintf(out, "\"%s\": null%s", name, end);
}

static void print_json_score(FILE *out, const char *name, const struct score *s)
{
	fprintf(out, ", \"%s\": {\"trials\": %u, \"killed\": %u, ", name, s->nr, s->killed);
	print_json_number(out, "median", s->nr ? s->median : NAN, ", ");
	print_json_number(out, "restricted_mean", s->nr ? s->mean : NAN, ", ");
	print_json_number(out, "median_seconds", s->nr ? s->median_seconds : NAN, ", ");
	print_json_number(out, "restricted_mean_seconds", s->nr ? s->mean_seconds : NAN, "}");
}

static void print_json(struct bench *b, const struct summary *sum, FILE *out)
{
	fprintf(out, "{\"trials\": %u, \"cap\": %llu, \"seed\": %llu, \"defects\": [", b->trials,
		(unsigned long long)b->cap, (unsigned long long)b->seed);
	for (unsigned i = 0; i < b->options->nr_subjects; i++) {
		struct tally *t = &b->tallies[i];

		fprintf(out, "%s\n  {\"name\": \"%s\", \"target\": \"%s\", \"killed\": %s",
			i ? "," : "", t->subject->name, t->subject->defective,
			t->score[GUIDED].killed ? "true" : "false");
		print_json_score(out, "guided", &t->score[GUIDED]);
		print_json_score(out, "unguided", &t->score[UNGUIDED]);
		fprintf(out, ", \"shortest_known\": %u, ", t->subject->shortest);
		print_json_number(out, "minimized_median",
				  t->nr_lengths ? median(t->lengths, t->nr_lengths) : NAN, ", ");
		print_json_number(out, "minimized_best", t->best ? t->best->ops : NAN, "}");
	}
	fprintf(out, "],\n \"killed\": %u, \"not_run\": %u, ", sum->killed, b->failed);
	print_json_number(out, "median", sum->median, ", ");
	print_json_number(out, "median_seconds", sum->median_seconds, ", ");
	print_json_number(out, "slowest_seconds", sum->slowest_seconds, ", ");
	print_json_number(out, "hard_defects", sum->hard, ", ");
	print_json_number(out, "hard_unguided_to_guided", sum->hard_ratio, ", ");
	fprintf(out, "\"as_short_as_known\": %u, \"with_known\": %u}\n", sum->as_short, sum->with_known);
}

int zaplock_bench_defects(const struct defect_bench_options *options, FILE *out)
{
	struct bench b = {
		.options = options, .trials = options->trials ? options->trials : 20,
		.cap = options->cap ? options->cap : 1000000, .seed = options->seed ? options->seed : 1,
		.jobs = options->jobs ? options->jobs : 1, .started = now(),
	};
	struct summary sum;

	if (b.jobs > MAX_TRIALS_AT_ONCE)
		b.jobs = MAX_TRIALS_AT_ONCE;
	b.tallies = must_alloc(options->nr_subjects, sizeof(*b.tallies));
	for (unsigned i = 0; i < options->nr_subjects; i++) {
		struct tally *t = &b.tallies[i];

		t->subject = &options->subjects[i];
		t->lengths = must_alloc(b.trials, sizeof(*t->lengths));
		for (enum mode mode = 0; mode < NR_MODES; mode++) {
			t->score[mode].programs = must_alloc(b.trials, sizeof(struct survival_time));
			t->score[mode].seconds = must_alloc(b.trials, sizeof(struct survival_time));
		}
	}
	run_trials(&b);
	sum = summarize(&b);
	(options->json ? print_json : print_text)(&b, &sum, out);
	for (unsigned i = 0; i < options->nr_subjects; i++) {
		struct tally *t = &b.tallies[i];

		store_best(&b, t);
		for (enum mode mode = 0; mode < NR_MODES; mode++) {
			free(t->score[mode].programs);
			free(t->score[mode].seconds);
		}
		free(t->lengths);
		free(t->best);
	}
	free(b.tallies);
	if (b.failed)
		return 3;
	return sum.killed < sum.defects ? 1 : 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * `zaplock audit`: reads a trace line by line, hands its events on, and sums
 * up what was judged and what was not, and why not.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/trace/audit.h"

#define HEADER "# zaplock-trace "

void audit_note(struct audit *a, const char *format, ...)
{
	char note[sizeof(a->result->notes[0])];
	va_list args;

	va_start(args, format);
	vsnprintf(note, sizeof(note), format, args);
	va_end(args);
	if (a->result->nr_notes < AUDIT_MAX_NOTES)
		strcpy(a->result->notes[a->result->nr_notes++], note);
}

void audit_fail(struct audit *a, int status, const char *format, ...)
{
	va_list args;
	int used;

	if (a->status)
		return;
	a->status = status;
	used = snprintf(a->error, a->error_size, "line %lu: ", a->line);
	if (used < 0 || (size_t)used >= a->error_size)
		return;
	va_start(args, format);
	vsnprintf(a->error + used, a->error_size - used, format, args);
	va_end(args);
}

void audit_lost(struct audit *a)
{
	struct trace_vm *vm = &a->vm;
	uint32_t quirks_known = vm->quirks_known;
	bool dma_known = vm->dma_known;

	a->result->lost++;
	if (!a->begun)
		return;
	audit_drop_changes(a);
	leaves_free(&a->leaves);
	vm_forget(vm);
	/* What was said to hold, and was never seen to change, still holds. */
	if (!a->result->dma_changes)
		vm->dma_known = dma_known;
	if (!a->result->quirk_changes)
		vm->quirks_known = quirks_known;
}

void audit_begin(struct audit *a)
{
	if (a->begun)
		return;
	a->begun = true;
	record_begin(a);
	vm_init(&a->vm, &a->facts);
}

/* ---- facts ---- */

static void take_fact(struct audit *a, const char *pair, const char *whose)
{
	const char *expected;

	switch (facts_set(&a->facts, pair, &expected)) {
	case 0:
		break;
	case -ENOENT:
		audit_fail(a, -EINVAL, "%s: unknown key in `%.60s`; the keys stand in `zaplock audit --help`",
			   whose, pair);
		break;
	default:
		audit_fail(a, -EINVAL, "%s: `%.60s`: expected %s", whose, pair, expected);
		break;
	}
}

/* Options have the last word. */
static void take_options(struct audit *a)
{
	uint32_t header = a->facts.quirks_known;

	a->facts.quirks_known = 0;
	for (size_t i = 0; i < a->options->nr_assume && !a->status; i++)
		take_fact(a, a->options->assume[i], "--assume");
	a->facts.quirks_firm = a->facts.quirks_known;
	a->facts.quirks_known |= header;
	if (a->options->profile)
		a->facts.profile = a->options->profile;
}

static void take_header(struct audit *a, char *words)
{
	char *state;

	if (a->begun) {
		audit_note(a, "line %lu: a header line after the first event is ignored", a->line);
		return;
	}
	a->facts.marks = TRI_YES;
	for (char *word = strtok_r(words, " \t", &state); word && !a->status;
	     word = strtok_r(NULL, " \t", &state))
		take_fact(a, word, "header");
	take_options(a);
}

static void take_comment(struct audit *a, char *line)
{
	unsigned long long kept, written;
	const char *p = strstr(line, "entries-in-buffer/entries-written:");

	if (!strncmp(line, HEADER, strlen(HEADER)))
		take_header(a, line + strlen(HEADER));
	if (!p || a->begun ||
	    sscanf(p, "entries-in-buffer/entries-written: %llu/%llu", &kept, &written) != 2 ||
	    kept >= written)
		return;
	audit_note(a, "%llu events before the first line were lost: the buffer was full",
		   written - kept);
	if (a->facts.start != START_UNKNOWN)
		audit_note(a, "start= is ignored, since the trace does not begin with the VM");
	a->facts.start = START_UNKNOWN;
}

/* ---- lines ---- */

static void unreadable(struct audit *a, const struct trace_reader *reader)
{
	struct audit_result *result = a->result;

	/* Before the first event: what somebody's terminal said. */
	if (!a->begun)
		return;
	if (!result->unreadable++) {
		result->first_unreadable = a->line;
		snprintf(result->unreadable_text, sizeof(result->unreadable_text), "%s",
			 reader->line);
		for (char *p = result->unreadable_text; *p; p++)
			if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
				*p = '?';
	}
	audit_lost(a);
}

static void take_line(struct audit *a, struct trace_reader *reader, bool *after_mark)
{
	struct trace_event event;
	enum trace_line_kind kind = trace_parse_line(reader->line, &event);
	bool was_after_mark = *after_mark;

	/* A followed event may hide in what cannot be read; in a long mark it cannot. */
	if (kind == LINE_EVENT && event.kind != TRACE_MARK &&
	    (reader->controls || (reader->overlong && event.kind != TRACE_OTHER)))
		kind = LINE_UNREADABLE;
	*after_mark = kind == LINE_EVENT && event.kind == TRACE_MARK;
	switch (kind) {
	case LINE_EVENT:
		audit_begin(a);
		if (event.kind == TRACE_OTHER)
			a->result->ignored++;
		else
			a->result->events++;
		audit_event(a, &event);
		break;
	case LINE_COMMENT:
		take_comment(a, reader->line);
		*after_mark = was_after_mark;
		break;
	case LINE_LOST:
		audit_begin(a);
		audit_lost(a);
		break;
	case LINE_UNREADABLE:
		/* What a program wrote to trace_marker may have several lines. */
		*after_mark = was_after_mark;
		if (!was_after_mark || event.pid)
			unreadable(a, reader);
		break;
	}
}

static void read_all(struct audit *a, struct trace_reader *reader, const char *name)
{
	bool after_mark = false;
	int got;

	while (!a->status && (got = trace_reader_next(reader)) > 0) {
		a->line = a->result->lines = reader->number;
		if (reader->unfinished && reader->length) {
			audit_note(a, "line %lu, the last, is cut: it is not taken", a->line);
			break;
		}
		take_line(a, reader, &after_mark);
	}
	if (a->status)
		return;
	if (got < 0) {
		audit_fail(a, -EIO, "%s: cannot be read", name);
		return;
	}
	if (!a->result->events && !a->result->ignored) {
		a->line = a->result->lines;
		audit_fail(a, -EINVAL,
			   "%s: no line of ftrace text; give what `cat /sys/kernel/tracing/trace` or `trace-cmd report` prints",
			   name);
	}
}

/* ---- the end ---- */

static void say_host(struct audit *a)
{
	const struct facts *facts = &a->vm.facts;
	const char *module = facts->intel == TRI_YES ? "kvm_intel" :
			     facts->intel == TRI_NO ? "kvm_amd" : "";
	const char *paging = facts->tdp == TRI_NO ? "shadow paging" :
			     facts->tdp == TRI_UNKNOWN ? "" :
			     facts->intel == TRI_YES ? "EPT" : facts->intel == TRI_NO ? "NPT" : "";

	snprintf(a->result->host, sizeof(a->result->host), "%s%s%s", module,
		 *module && *paging ? ", " : "", paging);
	a->result->profile = facts->profile;
}

static void conclude(struct audit *a)
{
	struct audit_result *r = a->result;
	bool found = r->dropped;
	int most = 0;

	audit_drop_changes(a);
	say_host(a);
	r->leaves_at_end = a->leaves.nr;
	for (unsigned i = 0; i < a->vm.nr_vcpus; i++) {
		const struct rule_set *hit;

		if (!a->vm.vcpu[i])
			continue;
		hit = oracle_rules_hit(&a->vm.vcpu[i]->oracle);
		for (size_t w = 0; w < sizeof(hit->word) / sizeof(hit->word[0]); w++)
			r->rules_hit.word[w] |= hit->word[w];
	}
	for (unsigned i = 0; i < r->nr_findings; i++)
		found |= r->findings[i].finding.rule < VR_FIRST_ADVISORY;
	r->verdict = found ? VERDICT_FINDING : r->undefined ? VERDICT_UNDEFINED : VERDICT_CLEAN;
	if (found || r->fresh_judged || r->stale_judged ||
	    (r->faults_judged && !r->fresh_unknown && !r->stale_unknown))
		return;
	for (int i = 1; i < NR_AUDIT_UNKNOWNS; i++)
		if (r->unknown[i] > r->unknown[most])
			most = i;
	r->verdict = VERDICT_SKIPPED;
	if (r->unknown[most])
		snprintf(r->why, sizeof(r->why), "nothing could be judged; most of it for want of %s: --assume %s",
			 audit_unknowns[most].name, audit_unknowns[most].supply);
	else
		snprintf(r->why, sizeof(r->why),
			 "nothing to judge: no leaf SPTE was installed; record kvmmmu and kvm events while the guest runs");
}

int audit_trace(FILE *in, const char *name, const struct audit_options *options,
		struct audit_result *out, char *error, size_t size)
{
	struct trace_reader *reader = malloc(sizeof(*reader));
	struct audit *a = calloc(1, sizeof(*a));
	struct timespec begin, end;
	int status = -ENOMEM;

	memset(out, 0, sizeof(*out));
	snprintf(error, size, "out of memory");
	if (!reader || !a)
		goto out;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	a->options = options;
	a->result = out;
	a->error = error;
	a->error_size = size;
	facts_init(&a->facts);
	take_options(a);
	trace_reader_init(reader, in);
	if (!a->status)
		read_all(a, reader, name);
	status = a->status;
	if (!status) {
		error[0] = '\0';
		conclude(a);
		record_end(a);
		clock_gettime(CLOCK_MONOTONIC, &end);
		out->seconds = end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9;
	}
	leaves_free(&a->leaves);
	vm_free(&a->vm);
	audit_tasks_free(a);
out:
	free(reader);
	free(a);
	return status;
}

int audit_exit_code(const struct audit_result *result)
{
	switch (result->verdict) {
	case VERDICT_FINDING:
		return 1;
	case VERDICT_SKIPPED:
		return 4;
	default:
		return 0;
	}
}

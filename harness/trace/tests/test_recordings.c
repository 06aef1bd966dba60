// SPDX-License-Identifier: GPL-2.0-only
/*
 * The recordings of corpus/traces, end to end. The counts were taken from the
 * files by grep; what is found was checked against the lines by hand:
 *
 * intel-6.1: the kernel zaps neither when non-coherent DMA begins (@7; fixed by
 * 362ff6dca541, v6.7) nor when CR0.CD is toggled with the quirk on (@11, @13;
 * rules E.1, E.18). intel-6.12 zaps for DMA and ignores the rest, amd-6.1 zaps
 * for nothing (7a18c7c2b69a, 9a3768191d95).
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/trace/tests/run.h"

static const struct recording {
	const char *name;
	enum verdict verdict;
	enum profile profile;
	const char *host;
	unsigned long lines, leaves, zaps, leaves_at_end, msr_writes, cr_writes, dma_changes;
	unsigned over_zap;	/* pages */
	struct { const char *key; unsigned step, leaves; unsigned long line; uint64_t gfn; } findings[4];
} recordings[] = {
	{ "intel-6.1-ncdma.trace", VERDICT_FINDING, PROFILE_LINUX_6_1, "kvm_intel, EPT",
	  322, 24, 20, 4, 3, 4, 1, 0,
	  { { "missed-zap/dma:first-on/too-cached/type", 7, 6, 65, 1 },
	    { "missed-zap/cr0:cd-set/too-uncached/type", 11, 1, 84, 0x10001 },
	    { "missed-zap/cr0:cd-clear/too-cached/type", 13, 6, 91, 1 } } },
	{ "intel-6.12-ncdma.trace", VERDICT_CLEAN, PROFILE_LINUX_6_16, "kvm_intel, EPT",
	  291, 21, 21, 0, 4, 4, 2, 0, { { 0 } } },
	{ "amd-6.1-vfio.trace", VERDICT_CLEAN, PROFILE_LINUX_6_1, "kvm_amd, NPT",
	  293, 27, 27, 0, 4, 4, 2, 20,
	  { { "over-zap/cr0:cd-set/", 17, 7, 86, 1 }, { "over-zap/cr0:cd-clear/", 20, 7, 146, 1 },
	    { "over-zap/deftype:enable/", 25, 6, 218, 1 } } },
};

#define NR_RECORDINGS (sizeof(recordings) / sizeof(recordings[0]))

static void check_recording(const struct recording *rec, const struct audit_result *r,
			    unsigned long lines)
{
	unsigned nr = 0;

	assert_int_equal(r->verdict, rec->verdict);
	assert_int_equal(audit_exit_code(r), rec->verdict == VERDICT_FINDING);
	assert_int_equal(r->profile, rec->profile);
	assert_string_equal(r->host, rec->host);
	assert_int_equal(r->lines, lines);
	assert_int_equal(r->unreadable + r->lost + r->nr_notes + r->dropped, 0);
	assert_int_equal(r->vcpus, 1);
	assert_int_equal(r->leaves, rec->leaves);
	assert_int_equal(r->zaps, rec->zaps);
	assert_int_equal(r->leaves_at_end, rec->leaves_at_end);
	assert_int_equal(r->msr_writes, rec->msr_writes);
	assert_int_equal(r->faults_judged, rec->msr_writes);
	assert_int_equal(r->cr_writes, rec->cr_writes);
	assert_int_equal(r->dma_changes, rec->dma_changes);
	assert_int_equal(r->quirk_changes, 1);
	/* The header and the marks tell everything: nothing is unknown. */
	assert_int_equal(r->fresh_judged, rec->leaves);
	assert_int_equal(r->fresh_unknown + r->stale_unknown + r->events_unknown, 0);
	assert_int_equal(r->advisories[VR_OVER_ZAP], rec->over_zap);
	for (; rec->findings[nr].key; nr++) {
		const struct audit_finding *f = find_key(r, rec->findings[nr].key);

		assert_non_null(f);
		assert_int_equal(f->finding.step, rec->findings[nr].step);
		assert_int_equal(f->finding.leaves, rec->findings[nr].leaves);
		assert_int_equal(f->finding.gfn, rec->findings[nr].gfn);
		if (lines == rec->lines)
			assert_int_equal(f->line, rec->findings[nr].line);
	}
	assert_int_equal(r->nr_findings, nr);
}

static void test_whole(void **state)
{
	static struct audit_result r;

	for (size_t i = 0; i < NR_RECORDINGS; i++) {
		size_t length;
		char *text = load_recording(recordings[i].name, &length);

		assert_int_equal(run_audit(&r, text, length, NULL), 0);
		check_recording(&recordings[i], &r, recordings[i].lines);
		free(text);
	}
}

/* Rewrites @text line by line; the result is allocated. */
static char *rewrite(const char *text, void (*line)(const char *line, FILE *out), size_t *length)
{
	char *copy = strdup(text), *state, *out;
	FILE *f = open_memstream(&out, length);

	for (char *p = strtok_r(copy, "\n", &state); p; p = strtok_r(NULL, "\n", &state))
		line(p, f);
	fclose(f);
	free(copy);
	return out;
}

/* As trace-cmd report prints it: "%16s-%-5d [%03d] TIME: EVENT:      TEXT", no flags. */
static void as_trace_cmd(const char *line, FILE *out)
{
	const char *time, *event, *text, *cpu = strchr(line, '[');

	if (*line == '#' || !cpu) {
		fprintf(out, "%s\n", line);
		return;
	}
	time = cpu + strcspn(cpu, " ");
	time += strspn(time, " ");
	time += strcspn(time, " ");	/* the flags */
	time += strspn(time, " ");
	event = strchr(time, ' ') + 1;
	text = strchr(event, ':') + 1;
	fprintf(out, "%20.*s  %.5s %12.*s %-22.*s%s\n", (int)strcspn(line, " "), line, cpu,
		(int)strcspn(time, " "), time, (int)(text - event), event, text);
}

static void test_trace_cmd(void **state)
{
	static struct audit_result r;

	for (size_t i = 0; i < NR_RECORDINGS; i++) {
		size_t length;
		char *text = load_recording(recordings[i].name, &length);
		char *other = rewrite(text, as_trace_cmd, &length);

		assert_int_equal(run_audit(&r, other, length, NULL), 0);
		check_recording(&recordings[i], &r, recordings[i].lines);
		free(other);
		free(text);
	}
}

static bool is_kprobe(const char *line)
{
	static const char *const names[] = {
		" mt_in:", " mt_out:", " mkspte:", " mkspte_out:", " gmt_in:", " gmt_out:",
		" setmtrr:", " ncreg:", " ncunreg:", " zapgfn:", " zapleafs:",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(line, names[i]))
			return true;
	return false;
}

static void without_kprobes(const char *line, FILE *out)
{
	if (!is_kprobe(line))
		fprintf(out, "%s\n", line);
}

static void without_marks(const char *line, FILE *out)
{
	if (!strstr(line, "tracing_mark_write"))
		fprintf(out, "%s\n", line);
}

static void tracepoints_alone(const char *line, FILE *out)
{
	if (!is_kprobe(line))
		without_marks(line, out);
}

static void without_header(const char *line, FILE *out)
{
	if (*line != '#')
		fprintf(out, "%s\n", line);
}

/* The fewer a recording tells, the less is judged; and nothing else is found. */
static void test_less_told(void **state)
{
	static const struct {
		void (*line)(const char *line, FILE *out);
		enum verdict verdict;
		unsigned findings;
	} rows[] = {
		/* Which pfn is MMIO is not told: the leaf that is UC could be. */
		{ without_kprobes, VERDICT_FINDING, 2 },
		/* CR0 at the start is not told, the first write to it is; quirks change unseen. */
		{ without_marks, VERDICT_FINDING, 1 },
		{ tracepoints_alone, VERDICT_SKIPPED, 0 },	/* nor is DMA */
		{ without_header, VERDICT_SKIPPED, 0 },		/* nor the profile */
	};
	static struct audit_result r;
	size_t length;
	char *text = load_recording("intel-6.1-ncdma.trace", &length);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *other = rewrite(text, rows[i].line, &length);

		assert_int_equal(run_audit(&r, other, length, NULL), 0);
		assert_int_equal(r.verdict, rows[i].verdict);
		assert_int_equal(r.nr_findings, rows[i].findings);
		free(other);
	}
	free(text);
}

/* The wrong rules must not pass: each recording is judged by the other kernel's. */
static void test_wrong_profile(void **state)
{
	static struct audit_result r;
	size_t length;
	char *text = load_recording("intel-6.12-ncdma.trace", &length);

	assert_int_equal(run_audit(&r, text, length, "profile=linux-6.1", NULL), 0);
	assert_int_equal(r.verdict, VERDICT_FINDING);
	free(text);
	text = load_recording("intel-6.1-ncdma.trace", &length);
	assert_int_equal(run_audit(&r, text, length, "profile=linux-6.16", NULL), 0);
	assert_non_null(find_key(&r, "fresh-memtype/"));
	free(text);
}

/* A leaf's memtype flipped anywhere in a clean recording is seen. */
static void test_flipped_memtype(void **state)
{
	static const char *const names[] = { "intel-6.12-ncdma.trace", "amd-6.1-vfio.trace" };
	static struct audit_result r;

	for (size_t i = 0; i < 2; i++) {
		unsigned flipped = 0;
		size_t length;
		char *text = load_recording(names[i], &length);

		for (char *p = text; (p = strstr(p, "level 1 old_spte ")); p++) {
			char *digit = strchr(p, '\n') - 2, was = *digit;

			if (!memcmp(digit - 6, "spte 0", 6) || digit[1] == '0' || was == '0' ||
			    strstr(p, "new_spte") > digit)
				continue;
			*digit = was == '2' || was == '6' ? was + 1 : '5';	/* PCD; WT */
			assert_int_equal(run_audit(&r, text, length, NULL), 0);
			if (r.verdict != VERDICT_FINDING || !find_key(&r, "fresh-memtype/"))
				fail_msg("%s: flip %u at %td is not seen", names[i], flipped, p - text);
			*digit = was;
			flipped++;
		}
		assert_in_range(flipped, 20, 30);
		free(text);
	}
}

/* A zap that did not happen is seen: the lines of one zap are removed. */
static void test_removed_zap(void **state)
{
	static struct audit_result r;
	size_t length, kept = 0;
	char *text = load_recording("intel-6.12-ncdma.trace", &length);
	char *copy = malloc(length);
	bool in_zap = false;

	for (char *p = text; p < text + length;) {
		char *end = strchr(p, '\n') + 1;

		if (end - p > 40 && !strncmp(strchr(p, ':') + 2, "ncreg", 5))
			in_zap = true;
		if (in_zap && strstr(p, "tracing_mark") && strstr(p, "tracing_mark") < end)
			in_zap = false;
		if (!in_zap || !strstr(p, "spte_changed") || strstr(p, "spte_changed") > end) {
			memcpy(copy + kept, p, end - p);
			kept += end - p;
		}
		p = end;
	}
	assert_int_equal(run_audit(&r, copy, kept, NULL), 0);
	assert_non_null(find_key(&r, "missed-zap/dma:first-on/ipat/ipat-only"));
	assert_int_equal(find_key(&r, "missed-zap/")->finding.leaves, 6);
	free(copy);
	free(text);
}

/* Cut anywhere, it is read as far as its last whole line, and finds no more than the whole. */
static void test_cut(void **state)
{
	static struct audit_result r;

	for (size_t i = 0; i < NR_RECORDINGS; i++) {
		size_t length;
		char *text = load_recording(recordings[i].name, &length);

		for (size_t cut = length - 2048; cut < length; cut++) {
			assert_int_equal(run_audit(&r, text, cut, NULL), 0);
			assert_int_equal(r.unreadable, 0);
			assert_int_equal(r.verdict, recordings[i].verdict);
			assert_int_equal(r.nr_notes, text[cut - 1] != '\n');
		}
		free(text);
	}
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* A few of: another byte, a bit, a removed, doubled or overwritten piece. */
static size_t mutate(char *text, size_t length, uint64_t *seed)
{
	unsigned n = next_random(seed) % 8 + 1;

	while (n--) {
		size_t at = next_random(seed) % length;
		size_t piece = next_random(seed) % 200, from = next_random(seed) % length;

		if (piece > length - at)
			piece = length - at;
		if (piece > length - from)
			piece = length - from;
		switch (next_random(seed) % 5) {
		case 0:
			text[at] = next_random(seed);
			break;
		case 1:
			text[at] ^= 1 << next_random(seed) % 8;
			break;
		case 2:
			memmove(text + at, text + at + piece, length - at - piece);
			length -= length > piece + 1 ? piece : 0;
			break;
		case 3:
			memmove(text + at, text + from, piece);
			break;
		default:
			text[at] = "0123456789abcdef \n:[]()=x"[next_random(seed) % 25];
			break;
		}
	}
	return length;
}

static void test_mutations(void **state)
{
	const char *given = getenv("ZAPLOCK_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 20261120;
	static struct audit_result r;

	print_message("ZAPLOCK_SEED=%llu\n", (unsigned long long)seed);
	for (size_t i = 0; i < NR_RECORDINGS; i++) {
		size_t length;
		char *text = load_recording(recordings[i].name, &length);
		char *copy = malloc(length);

		for (int run = 0; run < 1000; run++) {
			int status;

			memcpy(copy, text, length);
			status = run_audit(&r, copy, mutate(copy, length, &seed), NULL);
			if (status)
				assert_true(run_error[0]);
			else
				assert_true(r.fresh_judged + r.fresh_unknown <= r.leaves + 1);
		}
		free(copy);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_trace_cmd),
		cmocka_unit_test(test_less_told),
		cmocka_unit_test(test_wrong_profile),
		cmocka_unit_test(test_flipped_memtype),
		cmocka_unit_test(test_removed_zap),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

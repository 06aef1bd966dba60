// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports: escaping against a table, files that appear whole or not at all,
 * and the formats on results full of hostile text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "reports/html.h"
#include "reports/json.h"

static const struct {
	const char *in, *out;
} escapes[] = {
	{ "plain ASCII, and \xc3\xa9", "plain ASCII, and \xc3\xa9" },
	{ "\x1b[31mred", "\\x1b[31mred" },			/* terminal colour */
	{ "a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd" },
	{ "\x7f", "\\x7f" },
	{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" },			/* C1 CSI as UTF-8 */
	{ "\x9b", "\\x9b" },					/* and as a byte */
	{ "\xc3", "\\xc3" },					/* cut sequence */
	{ "\xc3(", "\\xc3(" },
	{ "\xc0\xaf", "\\xc0\\xaf" },				/* overlong '/' */
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },			/* surrogate */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },		/* beyond U+10FFFF */
	{ "\xe2\x80\xae" "cod.exe", "\\xe2\\x80\\xaecod.exe" },	/* right-to-left override */
	{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },			/* isolate */
	{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf" },			/* BOM */
	{ "\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7" },		/* a penguin may stay */
	{ "", "" },
};

static void test_escape(void **state)
{
	char buf[128];

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		assert_string_equal(escape_text(escapes[i].in, buf, sizeof(buf)), escapes[i].out);
}

/* Whatever the room, the result ends, fits and is a prefix made of whole escapes. */
static void test_escape_cuts(void **state)
{
	const char *in = "ab\x1b\xc3\xa9\xf0\x9f\x90\xa7";
	char whole[64], buf[64];

	escape_text(in, whole, sizeof(whole));
	for (size_t size = 1; size < sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		escape_text(in, buf, size);
		assert_true(strlen(buf) < size);
		assert_memory_equal(buf, whole, strlen(buf));
		assert_int_equal(buf[strlen(buf) + 1], strlen(buf) + 1 < sizeof(buf) ? '#' : 0);
	}
}

static void test_xml(void **state)
{
	char *text;
	size_t bytes;
	FILE *mem = open_memstream(&text, &bytes);

	escape_xml(mem, "<a href=\"x\">&'\n]]>\x01\xff");
	fclose(mem);
	assert_string_equal(text, "&lt;a href=&quot;x&quot;&gt;&amp;&apos;\n]]&gt;\\x01\\xff");
	free(text);
}

static char *make_dir(void)
{
	static char dir[64];

	strcpy(dir, "/tmp/zaplock-reports-XXXXXX");
	assert_non_null(mkdtemp(dir));
	return dir;
}

static void test_outfile(void **state)
{
	char *dir = make_dir(), path[128];
	struct outfile out;
	struct stat st;

	snprintf(path, sizeof(path), "%s/r.txt", dir);
	assert_int_equal(outfile_open(&out, path), 0);
	fputs("half", out.file);
	assert_int_not_equal(stat(path, &st), 0);	/* not before it is whole */
	outfile_abort(&out);
	assert_int_not_equal(stat(path, &st), 0);

	assert_int_equal(outfile_open(&out, path), 0);
	fputs("whole", out.file);
	assert_int_equal(outfile_commit(&out), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 5);

	unlink(path);
	assert_int_equal(rmdir(dir), 0);		/* no temporary stays */
	assert_true(outfile_open(&out, path) < 0);	/* its directory is gone */
}

static void make_result(struct result *result)
{
	struct finding *f = &result->findings[0];

	memset(result, 0, sizeof(*result));
	result->verdict = VERDICT_FINDING;
	strcpy(result->target, "model:\x1b[2J<&\">");
	result->profile = PROFILE_LINUX_6_1;
	result->steps_run = 3;
	strcpy(result->expectation, "missed-zap ]]> \xff was not expected");
	result->nr_findings = 2;
	result->advisories[VR_OVER_ZAP] = 512;
	result->unseen = CAP_TLB;
	rule_set_add(&result->rules_hit, RULE_ZAPMIN);
	*f = (struct finding){
		.rule = VR_MISSED_ZAP, .rule_id = RULE_ZAPMIN, .severity = SEVERITY_TYPE,
		.step = 1, .cause = 1, .vcpu = 0, .has_gfn = true, .gfn = 0xffffffffffULL, .npages = 512,
		.leaves = 1, .level = LEVEL_2M, .has_mt = true, .before = { MT_WB, 1, 0, 0 },
		.observed = { MT_WB, 1, 0, 0 }, .nr_expected = 1, .expected = { { MT_UC, 0, 0, 0 } },
		.key = "missed-zap/x", .message = "a \"message\"\n\x1b]0;title\x07",
	};
	result->findings[1] = (struct finding){
		.rule = VR_MSR_VALUE, .rule_id = RULE_RB, .severity = SEVERITY_TYPE, .step = 2, .vcpu = -1,
		.key = "msr-value/y", .expected_value = UINT64_MAX, .observed_value = 1,
	};
}

/* The report of one result in @format; the caller frees. */
static char *report_of(enum report_format format, const struct result *result)
{
	struct program *program = malloc(sizeof(*program));
	struct report *report;
	size_t bytes;
	char *text;
	FILE *mem = open_memstream(&text, &bytes);

	program_init(program);
	report = report_new(format, "run", mem, 0);
	report_result(report, "dir/\x1b[1m&<\xff.zap", program, result);
	report_bad_input(report, "bad\"name", "bad.zap:1:1: `<\x01>': no");
	report_finish(report, true);
	fclose(mem);
	free(program);
	return text;
}

static void assert_clean_text(const char *text)
{
	for (; *text; text++)
		assert_true(*text == '\n' || (unsigned char)*text >= 0x20);
}

static const char *string_at(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return text;
}

static void test_json(void **state)
{
	struct result *result = malloc(sizeof(*result));
	json_t *o, *first, *second;
	char *text;

	make_result(result);
	text = report_of(FORMAT_JSON, result);
	assert_clean_text(text);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);	/* one object, one line */
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	assert_string_equal(string_at(o, "program"), "dir/\\x1b[1m&<\\xff.zap");
	assert_string_equal(string_at(o, "verdict"), "finding");
	first = json_array_get(json_object_get(o, "findings"), 0);
	assert_string_equal(string_at(first, "gfn"), "0xffffffffff");
	assert_true(json_is_null(json_object_get(first, "expected_value")));
	assert_string_equal(string_at(json_object_get(first, "before"), "type"), "WB");
	assert_true(json_is_true(json_object_get(json_object_get(first, "before"), "ipat")));
	second = json_array_get(json_object_get(o, "findings"), 1);
	assert_true(json_is_null(json_object_get(second, "vcpu")));
	assert_true(json_is_null(json_object_get(second, "gfn")));
	assert_true(json_is_null(json_object_get(second, "expected")));
	assert_string_equal(string_at(second, "expected_value"), "0xffffffffffffffff");
	json_decref(o);
	free(text);
	free(result);
}

static void test_text_and_junit(void **state)
{
	struct result *result = malloc(sizeof(*result));
	char *text;

	make_result(result);
	text = report_of(FORMAT_TEXT, result);
	assert_clean_text(text);
	assert_non_null(strstr(text, "R-ZAPMIN"));
	assert_non_null(strstr(text, "expected UC\n"));
	assert_non_null(strstr(text, "observed WB+IPAT\n"));
	assert_non_null(strstr(text, "run: 2 programs, 1 finding, 1 unreadable"));
	free(text);
	text = report_of(FORMAT_JUNIT, result);
	assert_clean_text(text);
	assert_non_null(strstr(text, "tests=\"2\" failures=\"1\" errors=\"1\" skipped=\"0\""));
	assert_null(strstr(text, "]]>"));
	free(text);
	text = report_of(FORMAT_KTAP, result);
	assert_clean_text(text);
	assert_non_null(strstr(text, "\nnot ok 1 dir/\\x1b[1m&<\\xff.zap\n"));
	assert_non_null(strstr(text, "\nnot ok 2 bad\"name # ERROR "));
	free(text);
	free(result);
}

static void test_sarif(void **state)
{
	struct result *result = malloc(sizeof(*result));
	json_t *o, *run, *first;
	char *text;

	make_result(result);
	text = report_of(FORMAT_SARIF, result);
	assert_clean_text(text);
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	run = json_array_get(json_object_get(o, "runs"), 0);
	assert_int_equal(json_array_size(json_object_get(run, "results")), 2);
	first = json_array_get(json_object_get(run, "results"), 0);
	assert_string_equal(string_at(json_object_get(first, "partialFingerprints"), "zaplockKey/v1"),
			    "missed-zap/x");
	assert_string_equal(string_at(json_object_get(first, "message"), "text"),
			    "a \"message\"\\x0a\\x1b]0;title\\x07 (R-ZAPMIN on model:\\x1b[2J<&\">, at step 1: )");
	json_decref(o);
	free(text);
	free(result);
}

/* A film of one 2M leaf that is there from step 4 on and wrong from step 5 on. */
static void make_film(struct film *film)
{
	static struct film_leaf leaves[2] = {
		{ .gfn = 0, .end = 512, .level = LEVEL_2M, .type = MT_WB, .ipat = 1 },
		{ .gfn = 0, .end = 512, .level = LEVEL_2M, .type = MT_WB, .ipat = 1, .reported = true },
	};
	static struct film_frame frames[6] = {
		{ .step = 0 }, { .step = 1 }, { .step = 2 }, { .step = 3 },
		{ .step = 4, .first = 0, .nr = 1, .present = 1 }, { .step = 5, .first = 1, .nr = 1, .present = 1 },
	};

	*film = (struct film){ .leaves = leaves, .frames = frames, .nr_leaves = 2, .nr_frames = 6 };
}

/* A thousand findings are at most 10 MB, each with its page, and most with their map. */
static void test_html_size(void **state)
{
	static const char text[] =
		"zaplock 1\nmachine profile=linux-6.1 vendor=intel\nslot 0 gpa=0x0 size=0x400000\n---\n"
		"host dma on\nvcpu0 wrmsr MTRRdefType 0x800\nvcpu0 cr0 +cd\nvcpu0 write 0x1000\nvcpu0 cr0 -cd\n";
	struct program *program = malloc(sizeof(*program));
	struct result *result = malloc(sizeof(*result));
	struct html *html = html_new();
	struct parse_error error;
	struct film film;
	size_t bytes, maps = 0, pages = 0;
	char *report;
	FILE *mem = open_memstream(&report, &bytes);

	make_result(result);
	make_film(&film);
	assert_int_equal(program_parse(program, text, strlen(text), "test", &error), 0);
	for (unsigned i = 0; i < 1000; i++) {
		struct finding *f = &result->findings[0];
		struct html_finding page = { .finding = f, .name = "a.zap", .program = program, .film = &film,
					     .target = "model:linux-6.1", .profile = PROFILE_LINUX_6_1, .programs = 1 };

		f->step = f->cause = 5;
		f->gfn = 0;
		snprintf(f->key, sizeof(f->key), "missed-zap/%u", i);
		html_add(html, &page);
		html_add(html, &page);	/* counted, no page of its own */
	}
	html_write(html, "test", mem);
	fclose(mem);
	for (const char *at = report; (at = strstr(at, "<section")); at++)
		pages++;
	for (const char *at = report; (at = strstr(at, "class=\"map\"")); at++)
		maps++;
	assert_int_equal(pages, 1000);
	assert_true(maps > 500);
	assert_true(bytes < 10 << 20);
	printf("a report of 1000 findings: %zu bytes, %zu maps\n", bytes, maps);
	html_free(html);
	free(report);
	free(result);
	free(program);
}

static void test_names(void **state)
{
	char buf[40];

	assert_string_equal(mt_print((struct mt){ MT_UC_MINUS, 0, 1, 0 }, buf, sizeof(buf)),
			    "UC- (undefined)");
	for (unsigned bit = 0; 1u << bit <= CAP_REGS; bit++)
		assert_non_null(target_cap_name(bit));
	assert_null(target_cap_name(__builtin_ctz(CAP_REGS) + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_cuts),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_outfile),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_text_and_junit),
		cmocka_unit_test(test_sarif),
		cmocka_unit_test(test_html_size),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("reports", tests, NULL, NULL);
}

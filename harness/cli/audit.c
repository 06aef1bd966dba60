// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock audit: a recorded trace of a real host against the oracle; the work
 * is harness/trace's, this prints it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/cli/cli.h"
#include "harness/trace/trace.h"
#include "reports/json.h"

#define MAX_ASSUME 64

enum { KEY_ASSUME = KEY_COMMAND, KEY_ADVISORIES };

struct audit {
	struct audit_options options;
	const char *assume[MAX_ASSUME];
};

static error_t parse_audit(int key, char *arg, struct argp_state *state)
{
	struct audit *audit = state->input;

	switch (key) {
	case KEY_ASSUME:
		if (audit->options.nr_assume == MAX_ASSUME)
			argp_failure(state, EXIT_INPUT, 0, "--assume can be given %d times", MAX_ASSUME);
		audit->assume[audit->options.nr_assume++] = arg;
		break;
	case KEY_ADVISORIES:
		audit->options.advisories = true;
	}
	return 0;
}

static const char *profile_shown(const struct audit_result *r)
{
	return r->profile == PROFILE_NONE ? "unknown" : profile_table[r->profile].name;
}

static void print_judged(FILE *out, const char *what, unsigned long judged, unsigned long unknown)
{
	if (judged || unknown)
		fprintf(out, "  %-34s %lu judged, %lu unknown\n", what, judged, unknown);
}

static void print_text(FILE *out, const char *trace, const struct audit_result *r)
{
	char shown[512], at[192];

	fprintf(out, "%s: %s (%s, profile %s)\n", escape_text(trace, shown, sizeof(shown)),
	       verdict_names[r->verdict], r->host[0] ? r->host : "host unknown", profile_shown(r));
	if (r->why[0])
		fprintf(out, "  why: %s\n", escape_text(r->why, shown, sizeof(shown)));
	for (unsigned i = 0; i < r->nr_findings; i++) {
		const struct audit_finding *f = &r->findings[i];

		snprintf(at, sizeof(at), "line %lu: %s%s", f->line, f->what,
			 f->times > 1 ? ", the first of several" : "");
		report_text_finding(out, &f->finding, at, NULL);
	}
	if (r->dropped)
		fprintf(out, "  and %u more findings\n", r->dropped);
	fprintf(out, "  %lu lines, %lu events, %lu of other kinds, %lu unreadable, %lu gaps\n", r->lines,
	       r->events, r->ignored, r->unreadable, r->lost);
	if (r->unreadable)
		fprintf(out, "  the first unreadable line is %lu: `%s`\n", r->first_unreadable,
		       escape_text(r->unreadable_text, shown, sizeof(shown)));
	fprintf(out, "  %u vCPUs; %lu MSR writes, %lu CR writes, %lu DMA changes, %lu quirk changes\n", r->vcpus,
	       r->msr_writes, r->cr_writes, r->dma_changes, r->quirk_changes);
	fprintf(out, "  %lu leaves installed, %lu removed, %lu present at the end; %lu MMIO SPTEs\n", r->leaves,
	       r->zaps, r->leaves_at_end, r->mmio_sptes);
	print_judged(out, "leaves when installed:", r->fresh_judged, r->fresh_unknown);
	print_judged(out, "state changes (must-zap):", r->events_judged, r->events_unknown);
	print_judged(out, "leaves after such a change:", r->stale_judged, r->stale_unknown);
	print_judged(out, "MSR writes, accepted or #GP:", r->faults_judged, r->faults_unknown);
	if (r->undefined)
		fprintf(out, "  %lu differ only where the architecture is undefined\n", r->undefined);
	for (unsigned u = 0; u < NR_AUDIT_UNKNOWNS; u++)
		if (r->unknown[u])
			fprintf(out, "  not judged for want of %s: %lu (%s)\n", audit_unknowns[u].name,
			       r->unknown[u], audit_unknowns[u].supply);
	for (unsigned rule = VR_FIRST_ADVISORY; rule < NR_VERDICT_RULES; rule++)
		if (r->advisories[rule])
			fprintf(out, "  advisory %s: %llu\n", verdict_rule_names[rule],
			       (unsigned long long)r->advisories[rule]);
	for (unsigned i = 0; i < r->nr_notes; i++)
		fprintf(out, "  note: %s\n", escape_text(r->notes[i], shown, sizeof(shown)));
}

static json_t *json_findings(const struct audit_result *r)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->nr_findings; i++) {
		const struct audit_finding *f = &r->findings[i];
		json_t *o = json_finding(&f->finding);

		json_object_set_new(o, "line", json_integer(f->line));
		json_object_set_new(o, "times", json_integer(f->times));
		json_object_set_new(o, "what", json_text(f->what));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *json_unknown(const struct audit_result *r)
{
	json_t *o = json_object();

	for (unsigned u = 0; u < NR_AUDIT_UNKNOWNS; u++)
		if (r->unknown[u])
			json_object_set_new(o, audit_unknowns[u].name, json_integer(r->unknown[u]));
	return o;
}

static json_t *json_judged(unsigned long judged, unsigned long unknown)
{
	return json_pack("{s:I, s:I}", "judged", (json_int_t)judged, "unknown", (json_int_t)unknown);
}

static void print_json(FILE *out, const char *trace, const struct audit_result *r)
{
	json_t *o = json_object(), *judged = json_object(), *advisories = json_object();
	json_t *notes = json_array();

	for (unsigned i = 0; i < r->nr_notes; i++)
		json_array_append_new(notes, json_text(r->notes[i]));
	for (unsigned rule = VR_FIRST_ADVISORY; rule < NR_VERDICT_RULES; rule++)
		json_object_set_new(advisories, verdict_rule_names[rule],
				    json_integer(r->advisories[rule]));
	json_object_set_new(judged, "fresh", json_judged(r->fresh_judged, r->fresh_unknown));
	json_object_set_new(judged, "events", json_judged(r->events_judged, r->events_unknown));
	json_object_set_new(judged, "stale", json_judged(r->stale_judged, r->stale_unknown));
	json_object_set_new(judged, "faults", json_judged(r->faults_judged, r->faults_unknown));

	json_object_set_new(o, "schema", json_string("audit-1"));
	json_object_set_new(o, "trace", json_text(trace));
	json_object_set_new(o, "host", json_text_or_null(r->host));
	json_object_set_new(o, "profile", r->profile == PROFILE_NONE ? json_null() :
			    json_string(profile_table[r->profile].name));
	json_object_set_new(o, "verdict", json_string(verdict_names[r->verdict]));
	json_object_set_new(o, "why", json_text_or_null(r->why));
	json_object_set_new(o, "findings", json_findings(r));
	json_object_set_new(o, "advisories", advisories);
	json_object_set_new(o, "judged", judged);
	json_object_set_new(o, "unknown", json_unknown(r));
	json_object_set_new(o, "undefined", json_integer(r->undefined));
	json_object_set_new(o, "vcpus", json_integer(r->vcpus));
	json_object_set_new(o, "lines", json_integer(r->lines));
	json_object_set_new(o, "events", json_integer(r->events));
	json_object_set_new(o, "unreadable", json_integer(r->unreadable));
	json_object_set_new(o, "lost", json_integer(r->lost));
	json_object_set_new(o, "leaves", json_integer(r->leaves));
	json_object_set_new(o, "zaps", json_integer(r->zaps));
	json_object_set_new(o, "leaves_at_end", json_integer(r->leaves_at_end));
	json_object_set_new(o, "notes", notes);
	json_object_set_new(o, "seconds", json_real(r->seconds));
	json_object_set_new(o, "rules_hit", json_rules(&r->rules_hit));
	json_print(o, out, false);
}

static int audit_file(struct cli *cli, FILE *out, const struct audit *audit, const char *path)
{
	struct audit_result *result = malloc(sizeof(*result));
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char error[512], shown[600];
	struct stat st;
	int status, code;

	escape_text(path, shown, sizeof(shown));
	if (!result || !in) {
		code = result ? cli_bad_input(cli, "%s: %s", shown, strerror(errno)) :
				cli_infra(cli, "out of memory");
		goto close;
	}
	if (!fstat(fileno(in), &st) && S_ISDIR(st.st_mode)) {
		code = cli_bad_input(cli, "%s: is a directory; a trace is one file", shown);
		goto close;
	}
	status = audit_trace(in, path, &audit->options, result, error, sizeof(error));
	if (status) {
		escape_text(error, shown, sizeof(shown));
		code = status == -EINVAL ? cli_bad_input(cli, "%s", shown) : cli_infra(cli, "%s", shown);
		goto close;
	}
	if (cli->format == FORMAT_JSON)
		print_json(out, path, result);
	else
		print_text(out, path, result);
	code = audit_exit_code(result);
close:
	if (in && in != stdin)
		fclose(in);
	free(result);
	return code;
}

static int audit_all(struct cli *cli, FILE *out, void *arg)
{
	int code = EXIT_CLEAN;

	for (unsigned i = 0; i < cli->nr_args; i++)
		code = exit_worse(code, audit_file(cli, out, arg, cli->args[i]));
	return code;
}

int cmd_audit(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "assume", KEY_ASSUME, "KEY=VALUE", 0, "Supply what the trace cannot tell (keys below); may be "
		  "given again", 1 },
		{ "advisories", KEY_ADVISORIES, 0, 0, "List advisories, not only their counts", 1 },
		{ 0 }
	};
	struct audit audit = { 0 };
	struct command_args args = {
		.options = options,
		.parse = parse_audit,
		.input = &audit,
		.args_doc = "TRACE...",
		.formats = FORMATS_TABLE,
		.min_args = 1,
		.max_args = UINT32_MAX,
	};
	struct cli cli;
	char *doc;
	int code;

	if (asprintf(&doc, "Check a recorded ftrace or trace-cmd text of a real host against the oracle.\v"
		     "TRACE is what tracefs' `trace` or `trace_pipe` or `trace-cmd report` prints, `-` for stdin. "
		     "What a trace cannot tell is unknown, and nothing is judged that rests on it. Keys of "
		     "--assume, and of a `# zaplock-trace KEY=VALUE...` line in the trace:\n\n%s\n"
		     "Examples:\n"
		     "  trace-cmd record -e kvm:kvm_msr -e kvm:kvm_cr -e kvmmmu; trace-cmd report > t.txt\n"
		     "  zaplock audit --profile linux-6.1 --assume dma=off t.txt\n\n"
		     "Exit status: 0 clean, 1 findings, 2 not a trace, 4 nothing could be judged.",
		     audit_keys_help) < 0)
		return EXIT_INFRA;
	args.doc = doc;
	cli_parse(&cli, &args, argc, argv);
	audit.options.assume = audit.assume;
	audit.options.profile = cli.profile;
	audit.options.explain = true;
	code = cli_report(&cli, audit_all, &audit);
	cli_close(&cli);
	free(doc);
	return code;
}

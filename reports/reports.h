/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports: how verdicts reach people and scripts (design 6, 7).
 *
 * Text is for a kernel developer at a terminal, JSON (one object a line,
 * schema/run-1.json) for scripts, JUnit, SARIF and KTAP for CI, HTML for whoever it is
 * mailed to. Whatever a user supplied (file
 * names, program text, a kernel's words) is escaped on its way out.
 */
#ifndef ZAPLOCK_REPORTS_REPORTS_H
#define ZAPLOCK_REPORTS_REPORTS_H

#include <stdio.h>

#include "harness/lockstep/lockstep.h"

enum report_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JUNIT, FORMAT_SARIF, FORMAT_KTAP, FORMAT_HTML,
		     NR_FORMATS };

extern const char *const report_format_names[NR_FORMATS];
/* What files of a format are called: "txt", "jsonl", "xml", "sarif", "ktap", "html". */
extern const char *const report_format_suffixes[NR_FORMATS];

enum report_flags {
	REPORT_ADVISORIES	= 1u << 0,	/* list recorded advisories, not only their counts */
	REPORT_GATE		= 1u << 1,	/* text: only what fails or was skipped */
};

struct report;

/*
 * A report of @command ("run", "gate") in @format to @out, which the caller
 * keeps and closes. NULL when memory is out.
 */
struct report *report_new(enum report_format format, const char *command, FILE *out,
			  unsigned flags);

/* Writes the machine code of a guest op as text; false where there is none. */
typedef bool (*report_disassembler)(const struct op *op, char *text, size_t size);
/* Formats that show machine code have it from @disassembler: reports know no guest. */
void report_disassemble(struct report *report, report_disassembler disassembler);

/* Has the next lockstep_run() with @options record what @report draws of it. */
void report_watch(struct report *report, struct lockstep_options *options);

/* One program's result, after expect_evaluate(). */
void report_result(struct report *report, const char *name, const struct program *program,
		   const struct result *result);

/* A program that could not be read: @message says where and why. Says nothing in text and JSON. */
void report_bad_input(struct report *report, const char *name, const char *message);

/*
 * Ends the report with its summary and frees it. Text sums up several programs.
 * With @summary even one is summed up, and on stderr too where the report is no
 * text on stdout. Errors of the file stay with it, for its owner.
 */
void report_finish(struct report *report, bool summary);

/*
 * One finding as text, for callers without a program: @step and @cause (NULL:
 * the same) are in words.
 */
void report_text_finding(FILE *out, const struct finding *finding, const char *step,
			 const char *cause);

/* What a finding of @rule says, in one sentence. */
const char *verdict_rule_sentence(enum verdict_rule rule);
/* "WB+IPAT", "UC"; "WB (undefined)" where the architecture leaves it open. */
const char *mt_print(struct mt mt, char *buf, size_t size);
/* "step 6: vcpu0 cr0 -cd", the ops of a group joined by "; "; "the start" for step 0. */
const char *step_print(const struct program *program, unsigned step, char *buf, size_t size);
/* "faults", "msr-values", ...: stable names of enum target_cap, by bit; NULL beyond the last. */
const char *target_cap_name(unsigned bit);
/* What the capability lets the engine compare, in a few words. */
const char *target_cap_sentence(unsigned bit);
/* "4K", "2M", "1G". */
const char *level_name(unsigned level);

/*
 * Printable UTF-8: control characters, broken sequences and characters that
 * reorder or hide text become \xNN. Returns @buf; cuts at @size.
 */
const char *escape_text(const char *text, char *buf, size_t size);
/* The same, then XML's own five; straight to @out. */
void escape_xml(FILE *out, const char *text);

/*
 * A file that appears whole or not at all: written under a temporary name
 * beside @path, renamed by outfile_commit().
 */
struct outfile {
	FILE *file;
	char *path, *temp;
};

/* 0 or -errno. */
int outfile_open(struct outfile *out, const char *path);
int outfile_commit(struct outfile *out);
void outfile_abort(struct outfile *out);

#endif

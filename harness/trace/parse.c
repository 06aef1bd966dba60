// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line of ftrace text into an event.
 *
 * tracefs prints "COMM-PID [(TGID)] [CPU] [FLAGS] TIME: EVENT: TEXT", and
 * trace-cmd report the same with other spacing and without flags; perf script
 * has a space before the pid and "kvm:" before the event. TEXT is the event's
 * TP_printk (arch/x86/kvm/trace.h, mmu/mmutrace.h; rules F.2), or NAME=VALUE
 * pairs where trace-cmd could not make sense of that and in kprobe events.
 * Fields are found by name, so their order does not matter.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/trace/parse.h"

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_end_of_number(char c)
{
	return c == '\0' || c == ' ' || c == '\t' || c == ',' || c == ')' || c == ':' || c == '[';
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* A number in @base that something other than more letters ends. NULL: none. */
static const char *number(const char *p, int base, uint64_t *value)
{
	char *end;

	if (!isxdigit((unsigned char)*p))
		return NULL;
	errno = 0;
	*value = strtoull(p, &end, base);
	return errno || end == p || !is_end_of_number(*end) ? NULL : end;
}

/* "NAME VALUE" or "NAME:VALUE" with VALUE in @base, or "NAME=VALUE" in C notation. */
static bool field(const char *text, const char *name, int base, uint64_t *value)
{
	size_t length = strlen(name);

	for (const char *p = text; (p = strstr(p, name)); p += length) {
		const char *q = p + length;

		if (p > text && is_name_char(p[-1]))
			continue;
		if (*q == '=')
			return number(q + 1, 0, value);
		if (*q == ':' || *q == ' ')
			return number(skip_blanks(q + 1), base, value);
	}
	return false;
}

/* As field(), for values that must not exceed @max. */
static bool small_field(const char *text, const char *name, int base, uint64_t max,
			uint64_t *value)
{
	return field(text, name, base, value) && *value <= max;
}

static bool gfn_field(const char *text, struct trace_event *ev)
{
	return small_field(text, "gfn", 16, (1ULL << 40) - 1, &ev->gfn);
}

/* gfn and level of an SPTE, which must agree. */
static bool spte_place(const char *text, struct trace_event *ev)
{
	uint64_t level;

	if (!gfn_field(text, ev) || !small_field(text, "level", 10, 5, &level) || !level)
		return false;
	ev->level = level;
	return !(ev->gfn & ((1ULL << (9 * (level - 1))) - 1));
}

/* The vcpu is printed by newer kernels only; what is there must be readable. */
static bool optional_vcpu(const char *text, struct trace_event *ev)
{
	uint64_t vcpu;

	if (!strstr(text, "vcpu"))
		return true;
	if (!small_field(text, "vcpu", 10, 4095, &vcpu) &&
	    !small_field(text, "vcpu_id", 10, 4095, &vcpu))
		return false;
	ev->vcpu = vcpu;
	return true;
}

/* "PREFIX_write INDEX = VALUE" or the fields of the raw event. */
static bool register_access(const char *text, const char *prefix, const char *raw_index,
			    const char *raw_value, struct trace_event *ev)
{
	size_t length = strlen(prefix);
	uint64_t index, write;
	const char *p;

	if (strncmp(text, prefix, length)) {
		if (!small_field(text, raw_index, 0, UINT32_MAX, &index) ||
		    !field(text, raw_value, 0, &ev->value))
			return false;
		if (!small_field(text, "write", 0, 1, &write) &&
		    !small_field(text, "rw", 0, 1, &write))
			return false;
		ev->write = write;
		ev->index = index;
		return true;
	}
	p = text + length;
	if (!strncmp(p, "write ", 6)) {
		ev->write = true;
		p += 6;
	} else if (!strncmp(p, "read ", 5)) {
		p += 5;
	} else {
		return false;
	}
	p = number(p, 16, &index);
	if (!p || index > UINT32_MAX || strncmp(p, " = ", 3))
		return false;
	ev->index = index;
	return number(p + 3, 16, &ev->value);
}

static bool parse_msr(const char *text, struct trace_event *ev)
{
	uint64_t exception;

	if (!register_access(text, "msr_", "ecx", "data", ev))
		return false;
	ev->gp = strstr(text, "(#GP)") || (small_field(text, "exception", 0, 1, &exception) &&
					   exception);
	/* A cut "(#GP)" must not pass for a write that was taken. */
	return ev->gp || !strchr(text, '(');
}

static bool parse_cr(const char *text, struct trace_event *ev)
{
	return register_access(text, "cr_", "cr", "val", ev) && ev->index <= 15;
}

static bool parse_spte_changed(const char *text, struct trace_event *ev)
{
	uint64_t as_id;

	if (!small_field(text, "as id", 10, 1, &as_id) &&
	    !small_field(text, "as_id", 10, 1, &as_id))
		return false;
	ev->as_id = as_id;
	return spte_place(text, ev) && field(text, "old_spte", 16, &ev->old_spte) &&
	       field(text, "new_spte", 16, &ev->new_spte);
}

static bool parse_set_spte(const char *text, struct trace_event *ev)
{
	return spte_place(text, ev) && field(text, "spte", 16, &ev->new_spte);
}

static bool parse_split(const char *text, struct trace_event *ev)
{
	const char *p = strstr(text, "errno");

	if (!p || !spte_place(text, ev) || !field(text, "spte", 16, &ev->old_spte))
		return false;
	p += 5;
	if (*p != ' ' && *p != '=')
		return false;
	ev->write = p[1] == '-';	/* failed */
	return number(p + 1 + ev->write, 10, &ev->value);
}

static bool parse_mmio_spte(const char *text, struct trace_event *ev)
{
	return gfn_field(text, ev);
}

static bool parse_entry(const char *text, struct trace_event *ev)
{
	if (strstr(text, "rip") && !field(text, "rip", 16, &ev->rip))
		return false;
	return optional_vcpu(text, ev);
}

static bool parse_smm(const char *text, struct trace_event *ev)
{
	ev->write = strstr(text, "entering");
	return optional_vcpu(text, ev) && ev->vcpu >= 0 && (ev->write || strstr(text, "leaving"));
}

static bool parse_zapgfn(const char *text, struct trace_event *ev)
{
	return field(text, "kvm", 16, &ev->value);
}

static bool parse_mt_in(const char *text, struct trace_event *ev)
{
	uint64_t mmio;

	if (!gfn_field(text, ev) || !small_field(text, "mmio", 10, 1, &mmio))
		return false;
	ev->write = mmio;
	return true;
}

static bool parse_setmtrr(const char *text, struct trace_event *ev)
{
	uint64_t index;

	if (!small_field(text, "msr", 16, UINT32_MAX, &index) ||
	    !field(text, "data", 16, &ev->value))
		return false;
	ev->index = index;
	return true;
}

static bool parse_nothing(const char *text, struct trace_event *ev)
{
	return true;
}

/* Events that are followed; by prefix where the name ends in '*'. */
static const struct {
	const char *name;
	enum trace_kind kind;
	bool (*parse)(const char *text, struct trace_event *ev);
} followed[] = {
	{ "kvm_msr", TRACE_MSR, parse_msr },
	{ "kvm_cr", TRACE_CR, parse_cr },
	{ "kvm_tdp_mmu_spte_changed", TRACE_SPTE_CHANGED, parse_spte_changed },
	{ "kvm_mmu_set_spte", TRACE_SET_SPTE, parse_set_spte },
	{ "mark_mmio_spte", TRACE_MMIO_SPTE, parse_mmio_spte },
	{ "kvm_mmu_zap_all_fast", TRACE_ZAP_ALL, parse_nothing },
	{ "kvm_mmu_split_huge_page", TRACE_SPLIT, parse_split },
	{ "kvm_entry", TRACE_ENTRY, parse_entry },
	{ "kvm_exit", TRACE_EXIT, parse_entry },
	{ "kvm_page_fault", TRACE_FAULT, optional_vcpu },
	{ "kvm_smm_transition", TRACE_SMM, parse_smm },
	{ "kvm_nested_vmexit", TRACE_NESTED, parse_nothing },
	{ "kvm_nested_vmenter", TRACE_NESTED, parse_nothing },
	{ "kvm_nested_vmrun", TRACE_NESTED, parse_nothing },
	{ "tracing_mark_write", TRACE_MARK, parse_nothing },
	{ "print", TRACE_MARK, parse_nothing },
	{ "zapgfn", TRACE_ZAPGFN, parse_zapgfn },
	{ "mt_in", TRACE_MT_IN, parse_mt_in },
	{ "setmtrr", TRACE_SETMTRR, parse_setmtrr },
	{ "ncreg", TRACE_NCREG, parse_nothing },
	{ "ncunreg", TRACE_NCUNREG, parse_nothing },
	/* as ftrace names a kprobe that nobody named */
	{ "p_kvm_arch_register_noncoherent_dma_0", TRACE_NCREG, parse_nothing },
	{ "p_kvm_arch_unregister_noncoherent_dma_0", TRACE_NCUNREG, parse_nothing },
};

/* Back over "COMM-PID", "COMM PID" or either with "(TGID)", from before the CPU column. */
static bool parse_task(const char *line, const char *end, struct trace_event *ev)
{
	const char *p = end, *digits;
	size_t length;
	uint64_t pid;

	while (p > line && p[-1] == ' ')
		p--;
	if (p == end)
		return false;
	if (p > line && p[-1] == ')') {
		while (p > line && *p != '(')
			p--;
		if (*p != '(')
			return false;
		if (number(skip_blanks(p + 1), 10, &pid) && pid <= INT32_MAX)
			ev->tgid = pid;
		while (p > line && p[-1] == ' ')
			p--;
	}
	digits = p;
	while (digits > line && isdigit((unsigned char)digits[-1]))
		digits--;
	if (digits == p || digits == line || (digits[-1] != '-' && digits[-1] != ' ') ||
	    p - digits > 10)
		return false;
	pid = strtoull(digits, NULL, 10);
	if (pid > INT32_MAX)
		return false;
	ev->pid = pid;
	line = skip_blanks(line);
	length = digits - 1 > line ? digits - 1 - line : 0;
	if (length > TRACE_COMM_MAX)
		length = TRACE_COMM_MAX;
	memcpy(ev->comm, line, length);
	ev->comm[length] = '\0';
	return true;
}

/* The text behind "[CPU]", or NULL when the line has no such prefix. */
static const char *parse_prefix(const char *line, struct trace_event *ev)
{
	for (const char *p = line; (p = strchr(p, '[')); p++) {
		const char *q = p + 1;

		while (isdigit((unsigned char)*q))
			q++;
		if (q > p + 1 && q[0] == ']' && q[1] == ' ' && parse_task(line, p, ev))
			return skip_blanks(q + 1);
	}
	return NULL;
}

/* "12.345678:" or a plain counter */
static const char *skip_time(const char *p)
{
	const char *q = p + strspn(p, "0123456789.");

	return q > p && isdigit((unsigned char)*p) && *q == ':' ? q + 1 : NULL;
}

/* Up to two columns of flags, then the time stamp. */
static const char *skip_flags_and_time(const char *p)
{
	for (int column = 0; column < 3; column++) {
		const char *q = skip_time(p);

		if (q)
			return *q == ' ' ? skip_blanks(q) : NULL;
		p += strcspn(p, " \t");
		p = skip_blanks(p);
	}
	return NULL;
}

/* "kvm_msr:" or "kvm:kvm_msr:"; NULL when there is no event name. */
static const char *parse_name(const char *p, const char **name, size_t *length)
{
	const char *q = p;

	for (;;) {
		while (is_name_char(*q) || *q == '-' || *q == '.')
			q++;
		if (q == p || *q != ':')
			return NULL;
		if (!is_name_char(q[1]))
			break;
		p = ++q;
	}
	*name = p;
	*length = q - p;
	return skip_blanks(q + 1);
}

/* What ftrace, trace-cmd and the kernel's stack traces print between events. */
static bool is_surrounding(const char *line)
{
	static const char *const starts[] = {
		"#", "cpus=", "version =", "=>", "<stack trace>", "<user stack",
	};

	line = skip_blanks(line);
	if (!*line || (!strncmp(line, "CPU ", 4) && strstr(line, " is empty")))
		return true;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(line, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/* Does another line begin in @text, for want of the end of this one? */
static bool holds_another_line(const char *text)
{
	struct trace_event ev = { 0 };
	const char *p = parse_prefix(text, &ev), *name;
	size_t length;

	if (p)
		p = skip_flags_and_time(p);
	return p && parse_name(p, &name, &length);
}

enum trace_line_kind trace_parse_line(const char *line, struct trace_event *ev)
{
	const char *p, *q, *name;
	size_t length;

	*ev = (struct trace_event){ .tgid = -1, .vcpu = -1 };
	p = parse_prefix(line, ev);
	if (!p) {
		/* "CPU:0 [LOST 12 EVENTS]" (tracefs), "CPU:0 [12 EVENTS DROPPED]" (trace-cmd) */
		if (!strncmp(skip_blanks(line), "CPU:", 4) &&
		    (strstr(line, "LOST") || strstr(line, "DROPPED")))
			return LINE_LOST;
		return is_surrounding(line) ? LINE_COMMENT : LINE_UNREADABLE;
	}
	p = skip_flags_and_time(p);
	if (!p)
		return LINE_UNREADABLE;
	ev->text = p;
	q = strstr(p, " <-");
	if (q && is_name_char(q[3]) && !strchr(p, ':'))
		return LINE_EVENT;	/* "FUNCTION <-CALLER" of the function tracer */
	p = parse_name(p, &name, &length);
	if (!p || holds_another_line(p))
		return LINE_UNREADABLE;
	ev->text = p;
	for (size_t i = 0; i < sizeof(followed) / sizeof(followed[0]); i++) {
		if (strlen(followed[i].name) != length || strncmp(followed[i].name, name, length))
			continue;
		ev->kind = followed[i].kind;
		return followed[i].parse(p, ev) ? LINE_EVENT : LINE_UNREADABLE;
	}
	return LINE_EVENT;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words that all formats share: names of formats, capabilities and levels,
 * and how a memtype and a step are printed.
 */
#include <string.h>

#include "reports/reports.h"

const char *const report_format_names[NR_FORMATS] = { "text", "json", "junit" };
const char *const report_format_suffixes[NR_FORMATS] = { "txt", "jsonl", "xml" };

/* By bit of enum target_cap. */
static const struct { const char *name, *sentence; } caps[] = {
	{ "faults", "whether an op was accepted, or which fault or errno it met" },
	{ "msr-values", "what RDMSR reads" },
	{ "cr-values", "what the control registers read" },
	{ "sptes", "a snapshot of all present leaf SPTEs" },
	{ "spte-events", "every change of a leaf SPTE as it happens" },
	{ "zap-events", "which op a zap belongs to: missed-zap and over-zap" },
	{ "tlb", "TLB fills, flushes and guest entries: missed-flush" },
	{ "guest-tlb", "linear flushes on CR changes" },
	{ "vcpus", "several vCPUs" },
	{ "schedules", "sched=: chosen interleavings of a together group" },
	{ "memtypes", "leaves carry a memtype (not so under NPT and shadow paging)" },
	{ "regs", "registers without running guest code" },
};

const char *target_cap_name(unsigned bit)
{
	return bit < sizeof(caps) / sizeof(caps[0]) ? caps[bit].name : NULL;
}

const char *target_cap_sentence(unsigned bit)
{
	return bit < sizeof(caps) / sizeof(caps[0]) ? caps[bit].sentence : NULL;
}

const char *level_name(unsigned level)
{
	static const char *const names[] = { "?", "4K", "2M", "1G" };

	return names[level <= LEVEL_1G ? level : 0];
}

const char *mt_print(struct mt mt, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", memtype_name(mt.type), mt.ipat ? "+IPAT" : "",
		 mt.undefined ? " (undefined)" : "");
	return buf;
}

const char *step_print(const struct program *program, unsigned step, char *buf, size_t size)
{
	unsigned nr = 0, first = program_step_ops(program, step, &nr);
	size_t at = snprintf(buf, size, step ? "step %u: " : "the start", step);

	for (unsigned i = 0; i < nr && at + 2 < size; i++) {
		if (i)
			at += snprintf(buf + at, size - at, "; ");
		at += op_print(&program->ops[first + i], buf + at, size - at);
	}
	return buf;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words that all formats share: names of formats, capabilities and levels,
 * and how a memtype and a step are printed.
 */
#include <string.h>

#include "reports/reports.h"

const char *const report_format_names[NR_FORMATS] = { "text", "json", "junit", "sarif", "ktap", "html" };
const char *const report_format_suffixes[NR_FORMATS] = { "txt", "jsonl", "xml", "sarif", "ktap", "html" };

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

const char *verdict_rule_sentence(enum verdict_rule rule)
{
	static const char *const sentences[NR_VERDICT_RULES] = {
		[VR_MSR_FAULT] = "An MSR access was accepted or rejected against the rules",
		[VR_MSR_VALUE] = "An MSR reads another value than the rules say",
		[VR_CR_FAULT] = "A control register access was accepted or rejected against the rules",
		[VR_CR_VALUE] = "A control register reads another value than the rules say",
		[VR_FRESH_MEMTYPE] = "A leaf SPTE was installed with the wrong memory type",
		[VR_MISSED_ZAP] = "A leaf SPTE whose memory type changed was not zapped",
		[VR_STALE_MEMTYPE] = "A leaf SPTE still has a memory type that was right before",
		[VR_MIXED_HUGEPAGE] = "A huge leaf SPTE spans pages of different memory types",
		[VR_MISSED_FLUSH] = "A vCPU entered the guest with a stale translation in its TLB",
		[VR_STALE_ROOT] = "A vCPU runs on a root that is no longer valid",
		[VR_ZAP_RACE] = "A leaf SPTE installed during a zap outlived it with the wrong memory type",
		[VR_CACHE_OVERRUN] = "A fault took more from a memory cache than one topup guarantees",
		[VR_SLOT_RULE] = "A memslot operation or a leaf SPTE breaks the memslots' rules",
		[VR_RESET_VALUE] = "A register has another value after reset or INIT than specified",
		[VR_CRASH] = "The code under test crashed",
		[VR_HANG] = "The code under test made no progress",
		[VR_OVER_ZAP] = "Leaf SPTEs were zapped that no change could touch",
		[VR_NONUNIFORM] = "vCPUs disagree about a page's memory type",
		[VR_SMALL_LEAF] = "A leaf SPTE is smaller than slot, backing and memory types allow",
	};

	return sentences[rule];
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

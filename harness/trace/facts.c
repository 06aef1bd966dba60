// SPDX-License-Identifier: GPL-2.0-only
/*
 * KEY=VALUE facts: the header line of a trace, and --assume.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/program/program.h"
#include "harness/trace/facts.h"
#include "harness/trace/trace.h"

const char audit_keys_help[] =
	"host=kvm_intel|kvm_amd      the module that runs the VM\n"
	"ept=on|off, npt=on|off      two-dimensional paging; off: shadow paging\n"
	"tdp_mmu=on|off              does the VM use the TDP MMU? SPTE zaps show only there\n"
	"profile=NAME                memtype rules of the kernel, see `zaplock profiles`\n"
	"vcpus=N                     vCPUs of the VM\n"
	"maxphyaddr=N                guest CPUID 0x80000008.EAX[7:0]\n"
	"cpuid-mtrr=on|off           guest CPUID.1:EDX.MTRR\n"
	"selfsnoop=on|off            host CPUID.1:EDX.SS\n"
	"dma=off|on|COUNT            non-coherent DMA devices when the trace begins; kprobe events named\n"
	"                            ncreg and ncunreg on kvm_arch_(un)register_noncoherent_dma show\n"
	"                            changes, others cannot be seen\n"
	"quirk:NAME=on|off           KVM quirk (cd-nw-cleared, ignore-guest-pat, slot-zap-all)\n"
	"start=reset|running         the trace begins before the VM first runs: its vCPUs are as KVM\n"
	"                            creates them, or 64-bit with caching on, and MTRRs are all zero\n"
	"cr0=VALUE, msr:NAME=VALUE   of every vCPU when the trace begins\n"
	"mmio=none|GPA+SIZE,...      where the host maps MMIO into the guest\n"
	"slots=GPA+SIZE,...          memslots\n"
	"pid=N,...                   tasks of the VM (thread or process ids), where others run too\n"
	"marks=on|off                `@N STEP` lines written to trace_marker name the step that follows;\n"
	"                            vm (created, as start= says or running, DMA off, quirks at their\n"
	"                            defaults), ncmod 1|0, vadd, vdel (DMA), quirks MASK (disabled) and\n"
	"                            gcr0 VALUE are followed. On where a header line stands\n"
	"kernel=TEXT                 for the reader\n";

void facts_init(struct facts *facts)
{
	*facts = (struct facts){
		.intel = TRI_UNKNOWN, .tdp = TRI_UNKNOWN, .tdp_mmu = TRI_UNKNOWN,
		.cpuid_mtrr = TRI_UNKNOWN, .selfsnoop = TRI_UNKNOWN, .marks = TRI_UNKNOWN,
		.dma = -1, .start = START_UNKNOWN,
	};
}

static bool parse_tri(const char *value, enum tri *tri)
{
	if (!strcmp(value, "on") || !strcmp(value, "1"))
		*tri = TRI_YES;
	else if (!strcmp(value, "off") || !strcmp(value, "0"))
		*tri = TRI_NO;
	else
		return false;
	return true;
}

/* A number in C notation at *p, at most @max; moves *p behind it. */
static bool parse_number(const char **p, uint64_t max, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return false;
	errno = 0;
	*value = strtoull(*p, &end, 0);
	if (errno || *value > max)
		return false;
	*p = end;
	return true;
}

static bool parse_whole(const char *value, uint64_t max, uint64_t *number)
{
	return parse_number(&value, max, number) && !*value;
}

/* "GPA+SIZE,...", page-aligned. */
static bool parse_ranges(const char *p, struct slot *ranges, unsigned max, unsigned *nr)
{
	const uint64_t end = 1ULL << 52;

	for (*nr = 0; *nr < max; p++) {
		struct slot *range = &ranges[(*nr)++];

		*range = (struct slot){ 0 };
		if (!parse_number(&p, end - 1, &range->gpa) || *p++ != '+' ||
		    !parse_number(&p, end - range->gpa, &range->size) || !range->size ||
		    (range->gpa | range->size) & (PAGE_SIZE - 1))
			return false;
		if (*p != ',')
			return !*p;
	}
	return false;
}

static bool set_host(struct facts *facts, const char *value)
{
	if (!strcmp(value, "kvm_intel"))
		facts->intel = TRI_YES;
	else if (!strcmp(value, "kvm_amd"))
		facts->intel = TRI_NO;
	else
		return false;
	return true;
}

static bool set_paging(struct facts *facts, const char *value)
{
	return parse_tri(value, &facts->tdp);
}

static bool set_tdp_mmu(struct facts *facts, const char *value)
{
	return parse_tri(value, &facts->tdp_mmu);
}

static bool set_profile(struct facts *facts, const char *value)
{
	enum profile profile = profile_by_name(value);

	if (profile == PROFILE_NONE)
		return false;
	facts->profile = profile;
	return true;
}

static bool set_vcpus(struct facts *facts, const char *value)
{
	uint64_t n;

	if (!parse_whole(value, FACTS_MAX_VCPUS, &n) || !n)
		return false;
	facts->vcpus = n;
	return true;
}

static bool set_maxphyaddr(struct facts *facts, const char *value)
{
	uint64_t n;

	if (!parse_whole(value, 52, &n) || n < 32)
		return false;
	facts->maxphyaddr = n;
	return true;
}

static bool set_cpuid_mtrr(struct facts *facts, const char *value)
{
	return parse_tri(value, &facts->cpuid_mtrr);
}

static bool set_selfsnoop(struct facts *facts, const char *value)
{
	return parse_tri(value, &facts->selfsnoop);
}

static bool set_dma(struct facts *facts, const char *value)
{
	uint64_t n;

	if (!strcmp(value, "on"))
		n = 1;
	else if (!strcmp(value, "off"))
		n = 0;
	else if (!parse_whole(value, 1000, &n))
		return false;
	facts->dma = n;
	return true;
}

static bool set_start(struct facts *facts, const char *value)
{
	if (!strcmp(value, "reset"))
		facts->start = START_RESET;
	else if (!strcmp(value, "running"))
		facts->start = START_RUNNING;
	else
		return false;
	return true;
}

static bool set_cr0(struct facts *facts, const char *value)
{
	return facts->cr0_known = parse_whole(value, UINT64_MAX, &facts->cr0);
}

static bool set_mmio(struct facts *facts, const char *value)
{
	facts->mmio_known = true;
	facts->nr_mmio = 0;
	return !strcmp(value, "none") ||
	       parse_ranges(value, facts->mmio, FACTS_MAX_MMIO, &facts->nr_mmio);
}

static bool set_slots(struct facts *facts, const char *value)
{
	return parse_ranges(value, facts->slots, MAX_SLOTS, &facts->nr_slots);
}

static bool set_pids(struct facts *facts, const char *value)
{
	uint64_t pid;

	for (facts->nr_pids = 0; facts->nr_pids < FACTS_MAX_PIDS; value++) {
		if (!parse_number(&value, INT32_MAX, &pid))
			return false;
		facts->pids[facts->nr_pids++] = pid;
		if (*value != ',')
			return !*value;
	}
	return false;
}

static bool set_marks(struct facts *facts, const char *value)
{
	return parse_tri(value, &facts->marks);
}

static bool set_kernel(struct facts *facts, const char *value)
{
	return true;
}

static bool set_msr(struct facts *facts, const char *name, const char *value)
{
	uint64_t number, v;
	uint32_t msr;
	unsigned i;

	if (!msr_by_name(name, &msr)) {
		if (!parse_whole(name, UINT32_MAX, &number))
			return false;
		msr = number;
	}
	if (!parse_whole(value, UINT64_MAX, &v))
		return false;
	for (i = 0; i < facts->nr_msrs && facts->msrs[i].msr != msr; i++)
		;
	if (i == FACTS_MAX_MSRS)
		return false;
	if (i == facts->nr_msrs)
		facts->nr_msrs++;
	facts->msrs[i].msr = msr;
	facts->msrs[i].value = v;
	return true;
}

static bool set_quirk(struct facts *facts, const char *name, const char *value)
{
	uint32_t quirk = quirk_by_name(name);
	enum tri on;

	if (!quirk || !parse_tri(value, &on))
		return false;
	facts->quirks_known |= quirk;
	facts->quirks_off = on == TRI_YES ? facts->quirks_off & ~quirk : facts->quirks_off | quirk;
	return true;
}

static const struct {
	const char *name;
	bool (*set)(struct facts *facts, const char *value);
	const char *expected;
} keys[] = {
	{ "host", set_host, "kvm_intel or kvm_amd" },
	{ "ept", set_paging, "on or off" },
	{ "npt", set_paging, "on or off" },
	{ "tdp_mmu", set_tdp_mmu, "on or off" },
	{ "profile", set_profile, "a profile of `zaplock profiles`" },
	{ "vcpus", set_vcpus, "1 to 512" },
	{ "maxphyaddr", set_maxphyaddr, "32 to 52" },
	{ "cpuid-mtrr", set_cpuid_mtrr, "on or off" },
	{ "selfsnoop", set_selfsnoop, "on or off" },
	{ "dma", set_dma, "on, off or a count up to 1000" },
	{ "start", set_start, "reset or running" },
	{ "cr0", set_cr0, "a number" },
	{ "mmio", set_mmio, "none, or up to 16 page-aligned ranges GPA+SIZE,..." },
	{ "slots", set_slots, "up to 16 page-aligned ranges GPA+SIZE,..." },
	{ "pid", set_pids, "up to 64 numbers N,..." },
	{ "marks", set_marks, "on or off" },
	{ "kernel", set_kernel, "a version" },
};

int facts_set(struct facts *facts, const char *pair, const char **expected)
{
	const char *value = strchr(pair, '=');
	size_t length = value ? (size_t)(value - pair) : 0;
	char name[64];

	*expected = "KEY=VALUE";
	if (!length || length >= sizeof(name))
		return -EINVAL;
	memcpy(name, pair, length);
	name[length] = '\0';
	value++;
	if (!strncmp(name, "quirk:", 6)) {
		*expected = "quirk:NAME=on|off";
		return set_quirk(facts, name + 6, value) ? 0 : -EINVAL;
	}
	if (!strncmp(name, "msr:", 4)) {
		*expected = "msr:NAME=VALUE, an MSR's name or number and its value";
		return set_msr(facts, name + 4, value) ? 0 : -EINVAL;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, name))
			continue;
		*expected = keys[i].expected;
		return keys[i].set(facts, value) ? 0 : -EINVAL;
	}
	return -ENOENT;
}

bool facts_mmio(const struct facts *facts, uint64_t gfn)
{
	uint64_t gpa = gfn << PAGE_SHIFT;

	for (unsigned i = 0; i < facts->nr_mmio; i++)
		if (gpa >= facts->mmio[i].gpa && gpa - facts->mmio[i].gpa < facts->mmio[i].size)
			return true;
	return false;
}

bool facts_pid(const struct facts *facts, int pid, int tgid)
{
	for (unsigned i = 0; i < facts->nr_pids; i++)
		if (facts->pids[i] == pid || facts->pids[i] == tgid)
			return true;
	return !facts->nr_pids;
}

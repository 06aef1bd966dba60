// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small traces with seeded mistakes, and without: what is found, and above all
 * what is not when something is unknown. Expected memtypes are those of rules
 * B.4 to B.10; SPTEs are written out by rules F.5.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/trace/tests/run.h"

/* The tasks: vCPU 0 and 1 of one VM, and its VMM. */
#define V0	"qemu-10 [000] ..... 1.0: "
#define V1	"qemu-11 [001] ..... 1.0: "
#define VMM	"qemu-1 [002] ..... 1.0: "
#define RUN0	V0 "kvm_exit: vcpu 0 reason CR_ACCESS rip 0x8000\n"
#define RUN1	V1 "kvm_exit: vcpu 1 reason CR_ACCESS rip 0x8000\n"
#define SPTE	"kvm_tdp_mmu_spte_changed: as id 0 gfn "

/* EPT leaves of gfn 0x10000: RWX, A, D, MMU_PRESENT, and the memtype in 6:3. */
#define LEAF(type_ipat)	"10000 level 1 old_spte 0 new_spte 6000000033" type_ipat "\n"
#define WB_IPAT	"10b77"
#define WB	"10b37"
#define UC	"10b07"
#define UC_IPAT	"10b47"
#define WT	"10b27"
#define GONE(type_ipat)	"10000 level 1 old_spte 6000000033" type_ipat " new_spte 0\n"

#define INTEL	"# zaplock-trace host=kvm_intel ept=1 tdp_mmu=1 profile=linux-6.1 vcpus=1 maxphyaddr=40 cpuid-mtrr=1 quirk:cd-nw-cleared=on "
#define DMA_ON	INTEL "dma=on start=running mmio=none\n"

/* MTRRs: all WB by default. */
#define MTRR_WB	RUN0 V0 "kvm_msr: msr_write 2ff = 0x806\n"

struct expected_finding {
	const char *key;
	unsigned leaves;
	unsigned long line;
};

static const struct row {
	const char *name;
	const char *trace;
	enum verdict verdict;
	struct expected_finding findings[3];
	unsigned over_zap;
} rows[] = {
	/* Leaves as they are installed (R-MT). */
	{ "without DMA: WB, IPAT", INTEL "dma=off mmio=none\n" RUN0 V0 SPTE LEAF(WB_IPAT),
	  VERDICT_CLEAN, { { 0 } }, 0 },
	{ "without DMA, yet WB", INTEL "dma=off mmio=none\n" RUN0 V0 SPTE LEAF(WB),
	  VERDICT_FINDING, { { "fresh-memtype/R-MT.2/ipat/ipat-only", 1, 3 } }, 0 },
	{ "without DMA, yet UC", INTEL "dma=off mmio=none\n" RUN0 V0 SPTE LEAF(UC),
	  VERDICT_FINDING, { { "fresh-memtype/R-MT.2/too-uncached/type", 1, 3 } }, 0 },
	{ "MTRRs off: UC", DMA_ON RUN0 V0 SPTE LEAF(UC), VERDICT_CLEAN, { { 0 } }, 0 },
	{ "MTRRs off, yet WB", DMA_ON RUN0 V0 SPTE LEAF(WB), VERDICT_FINDING,
	  { { "fresh-memtype/R-MT.5/too-cached/type", 1, 3 } }, 0 },
	{ "MTRRs WB", DMA_ON MTRR_WB V0 SPTE LEAF(WB), VERDICT_CLEAN, { { 0 } }, 0 },
	{ "MTRRs WB, yet WT", DMA_ON MTRR_WB V0 SPTE LEAF(WT), VERDICT_FINDING,
	  { { "fresh-memtype/R-LOOK.none/too-uncached/type", 1, 4 } }, 0 },
	{ "MTRRs off, and CPUID has none: WB",
	  INTEL "dma=on start=running mmio=none cpuid-mtrr=off\n" RUN0 V0 SPTE LEAF(WB),
	  VERDICT_CLEAN, { { 0 } }, 0 },
	{ "CD=1 and the quirk: WB, IPAT",
	  DMA_ON RUN0 V0 "kvm_cr: cr_write 0 = 0xc0000031\n" V0 SPTE LEAF(WB_IPAT),
	  VERDICT_CLEAN, { { 0 } }, 0 },
	{ "CD=0,NW=1 is refused: CD stays 0",
	  DMA_ON RUN0 V0 "kvm_cr: cr_write 0 = 0xa0000031\n" V0 SPTE LEAF(UC),
	  VERDICT_CLEAN, { { 0 } }, 0 },

	/* Leaves that a change made stale (R-ZAPMIN). */
	{ "DEF_TYPE enables WB and zaps",
	  DMA_ON RUN0 V0 SPTE LEAF(UC) RUN0 V0 SPTE GONE(UC) V0 "kvm_msr: msr_write 2ff = 0x806\n",
	  VERDICT_CLEAN, { { 0 } }, 0 },
	{ "DEF_TYPE enables WB, no zap",
	  DMA_ON RUN0 V0 SPTE LEAF(UC) RUN0 V0 "kvm_msr: msr_write 2ff = 0x806\n", VERDICT_FINDING,
	  { { "missed-zap/deftype:enable/too-uncached/type", 1, 5 } }, 0 },
	{ "DEF_TYPE of the same effect needs no zap",
	  DMA_ON RUN0 V0 SPTE LEAF(UC) RUN0 V0 "kvm_msr: msr_write 2ff = 0x800\n", VERDICT_CLEAN,
	  { { 0 } }, 0 },
	{ "DEF_TYPE that is refused needs no zap",
	  DMA_ON RUN0 V0 SPTE LEAF(UC) RUN0 V0 "kvm_msr: msr_write 2ff = 0x807 (#GP)\n",
	  VERDICT_CLEAN, { { 0 } }, 0 },
	{ "a pair covers the leaf, no zap",
	  DMA_ON MTRR_WB V0 SPTE LEAF(WB) RUN0 V0 "kvm_msr: msr_write 200 = 0x10000000\n"
	  RUN0 V0 "kvm_msr: msr_write 201 = 0xfffff00800\n", VERDICT_FINDING,
	  { { "missed-zap/physmask:set-v/too-cached/type", 1, 8 } }, 0 },
	{ "a pair lies beside the leaf",
	  DMA_ON MTRR_WB V0 SPTE LEAF(WB) RUN0 V0 "kvm_msr: msr_write 200 = 0x20000000\n"
	  RUN0 V0 "kvm_msr: msr_write 201 = 0xfffff00800\n", VERDICT_CLEAN, { { 0 } }, 0 },
	{ "rules E.18: CD toggles with the quirk on, and nothing is zapped",
	  DMA_ON MTRR_WB RUN0 V0 "kvm_cr: cr_write 0 = 0xc0000031\n" V0 SPTE LEAF(WB_IPAT)
	  RUN0 V0 "kvm_cr: cr_write 0 = 0x80000031\n" RUN0, VERDICT_FINDING,
	  { { "missed-zap/cr0:cd-clear/ipat/ipat-only", 1, 8 } }, 0 },
	{ "CD toggles and all is zapped",
	  DMA_ON MTRR_WB RUN0 V0 "kvm_cr: cr_write 0 = 0xc0000031\n" V0 SPTE LEAF(WB_IPAT)
	  RUN0 V0 "kvm_cr: cr_write 0 = 0x80000031\n" V0 SPTE GONE(WB_IPAT) RUN0, VERDICT_CLEAN,
	  { { 0 } }, 0 },
	{ "a zap by kvm_mmu_zap_all_fast counts",
	  DMA_ON RUN0 V0 SPTE LEAF(UC) VMM "kvm_mmu_zap_all_fast: kvm-mmu-valid-gen 1 used_pages 2\n"
	  RUN0 V0 "kvm_msr: msr_write 2ff = 0x806\n", VERDICT_CLEAN, { { 0 } }, 0 },
	{ "a leaf rewritten in place is judged anew",
	  DMA_ON RUN0 V0 SPTE LEAF(UC) V0 SPTE "10000 level 1 old_spte 600000003310b07 new_spte 600000003310b37\n",
	  VERDICT_FINDING, { { "fresh-memtype/R-MT.5/too-cached/type", 1, 4 } }, 0 },
	{ "a leaf that is write-protected is no new leaf",
	  DMA_ON MTRR_WB V0 SPTE LEAF(WB) V0 SPTE "10000 level 1 old_spte 600000003310b37 new_spte 600000003310b35\n",
	  VERDICT_CLEAN, { { 0 } }, 0 },
	{ "DMA begins, nothing is zapped",
	  INTEL "dma=off start=running mmio=none\n" MTRR_WB V0 SPTE LEAF(WB_IPAT)
	  VMM "ncreg: (kvm_arch_register_noncoherent_dma+0x0/0x20 [kvm])\n"
	  VMM "tracing_mark_write: @1 on\n", VERDICT_FINDING,
	  { { "missed-zap/dma:first-on/ipat/ipat-only", 1, 5 } }, 0 },
	{ "DMA begins, all is zapped",
	  INTEL "dma=off start=running mmio=none\n" MTRR_WB V0 SPTE LEAF(WB_IPAT)
	  VMM "ncreg: (kvm_arch_register_noncoherent_dma+0x0/0x20 [kvm])\n"
	  VMM SPTE GONE(WB_IPAT) VMM "tracing_mark_write: @1 on\n", VERDICT_CLEAN, { { 0 } }, 0 },

	/* Huge leaves. */
	{ "2M leaf, uniform", DMA_ON MTRR_WB V0 SPTE "10000 level 2 old_spte 0 new_spte 600000003200bb7\n",
	  VERDICT_CLEAN, { { 0 } }, 0 },
	{ "2M leaf over two types",
	  DMA_ON MTRR_WB V0 "kvm_msr: msr_write 200 = 0x10000000\n"
	  V0 "kvm_msr: msr_write 201 = 0xfffff00800\n"
	  V0 SPTE "10000 level 2 old_spte 0 new_spte 600000003200bb7\n", VERDICT_FINDING,
	  { { "mixed-hugepage/none/mixed/type", 1, 6 } }, 0 },
	{ "2M leaf becomes mixed",
	  DMA_ON MTRR_WB V0 SPTE "10000 level 2 old_spte 0 new_spte 600000003200bb7\n"
	  V0 "kvm_msr: msr_write 200 = 0x10000000\n" V0 "kvm_msr: msr_write 201 = 0xfffff00800\n",
	  VERDICT_FINDING, { { "missed-zap/physmask:set-v/mixed/type", 1, 6 } }, 0 },
	{ "children of a split keep the memtype",
	  DMA_ON MTRR_WB V0 SPTE "10000 level 2 old_spte 0 new_spte 600000003200bb7\n"
	  V0 SPTE "10000 level 2 old_spte 600000003200bb7 new_spte 3f925907\n"
	  V0 "kvm_mmu_split_huge_page: gfn 10000 spte 600000003200bb7 level 2 errno 0\n"
	  V0 "kvm_msr: msr_write 200 = 0x10000000\n" V0 "kvm_msr: msr_write 201 = 0xfffff00800\n",
	  VERDICT_FINDING, { { "missed-zap/physmask:set-v/too-cached/type", 256, 8 } }, 0 },

	/* MSR acceptance (R-MSR). */
	{ "reserved type taken", INTEL "\n" RUN0 V0 "kvm_msr: msr_write 2ff = 0x802\n",
	  VERDICT_FINDING, { { "msr-fault/", 0, 3 } }, 0 },
	{ "legal value refused", INTEL "\n" RUN0 V0 "kvm_msr: msr_write 200 = 0xff00000006 (#GP)\n",
	  VERDICT_FINDING, { { "msr-fault/", 0, 3 } }, 0 },
	{ "a bit at MAXPHYADDR is refused",
	  INTEL "\n" RUN0 V0 "kvm_msr: msr_write 200 = 0x10000000006 (#GP)\n", VERDICT_CLEAN,
	  { { 0 } }, 0 },
	{ "other MSRs are not judged", INTEL "\n" RUN0 V0 "kvm_msr: msr_write c0000080 = 0xffff\n"
	  V0 "kvm_msr: msr_write 2ff = 0x0\n", VERDICT_CLEAN, { { 0 } }, 0 },

	/* Zaps beyond reason (R-ZAPSET). */
	{ "a write without effect zaps",
	  DMA_ON RUN0 V0 SPTE LEAF(UC) RUN0 V0 SPTE GONE(UC) V0 "kvm_msr: msr_write 200 = 0x6\n",
	  VERDICT_CLEAN, { { "over-zap/", 1, 6 } }, 1 },
	{ "zaps of another task are not its doing",
	  DMA_ON RUN0 V0 SPTE LEAF(UC) RUN0 VMM SPTE GONE(UC) V0 "kvm_msr: msr_write 200 = 0x6\n",
	  VERDICT_CLEAN, { { 0 } }, 0 },

	/* MMIO pfns. */
	{ "UC in a range of MMIO", INTEL "dma=off mmio=0x10000000+0x1000\n" RUN0 V0 SPTE LEAF(UC),
	  VERDICT_CLEAN, { { 0 } }, 0 },
	{ "WB in a range of MMIO", INTEL "dma=off mmio=0x10000000+0x1000\n" RUN0 V0 SPTE LEAF(WB_IPAT),
	  VERDICT_FINDING, { { "fresh-memtype/R-MT.1/too-cached/type", 1, 3 } }, 0 },
	{ "a kprobe says that it is RAM",
	  INTEL "dma=off\n" RUN0 V0 "mt_in: (vmx_get_mt_mask+0x0/0x70 [kvm_intel]) gfn=0x10000 mmio=0\n"
	  V0 SPTE LEAF(UC), VERDICT_FINDING, { { "fresh-memtype/R-MT.2/too-uncached/type", 1, 4 } }, 0 },

	/* NPT: PAT entry 0 and nothing else, in every profile. */
	{ "NPT", "# zaplock-trace host=kvm_amd npt=1\n" RUN0
	  V0 SPTE "1 level 1 old_spte 0 new_spte 2958e67\n", VERDICT_CLEAN, { { 0 } }, 0 },
	{ "NPT, accessed and dirty",
	  "# zaplock-trace host=kvm_amd npt=1\n" RUN0
	  V0 SPTE "1 level 1 old_spte 0 new_spte 2958e07\n"
	  V0 SPTE "1 level 1 old_spte 2958e07 new_spte 2958e67\n", VERDICT_CLEAN, { { 0 } }, 0 },
	{ "NPT with PCD", "# zaplock-trace host=kvm_amd npt=1\n" RUN0
	  V0 SPTE "1 level 1 old_spte 0 new_spte 2958e77\n", VERDICT_FINDING,
	  { { "fresh-memtype/", 1, 3 } }, 0 },

	/* Later profiles: MTRRs and CD have no part. */
	{ "6.16, DMA on, MTRRs off: WB",
	  "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.16 dma=on mmio=none\n"
	  V0 "kvm_exit: vcpu 0 reason HLT rip 0x8000\n" V0 SPTE LEAF(WB), VERDICT_CLEAN, { { 0 } }, 0 },
	{ "6.16, a MTRR write zaps",
	  "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.16 dma=on mmio=none\n"
	  RUN0 V0 SPTE LEAF(WB) RUN0 V0 SPTE GONE(WB) V0 "kvm_msr: msr_write 2ff = 0x806\n",
	  VERDICT_CLEAN, { { "over-zap/deftype:enable", 1, 6 } }, 1 },

	/* vCPUs that disagree (R-UNIF). */
	{ "a leaf is right for one of two",
	  "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.1 vcpus=2 cpuid-mtrr=1 dma=on start=running mmio=none\n"
	  RUN0 RUN1 V1 "kvm_msr: msr_write 2ff = 0x806\n" V0 SPTE LEAF(WB), VERDICT_CLEAN, { { 0 } }, 0 },
	{ "a leaf is right for neither",
	  "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.1 vcpus=2 cpuid-mtrr=1 dma=on start=running mmio=none\n"
	  RUN0 RUN1 V1 "kvm_msr: msr_write 2ff = 0x806\n" V0 SPTE LEAF(WT), VERDICT_FINDING,
	  { { "fresh-memtype/R-MT.5/too-cached/type", 1, 5 } }, 0 },
	{ "the change is that vCPU's, the leaf another's",
	  "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.1 vcpus=2 cpuid-mtrr=1 dma=on start=running mmio=none\n"
	  RUN0 RUN1 V0 SPTE LEAF(UC) RUN1 V1 "kvm_msr: msr_write 2ff = 0x806\n", VERDICT_FINDING,
	  { { "missed-zap/deftype:enable/too-uncached/type", 1, 6 } }, 0 },

	/* Undefined overlap WC x WB: KVM's choice is WB, another is no bug. */
	{ "undefined overlap",
	  DMA_ON MTRR_WB V0 "kvm_msr: msr_write 200 = 0x10000001\n"
	  V0 "kvm_msr: msr_write 201 = 0xfffff00800\n" V0 "kvm_msr: msr_write 202 = 0x10000006\n"
	  V0 "kvm_msr: msr_write 203 = 0xfffff00800\n" V0 SPTE LEAF(WT), VERDICT_UNDEFINED,
	  { { 0 } }, 0 },
};

static void check_row(const struct row *row)
{
	static struct audit_result r;
	unsigned nr = 0;

	if (run_audit(&r, row->trace, strlen(row->trace), NULL))
		fail_msg("%s: %s", row->name, run_error);
	if (r.verdict != row->verdict)
		fail_msg("%s: verdict %s (%s)", row->name, verdict_names[r.verdict],
			 r.nr_findings ? r.findings[0].finding.key : r.why);
	for (; nr < 3 && row->findings[nr].key; nr++) {
		const struct audit_finding *f = find_key(&r, row->findings[nr].key);

		if (!f)
			fail_msg("%s: no %s but %s", row->name, row->findings[nr].key,
				 r.nr_findings ? r.findings[0].finding.key : "nothing");
		if (f->finding.leaves != row->findings[nr].leaves || f->line != row->findings[nr].line)
			fail_msg("%s: %u leaves, line %lu", row->name, f->finding.leaves, f->line);
		if (!f->finding.message[0])
			fail_msg("%s: no message", row->name);
	}
	if (r.nr_findings != nr || r.advisories[VR_OVER_ZAP] != row->over_zap || r.unreadable)
		fail_msg("%s: %u findings, over-zap %llu, unreadable %lu", row->name, r.nr_findings,
			 (unsigned long long)r.advisories[VR_OVER_ZAP], r.unreadable);
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

/*
 * The same wrong leaf, or missed zap, with one thing unknown at a time: it is
 * not reported, and the thing is named.
 */
static const struct {
	const char *name, *trace;
	enum audit_unknown missing;
} unknown_rows[] = {
	{ "host", "# zaplock-trace profile=linux-6.1 vcpus=1 dma=off mmio=none\n" RUN0
	  V0 SPTE LEAF(UC), UNKNOWN_HOST },
	{ "profile", "# zaplock-trace host=kvm_intel ept=1 vcpus=1 dma=off mmio=none\n" RUN0
	  V0 SPTE LEAF(UC), UNKNOWN_PROFILE },
	{ "dma", INTEL "mmio=none\n" RUN0 V0 SPTE LEAF(UC_IPAT), UNKNOWN_DMA },
	{ "dma, though the VM starts here", INTEL "start=running mmio=none\n" RUN0
	  V0 SPTE LEAF(UC_IPAT), UNKNOWN_DMA },
	{ "cr0", INTEL "dma=on mmio=none msr:0x2ff=0\n" RUN0 V0 SPTE LEAF(WT), UNKNOWN_CR0 },
	{ "def_type", INTEL "dma=on mmio=none cr0=0x80000031\n" RUN0 V0 SPTE LEAF(WT),
	  UNKNOWN_DEF_TYPE },
	{ "variable", INTEL "dma=on mmio=none cr0=0x80000031\n" MTRR_WB V0 SPTE LEAF(WT),
	  UNKNOWN_VARIABLE },
	{ "fixed", INTEL "dma=on mmio=none cr0=0x80000031\n" RUN0
	  V0 "kvm_msr: msr_write 2ff = 0xc06\n" V0 SPTE "1 level 1 old_spte 0 new_spte 2958b27\n",
	  UNKNOWN_FIXED },
	{ "cpuid", "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.1 vcpus=1 dma=on mmio=none start=running\n"
	  RUN0 V0 SPTE LEAF(WT), UNKNOWN_CPUID },
	{ "quirk", "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.1 vcpus=1 dma=on mmio=none start=running\n"
	  RUN0 V0 "kvm_cr: cr_write 0 = 0xc0000031\n" V0 SPTE LEAF(WT), UNKNOWN_QUIRK },
	{ "quirk, perhaps turned by an ioctl since", DMA_ON
	  RUN0 V0 "kvm_cr: cr_write 0 = 0xc0000031\n" V0 SPTE LEAF(UC_IPAT), UNKNOWN_QUIRK },
	{ "vcpus", "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.1 cpuid-mtrr=1 dma=on mmio=none cr0=0x80000031 msr:MTRRdefType=0\n"
	  RUN0 V0 SPTE LEAF(WT), UNKNOWN_VCPUS },
	{ "mmio", INTEL "dma=off\n" RUN0 V0 SPTE LEAF(UC), UNKNOWN_MMIO },
	{ "mmio, of a leaf that is kept", INTEL "dma=on start=running\n" RUN0 V0 SPTE LEAF(UC)
	  MTRR_WB, UNKNOWN_MMIO },
	{ "the trace ends too early", DMA_ON MTRR_WB V0 SPTE LEAF(WB)
	  V0 "kvm_cr: cr_write 0 = 0xc0000031\n", UNKNOWN_OPEN },
	{ "no TDP MMU events", "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.1 vcpus=1 dma=off mmio=none\n"
	  RUN0 V0 "kvm_mmu_set_spte: gfn 10000 spte 600000003310b07 (rwxu) level 1 at 3f925000\n",
	  UNKNOWN_TDP_MMU },
	{ "a MSR write by a task that runs no vCPU", "# zaplock-trace host=kvm_intel ept=1 profile=linux-6.1 vcpus=2 cpuid-mtrr=1 dma=on mmio=none start=running\n"
	  RUN0 RUN1 V0 SPTE LEAF(UC) VMM "kvm_msr: msr_write 2ff = 0x806\n", UNKNOWN_VCPUS },
	{ "events were lost", DMA_ON MTRR_WB "CPU:0 [LOST 3 EVENTS]\n" V0 SPTE LEAF(WT), UNKNOWN_CR0 },
	{ "an event cannot be read", DMA_ON MTRR_WB V0 "kvm_msr: msr_write 2f\n" V0 SPTE LEAF(WT),
	  UNKNOWN_CR0 },
	{ "the vCPU was reset", DMA_ON MTRR_WB V0 "kvm_entry: vcpu 0, rip 0xfff0\n" V0 SPTE LEAF(WT),
	  UNKNOWN_CR0 },
	{ "the vCPU runs guests of its own", DMA_ON MTRR_WB V0 "kvm_nested_vmexit: x\n"
	  V0 SPTE LEAF(WT), UNKNOWN_CR0 },
};

static void test_unknown(void **state)
{
	for (size_t i = 0; i < sizeof(unknown_rows) / sizeof(unknown_rows[0]); i++) {
		static struct audit_result r;
		const char *name = unknown_rows[i].name;

		if (run_audit(&r, unknown_rows[i].trace, strlen(unknown_rows[i].trace), NULL))
			fail_msg("%s: %s", name, run_error);
		if (r.nr_findings)
			fail_msg("%s: %s", name, r.findings[0].finding.key);
		if (!r.unknown[unknown_rows[i].missing])
			fail_msg("%s: not named; fresh %lu/%lu, stale %lu/%lu", name, r.fresh_judged,
				 r.fresh_unknown, r.stale_judged, r.stale_unknown);
	}
}

/* What the user says of all the trace outweighs the doubt about ioctls. */
static void test_firm_quirk(void **state)
{
	static const char trace[] = DMA_ON RUN0 V0 "kvm_cr: cr_write 0 = 0xc0000031\n"
		V0 SPTE LEAF(UC_IPAT);
	static struct audit_result r;

	assert_int_equal(run_audit(&r, trace, sizeof(trace) - 1, "quirk:cd-nw-cleared=on", NULL), 0);
	assert_non_null(find_key(&r, "fresh-memtype/R-MT.3/too-uncached/type"));
	assert_int_equal(run_audit(&r, trace, sizeof(trace) - 1, "quirk:cd-nw-cleared=off", NULL), 0);
	assert_int_equal(r.nr_findings, 0);
	assert_int_equal(r.fresh_judged, 1);
}

/* Nothing to go by but options: the header is not needed. */
static void test_options_alone(void **state)
{
	static const char trace[] = "cpus=1\n"
		"qemu-10 [000] 1.0: kvm_exit: reason EPT_VIOLATION rip 0x8000 info 182 0 vcpu 0\n"
		"qemu-10 [000] 1.0: " SPTE LEAF(WB_IPAT);
	static struct audit_result r;

	assert_int_equal(run_audit(&r, trace, sizeof(trace) - 1, NULL), 0);
	assert_int_equal(r.verdict, VERDICT_SKIPPED);
	assert_int_equal(audit_exit_code(&r), 4);
	assert_non_null(strstr(r.why, "--assume profile="));
	assert_int_equal(run_audit(&r, trace, sizeof(trace) - 1, "profile=linux-6.1", "dma=off", NULL), 0);
	assert_int_equal(r.verdict, VERDICT_CLEAN);
	assert_string_equal(r.host, "kvm_intel, EPT");
	assert_int_equal(r.fresh_judged, 1);
}

/* An MSR that an ioctl wrote: seen by kprobe, or by the guest reading it. */
static void test_ioctl_writes(void **state)
{
	static const char probe[] = DMA_ON RUN0 V0 SPTE LEAF(UC)
		V0 "setmtrr: (kvm_mtrr_set_msr+0x0/0x320 [kvm]) msr=0x2ff data=0x806\n" RUN0;
	static const char refused[] = DMA_ON RUN0
		V0 "setmtrr: (kvm_mtrr_set_msr+0x0/0x320 [kvm]) msr=0x2ff data=0x802\n" RUN0
		V0 SPTE LEAF(UC);
	static const char read[] = DMA_ON RUN0 V0 "kvm_msr: msr_read 2ff = 0x806\n" V0 SPTE LEAF(WB);
	static const char lie[] = DMA_ON RUN0
		V0 "setmtrr: (kvm_mtrr_set_msr+0x0/0x320 [kvm]) msr=0x2ff data=0x806\n"
		V0 "kvm_msr: msr_write 2ff = 0x806\n" V0 "kvm_msr: msr_read 2ff = 0x800\n";
	static struct audit_result r;

	assert_int_equal(run_audit(&r, probe, sizeof(probe) - 1, NULL), 0);
	assert_non_null(find_key(&r, "missed-zap/deftype:enable/too-uncached/host-only"));
	assert_int_equal(run_audit(&r, refused, sizeof(refused) - 1, NULL), 0);
	assert_true(!r.nr_findings && r.unknown[UNKNOWN_DEF_TYPE] == 1);
	assert_int_equal(run_audit(&r, read, sizeof(read) - 1, NULL), 0);
	assert_true(!r.nr_findings && r.nr_notes == 1 && r.fresh_judged == 1);
	assert_int_equal(run_audit(&r, lie, sizeof(lie) - 1, NULL), 0);
	assert_non_null(find_key(&r, "msr-value/"));
}

static void test_several_vms(void **state)
{
	static const char trace[] = INTEL "dma=off mmio=none\n" RUN0
		"qemu-20 [000] ..... 1.0: kvm_exit: vcpu 0 reason HLT rip 0x8000\n"
		V0 SPTE LEAF(WB_IPAT)
		"qemu-20 [000] ..... 1.0: " SPTE "20000 level 1 old_spte 0 new_spte 600000004410b07\n"
		/* The other VM's page goes at the hand of a kernel thread, then ours. */
		"kswapd0-50 [000] ..... 1.0: " SPTE "20000 level 1 old_spte 600000004410b07 new_spte 0\n"
		"kswapd0-50 [000] ..... 1.0: " SPTE GONE(WB_IPAT);
	static const char probes[] = INTEL "dma=off\n" RUN0
		V0 "zapgfn: (kvm_zap_gfn_range+0x0/0x100 [kvm]) kvm=0x1000 start=0x0 end=0x1\n"
		V0 "zapgfn: (kvm_zap_gfn_range+0x0/0x100 [kvm]) kvm=0x2000 start=0x0 end=0x1\n";
	static struct audit_result r;

	assert_int_equal(run_audit(&r, trace, sizeof(trace) - 1, NULL), -EINVAL);
	assert_non_null(strstr(run_error, "pid="));
	assert_non_null(strstr(run_error, "line 3"));
	assert_int_equal(run_audit(&r, trace, sizeof(trace) - 1, "pid=10", NULL), 0);
	assert_true(!r.nr_findings && r.leaves == 1 && r.zaps == 1 && !r.leaves_at_end);
	assert_int_equal(run_audit(&r, trace, sizeof(trace) - 1, "pid=20", NULL), 0);
	assert_non_null(find_key(&r, "fresh-memtype/R-MT.2/too-uncached/type"));
	assert_int_equal(run_audit(&r, probes, sizeof(probes) - 1, NULL), -EINVAL);
}

static void test_bad_input(void **state)
{
	static const struct {
		const char *trace, *assume, *says;
	} bad[] = {
		{ "", NULL, "no line of ftrace text" },
		{ "hello\nworld\n", NULL, "no line of ftrace text" },
		{ "# zaplock-trace dma=maybe\n" RUN0, NULL, "line 1: header: `dma=maybe`: expected on" },
		{ "# zaplock-trace frobnicate=1\n" RUN0, NULL, "unknown key in `frobnicate=1`" },
		{ RUN0, "profile=linux-9.9", "--assume: `profile=linux-9.9`: expected a profile" },
		{ RUN0, "dma", "expected KEY=VALUE" },
		{ RUN0, "vcpus=0", "1 to 512" },
		{ RUN0, "maxphyaddr=53", "32 to 52" },
		{ RUN0, "quirk:nothing=on", "quirk:NAME" },
		{ RUN0, "msr:nothing=0", "msr:NAME" },
		{ RUN0, "slots=0x1+0x1000", "page-aligned" },
		{ RUN0, "mmio=0x1000", "page-aligned" },
		{ RUN0, "pid=", "numbers" },
		{ V0 "kvm_exit: vcpu 600 reason HLT rip 0x1\n", NULL, "at most 512" },
	};
	static struct audit_result r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int status = run_audit(&r, bad[i].trace, strlen(bad[i].trace), bad[i].assume, NULL);

		if (status != -EINVAL || !strstr(run_error, bad[i].says))
			fail_msg("%s: %d, %s", bad[i].says, status, run_error);
	}
}

/* What is odd but no reason to give up. */
static void test_notes(void **state)
{
	static const char cut[] = DMA_ON MTRR_WB V0 SPTE "10000 level 1 old_spte 0 new_spte 60000000331";
	static const char wrapped[] = "# zaplock-trace start=reset\n"
		"# entries-in-buffer/entries-written: 10/500   #P:1\n" RUN0;
	static const char garbage[] = INTEL "dma=off mmio=none\n" RUN0 V0 SPTE LEAF(WB_IPAT)
		"\001\002\377 garbage\n" "\n# comment\n" RUN0 V0 SPTE LEAF(WB_IPAT);
	static const char mark[] = INTEL "dma=off mmio=none\n" RUN0 V0 "tracing_mark_write: two\nlines\n"
		V0 SPTE LEAF(WB_IPAT);
	static struct audit_result r;

	assert_int_equal(run_audit(&r, cut, sizeof(cut) - 1, NULL), 0);
	assert_true(r.leaves == 0 && r.nr_notes == 1 && !r.nr_findings);
	assert_int_equal(run_audit(&r, wrapped, sizeof(wrapped) - 1, NULL), 0);
	assert_int_equal(r.nr_notes, 2);
	assert_int_equal(run_audit(&r, garbage, sizeof(garbage) - 1, NULL), 0);
	assert_true(r.unreadable == 1 && r.first_unreadable == 4 && r.lost == 1);
	assert_string_equal(r.unreadable_text, "??? garbage");
	assert_true(r.fresh_judged == 2 && !r.nr_findings && r.leaves_at_end == 1);
	assert_int_equal(run_audit(&r, mark, sizeof(mark) - 1, NULL), 0);
	assert_true(!r.unreadable && r.fresh_judged == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_firm_quirk),
		cmocka_unit_test(test_options_alone),
		cmocka_unit_test(test_ioctl_writes),
		cmocka_unit_test(test_several_vms),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

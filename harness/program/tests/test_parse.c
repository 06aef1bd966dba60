// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text format row by row: each form with its canonical print, each error
 * with its place, its text and what was expected.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "harness/program/internal.h"

static struct program program, again;
static char printed[PROGRAM_MAX_TEXT + 1], expected[8192], source[PROGRAM_MAX_TEXT + 64];

static void parse_or_fail(const char *text)
{
	struct parse_error error;
	char message[512];

	if (!program_parse(&program, text, strlen(text), "t", &error))
		return;
	parse_error_format(&error, message, sizeof(message));
	fail_msg("%s\nin:\n%s", message, text);
}

/* ---- ops ------------------------------------------------------------ */

#define HEADER "zaplock 1\n" \
	"machine vendor=intel vcpus=2 maxphyaddr=39 cpuid-mtrr=on tdp=on selfsnoop=on\n---\n"

static const struct {
	const char *text;
	const char *canonical;	/* NULL: @text is canonical */
	struct op op;
} op_rows[] = {
	{ "vcpu0 wrmsr MTRRphysBase0 0x40000000", NULL,
	  { OP_WRMSR, 0, 0, 0x200, { 0x40000000 } } },
	{ "vcpu1 wrmsr 0x201 0x7fffc00800", "vcpu1 wrmsr MTRRphysMask0 0x7fffc00800",
	  { OP_WRMSR, 1, 0, 0x201, { 0x7fffc00800 } } },
	{ "vcpu0 wrmsr IA32_MTRR_DEF_TYPE 3078", "vcpu0 wrmsr MTRRdefType 0xc06",
	  { OP_WRMSR, 0, 0, 0x2ff, { 0xc06 } } },
	{ "vcpu0 wrmsr mtrrfix64k_00000 06", "vcpu0 wrmsr MTRRfix64K_00000 0x6",
	  { OP_WRMSR, 0, 0, 0x250, { 6 } } },
	{ "vcpu0 wrmsr 0xffffffff 0xffffffffffffffff", NULL,
	  { OP_WRMSR, 0, 0, 0xffffffff, { ~0ULL } } },
	{ "vcpu0 rdmsr IA32_MTRRCAP", "vcpu0 rdmsr MTRRcap", { OP_RDMSR, 0, 0, 0xfe, { 0 } } },
	{ "vcpu0 rdmsr 760", "vcpu0 rdmsr 0x2f8", { OP_RDMSR, 0, 0, 0x2f8, { 0 } } },
	{ "vcpu0 rdmsr MSR_IA32_SMRR_PHYSBASE", "vcpu0 rdmsr SMRR_PHYSBASE",
	  { OP_RDMSR, 0, 0, 0x1f2, { 0 } } },
	{ "vcpu0 cr0 0x80000031", NULL, { OP_CR0, 0, 0, 0, { 0x80000031 } } },
	{ "vcpu0 cr0 +cd -nw", NULL, { OP_CR0, 0, OP_DELTA, 0, { CR0_CD, CR0_NW } } },
	{ "vcpu0 cr0 -pg +bit63 +bit29", "vcpu0 cr0 +nw +bit63 -pg",
	  { OP_CR0, 0, OP_DELTA, 0, { CR0_NW | 1ULL << 63, CR0_PG } } },
	{ "vcpu0 cr0 +0x60000000", "vcpu0 cr0 +nw +cd",
	  { OP_CR0, 0, OP_DELTA, 0, { CR0_CD | CR0_NW } } },
	{ "vcpu0 cr0 -0xfffff", NULL, { OP_CR0, 0, OP_DELTA, 0, { 0, 0xfffff } } },
	{ "vcpu0 cr3 0x2000", NULL, { OP_CR3, 0, 0, 0, { 0x2000 } } },
	{ "vcpu0 cr3 0x2001 noflush", NULL, { OP_CR3, 0, OP_NOFLUSH, 0, { 0x2001 } } },
	{ "vcpu0 cr3 0x8000000000002001", "vcpu0 cr3 0x2001 noflush",
	  { OP_CR3, 0, OP_NOFLUSH, 0, { 0x2001 } } },
	{ "vcpu0 cr4 +pge -pcide", NULL, { OP_CR4, 0, OP_DELTA, 0, { CR4_PGE, CR4_PCIDE } } },
	{ "vcpu0 cr4 0x20", NULL, { OP_CR4, 0, 0, 0, { 0x20 } } },
	{ "vcpu0 read 2M", "vcpu0 read 0x200000", { OP_READ, 0, 0, 0, { 0x200000 } } },
	{ "vcpu0 write 0x40001001", NULL, { OP_WRITE, 0, 0, 0, { 0x40001001 } } },
	{ "vcpu0 exec 0x7fffffffff", NULL, { OP_EXEC, 0, 0, 0, { 0x7fffffffff } } },
	{ "vcpu0 write va=0xffffffffffffffff", NULL, { OP_WRITE, 0, OP_VA, 0, { ~0ULL } } },
	{ "vcpu0 exec va=1g", "vcpu0 exec va=0x40000000",
	  { OP_EXEC, 0, OP_VA, 0, { 0x40000000 } } },
	{ "vcpu0 map va=0x1000 gpa=0x2000 pat=7", NULL,
	  { OP_MAP, 0, 0, LEVEL_4K, { 0x1000, 0x2000, 7 } } },
	{ "vcpu0 map pat=0 size=1g gpa=1G va=0xffff800000000000",
	  "vcpu0 map va=0xffff800000000000 gpa=0x40000000 size=1g pat=0",
	  { OP_MAP, 0, 0, LEVEL_1G, { 0xffff800000000000, 0x40000000, 0 } } },
	{ "vcpu0 wbinvd", NULL, { OP_WBINVD, 0, 0, 0, { 0 } } },
	{ "vcpu0 invd", NULL, { OP_INVD, 0, 0, 0, { 0 } } },
	{ "vcpu0 invlpg va=0x123", NULL, { OP_INVLPG, 0, 0, 0, { 0x123 } } },
	{ "vcpu0 invpcid type=3 pcid=4095 va=0x0", NULL, { OP_INVPCID, 0, 0, 3, { 4095, 0 } } },
	{ "vcpu0 cpuid 0x80000008", NULL, { OP_CPUID, 0, 0, 0x80000008, { 0 } } },
	{ "vcpu1 init", NULL, { OP_INIT, 1, 0, 0, { 0 } } },
	{ "vcpu1 sipi", NULL, { OP_SIPI, 1, 0, 0, { 0 } } },
	{ "vcpu0 smi", NULL, { OP_SMI, 0, 0, 0, { 0 } } },
	{ "vcpu0 rsm", NULL, { OP_RSM, 0, 0, 0, { 0 } } },
	{ "host dma on", NULL, { OP_DMA, 0, 0, 1, { 0 } } },
	{ "host dma off", NULL, { OP_DMA, 0, 0, 0, { 0 } } },
	{ "host quirk slot-zap-all off", NULL, { OP_QUIRK, 0, 0, 1 << 7, { 0 } } },
	{ "host quirk ignore-guest-pat on", NULL, { OP_QUIRK, 0, 0, 1 << 9, { 1 } } },
	{ "host slot 3 gpa=0x1000 size=0x2000 readonly dirty-log", NULL,
	  { OP_SLOT, 0, 0, 3, { 0x1000, 0x2000, SLOT_READONLY | SLOT_DIRTY_LOG } } },
	/* What KVM refuses with an errno can be tried. */
	{ "host slot 3 gpa=0x123 size=0x10", NULL, { OP_SLOT, 0, 0, 3, { 0x123, 0x10 } } },
	{ "host slot 15 delete", NULL, { OP_SLOT, 0, 0, 15, { 0 } } },
	{ "host backing 0x40000000 2M mmio", "host backing 0x40000000 0x200000 mmio",
	  { OP_BACKING, 0, 0, BACKING_MMIO, { 0x40000000, 0x200000 } } },
	{ "host backing 0x0 0x1000 4k", NULL, { OP_BACKING, 0, 0, BACKING_4K, { 0, 0x1000 } } },
	{ "host invalidate 0x1000 0x1000", NULL, { OP_INVALIDATE, 0, 0, 0, { 0x1000, 0x1000 } } },
	{ "host setmsr vcpu1 PAT 0x7040600070406", NULL,
	  { OP_SETMSR, 1, 0, 0x277, { 0x7040600070406 } } },
	{ "host sregs vcpu1 cr4=0x20 cr0=0x31", "host sregs vcpu1 cr0=0x31 cr4=0x20",
	  { OP_SREGS, 1, 0, SREGS_CR0 | SREGS_CR4, { 0x31, 0, 0x20, 0 } } },
	{ "host sregs vcpu0 cr0=0x0 cr3=0x1000 cr4=0x0 efer=0x500", NULL,
	  { OP_SREGS, 0, 0, 0xf, { 0, 0x1000, 0, 0x500 } } },
	{ "host cpuid vcpu1 cpuid-mtrr=off maxphyaddr=52", NULL,
	  { OP_SETCPUID, 1, 0, CPUID_MTRR | CPUID_MAXPHYADDR, { 0, 52 } } },
	{ "host cpuid vcpu0 maxphyaddr=32", NULL, { OP_SETCPUID, 0, 0, CPUID_MAXPHYADDR, { 0, 32 } } },
	{ "host prefault vcpu1 0x1000 0x3000", NULL, { OP_PREFAULT, 1, 0, 0, { 0x1000, 0x3000 } } },
	{ "host split 0", NULL, { OP_SPLIT, 0, 0, 0, { 0 } } },
	{ "host collapse 15", NULL, { OP_COLLAPSE, 0, 0, 15, { 0 } } },
};

static void test_op_rows(void **state)
{
	bool seen[NR_OPS] = { false };
	char line[256];

	for (size_t i = 0; i < sizeof(op_rows) / sizeof(*op_rows); i++) {
		const char *canonical = op_rows[i].canonical ? op_rows[i].canonical : op_rows[i].text;

		snprintf(source, sizeof(source), HEADER "  %s \t\n", op_rows[i].text);
		parse_or_fail(source);
		assert_int_equal(program.nr_ops, 1);
		if (memcmp(&program.ops[0], &op_rows[i].op, sizeof(struct op)))
			fail_msg("another op: %s", op_rows[i].text);
		assert_int_equal(op_print(&program.ops[0], line, sizeof(line)), strlen(canonical));
		assert_string_equal(line, canonical);
		assert_true(op_valid(&program.ops[0], &program.machine, NULL));
		seen[program.ops[0].kind] = true;
	}
	for (unsigned i = 0; i < NR_OPS; i++)
		if (!seen[i])
			fail_msg("no row for %s", op_kind_name(i));
}

/* ---- names ---------------------------------------------------------- */

/* SDM vol 4, table 2-2; numbers by hand. */
static const struct {
	const char *name;
	uint32_t msr;
} msr_rows[] = {
	{ "MTRRcap", 0xfe }, { "SMRR_PHYSBASE", 0x1f2 }, { "SMRR_PHYSMASK", 0x1f3 },
	{ "MTRRphysBase0", 0x200 }, { "MTRRphysMask0", 0x201 }, { "MTRRphysBase7", 0x20e },
	{ "MTRRphysMask7", 0x20f }, { "MTRRfix64K_00000", 0x250 }, { "MTRRfix16K_80000", 0x258 },
	{ "MTRRfix16K_A0000", 0x259 }, { "MTRRfix4K_C0000", 0x268 }, { "MTRRfix4K_C8000", 0x269 },
	{ "MTRRfix4K_D0000", 0x26a }, { "MTRRfix4K_D8000", 0x26b }, { "MTRRfix4K_E0000", 0x26c },
	{ "MTRRfix4K_E8000", 0x26d }, { "MTRRfix4K_F0000", 0x26e }, { "MTRRfix4K_F8000", 0x26f },
	{ "PAT", 0x277 }, { "MTRRdefType", 0x2ff }, { "EFER", 0xc0000080 },
};

static void test_msr_names(void **state)
{
	char name[32];
	uint32_t msr;

	for (size_t i = 0; i < sizeof(msr_rows) / sizeof(*msr_rows); i++) {
		assert_true(msr_by_name(msr_rows[i].name, &msr));
		assert_int_equal(msr, msr_rows[i].msr);
		assert_string_equal(msr_name(msr, name, sizeof(name)), msr_rows[i].name);
	}
	for (unsigned i = 1; i < NR_KNOWN_MSRS; i++)
		assert_true(known_msrs[i - 1].number < known_msrs[i].number);
	assert_null(msr_name(0x210, name, sizeof(name)));
	assert_false(msr_by_name("MTRRphysBase8", &msr));
	assert_false(msr_by_name("", &msr));
}

/* CR bits by SDM vol 3A 2.5, as x86.h has them. */
static void test_cr_bits(void **state)
{
	static const struct {
		enum op_kind kind;
		const char *name;
		uint64_t bit;
	} rows[] = {
		{ OP_CR0, "pe", CR0_PE }, { OP_CR0, "mp", CR0_MP }, { OP_CR0, "em", CR0_EM },
		{ OP_CR0, "ts", CR0_TS }, { OP_CR0, "et", CR0_ET }, { OP_CR0, "ne", CR0_NE },
		{ OP_CR0, "wp", CR0_WP }, { OP_CR0, "am", CR0_AM }, { OP_CR0, "nw", CR0_NW },
		{ OP_CR0, "cd", CR0_CD }, { OP_CR0, "pg", CR0_PG }, { OP_CR4, "vme", CR4_VME },
		{ OP_CR4, "pvi", CR4_PVI }, { OP_CR4, "tsd", CR4_TSD }, { OP_CR4, "de", CR4_DE },
		{ OP_CR4, "pse", CR4_PSE }, { OP_CR4, "pae", CR4_PAE }, { OP_CR4, "mce", CR4_MCE },
		{ OP_CR4, "pge", CR4_PGE }, { OP_CR4, "pce", CR4_PCE },
		{ OP_CR4, "osfxsr", CR4_OSFXSR }, { OP_CR4, "osxmmexcpt", CR4_OSXMMEXCPT },
		{ OP_CR4, "umip", CR4_UMIP }, { OP_CR4, "la57", CR4_LA57 },
		{ OP_CR4, "vmxe", CR4_VMXE }, { OP_CR4, "smxe", CR4_SMXE },
		{ OP_CR4, "fsgsbase", CR4_FSGSBASE }, { OP_CR4, "pcide", CR4_PCIDE },
		{ OP_CR4, "osxsave", CR4_OSXSAVE }, { OP_CR4, "smep", CR4_SMEP },
		{ OP_CR4, "smap", CR4_SMAP }, { OP_CR4, "pke", CR4_PKE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(source, sizeof(source), HEADER "vcpu0 %s -%s\n",
			 op_kind_name(rows[i].kind), rows[i].name);
		parse_or_fail(source);
		assert_int_equal(program.ops[0].v[1], rows[i].bit);
	}
}

/* ---- whole programs ------------------------------------------------- */

#define FULL_MACHINE "machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on"

static const struct {
	const char *text, *canonical;
} program_rows[] = {
	/* A program that says nothing has the default machine. */
	{ "zaplock 1\n---\n", "zaplock 1\n" FULL_MACHINE "\n---\n" },
	/* No newline at the end, blanks and tabs. */
	{ "\tzaplock   1\n---\n \tvcpu0\tinit", "zaplock 1\n" FULL_MACHINE "\n---\nvcpu0 init\n" },
	{ "zaplock 1\nmachine start=pae32 tdp=off vcpus=8 vendor=amd maxphyaddr=52 cpuid-mtrr=off "
	  "selfsnoop=off profile=linux-6.16\n---\n",
	  "zaplock 1\nmachine profile=linux-6.16 vendor=amd vcpus=8 maxphyaddr=52 cpuid-mtrr=off "
	  "tdp=off selfsnoop=off start=pae32\n---\n" },
	/* Header lines are put in order; comments go with them. */
	{ "# first\n\nzaplock 1 # v\n# m\nmachine # mm\n# s1\nslot 1 size=4K gpa=1M readonly # t1\n"
	  "slot 0 gpa=0 size=1M\n# q\nquirk slot-zap-all off\nquirk cd-nw-cleared on # qq\n# e\n--- # d\n",
	  "# first\n\nzaplock 1 # v\n# m\n" FULL_MACHINE " # mm\nquirk cd-nw-cleared on # qq\n# q\n"
	  "quirk slot-zap-all off\nslot 0 gpa=0x0 size=0x100000\n# s1\n"
	  "slot 1 gpa=0x100000 size=0x1000 readonly # t1\n# e\n--- # d\n" },
	/* Comments before, behind and after ops, in groups, on lines that are no ops. */
	{ "zaplock 1\nmachine vcpus=2\n---\n# a\n\nhost dma on # b\ntogether # c\n# d\nvcpu0 init # e\n# f\n"
	  "vcpu1 init\n# g\nend # h\nvcpu0 rsm\n# i\nexpect clean # j\n# k\n",
	  "zaplock 1\nmachine vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on\n"
	  "---\n# a\n\nhost dma on # b\n# c\n# d\ntogether\n  vcpu0 init # e\n  # f\n  vcpu1 init\nend\n"
	  "# g\n# h\nvcpu0 rsm\n# i\n# j\n# k\nexpect clean\n" },
	{ "zaplock 1\nmachine vcpus=2\n---\ntogether sched=0@zap-begin,1@cr0-written,0@x\n vcpu1 init\n"
	  " vcpu0 init\nend\nexpect missed-zap step=1 gpa=4K target=model:* profile=linux-?\n"
	  "expect clean target=ukvm:6.1\n",
	  "zaplock 1\nmachine vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on\n"
	  "---\ntogether sched=0@zap-begin,1@cr0-written,0@x\n  vcpu1 init\n  vcpu0 init\nend\n"
	  "expect missed-zap step=1 gpa=0x1000 target=model:* profile=linux-?\n"
	  "expect clean target=ukvm:6.1\n" },
	/* Expect lines may stand anywhere after ---. */
	{ "zaplock 1\n---\nexpect hang\nvcpu0 rsm\n",
	  "zaplock 1\n" FULL_MACHINE "\n---\nvcpu0 rsm\nexpect hang\n" },
	/* UTF-8 in comments. */
	{ "zaplock 1 # caf\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x90\xa7\n---\n",
	  "zaplock 1 # caf\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x90\xa7\n" FULL_MACHINE "\n---\n" },
};

static void test_programs(void **state)
{
	struct parse_error error;
	size_t length;

	for (size_t i = 0; i < sizeof(program_rows) / sizeof(*program_rows); i++) {
		parse_or_fail(program_rows[i].text);
		length = program_print(&program, printed, sizeof(printed));
		assert_string_equal(printed, program_rows[i].canonical);
		assert_int_equal(length, strlen(printed));
		assert_int_equal(program_parse(&again, printed, length, "p", &error), 0);
		assert_true(program_equal(&program, &again));
		assert_int_equal(program_print(&program, printed, 10), length);
		assert_int_equal(strlen(printed), 9);
	}
}

static void test_steps(void **state)
{
	unsigned nr;

	parse_or_fail("zaplock 1\n---\nvcpu0 init\ntogether\nvcpu0 init\nvcpu0 rsm\nend\n"
		      "together\nvcpu0 smi\nend\nvcpu0 rsm\n");
	assert_int_equal(program_steps(&program), 4);
	assert_int_equal(program_step_ops(&program, 1, &nr), 0);
	assert_int_equal(nr, 1);
	assert_int_equal(program_step_ops(&program, 2, &nr), 1);
	assert_int_equal(nr, 2);
	assert_int_equal(program_step_ops(&program, 3, &nr), 3);
	assert_int_equal(nr, 1);
	assert_int_equal(program_step_ops(&program, 4, &nr), 4);
	assert_int_equal(nr, 1);
	for (unsigned none = 0; none <= 5; none += 5) {
		assert_int_equal(program_step_ops(&program, none, &nr), 5);
		assert_int_equal(nr, 0);
	}
}

static void test_note_values(void **state)
{
	char value[64];

	parse_or_fail("# why: CD toggles are lost\nzaplock 1\n#kernels:  6.1\n# until\n--- # until: never\n"
		      "# later: no\n");
	assert_string_equal(program_note_value(&program, "why", value, 64), "CD toggles are lost");
	assert_string_equal(program_note_value(&program, "kernels", value, 64), "6.1");
	assert_string_equal(program_note_value(&program, "until", value, 64), "never");
	assert_null(program_note_value(&program, "later", value, 64));
	assert_null(program_note_value(&program, "wh", value, 64));
}

/* ---- errors --------------------------------------------------------- */

#define M "zaplock 1\nmachine vcpus=2 maxphyaddr=39\n"
#define S M "slot 0 gpa=0 size=2M\n---\n"	/* steps begin on line 5 */

static const struct {
	const char *text;
	unsigned line, column;
	const char *word;	/* what the error shows */
	const char *expected;	/* a part of what it says */
} error_rows[] = {
	/* structure */
	{ "", 1, 1, "", "zaplock 1" },
	{ "# only\n", 2, 1, "", "zaplock 1" },
	{ "zaplok 1\n", 1, 1, "zaplok", "`zaplock 1` as the first line" },
	{ "machine vcpus=1\n", 1, 1, "machine", "zaplock 1" },
	{ "zaplock\n", 1, 8, "zaplock", "version" },
	{ "zaplock 2\n---\n", 1, 9, "2", "version 1" },
	{ "zaplock 1 1\n", 1, 11, "1", "end of the line" },
	{ "zaplock 1\n", 2, 1, "", "---" },
	{ "zaplock 1\nmachine", 2, 8, "machine", "---" },
	{ "zaplock 1\nmachin\n", 2, 1, "machin", "did you mean `machine`" },
	{ "zaplock 1\nvcpu0 init\n", 2, 1, "vcpu0", "--- before the steps" },
	{ "zaplock 1\n--- x\n", 2, 5, "x", "end of the line" },
	{ M "machine\n", 3, 1, "machine", "one machine line" },
	{ "zaplock 1\nslot 0 gpa=0 size=4K\nmachine\n", 3, 1, "machine", "before quirk and slot" },
	{ "zaplock 1\nquirk slot-zap-all on\nmachine\n", 3, 1, "machine", "before quirk and slot" },
	/* bytes */
	{ "zaplock 1\r\n---\r\n", 1, 10, "?", "CR" },
	{ "zaplock 1\n--\x01\n", 2, 3, "?", "0x01" },
	{ "zaplock 1\n\xc3\xa9\n", 2, 1, "?", "0xc3" },
	{ "zaplock 1\n# a\xff\n", 2, 4, "?", "0xff" },
	{ "zaplock 1\n# \xc0\x80\n", 2, 3, "?", "0xc0" },
	{ "zaplock 1\n# \xed\xa0\x80\n", 2, 3, "?", "0xed" },
	{ "zaplock 1\n# \xc2\x85\n", 2, 3, "?", "0xc2" },
	{ "zaplock 1\n# \xe2\x82", 2, 3, "?", "0xe2" },
	{ "zaplock 1\n# \x1b[31m\n", 2, 3, "?", "0x1b" },
	/* machine */
	{ "zaplock 1\nmachine profile=linux-6.2\n", 2, 17, "linux-6.2", "did you mean `linux-6.1`" },
	{ "zaplock 1\nmachine vendor=intle\n", 2, 16, "intle", "did you mean `intel`" },
	{ "zaplock 1\nmachine vcpus=0\n", 2, 15, "0", "1 to 8" },
	{ "zaplock 1\nmachine vcpus=9\n", 2, 15, "9", "1 to 8" },
	{ "zaplock 1\nmachine maxphyaddr=31\n", 2, 20, "31", "32 to 52" },
	{ "zaplock 1\nmachine maxphyaddr=53\n", 2, 20, "53", "32 to 52" },
	{ "zaplock 1\nmachine tdp=yes\n", 2, 13, "yes", "on or off" },
	{ "zaplock 1\nmachine start=running start=real\n", 2, 23, "start=real", "twice" },
	{ "zaplock 1\nmachine start=\n", 2, 15, "machine start=", "value behind start=" },
	{ "zaplock 1\nmachine vcpu=2\n", 2, 9, "vcpu", "did you mean `vcpus`" },
	{ "zaplock 1\nmachine vcpus\n", 2, 9, "vcpus", "vcpus=VALUE" },
	{ "zaplock 1\nmachine =2\n", 2, 9, "=2", "vcpus=" },
	/* quirks and slots */
	{ M "quirk\n", 3, 6, "quirk", "quirk's name" },
	{ M "quirk cd-nw-clear off\n", 3, 7, "cd-nw-clear", "did you mean `cd-nw-cleared`" },
	{ M "quirk slot-zap-all\n", 3, 19, "quirk slot-zap-all", "on or off" },
	{ M "quirk slot-zap-all on\nquirk slot-zap-all off\n", 4, 7, "slot-zap-all", "twice" },
	{ M "slot 16 gpa=0 size=4K\n", 3, 6, "16", "at most 0xf" },
	{ M "slot 0 gpa=0 size=4K\nslot 0 gpa=8K size=4K\n", 4, 6, "0", "twice" },
	{ M "slot 0 gpa=0\n", 3, 13, "slot 0 gpa=0", "expected size=" },
	{ M "slot 0 size=4K\n", 3, 15, "slot 0 size=4K", "expected gpa=" },
	{ M "slot 0 gpa=0 size=0\n", 3, 19, "0", "size above 0" },
	{ M "slot 0 gpa=0 size=4097\n", 3, 19, "4097", "multiple of 4K" },
	{ M "slot 0 gpa=1 size=4K\n", 3, 12, "1", "multiple of 4K" },
	{ M "slot 0 gpa=512G size=4K\n", 3, 12, "512G", "maxphyaddr=39" },
	{ M "slot 0 gpa=511G size=2G\n", 3, 22, "2G", "2^maxphyaddr" },
	{ M "slot 0 gpa=0 size=8K\nslot 1 gpa=4K size=4K\n", 4, 20, "4K", "overlaps" },
	{ M "slot 0 gpa=0 size=8K readonly=1\n", 3, 22, "readonly=1", "without a value" },
	{ M "slot 0 gpa=0 gpa=0 size=8K\n", 3, 14, "gpa=0", "twice" },
	{ M "slot 0 gpa=0 size=8K rw\n", 3, 22, "rw", "readonly" },
	/* numbers */
	{ S "vcpu0 read 0x\n", 5, 12, "0x", "address or size" },
	{ S "vcpu0 read 08\n", 5, 12, "08", "address or size" },
	{ S "vcpu0 read 0b\n", 5, 12, "0b", "address or size" },
	{ S "vcpu0 read 12q\n", 5, 12, "12q", "address or size" },
	{ S "vcpu0 read -1\n", 5, 12, "-1", "address or size" },
	{ S "vcpu0 read K\n", 5, 12, "K", "address or size" },
	{ S "vcpu0 wrmsr PAT 1K\n", 5, 17, "1K", "a number" },
	{ S "vcpu0 wrmsr PAT 0x10000000000000000\n", 5, 17, "0x10000000000000000", "64 bits" },
	{ S "vcpu0 wrmsr PAT 18446744073709551616\n", 5, 17, "18446744073709551616", "64 bits" },
	{ S "vcpu0 read 16777216T\n", 5, 12, "16777216T", "64 bits" },
	{ S "vcpu0 rdmsr 0x100000000\n", 5, 13, "0x100000000", "at most 0xffffffff" },
	/* ops */
	{ S "vcpu\n", 5, 1, "vcpu", "vcpu0 to vcpu1" },
	{ S "vcpu2 init\n", 5, 1, "vcpu2", "vcpus=2" },
	{ S "vcpu00 init\n", 5, 1, "vcpu00", "vcpu0 to vcpu1" },
	{ S "vpcu0 init\n", 5, 1, "vpcu0", "did you mean `vcpu0`" },
	{ S "vcpu0\n", 5, 6, "vcpu0", "guest op" },
	{ S "host\n", 5, 5, "host", "host op" },
	{ S "vcpu0 wrsmr PAT 0\n", 5, 7, "wrsmr", "did you mean `wrmsr`" },
	{ S "vcpu0 dma on\n", 5, 7, "dma", "guest op" },
	{ S "host init\n", 5, 6, "init", "host op" },
	{ S "vcpu0 wrmsr\n", 5, 12, "vcpu0 wrmsr", "MSR" },
	{ S "vcpu0 wrmsr PAT\n", 5, 16, "vcpu0 wrmsr PAT", "value" },
	{ S "vcpu0 wrmsr MTRRphysBse0 0\n", 5, 13, "MTRRphysBse0", "did you mean `MTRRphysBase0`" },
	{ S "vcpu0 wrmsr XYZZY 0\n", 5, 13, "XYZZY", "MSR's name or number" },
	{ S "vcpu0 wbinvd now\n", 5, 14, "now", "end of the line" },
	{ S "vcpu0 cr0\n", 5, 10, "vcpu0 cr0", "+cd -nw" },
	{ S "vcpu0 cr0 cd\n", 5, 11, "cd", "a number" },
	{ S "vcpu0 cr0 +dc\n", 5, 12, "dc", "bit's name" },
	{ S "vcpu0 cr0 +pge\n", 5, 12, "pge", "bit's name" },
	{ S "vcpu0 cr0 +bit64\n", 5, 15, "64", "0x3f" },
	{ S "vcpu0 cr0 +cd -cd\n", 5, 15, "-cd", "each bit once" },
	{ S "vcpu0 cr0 +0\n", 5, 11, "+0", "at least one bit" },
	{ S "vcpu0 cr0 +cd 5\n", 5, 15, "5", "+BIT or -BIT" },
	{ S "vcpu0 cr0 5 +cd\n", 5, 13, "+cd", "end of the line" },
	{ S "vcpu0 cr3 0x1000 flush\n", 5, 18, "flush", "noflush" },
	{ S "vcpu0 read\n", 5, 11, "vcpu0 read", "gpa" },
	{ S "vcpu0 read 0x8000000000\n", 5, 12, "0x8000000000", "2^maxphyaddr (the machine has maxphyaddr=39)" },
	{ S "vcpu0 read va=\n", 5, 15, "vcpu0 read va=", "value behind va=" },
	{ S "vcpu0 map va=0 gpa=0\n", 5, 21, "vcpu0 map va=0 gpa=0", "pat=" },
	{ S "vcpu0 map va=0 gpa=0 pat=8\n", 5, 26, "8", "0 to 7" },
	{ S "vcpu0 map va=4K gpa=0 size=2m pat=0\n", 5, 14, "4K", "aligned" },
	{ S "vcpu0 map va=0 gpa=4K size=2m pat=0\n", 5, 20, "4K", "aligned" },
	{ S "vcpu0 map va=0x800000000000 gpa=0 pat=0\n", 5, 14, "0x800000000000", "canonical" },
	{ S "vcpu0 map va=0 gpa=512G pat=0\n", 5, 20, "512G", "2^maxphyaddr" },
	{ S "vcpu0 map va=0 gpa=0 pat=0 size=4m\n", 5, 33, "4m", "4k, 2m or 1g" },
	{ S "vcpu0 invlpg 0x1000\n", 5, 14, "0x1000", "va=" },
	{ S "vcpu0 invpcid type=4 pcid=0 va=0\n", 5, 20, "4", "0 to 3" },
	{ S "vcpu0 invpcid type=4294967296 pcid=0 va=0\n", 5, 20, "4294967296", "0 to 3" },
	{ S "vcpu0 invpcid type=0 pcid=4096 va=0\n", 5, 27, "4096", "0 to 4095" },
	{ S "vcpu0 cpuid 0x100000000\n", 5, 13, "0x100000000", "at most" },
	{ S "host dma maybe\n", 5, 10, "maybe", "on or off" },
	{ S "host quirk zap on\n", 5, 12, "zap", "a quirk" },
	{ S "host slot 1\n", 5, 12, "host slot 1", "gpa=" },
	{ S "host slot 16 delete\n", 5, 11, "16", "at most 0xf" },
	{ S "host slot 1 gpa=0 size=0\n", 5, 24, "0", "`slot 1 delete`" },
	{ S "host slot 1 gpa=512G size=4K\n", 5, 17, "512G", "2^maxphyaddr" },
	{ S "host slot 1 gpa=4K size=512G\n", 5, 25, "512G", "2^maxphyaddr" },
	{ S "host slot 1 delete now\n", 5, 20, "now", "end of the line" },
	{ S "host backing 1 4K 4k\n", 5, 14, "1", "multiple of 4K" },
	{ S "host backing 0 4097 4k\n", 5, 16, "4097", "multiple of 4K" },
	{ S "host backing 0 4K\n", 5, 18, "host backing 0 4K", "mmio" },
	{ S "host backing 0 4K 4m\n", 5, 19, "4m", "mmio" },
	{ S "host invalidate 0 0\n", 5, 19, "0", "above 0" },
	{ S "host setmsr PAT 0\n", 5, 13, "PAT", "vcpu0 to vcpu1" },
	{ S "host sregs vcpu0\n", 5, 6, "sregs", "at least one of cr0=" },
	{ S "host sregs vcpu0 cr1=0\n", 5, 18, "cr1", "did you mean `cr0`" },
	{ S "host cpuid vcpu0\n", 5, 6, "cpuid", "cpuid-mtrr= or maxphyaddr=" },
	{ S "host cpuid vcpu0 maxphyaddr=53\n", 5, 29, "53", "32 to 52" },
	{ S "host prefault vcpu2 0 4K\n", 5, 15, "vcpu2", "vcpus=2" },
	{ S "host prefault vcpu0 511G 2G\n", 5, 26, "2G", "2^maxphyaddr" },
	{ S "host split\n", 5, 11, "host split", "slot id" },
	{ S "host collapse 16\n", 5, 15, "16", "at most 0xf" },
	/* groups */
	{ S "together\nend\n", 6, 1, "end", "between together and end" },
	{ S "together\n", 6, 1, "", "`end` of the open group" },
	{ S "together\nvcpu0 init", 6, 11, "vcpu0 init", "`end` of the open group" },
	{ S "end\n", 5, 1, "end", "`together` before" },
	{ S "together\nvcpu0 init\ntogether\n", 7, 1, "together", "`end` of the open group" },
	{ S "together\nvcpu0 init\nexpect clean\n", 7, 1, "expect", "`end` of the open group" },
	{ S "together sched\n", 5, 10, "sched", "sched=VALUE" },
	{ S "together sched=\n", 5, 16, "together sched=", "value behind sched=" },
	{ S "together sched=0\n", 5, 16, "0", "VCPU@POINT" },
	{ S "together sched=0@a,\n", 5, 20, "together sched=0@a,", "VCPU@POINT" },
	{ S "together sched=2@a\n", 5, 16, "2", "at most 0x1" },
	{ S "together sched=0@A\n", 5, 18, "A", "a-z" },
	{ S "together sched=0@abcdefghijklmnopqrstuvwxyzabcdef\n", 5, 18,
	  "abcdefghijklmnopqrstuvwxyzabcdef", "at most 31" },
	{ S "together sched=0@a,1@b\nvcpu0 init\nend\n", 5, 20, "1@b", "has an op in this group" },
	{ S "together sched=host@a\nhost setmsr vcpu0 PAT 0\nend\n", 5, 16, "host@a", "has an op in this group" },
	{ S "together sched=0@a\nhost dma on\nend\n", 5, 16, "0@a", "has an op in this group" },
	{ S "together sched=hos@a\n", 5, 16, "hos", "number" },
	/* expectations */
	{ S "expect\n", 5, 7, "expect", "clean" },
	{ S "expect missed-zaps\n", 5, 8, "missed-zaps", "did you mean `missed-zap`" },
	{ S "expect over-zap\n", 5, 8, "over-zap", "the rule of a finding" },
	{ S "expect clean step=1\nvcpu0 rsm\n", 5, 19, "1", "no step= with clean" },
	{ S "expect hang step=0\n", 5, 18, "0", "a step, from 1" },
	{ S "vcpu0 rsm\nexpect hang step=2\n\n", 6, 18, "2", "program's 1" },
	{ S "expect hang gpa=512G\n", 5, 17, "512G", "2^maxphyaddr" },
	{ S "expect hang target=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv\n", 5, 20,
	  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv", "at most 47" },
	{ S "expect hang now=1\n", 5, 13, "now", "step=" },
};

static void test_errors(void **state)
{
	struct parse_error e;

	for (size_t i = 0; i < sizeof(error_rows) / sizeof(*error_rows); i++) {
		const char *text = error_rows[i].text;

		memset(&e, 0xff, sizeof(e));
		if (program_parse(&program, text, strlen(text), "dir/t.zl", &e) != -EINVAL)
			fail_msg("was taken:\n%s", text);
		if (e.line != error_rows[i].line || e.column != error_rows[i].column ||
		    strcmp(e.text, error_rows[i].word) ||
		    !strstr(e.expected, error_rows[i].expected))
			fail_msg("row %zu: got %u:%u `%s`: %s\nwanted %u:%u `%s`: %s\nin:\n%s", i,
				 e.line, e.column, e.text, e.expected, error_rows[i].line,
				 error_rows[i].column, error_rows[i].word, error_rows[i].expected,
				 text);
		assert_string_equal(e.file, "dir/t.zl");
		/* Nothing of a refused program stays. */
		assert_int_equal(program.nr_ops, 0);
		assert_int_equal(program.nr_notes, 0);
	}
}

static void test_error_format(void **state)
{
	struct parse_error e;
	char line[512], small[8], path[300];

	program_parse(&program, "zaplock 2\n", 10, "a/b.zl", &e);
	parse_error_format(&e, line, sizeof(line));
	assert_string_equal(line, "a/b.zl:1:9: `2`: expected version 1, the one this build reads");
	parse_error_format(&e, small, sizeof(small));
	assert_string_equal(small, "a/b.zl:");

	/* The end of a long path, with controls replaced. */
	memset(path, 'x', sizeof(path));
	strcpy(path + sizeof(path) - 10, "\x1b/end.zl");
	program_parse(&program, "", 0, path, &e);
	assert_int_equal(strlen(e.file), sizeof(e.file) - 1);
	assert_string_equal(e.file + strlen(e.file) - 8, "?/end.zl");
}

static void test_nul_byte(void **state)
{
	static const char text[] = "zaplock 1\n--\0-\n";
	struct parse_error e;

	assert_int_equal(program_parse(&program, text, sizeof(text) - 1, "t", &e), -EINVAL);
	assert_int_equal(e.line, 2);
	assert_int_equal(e.column, 3);
	assert_non_null(strstr(e.expected, "0x00"));
}

/* Bounds: one below is taken, one above refused. */
static void repeat(const char *head, const char *line, unsigned times, const char *end)
{
	size_t length = strlen(head), n = strlen(line);

	strcpy(source, head);
	for (unsigned i = 0; i < times; i++, length += n)
		memcpy(source + length, line, n + 1);
	strcpy(source + length, end);
}

static void assert_refused(unsigned line, const char *what)
{
	struct parse_error e;

	assert_int_equal(program_parse(&program, source, strlen(source), "t", &e), -EINVAL);
	assert_int_equal(e.line, line);
	if (!strstr(e.expected, what))
		fail_msg("got: %s", e.expected);
}

static void test_bounds(void **state)
{
	repeat(S, "vcpu0 rsm\n", PROGRAM_MAX_OPS, "");
	parse_or_fail(source);
	assert_int_equal(program.nr_ops, PROGRAM_MAX_OPS);
	repeat(S, "vcpu0 rsm\n", PROGRAM_MAX_OPS + 1, "");
	assert_refused(4 + PROGRAM_MAX_OPS + 1, "at most 4096 ops");

	repeat(S, "expect hang\n", PROGRAM_MAX_EXPECTS, "");
	parse_or_fail(source);
	repeat(S, "expect hang\n", PROGRAM_MAX_EXPECTS + 1, "");
	assert_refused(4 + PROGRAM_MAX_EXPECTS + 1, "at most 16 expect");

	repeat(S "together sched=0@p", ",0@q", PROGRAM_MAX_SWITCHES - 1, "\nvcpu0 rsm\nend\n");
	parse_or_fail(source);
	assert_int_equal(program.nr_switches, PROGRAM_MAX_SWITCHES);
	repeat(S "together sched=0@p", ",0@q", PROGRAM_MAX_SWITCHES, "\nvcpu0 rsm\nend\n");
	assert_refused(5, "at most 256 switches");

	repeat(S, "#\n", PROGRAM_MAX_NOTES, "");
	parse_or_fail(source);
	repeat(S, "\n", PROGRAM_MAX_NOTES + 1, "");
	assert_refused(4 + PROGRAM_MAX_NOTES + 1, "comments and blank lines");

	repeat("zaplock 1\n---\n", "#", NOTE_MAX_LENGTH, "\n");
	parse_or_fail(source);
	repeat("zaplock 1\n---\n", "#", NOTE_MAX_LENGTH + 1, "\n");
	assert_refused(3, "at most 1024 bytes");

	repeat("zaplock 1\n---", " ", LINE_MAX_BYTES - 3, "\n");
	parse_or_fail(source);
	repeat("zaplock 1\n---", " ", LINE_MAX_BYTES - 2, "\n");
	assert_refused(2, "at most 16384 bytes on a line");

	repeat("zaplock 1\n", " ", PROGRAM_MAX_TEXT, "");
	assert_refused(0, "at most 1048576 bytes");
}

/* The longest canonical text is one that can be read back. */
static void test_longest_text(void **state)
{
	struct parse_error error;
	size_t length;

	program_init(&program);
	program.machine.nr_vcpus = MAX_VCPUS;
	program.nr_ops = PROGRAM_MAX_OPS;
	for (unsigned i = 0; i < PROGRAM_MAX_OPS; i++)
		/* The eight longest names to set and to clear, each in a group of its own. */
		program.ops[i] = (struct op){ OP_CR4, 7, OP_DELTA | OP_TOGETHER, 0,
					      { CR4_OSXMMEXCPT | CR4_FSGSBASE | CR4_OSXSAVE | CR4_PCIDE |
						CR4_OSFXSR | CR4_LA57 | CR4_VMXE | CR4_SMXE,
						0xff00000000000000 } };
	memset(expected, '#', NOTE_MAX_LENGTH);
	while (program_add_note(&program, NOTE_END, 0, expected, NOTE_MAX_LENGTH))
		;
	program_repair(&program);
	length = program_print(&program, printed, sizeof(printed));
	assert_in_range(length, 600000, PROGRAM_MAX_TEXT - 1);
	assert_int_equal(program_parse(&again, printed, length, "long", &error), 0);
	assert_true(program_equal(&program, &again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_op_rows), cmocka_unit_test(test_msr_names),
		cmocka_unit_test(test_cr_bits), cmocka_unit_test(test_programs),
		cmocka_unit_test(test_steps), cmocka_unit_test(test_note_values),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_error_format),
		cmocka_unit_test(test_nul_byte), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_longest_text),
	};

	return cmocka_run_group_tests_name("program_parse", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * One row a line: every event in every layout in which it is printed. The
 * texts are the TP_printk of arch/x86/kvm/trace.h and mmu/mmutrace.h (6.1,
 * 6.12), the columns those of tracefs, trace-cmd and perf script.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "harness/trace/parse.h"

#define TRACEFS "         qemu-1234    [003] d..1.    94.412678: "
#define TGID	"         qemu-1234    (   1200) [003] .....    94.412678: "
#define NO_TGID	"         qemu-1234    (-------) [003] .....    94.412678: "
#define NOFLAGS	"         qemu-1234    [003]    94.412678: "
#define CMD	"            qemu-1234  [003]  5011.412678: "
#define CMD_FL	"            qemu-1234  [003] d..1.  5011.412678123: "
#define PERF	"qemu  1234 [003]    94.412678: "
#define COUNTER	" CPU 0/KVM-1234    [003] d..1. 123456: "

static const struct row {
	const char *line;
	enum trace_line_kind line_kind;
	struct trace_event ev;
} rows[] = {
	/* Columns. */
	{ TRACEFS "kvm_msr: msr_write 2ff = 0xc06", LINE_EVENT,
	  { .kind = TRACE_MSR, .write = true, .index = 0x2ff, .value = 0xc06 } },
	{ TGID "kvm_msr: msr_write 2ff = 0xc06", LINE_EVENT,
	  { .kind = TRACE_MSR, .tgid = 1200, .write = true, .index = 0x2ff, .value = 0xc06 } },
	{ NO_TGID "kvm_msr: msr_read fe = 0x508", LINE_EVENT,
	  { .kind = TRACE_MSR, .index = 0xfe, .value = 0x508 } },
	{ NOFLAGS "kvm_msr: msr_write 277 = 0x7040600070406", LINE_EVENT,
	  { .kind = TRACE_MSR, .write = true, .index = 0x277, .value = 0x7040600070406 } },
	{ CMD "kvm_msr:              msr_write 200 = 0x6", LINE_EVENT,
	  { .kind = TRACE_MSR, .write = true, .index = 0x200, .value = 6 } },
	{ CMD_FL "kvm_msr:              msr_write 200 = 0x6", LINE_EVENT,
	  { .kind = TRACE_MSR, .write = true, .index = 0x200, .value = 6 } },
	{ PERF "kvm:kvm_msr: msr_write 200 = 0x6", LINE_EVENT,
	  { .kind = TRACE_MSR, .write = true, .index = 0x200, .value = 6 } },
	{ COUNTER "kvm_msr: msr_write 200 = 0x6", LINE_EVENT,
	  { .kind = TRACE_MSR, .write = true, .index = 0x200, .value = 6 } },

	/* kvm_msr, and as trace-cmd prints it when it cannot make sense of the format. */
	{ TRACEFS "kvm_msr: msr_write 201 = 0x1 (#GP)", LINE_EVENT,
	  { .kind = TRACE_MSR, .write = true, .gp = true, .index = 0x201, .value = 1 } },
	{ CMD "kvm_msr: [FAILED TO PARSE] write=1 ecx=767 data=0xc06 exception=0", LINE_EVENT,
	  { .kind = TRACE_MSR, .write = true, .index = 0x2ff, .value = 0xc06 } },
	{ CMD "kvm_msr: exception=1 data=0xc06 ecx=0x2ff write=0", LINE_EVENT,
	  { .kind = TRACE_MSR, .gp = true, .index = 0x2ff, .value = 0xc06 } },
	{ TRACEFS "kvm_msr: msr_write 201 = 0x1 (#G", LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_msr: msr_write 201 = ", LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_msr: msr_write 201", LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_msr: msr_write 201 = 0x12345678901234567", LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_msr: msr_wri", LINE_UNREADABLE, { 0 } },

	/* kvm_cr */
	{ TRACEFS "kvm_cr: cr_write 0 = 0xc0000031", LINE_EVENT,
	  { .kind = TRACE_CR, .write = true, .value = 0xc0000031 } },
	{ CMD "kvm_cr:               cr_read 4 = 0x20", LINE_EVENT,
	  { .kind = TRACE_CR, .index = 4, .value = 0x20 } },
	{ CMD "kvm_cr: rw=1 cr=0 val=0x31", LINE_EVENT,
	  { .kind = TRACE_CR, .write = true, .value = 0x31 } },
	{ TRACEFS "kvm_cr: cr_write 0 0x31", LINE_UNREADABLE, { 0 } },

	/* kvm_tdp_mmu_spte_changed */
	{ TRACEFS "kvm_tdp_mmu_spte_changed: as id 0 gfn 10000 level 1 old_spte 0 new_spte 3310975",
	  LINE_EVENT, { .kind = TRACE_SPTE_CHANGED, .gfn = 0x10000, .level = 1,
			.new_spte = 0x3310975 } },
	{ CMD "kvm_tdp_mmu_spte_changed: as id 1 gfn 200 level 2 old_spte 8600000002bb5b77 new_spte 8000000000000000",
	  LINE_EVENT, { .kind = TRACE_SPTE_CHANGED, .as_id = 1, .gfn = 0x200, .level = 2,
			.old_spte = 0x8600000002bb5b77, .new_spte = 1ULL << 63 } },
	{ CMD "kvm_tdp_mmu_spte_changed: new_spte=0x10 old_spte=0 as_id=0 level=1 gfn=0x20",
	  LINE_EVENT, { .kind = TRACE_SPTE_CHANGED, .gfn = 0x20, .level = 1, .new_spte = 0x10 } },
	{ TRACEFS "kvm_tdp_mmu_spte_changed: as id 0 gfn 10001 level 2 old_spte 0 new_spte 3",
	  LINE_UNREADABLE, { 0 } },	/* no 2M leaf begins there */
	{ TRACEFS "kvm_tdp_mmu_spte_changed: as id 0 gfn 0 level 6 old_spte 0 new_spte 3",
	  LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_tdp_mmu_spte_changed: as id 2 gfn 0 level 1 old_spte 0 new_spte 3",
	  LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_tdp_mmu_spte_changed: as id 0 gfn 1 level 1 old_spte 0 new_s",
	  LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_tdp_mmu_spte_changed: as id 0 gfn 1 level 1 old_spte 0 new_spte 60000qemu-1 [000] x",
	  LINE_UNREADABLE, { 0 } },

	/* kvm_mmu_set_spte */
	{ TRACEFS "kvm_mmu_set_spte: gfn 1 spte 6000000029f3b77 (rwxu) level 1 at 3f924008",
	  LINE_EVENT, { .kind = TRACE_SET_SPTE, .gfn = 1, .level = 1,
			.new_spte = 0x6000000029f3b77 } },
	{ CMD "kvm_mmu_set_spte: level=1 gfn=1 spte=0x77 sptep=0x3f924008 r=1 x=1 u=1",
	  LINE_EVENT, { .kind = TRACE_SET_SPTE, .gfn = 1, .level = 1, .new_spte = 0x77 } },
	{ TRACEFS "kvm_mmu_set_spte: gfn 1 spte 6000 (rwxu) lev", LINE_UNREADABLE, { 0 } },

	/* The rest. */
	{ TRACEFS "mark_mmio_spte: sptep:00000000f00 gfn fee00 access 7 gen 1", LINE_EVENT,
	  { .kind = TRACE_MMIO_SPTE, .gfn = 0xfee00 } },
	{ TRACEFS "mark_mmio_spte: sptep:(____ptrval____) gfn fee00 access 7 gen 1", LINE_EVENT,
	  { .kind = TRACE_MMIO_SPTE, .gfn = 0xfee00 } },
	{ TRACEFS "kvm_mmu_zap_all_fast: kvm-mmu-valid-gen 1 used_pages 2", LINE_EVENT,
	  { .kind = TRACE_ZAP_ALL } },
	{ TRACEFS "kvm_mmu_split_huge_page: gfn 200 spte 60b77 level 2 errno 0", LINE_EVENT,
	  { .kind = TRACE_SPLIT, .gfn = 0x200, .level = 2, .old_spte = 0x60b77 } },
	{ TRACEFS "kvm_mmu_split_huge_page: gfn 200 spte 60b77 level 2 errno -12", LINE_EVENT,
	  { .kind = TRACE_SPLIT, .write = true, .gfn = 0x200, .level = 2, .old_spte = 0x60b77,
	    .value = 12 } },
	{ TRACEFS "kvm_entry: vcpu 3, rip 0xfff0", LINE_EVENT,
	  { .kind = TRACE_ENTRY, .vcpu = 3, .rip = 0xfff0 } },
	{ TRACEFS "kvm_entry: vcpu 3, rip 0xfff0[immediate exit]", LINE_EVENT,
	  { .kind = TRACE_ENTRY, .vcpu = 3, .rip = 0xfff0 } },
	{ TRACEFS "kvm_entry: vcpu 3", LINE_EVENT, { .kind = TRACE_ENTRY, .vcpu = 3 } },
	{ TRACEFS "kvm_exit: vcpu 0 reason EPT_VIOLATION rip 0x8000 info1 0x82 info2 0x0 intr_info 0x0 error_code 0x0",
	  LINE_EVENT, { .kind = TRACE_EXIT, .rip = 0x8000 } },
	{ CMD "kvm_exit:             reason EPT_VIOLATION rip 0x8000 info 82 0", LINE_EVENT,
	  { .kind = TRACE_EXIT, .vcpu = -1, .rip = 0x8000 } },
	{ CMD "kvm_exit:             reason npf rip 0x8000 info 82 0 vcpu 2", LINE_EVENT,
	  { .kind = TRACE_EXIT, .vcpu = 2, .rip = 0x8000 } },
	{ TRACEFS "kvm_exit: vcpu reason", LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_page_fault: vcpu 1 rip 0x8000 address 0x1000 error_code 0x82", LINE_EVENT,
	  { .kind = TRACE_FAULT, .vcpu = 1 } },
	{ TRACEFS "kvm_page_fault: address 1000 error_code 82", LINE_EVENT,
	  { .kind = TRACE_FAULT, .vcpu = -1 } },
	{ TRACEFS "kvm_smm_transition: vcpu 0: entering SMM, smbase 0x30000", LINE_EVENT,
	  { .kind = TRACE_SMM, .write = true } },
	{ TRACEFS "kvm_smm_transition: vcpu 0: leaving SMM, smbase 0x30000", LINE_EVENT,
	  { .kind = TRACE_SMM } },
	{ TRACEFS "tracing_mark_write: @11 gcr0 0xc0000031", LINE_EVENT, { .kind = TRACE_MARK } },
	{ CMD "print:                tracing_mark_write: @11 x", LINE_EVENT, { .kind = TRACE_MARK } },
	{ TRACEFS "kvm_nested_vmexit: vcpu 0 reason CPUID", LINE_EVENT, { .kind = TRACE_NESTED } },
	{ TRACEFS "kvm_pio: pio_write at 0x10 size 1 count 1 val 0x1", LINE_EVENT, { 0 } },

	/* kprobe events */
	{ TRACEFS "zapgfn: (kvm_zap_gfn_range+0x0/0x100 [kvm]) kvm=0xffffc900005b9000 start=0x0 end=0xffff",
	  LINE_EVENT, { .kind = TRACE_ZAPGFN, .value = 0xffffc900005b9000 } },
	{ TRACEFS "mt_in: (vmx_get_mt_mask+0x0/0x70 [kvm_intel]) gfn=0x10001 mmio=1", LINE_EVENT,
	  { .kind = TRACE_MT_IN, .write = true, .gfn = 0x10001 } },
	{ TRACEFS "setmtrr: (kvm_mtrr_set_msr+0x0/0x320 [kvm]) msr=0x200 data=0x10000000", LINE_EVENT,
	  { .kind = TRACE_SETMTRR, .index = 0x200, .value = 0x10000000 } },
	{ TRACEFS "ncreg: (kvm_arch_register_noncoherent_dma+0x0/0x20 [kvm])", LINE_EVENT,
	  { .kind = TRACE_NCREG } },
	{ TRACEFS "ncunreg: (kvm_arch_unregister_noncoherent_dma+0x0/0x20 [kvm])", LINE_EVENT,
	  { .kind = TRACE_NCUNREG } },

	{ TRACEFS "p_kvm_arch_register_noncoherent_dma_0: (kvm_arch_register_noncoherent_dma+0x0/0x20 [kvm])",
	  LINE_EVENT, { .kind = TRACE_NCREG } },

	/* What stands around events. */
	{ "# tracer: nop", LINE_COMMENT, { 0 } },
	{ "", LINE_COMMENT, { 0 } },
	{ "cpus=4", LINE_COMMENT, { 0 } },
	{ "version = 7", LINE_COMMENT, { 0 } },
	{ "CPU 2 is empty", LINE_COMMENT, { 0 } },
	{ " => kvm_vcpu_ioctl", LINE_COMMENT, { 0 } },
	{ "CPU:0 [LOST 12 EVENTS]", LINE_LOST, { 0 } },
	{ "CPU:0 [LOST EVENTS]", LINE_LOST, { 0 } },
	{ "CPU:1 [12 EVENTS DROPPED]", LINE_LOST, { 0 } },
	{ TRACEFS "kvm_arch_vcpu_load <-vcpu_load", LINE_EVENT, { 0 } },
	{ "qemu-1234 [0", LINE_UNREADABLE, { 0 } },
	{ "CPU 0/KVM-1234 [0", LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_pio: pio_wri" TRACEFS "kvm_msr: msr_write 2ff = 0x0", LINE_UNREADABLE, { 0 } },
	{ TRACEFS "kvm_exit: vcpu 0 reason HLT rip 0x1 info" CMD "kvm_msr: msr_write 2ff = 0x0",
	  LINE_UNREADABLE, { 0 } },
	{ TRACEFS "sched_switch: bash:123 [120] S ==> swapper/0:0 [120]", LINE_EVENT, { 0 } },
	{ "qemu-1234 [000] .....  94.5", LINE_UNREADABLE, { 0 } },
	{ "qemu-1234 [000] .....  94.5: kvm_ms", LINE_UNREADABLE, { 0 } },
	{ "lorem ipsum", LINE_UNREADABLE, { 0 } },
};

static void test_lines(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct trace_event ev;
		enum trace_line_kind kind = trace_parse_line(row->line, &ev);

		if (kind != row->line_kind || (kind == LINE_EVENT && ev.kind != row->ev.kind))
			fail_msg("line kind %d, event %d: %s", kind, ev.kind, row->line);
		if (kind != LINE_EVENT)
			continue;
		if (ev.pid != 1234 || ev.write != row->ev.write || ev.gp != row->ev.gp ||
		    ev.index != row->ev.index || ev.as_id != row->ev.as_id ||
		    ev.level != row->ev.level || ev.gfn != row->ev.gfn ||
		    ev.old_spte != row->ev.old_spte || ev.new_spte != row->ev.new_spte ||
		    ev.value != row->ev.value || ev.rip != row->ev.rip)
			fail_msg("a field differs: %s", row->line);
		if (ev.kind == TRACE_ENTRY || ev.kind == TRACE_EXIT || ev.kind == TRACE_FAULT)
			assert_int_equal(ev.vcpu, row->ev.vcpu);
		assert_int_equal(ev.tgid, row->ev.tgid ? row->ev.tgid : -1);
	}
}

static void test_comm(void **state)
{
	struct trace_event ev;

	assert_int_equal(trace_parse_line("  CPU 0/KVM [x]-77 [001] ..... 1.0: kvm_pio: x", &ev),
			 LINE_EVENT);
	assert_string_equal(ev.comm, "CPU 0/KVM [x]");
	assert_int_equal(ev.pid, 77);
	assert_int_equal(trace_parse_line("a-b-2147483648 [001] ..... 1.0: kvm_pio: x", &ev),
			 LINE_UNREADABLE);
}

static void test_reader(void **state)
{
	static struct trace_reader reader;
	char text[TRACE_LINE_MAX + 64];
	FILE *in;

	memset(text, 'x', sizeof(text));
	memcpy(text, "one\r\n\ntw\0o\n", 11);
	text[sizeof(text) - 5] = '\n';
	in = fmemopen(text, sizeof(text), "r");
	trace_reader_init(&reader, in);
	assert_int_equal(trace_reader_next(&reader), 1);
	assert_string_equal(reader.line, "one");
	assert_int_equal(trace_reader_next(&reader), 1);
	assert_string_equal(reader.line, "");
	assert_int_equal(trace_reader_next(&reader), 1);
	assert_string_equal(reader.line, "tw?o");
	assert_true(reader.controls && reader.number == 3);
	assert_int_equal(trace_reader_next(&reader), 1);
	assert_true(reader.overlong && reader.length == TRACE_LINE_MAX && !reader.unfinished);
	assert_int_equal(trace_reader_next(&reader), 1);
	assert_string_equal(reader.line, "xxxx");
	assert_true(reader.unfinished && !reader.overlong && !reader.controls);
	assert_int_equal(trace_reader_next(&reader), 0);
	fclose(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_comm),
		cmocka_unit_test(test_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

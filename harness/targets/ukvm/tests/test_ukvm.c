// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real KVM behind the target interface: test_ukvm_VERSION VERSION.
 *
 * Expected memtypes are the decision tables of rules B.4 (6.1) and B.9 (6.12),
 * expected answers to MSR writes those of B.2. What is tested is the shims: that
 * KVM runs as it would on a machine, that events tell what the tables show, and
 * that one program leaves nothing behind for the next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "harness/targets/ukvm/ukvm.h"

const struct target_ops *const target_table[] = { &ukvm_target_ops, NULL };

#define MAX_LEAVES	4096u
#define RAM		0x40000000ULL
#define SLOT_SIZE	0x400000ULL

static struct target *target;
static bool linux_6_1;

static struct machine machine(enum vendor vendor)
{
	struct machine m = {
		.vendor = vendor, .nr_vcpus = 2, .maxphyaddr = 46, .cpuid_mtrr = true,
		.tdp = true, .selfsnoop = true,
	};

	m.slots[0] = (struct slot){ RAM, SLOT_SIZE, 0 };
	return m;
}

static void reset(const struct machine *m)
{
	enum target_status status = target->ops->reset(target, m);

	if (status != TARGET_OK)
		fail_msg("reset: status %d, %s", status, target->why);
}

static struct outcome step(struct op op)
{
	struct outcome out = { 0 };
	enum target_status status;

	target->nr_events = 0;
	status = target->ops->step(target, &op, &out);
	if (status != TARGET_OK)
		fail_msg("op %u: status %d, %s", op.kind, status, target->why);
	return out;
}

static void wrmsr(uint32_t msr, uint64_t value)
{
	assert_int_equal(step((struct op){ .kind = OP_WRMSR, .arg = msr, .v = { value } }).kind, OUT_OK);
}

/* --- Memtypes (rules B.4, B.9) ------------------------------------------------- */

#define E	MTRR_DEF_TYPE_E

struct mt_row {
	bool dma, quirk_off, cd, no_cpuid_mtrr, mmio;
	uint64_t def_type;
	int type, ipat;
};

/* B.4; no pair matches, so the default type is what the MTRRs say. */
static const struct mt_row rows_6_1[] = {
	{ .dma = true, .mmio = true, .def_type = E | MT_WB, .type = MT_UC },		/* row 1 */
	{ .mmio = true, .type = MT_UC },
	{ .def_type = E | MT_WT, .type = MT_WB, .ipat = 1 },				/* row 2 */
	{ .dma = true, .cd = true, .def_type = E | MT_WT, .type = MT_WB, .ipat = 1 },	/* row 3 */
	{ .dma = true, .cd = true, .quirk_off = true, .def_type = E | MT_WB,
	  .type = MT_UC, .ipat = 1 },							/* row 4 */
	{ .dma = true, .def_type = MT_WB, .type = MT_UC },				/* row 5 */
	{ .dma = true, .no_cpuid_mtrr = true, .type = MT_WB },				/* row 6 */
	{ .dma = true, .def_type = E | MT_UC, .type = MT_UC },				/* row 7 */
	{ .dma = true, .def_type = E | MT_WC, .type = MT_WC },
	{ .dma = true, .def_type = E | MT_WT, .type = MT_WT },
	{ .dma = true, .def_type = E | MT_WP, .type = MT_WP },
	{ .dma = true, .def_type = E | MT_WB, .type = MT_WB },
};

/* B.9: MTRRs and CD do not count. */
static const struct mt_row rows_6_12[] = {
	{ .dma = true, .mmio = true, .def_type = E | MT_WB, .type = MT_UC },		/* row 1 */
	{ .mmio = true, .type = MT_UC },
	{ .def_type = E | MT_UC, .type = MT_WB, .ipat = 1 },				/* row 2 */
	{ .dma = true, .def_type = E | MT_UC, .type = MT_WB },				/* row 3 */
	{ .dma = true, .cd = true, .def_type = E | MT_WC, .type = MT_WB },
};

static void apply(const struct mt_row *row, enum vendor vendor)
{
	struct machine m = machine(vendor);

	m.cpuid_mtrr = !row->no_cpuid_mtrr;
	if (row->quirk_off)
		m.quirks_off = QUIRK_CD_NW_CLEARED;
	reset(&m);
	if (row->mmio)
		step((struct op){ .kind = OP_BACKING, .arg = BACKING_MMIO, .v = { RAM, PAGE_SIZE } });
	if (row->dma)
		step((struct op){ .kind = OP_DMA, .arg = 1 });
	wrmsr(MSR_MTRR_DEF_TYPE, row->def_type);
	if (row->cd)
		step((struct op){ .kind = OP_CR0, .flags = OP_DELTA, .v = { CR0_CD } });
	step((struct op){ .kind = OP_WRITE, .v = { RAM } });
}

static void check_memtype(const struct mt_row *row, enum vendor vendor, size_t i)
{
	struct leaf leaf = { 0 };
	struct spte_view view;

	apply(row, vendor);
	assert_int_equal(target->ops->snapshot(target, &leaf, 1), 1);
	view = spte_view(target->layout, leaf.spte, leaf.level);
	assert_true(view.leaf);
	if (vendor == VENDOR_AMD) {	/* B.10: PAT entry 0, whatever the guest's MTRRs say */
		assert_int_equal(view.type, MT_WB);
	} else if (view.type != row->type || view.ipat != row->ipat) {
		fail_msg("row %zu: %s ipat %u, the table says %s ipat %d", i,
			 memtype_name(view.type), view.ipat, memtype_name(row->type), row->ipat);
	}
}

static void test_memtypes(void **state)
{
	const struct mt_row *rows = linux_6_1 ? rows_6_1 : rows_6_12;
	size_t nr = linux_6_1 ? sizeof(rows_6_1) / sizeof(*rows) : sizeof(rows_6_12) / sizeof(*rows);

	for (size_t i = 0; i < nr; i++) {
		check_memtype(&rows[i], VENDOR_INTEL, i);
		check_memtype(&rows[i], VENDOR_AMD, i);
	}
}

/* --- Answers (rules B.2, A.5, D) ---------------------------------------------------- */

static void test_answers(void **state)
{
	static const struct { struct op op; int kind, no_value; uint64_t value; } rows[] = {
		{ { .kind = OP_RDMSR, .arg = MSR_MTRRCAP }, OUT_OK, 0, MTRRCAP_KVM },
		{ { .kind = OP_WRMSR, .arg = MSR_MTRRCAP, .v = { MTRRCAP_KVM } }, OUT_GP, 1, 0 },
		{ { .kind = OP_RDMSR, .arg = MSR_PAT }, OUT_OK, 0, PAT_RESET_VALUE },
		{ { .kind = OP_WRMSR, .arg = MSR_PAT, .v = { 2 } }, OUT_GP, 1, 0 },
		{ { .kind = OP_WRMSR, .arg = MSR_MTRR_DEF_TYPE, .v = { 7 } }, OUT_GP, 1, 0 },
		{ { .kind = OP_WRMSR, .arg = MSR_MTRR_DEF_TYPE, .v = { 0x100 } }, OUT_GP, 1, 0 },
		{ { .kind = OP_WRMSR, .arg = MSR_MTRR_PHYSMASK(0), .v = { 1ULL << 46 } }, OUT_GP, 1, 0 },
		{ { .kind = OP_WRMSR, .arg = MSR_MTRR_PHYSMASK(0), .v = { 1ULL << 45 } }, OUT_OK, 1, 0 },
		{ { .kind = OP_RDMSR, .arg = MSR_MTRR_PHYSMASK(0) }, OUT_OK, 0, 1ULL << 45 },
		{ { .kind = OP_WRMSR, .arg = MSR_MTRR_PHYSBASE(8) }, OUT_GP, 1, 0 },
		{ { .kind = OP_SETMSR, .arg = MSR_PAT, .v = { 2 } }, OUT_ERRNO, 0, 22 },
		{ { .kind = OP_CR0, .v = { RUNNING_CR0 | CR0_NW } }, OUT_GP, 1, 0 },
		{ { .kind = OP_CR0, .v = { RUNNING_CR0 | CR0_NW | CR0_CD } }, OUT_OK, 0,
		  RUNNING_CR0 | CR0_NW | CR0_CD },
		{ { .kind = OP_SREGS, .arg = SREGS_CR0, .v = { RUNNING_CR0 | CR0_NW } }, OUT_ERRNO, 0, 22 },
		{ { .kind = OP_CR4, .v = { CR4_PAE | CR4_VMXE } }, OUT_GP, 1, 0 },
		{ { .kind = OP_CR4, .v = { CR4_PAE | CR4_PGE } }, OUT_OK, 0, CR4_PAE | CR4_PGE },
		{ { .kind = OP_INVPCID, .arg = 0, .v = { 1 } }, OUT_GP, 1, 0 },
		{ { .kind = OP_RSM }, OUT_UD, 1, 0 },
		{ { .kind = OP_WRITE, .v = { 0x1000 } }, OUT_MMIO, 1, 0 },	/* no slot */
		{ { .kind = OP_DMA, .arg = 0 }, OUT_ERRNO, 0, 2 },
		{ { .kind = OP_SLOT, .arg = 1, .v = { RAM, PAGE_SIZE } }, OUT_ERRNO, 0, 17 },
		{ { .kind = OP_SLOT, .arg = 1, .v = { 0, PAGE_SIZE, SLOT_READONLY } }, OUT_OK, 1, 0 },
		{ { .kind = OP_READ, .v = { 0 } }, OUT_OK, 1, 0 },
		{ { .kind = OP_WRITE, .v = { 0 } }, OUT_MMIO, 1, 0 },		/* readonly */
		{ { .kind = OP_INIT, .vcpu = 1 }, OUT_OK, 0, 0x10 },
		{ { .kind = OP_READ, .vcpu = 1, .v = { RAM } }, OUT_BLOCKED, 1, 0 },
		{ { .kind = OP_SIPI, .vcpu = 1 }, OUT_OK, 1, 0 },
		{ { .kind = OP_READ, .vcpu = 1, .v = { RAM } }, OUT_OK, 1, 0 },
	};

	for (int vendor = VENDOR_INTEL; vendor <= VENDOR_AMD; vendor++) {
		struct machine m = machine(vendor);

		reset(&m);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct op op = rows[i].op;
			struct outcome out = { 0 };

			target->nr_events = 0;
			out = step(op);
			if (out.kind != rows[i].kind || out.has_value == rows[i].no_value ||
			    (out.has_value && out.value != rows[i].value))
				fail_msg("vendor %d row %zu: kind %d value %#llx", vendor, i, out.kind,
					 (unsigned long long)out.value);
		}
	}
}

/* --- SMM (SDM 34; rules A.6) ------------------------------------------------------------ */

/* SMI clears PE and PG, RSM restores them; SMM has address space 1, and tables of its own. */
static void test_smm(void **state)
{
	for (int vendor = VENDOR_INTEL; vendor <= VENDOR_AMD; vendor++) {
		struct machine m = machine(vendor);
		struct target_regs regs, before;
		struct leaf leaves[8];
		unsigned nr_smm = 0;
		size_t nr;

		reset(&m);
		step((struct op){ .kind = OP_CR4, .v = { CR4_PAE | CR4_PGE } });
		step((struct op){ .kind = OP_WRITE, .v = { RAM } });
		before = target->ops->regs(target, 0);
		assert_int_equal(step((struct op){ .kind = OP_SMI }).kind, OUT_OK);
		regs = target->ops->regs(target, 0);
		assert_int_equal(regs.cr0, RUNNING_CR0 & ~(uint64_t)(CR0_PE | CR0_PG));
		assert_int_equal(regs.cr4, 0);
		assert_int_equal(regs.efer, 0);
		assert_int_equal(step((struct op){ .kind = OP_WRITE, .v = { RAM } }).kind, OUT_OK);
		nr = target->ops->snapshot(target, leaves, 8);
		assert_int_equal(nr, 2);
		for (size_t i = 0; i < nr; i++) {
			nr_smm += leaves[i].as_id;
			assert_int_equal(leaves[i].gfn, RAM >> PAGE_SHIFT);
		}
		assert_int_equal(nr_smm, 1);
		assert_int_equal(step((struct op){ .kind = OP_WRITE, .v = { 0x1000 } }).kind, OUT_MMIO);
		assert_int_equal(step((struct op){ .kind = OP_RSM }).kind, OUT_OK);
		regs = target->ops->regs(target, 0);
		assert_int_equal(regs.cr0, before.cr0);
		assert_int_equal(regs.cr3, before.cr3);
		assert_int_equal(regs.cr4, before.cr4);
		assert_int_equal(regs.efer, before.efer);
		/* The slot goes from both address spaces. */
		step((struct op){ .kind = OP_SLOT, .arg = 0 });
		assert_int_equal(target->ops->snapshot(target, leaves, 8), 0);
		/* INIT waits for RSM, and then for SIPI (SDM 34.3.1). */
		step((struct op){ .kind = OP_SMI, .vcpu = 1 });
		step((struct op){ .kind = OP_INIT, .vcpu = 1 });
		assert_int_equal(target->ops->regs(target, 1).cr3, before.cr3);
		assert_int_equal(step((struct op){ .kind = OP_RSM, .vcpu = 1 }).kind, OUT_OK);
		assert_int_equal(target->ops->regs(target, 1).cr3, 0);
		assert_int_equal(step((struct op){ .kind = OP_READ, .vcpu = 1, .v = { RAM } }).kind, OUT_BLOCKED);
	}
}

/* Where the program's own memory lies in SMRAM's place, ukvm says so. */
static void test_smram_in_the_way(void **state)
{
	struct machine m = machine(VENDOR_INTEL);
	struct op smi = { .kind = OP_SMI }, read = { .kind = OP_READ, .v = { 0xfe000000 } };
	struct outcome out;

	m.slots[1] = (struct slot){ 0xfe010000, 0x200000, 0 };
	reset(&m);
	assert_int_equal(target->ops->step(target, &smi, &out), TARGET_SKIPPED);
	assert_non_null(strstr(target->why, "SMRAM"));
	m.slots[1].size = 0;
	reset(&m);
	assert_int_equal(step(read).kind, OUT_MMIO);
	step(smi);
	assert_int_equal(target->ops->step(target, &read, &out), TARGET_SKIPPED);
}

/* --- WARN is a finding ---------------------------------------------------------------- */

/*
 * 6.1: PHYSBASE written while its PHYSMASK was never written and MTRRs are on:
 * the pair's range wraps to an empty one, which kvm_zap_gfn_range() warns about.
 */
static void test_warn(void **state)
{
	struct machine m = machine(VENDOR_INTEL);
	struct op op = { .kind = OP_WRMSR, .arg = MSR_MTRR_PHYSBASE(0), .v = { RAM } };
	const struct target_warning *w = &target->warnings[0];
	struct outcome out = { 0 };

	reset(&m);
	step((struct op){ .kind = OP_DMA, .arg = 1 });
	wrmsr(MSR_MTRR_DEF_TYPE, E);
	target->nr_events = target->nr_warnings = 0;
	target->want_stacks = true;
	assert_int_equal(target->ops->step(target, &op, &out), TARGET_OK);
	if (!linux_6_1) {
		assert_int_equal(target->nr_warnings, 0);
		return;
	}
	assert_int_equal(target->nr_warnings, 1);
	assert_false(w->fatal);
	assert_string_equal(w->function, "kvm_zap_gfn_range");
	assert_string_equal(w->file, "arch/x86/kvm/mmu/mmu.c");
	assert_true(w->line > 1000);
	assert_non_null(strstr(w->text, "WARN_ON_ONCE(gfn_end <= gfn_start)"));
	/* Inlined functions aside: from the WARN to the ioctl. */
	assert_non_null(strstr(w->stack, "kvm_mtrr_set_msr < "));
	assert_non_null(strstr(w->stack, " < kvm_vcpu_ioctl"));
	/* It is only a warning: the VM lives on. */
	assert_int_equal(step((struct op){ .kind = OP_READ, .v = { RAM } }).kind, OUT_OK);
}

/* --- Random programs: events, determinism, growth -------------------------------------- */

static uint64_t rng_state;

static uint64_t rng(void)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return rng_state;
}

static struct op random_op(void)
{
	static const uint8_t types[] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB };
	uint64_t gpa = RAM + (rng() % (SLOT_SIZE / PAGE_SIZE)) * PAGE_SIZE;
	uint8_t vcpu = rng() & 1, type = types[rng() % 5];

	switch (rng() % 12) {
	case 0:
		return (struct op){ .kind = OP_WRMSR, .vcpu = vcpu, .arg = MSR_MTRR_DEF_TYPE,
				    .v = { type | (rng() & 1 ? E : 0) } };
	case 1:
		return (struct op){ .kind = OP_WRMSR, .vcpu = vcpu, .arg = MSR_MTRR_PHYSMASK(rng() & 1),
				    .v = { 0x3fffffe00000 | MTRR_PHYSMASK_V } };
	case 2:
		return (struct op){ .kind = OP_CR0, .vcpu = vcpu, .flags = OP_DELTA,
				    .v = { rng() & 1 ? CR0_CD : 0, 0 } };
	case 3:
		return (struct op){ .kind = OP_DMA, .arg = rng() & 1 };
	case 4:
		return (struct op){ .kind = rng() & 1 ? OP_SPLIT : OP_COLLAPSE };
	case 5:
		return (struct op){ .kind = OP_INVALIDATE, .v = { gpa, PAGE_SIZE } };
	case 6:
		return (struct op){ .kind = OP_BACKING, .arg = rng() % NR_BACKINGS,
				    .v = { gpa & ~0x1fffffULL, 0x200000 } };
	case 7:
		return (struct op){ .kind = OP_INIT, .vcpu = vcpu };
	case 8:
		return (struct op){ .kind = OP_SIPI, .vcpu = vcpu };
	case 9:
		return (struct op){ .kind = OP_READ, .vcpu = vcpu, .v = { gpa } };
	default:
		return (struct op){ .kind = OP_WRITE, .vcpu = vcpu, .v = { gpa } };
	}
}

/* The leaves that events say there are; @nr of them. */
static void follow(struct leaf *leaves, size_t *nr)
{
	for (size_t e = 0; e < target->nr_events; e++) {
		const struct event *ev = &target->events[e];
		size_t i = 0;

		if (ev->kind != EV_SPTE)
			continue;
		while (i < *nr && !(leaves[i].root == ev->root && leaves[i].gfn == ev->gfn &&
				    leaves[i].level == ev->level))
			i++;
		if (spte_view(target->layout, ev->new_spte, ev->level).leaf) {
			assert_true(*nr < MAX_LEAVES);
			leaves[i] = (struct leaf){ ev->as_id, ev->level, ev->root, ev->gfn, ev->new_spte };
			*nr += i == *nr;
		} else if (i < *nr) {
			leaves[i] = leaves[--*nr];
		}
	}
}

/* Accessed and dirty bits change under the CPU's hands, without events. */
static uint64_t settled(uint64_t spte)
{
	return spte & ~(target->layout == SPTE_EPT ? 0x300ULL : 0x60ULL);
}

static void check_events(const struct leaf *told, size_t nr)
{
	static struct leaf leaves[MAX_LEAVES];
	size_t have = target->ops->snapshot(target, leaves, MAX_LEAVES);

	assert_int_equal(have, nr);
	for (size_t i = 0; i < have; i++) {
		size_t k = 0;

		while (k < nr && !(told[k].root == leaves[i].root && told[k].gfn == leaves[i].gfn &&
				   told[k].level == leaves[i].level))
			k++;
		assert_true(k < nr);
		assert_int_equal(settled(told[k].spte), settled(leaves[i].spte));
	}
}

/* Runs the program of @seed; returns a hash of all it showed. */
static uint64_t run_random(uint64_t seed, enum vendor vendor, bool check)
{
	static struct leaf told[MAX_LEAVES];
	struct machine m = machine(vendor);
	uint64_t hash = 0xcbf29ce484222325ULL;
	size_t nr = 0;

	rng_state = seed * 2654435761u + 1;
	reset(&m);
	for (unsigned i = 0; i < 32; i++) {
		struct op op = random_op();
		struct outcome out = step(op);

		hash = (hash ^ out.kind ^ out.value << 8) * 0x100000001b3ULL;
		for (size_t e = 0; e < target->nr_events; e++)
			hash = (hash ^ target->events[e].new_spte ^ target->events[e].gfn << 8 ^
				(uint64_t)target->events[e].kind << 56) * 0x100000001b3ULL;
		if (check) {
			follow(told, &nr);
			check_events(told, nr);
		}
	}
	return hash;
}

static void test_events_and_tables_agree(void **state)
{
	for (uint64_t seed = 1; seed <= 150; seed++) {
		run_random(seed, VENDOR_INTEL, true);
		run_random(seed, VENDOR_AMD, true);
	}
}

static void test_same_program_same_sptes(void **state)
{
	enum { NR = 64 };
	uint64_t first[NR];

	for (int i = 0; i < NR; i++)
		first[i] = run_random(1000 + i, i & 1, false);
	for (int i = NR - 1; i >= 0; i--) {
		if (run_random(1000 + i, i & 1, false) != first[i])
			fail_msg("seed %d: another order of programs changed what it shows", 1000 + i);
	}
}

static long resident_pages(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long size, resident = 0;

	assert_non_null(statm);
	assert_int_equal(fscanf(statm, "%ld %ld", &size, &resident), 2);
	fclose(statm);
	return resident;
}

static void test_no_growth(void **state)
{
	long before;

#if __has_feature(address_sanitizer)
	skip();		/* its quarantine grows */
#endif
	for (uint64_t seed = 0; seed < 500; seed++)
		run_random(seed % 100, seed & 1, false);
	before = resident_pages();
	for (uint64_t seed = 0; seed < 5000; seed++)
		run_random(seed % 100, seed & 1, false);
	assert_true(resident_pages() - before < 512);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memtypes),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_smm),
		cmocka_unit_test(test_smram_in_the_way),
		cmocka_unit_test(test_warn),
		cmocka_unit_test(test_events_and_tables_agree),
		cmocka_unit_test(test_same_program_same_sptes),
		cmocka_unit_test(test_no_growth),
	};
	char spec[64], error[512];
	int failed;

	if (argc != 2) {
		fprintf(stderr, "usage: %s 6.1|6.12\n", argv[0]);
		return 2;
	}
	linux_6_1 = !strcmp(argv[1], "6.1");
	snprintf(spec, sizeof(spec), "ukvm:%s", argv[1]);
	target = target_open(spec, error, sizeof(error));
	if (!target) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	if (target->profile != (linux_6_1 ? PROFILE_LINUX_6_1 : PROFILE_LINUX_6_16)) {
		fprintf(stderr, "profile %d: %s\n", target->profile, target->profile_why);
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	target_close(target);
	return failed;
}

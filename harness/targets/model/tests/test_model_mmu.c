// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaves: their bits, levels, what faults, splits and collapses make of them,
 * and slots. Expected values are worked out from mmu/mmu.c, mmu/tdp_mmu.c,
 * mmu/spte.c and kvm_main.c of the kernels named; memtypes also stand as
 * tables in rules B.4 to B.9.
 */
#include "harness/targets/model/tests/rig.h"

enum cond { DMA = 1, CD = 2, QUIRK_OFF = 4, MMIO = 8, PAT_QUIRK_OFF = 16, NO_SS = 32, NO_CPUID = 64, E = 128 };

/* vmx_get_mt_mask(), row by row; E=1 maps the default type WP. */
static const struct {
	const char *policy;
	unsigned cond;
	uint64_t mt;
} mt_rows[] = {
	{ "linux-6.1", 0, MT(MT_WB, 1) },
	{ "linux-6.1", MMIO | DMA, MT(MT_UC, 0) },
	{ "linux-6.1", MMIO, MT(MT_UC, 0) },
	{ "linux-6.1", DMA, MT(MT_UC, 0) },
	{ "linux-6.1", DMA | NO_CPUID, MT(MT_WB, 0) },
	{ "linux-6.1", DMA | E, MT(MT_WP, 0) },
	{ "linux-6.1", DMA | CD, MT(MT_WB, 1) },
	{ "linux-6.1", DMA | CD | QUIRK_OFF | E, MT(MT_UC, 1) },
	{ "linux-6.1", CD | QUIRK_OFF, MT(MT_WB, 1) },
	{ "linux-5.15", DMA | CD, MT(MT_WB, 1) },
	{ "linux-6.7", DMA | CD, MT(MT_WB, 0) },
	{ "linux-6.7", DMA | CD | QUIRK_OFF, MT(MT_UC, 1) },
	{ "yan-v4", DMA | CD, MT(MT_WB, 0) },
	{ "linux-6.11", 0, MT(MT_WB, 1) },
	{ "linux-6.11", DMA | CD | QUIRK_OFF | E, MT(MT_WB, 0) },
	{ "linux-6.11-rc", 0, MT(MT_WB, 0) },
	{ "linux-6.11-rc", NO_SS, MT(MT_WB, 1) },
	{ "linux-6.11-rc", NO_SS | DMA, MT(MT_WB, 0) },
	{ "linux-6.16", 0, MT(MT_WB, 1) },
	{ "linux-6.16", DMA | E, MT(MT_WB, 0) },
	{ "linux-6.16", PAT_QUIRK_OFF, MT(MT_WB, 0) },
	{ "linux-6.16", PAT_QUIRK_OFF | NO_SS, MT(MT_WB, 1) },	/* cannot be turned off */
	{ "linux-6.16", MMIO, MT(MT_UC, 0) },
};

static void memtypes(void **state)
{
	for (unsigned i = 0; i < sizeof(mt_rows) / sizeof(mt_rows[0]); i++) {
		unsigned cond = mt_rows[i].cond;
		struct rig rig;

		rig_open(&rig, mt_rows[i].policy);
		rig.machine.selfsnoop = !(cond & NO_SS);
		rig.machine.cpuid_mtrr = !(cond & NO_CPUID);
		rig.machine.quirks_off = (cond & QUIRK_OFF ? QUIRK_CD_NW_CLEARED : 0) |
					 (cond & PAT_QUIRK_OFF ? QUIRK_IGNORE_GUEST_PAT : 0);
		rig_reset(&rig);
		if (cond & DMA)
			host(&rig, OP_DMA, 1, 0, 0, 0);
		if (cond & MMIO)
			host(&rig, OP_BACKING, BACKING_MMIO, G1, M2, 0);
		if (cond & E)
			wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0x805);
		if (cond & CD)
			cr0_bits(&rig, 0, CR0_CD, 0);
		assert_int_equal(access_at(&rig, 0, OP_READ, G1), OUT_OK);
		if (mt_at(&rig, G1) != mt_rows[i].mt)
			fail_msg("row %u (%s): 0x%llx", i, mt_rows[i].policy,
				 (unsigned long long)mt_at(&rig, G1));
		rig_close(&rig);
	}
}

/* make_spte() with kvm_mmu_set_ept_masks(), or the defaults; rules F.5. */
static void leaf_bits(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	access_at(&rig, 0, OP_READ, 2 * G1);
	assert_int_equal(leaf_at(&rig, 0, 2 * G1, NULL), 2 * G1 | 0x600000000000bf7ULL);
	rig.machine.vendor = VENDOR_AMD;
	rig.machine.slots[0].flags = SLOT_READONLY;
	rig_reset(&rig);
	assert_int_equal(rig.m->target.layout, SPTE_PAE);
	access_at(&rig, 0, OP_READ, 2 * G1);
	assert_int_equal(leaf_at(&rig, 0, 2 * G1, NULL), 2 * G1 | 0xee7);
	access_at(&rig, 0, OP_READ, 0);
	assert_int_equal(leaf_at(&rig, 0, 0, NULL), 0x8a5);
	assert_int_equal(access_at(&rig, 0, OP_WRITE, 0), OUT_MMIO);
	rig_close(&rig);
}

/*
 * handle_ept_misconfig() passes no access on, so a write that meets an outdated
 * MMIO SPTE is first a read, and leaves the readonly slot's page mapped. An NPT
 * fault says that it is a write.
 */
static void outdated_mmio_spte(void **state)
{
	for (unsigned vendor = VENDOR_INTEL; vendor <= VENDOR_AMD; vendor++) {
		struct rig rig;

		rig_open(&rig, "linux-6.1");
		rig.machine.vendor = vendor;
		rig_reset(&rig);
		assert_int_equal(access_at(&rig, 0, OP_READ, 5 * G1), OUT_MMIO);
		host(&rig, OP_SLOT, 3, 5 * G1, 0x1000, SLOT_READONLY);
		assert_int_equal(access_at(&rig, 0, OP_WRITE, 5 * G1), OUT_MMIO);
		assert_int_equal(leaf_at(&rig, 0, 5 * G1, NULL) != NO_LEAF, vendor == VENDOR_INTEL);
		if (vendor == VENDOR_INTEL)
			assert_int_equal(leaf_at(&rig, 0, 5 * G1, NULL) & EPT_W, 0);
		rig_close(&rig);
	}
}

static void levels(void **state)
{
	static const struct { uint64_t gpa; unsigned level; } rows[] = {
		{ 0x1000, LEVEL_2M }, { M2, LEVEL_2M }, { G1, LEVEL_1G }, { 2 * G1 + M2, LEVEL_1G },
		{ 4 * G1, LEVEL_4K }, { 4 * G1 + M2, LEVEL_2M }, { 4 * G1 + 2 * M2, LEVEL_4K },
	};
	unsigned level;
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	rig.machine.slots[2] = (struct slot){ 4 * G1 + 0x1000, 2 * M2, 0 };
	rig_reset(&rig);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t gpa = rows[i].gpa == 4 * G1 ? 4 * G1 + 0x1000 : rows[i].gpa;

		assert_int_equal(access_at(&rig, 0, OP_READ, gpa), OUT_OK);
		assert_int_not_equal(leaf_at(&rig, 0, gpa, &level), NO_LEAF);
		assert_int_equal(level, rows[i].level);
	}
	/* What the host maps limits the level; so does a move of part of it. */
	host(&rig, OP_BACKING, BACKING_2M, G1, 2 * M2, 0);
	access_at(&rig, 0, OP_READ, G1);
	leaf_at(&rig, 0, G1, &level);
	assert_int_equal(level, LEVEL_2M);
	host(&rig, OP_BACKING, BACKING_4K, G1, M2, 0);
	access_at(&rig, 0, OP_READ, G1);
	leaf_at(&rig, 0, G1, &level);
	assert_int_equal(level, LEVEL_4K);
	host(&rig, OP_INVALIDATE, 0, 2 * G1, 0x1000, 0);
	access_at(&rig, 0, OP_READ, 2 * G1);
	leaf_at(&rig, 0, 2 * G1, &level);
	assert_int_equal(level, LEVEL_4K);
	access_at(&rig, 0, OP_READ, 2 * G1 + M2);
	leaf_at(&rig, 0, 2 * G1 + M2, &level);
	assert_int_equal(level, LEVEL_2M);
	/* And other pages in place of all of it end that. */
	host(&rig, OP_BACKING, BACKING_1G, 2 * G1, G1, 0);
	access_at(&rig, 0, OP_READ, 2 * G1);
	leaf_at(&rig, 0, 2 * G1, &level);
	assert_int_equal(level, LEVEL_1G);
	assert_sane(&rig);
	rig_close(&rig);
}

/* Where MTRRs limit the level: P1 always, P2 to P4 with EPT and DMA, then never. */
static void levels_by_mtrr(void **state)
{
	static const struct { const char *policy; bool dma; unsigned level; } rows[] = {
		{ "linux-5.15", false, LEVEL_2M }, { "linux-6.1", false, LEVEL_1G },
		{ "linux-6.1", true, LEVEL_2M }, { "linux-6.7", true, LEVEL_2M },
		{ "linux-6.11", true, LEVEL_1G }, { "linux-6.16", true, LEVEL_1G },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned level = 0;
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		host(&rig, OP_DMA, 1, 0, 0, 0);
		if (!rows[i].dma)
			host(&rig, OP_DMA, 0, 0, 0, 0);
		wrmsr(&rig, 0, MSR_MTRR_PHYSBASE(0), G1 | MT_UC);
		wrmsr(&rig, 0, MSR_MTRR_PHYSMASK(0), 0xffffe00800ULL);
		wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0x806);
		access_at(&rig, 0, OP_READ, G1);
		leaf_at(&rig, 0, G1, &level);
		assert_int_equal(level, rows[i].level);
		rig_close(&rig);
	}
}

/* A huge leaf that straddles the border of a range zap goes whole, its neighbour stays. */
static void straddling_leaf(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	host(&rig, OP_DMA, 1, 0, 0, 0);
	wrmsr(&rig, 0, MSR_MTRR_PHYSMASK(0), 0xffffe00000ULL);
	wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0x800);
	access_at(&rig, 0, OP_READ, G1);
	access_at(&rig, 0, OP_READ, 2 * G1);
	assert_int_equal(nr_leaves(&rig), 2);
	wrmsr(&rig, 0, MSR_MTRR_PHYSBASE(0), (G1 + M2) | MT_WB);
	assert_int_equal(nr_leaves(&rig), 1);
	assert_int_equal(mt_at(&rig, G1), NO_LEAF);
	assert_int_equal(nr_events(&rig, EV_SPTE), 1);
	assert_int_equal(event_of(&rig, EV_SPTE, 0)->level, LEVEL_1G);
	rig_close(&rig);
}

/* An eager split keeps memtype and IPAT, write protection comes after it. */
static void split_and_collapse(void **state)
{
	unsigned level;
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	host(&rig, OP_DMA, 1, 0, 0, 0);
	access_at(&rig, 0, OP_WRITE, 0);
	assert_int_equal(mt_at(&rig, 0), MT(MT_UC, 0));
	host(&rig, OP_SPLIT, 0, 0, 0, 0);
	assert_int_equal(nr_leaves(&rig), 512);
	assert_int_equal(mt_at(&rig, 0x1ff000), MT(MT_UC, 0));
	assert_int_equal(leaf_at(&rig, 0, 0x1ff000, &level) & (SPTE_PFN_MASK | SPTE_W | SPTE_PS), 0x1ff000);
	assert_int_equal(level, LEVEL_4K);
	/* The write-protected leaf becomes writable again, and nothing else about it changes. */
	assert_int_equal(access_at(&rig, 0, OP_WRITE, 0x5000), OUT_OK);
	assert_int_equal(leaf_at(&rig, 0, 0x5000, NULL) & SPTE_W, SPTE_W);
	host(&rig, OP_COLLAPSE, 0, 0, 0, 0);
	assert_int_equal(nr_leaves(&rig), 0);
	access_at(&rig, 0, OP_READ, 0x5000);
	leaf_at(&rig, 0, 0x5000, &level);
	assert_int_equal(level, LEVEL_2M);
	assert_sane(&rig);
	rig_close(&rig);
}

/*
 * A write to a huge leaf under dirty logging, where the eager split ran out of
 * memory: v6.1 zaps the leaf, later kernels split it.
 */
static void fault_on_huge_leaf(void **state)
{
	static const struct { const char *policy; unsigned leaves; } rows[] = {
		/* The split made 512 leaves of 2M; the write is to the last of them. */
		{ "linux-5.15", 1 }, { "linux-6.1", 511 + 1 }, { "linux-6.7", 511 + 512 },
		{ "linux-6.16", 511 + 512 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t gpa = 2 * G1 - 0x1000;
		unsigned level;
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		access_at(&rig, 0, OP_READ, gpa);
		host(&rig, OP_SPLIT, 1, 0, 0, 0);
		assert_int_equal(access_at(&rig, 0, OP_WRITE, gpa), OUT_OK);
		assert_true(leaf_at(&rig, 0, gpa, &level) & SPTE_W);
		assert_int_equal(level, LEVEL_4K);
		assert_int_equal(nr_leaves(&rig), rows[i].leaves);
		assert_sane(&rig);
		rig_close(&rig);
	}
}

/* __kvm_set_memory_region() */
static void slot_errors(void **state)
{
	static const struct { uint32_t id; uint64_t gpa, size, flags; int error; } rows[] = {
		{ 2, 0, 0, 0, EINVAL },				/* nothing to delete */
		{ 2, M2, M2, 0, EEXIST },
		{ 2, 4 * G1, M2 + 1, 0, EINVAL },
		{ 2, 4 * G1, M2, 1 << 7, EINVAL },
		{ 2, 1ULL << 40, M2, 0, EINVAL },		/* beyond the host's MAXPHYADDR */
		{ 0, 0, M2, 0, EINVAL },			/* another size */
		{ 0, 0, 2 * M2, SLOT_READONLY, EINVAL },
		{ 0, G1, 2 * M2, 0, EEXIST },
		{ 0, 0, 2 * M2, 0, 0 },				/* nothing to change */
		{ 0, M2, 2 * M2, 0, 0 },			/* moved over its old self */
		{ 2, 4 * G1, M2, SLOT_READONLY, 0 },
		{ 2, 0, 0, 0, 0 },
	};
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host(&rig, OP_SLOT, rows[i].id, rows[i].gpa, rows[i].size, rows[i].flags);
		if ((rig.out.kind == OUT_ERRNO ? (int)rig.out.value : 0) != rows[i].error)
			fail_msg("row %u: %d %d", i, rig.out.kind, (int)rig.out.value);
	}
	assert_int_equal(host(&rig, OP_SPLIT, 9, 0, 0, 0), OUT_ERRNO);
	assert_int_equal(host(&rig, OP_DMA, 0, 0, 0, 0), OUT_ERRNO);
	rig_close(&rig);
}

/* Deleting one slot: all slots' leaves go, or with SLOT_ZAP_ALL off, one's. */
static void slot_delete(void **state)
{
	static const struct { const char *policy; bool quirk_off; unsigned left; } rows[] = {
		{ "linux-6.1", false, 0 }, { "linux-6.1", true, 0 }, { "linux-6.16", false, 0 },
		{ "linux-6.16", true, 1 },
	};

	for (unsigned i = 0; i < 4; i++) {
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		if (rows[i].quirk_off)
			host(&rig, OP_QUIRK, QUIRK_SLOT_ZAP_ALL, 0, 0, 0);
		access_at(&rig, 0, OP_READ, 0);
		access_at(&rig, 1, OP_READ, G1);
		host(&rig, OP_SLOT, 0, 0, 0, 0);
		assert_int_equal(nr_leaves(&rig), rows[i].left);
		/* Neither vCPU uses what its TLB may hold of the deleted slot. */
		assert_int_equal(access_at(&rig, 0, OP_READ, 0), OUT_MMIO);
		assert_int_equal(access_at(&rig, 1, OP_READ, 0), OUT_MMIO);
		assert_int_equal(access_at(&rig, 1, OP_READ, G1), OUT_OK);
		assert_sane(&rig);
		rig_close(&rig);
	}
}

static void mmio_sptes(void **state)
{
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	assert_int_equal(access_at(&rig, 0, OP_READ, 5 * G1), OUT_MMIO);
	assert_int_equal(nr_events(&rig, EV_MMIO_SPTE), 1);
	assert_int_equal(event_of(&rig, EV_MMIO_SPTE, 0)->gfn, 5 * G1 >> PAGE_SHIFT);
	assert_int_equal(event_of(&rig, EV_MMIO_SPTE, 0)->new_spte & 7, 6);	/* a misconfiguration */
	assert_int_equal(access_at(&rig, 1, OP_WRITE, 5 * G1), OUT_MMIO);
	assert_int_equal(nr_events(&rig, EV_MMIO_SPTE), 0);	/* cached */
	host(&rig, OP_SLOT, 2, 6 * G1, M2, 0);			/* a new generation */
	assert_int_equal(access_at(&rig, 1, OP_WRITE, 5 * G1), OUT_MMIO);
	assert_int_equal(nr_events(&rig, EV_MMIO_SPTE), 1);
	host(&rig, OP_SLOT, 3, 5 * G1, 0x1000, 0);
	assert_int_equal(access_at(&rig, 1, OP_WRITE, 5 * G1), OUT_OK);
	host(&rig, OP_SLOT, 3, 0, 0, 0);
	/* A write to a readonly slot leaves to userspace, without an MMIO SPTE, and reads stay mapped. */
	host(&rig, OP_SLOT, 3, 5 * G1, 0x1000, SLOT_READONLY);
	assert_int_equal(access_at(&rig, 0, OP_READ, 5 * G1), OUT_OK);
	assert_int_equal(access_at(&rig, 0, OP_WRITE, 5 * G1), OUT_MMIO);
	assert_int_equal(nr_events(&rig, EV_MMIO_SPTE), 0);
	assert_int_equal(leaf_at(&rig, 0, 5 * G1, NULL) & SPTE_W, 0);
	rig_close(&rig);
}

/* The host's pages change, and so do the leaf's pfn and, for MMIO, its type. */
static void notifier(void **state)
{
	uint64_t pfn;
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	access_at(&rig, 0, OP_READ, G1);
	pfn = leaf_at(&rig, 0, G1, NULL) & SPTE_PFN_MASK;
	host(&rig, OP_INVALIDATE, 0, 2 * G1, G1, 0);
	assert_int_equal(nr_leaves(&rig), 1);
	host(&rig, OP_INVALIDATE, 0, G1, 0x1000, 0);
	assert_int_equal(nr_leaves(&rig), 0);
	access_at(&rig, 0, OP_READ, G1);
	assert_int_not_equal(leaf_at(&rig, 0, G1, NULL) & SPTE_PFN_MASK, pfn);
	host(&rig, OP_BACKING, BACKING_MMIO, G1, 0x1000, 0);
	access_at(&rig, 0, OP_READ, G1);
	assert_int_equal(mt_at(&rig, G1), MT(MT_UC, 0));
	/* Moving MMIO pages keeps them MMIO. */
	host(&rig, OP_INVALIDATE, 0, G1, 2 * M2, 0);
	access_at(&rig, 0, OP_READ, G1);
	assert_int_equal(mt_at(&rig, G1), MT(MT_UC, 0));
	access_at(&rig, 0, OP_READ, G1 + 0x1000);
	assert_int_equal(mt_at(&rig, G1 + 0x1000), MT(MT_WB, 1));
	/* Lists of any length. */
	for (unsigned i = 0; i < 1000; i++)
		host(&rig, OP_INVALIDATE, 0, G1 + i * 0x2000, 0x1000, 0);
	access_at(&rig, 0, OP_READ, G1);
	assert_int_equal(mt_at(&rig, G1), MT(MT_UC, 0));
	assert_sane(&rig);
	rig_close(&rig);
}

/* kvm_arch_vcpu_pre_fault_memory() */
static void pre_fault(void **state)
{
	struct op op = { .kind = OP_PREFAULT, .v = { G1, G1 } };
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	assert_int_equal(rig_op(&rig, op), OUT_ERRNO);
	assert_int_equal(rig.out.value, EINVAL);
	rig_close(&rig);

	rig_open(&rig, "linux-6.16");
	assert_int_equal(rig_op(&rig, op), OUT_OK);
	assert_int_equal(nr_leaves(&rig), 1);
	assert_int_equal(nr_events(&rig, EV_FILL) + nr_events(&rig, EV_ENTER), 0);
	assert_int_equal(leaf_at(&rig, 0, G1, NULL) & EPT_A, 0);
	/* No slot: an MMIO SPTE and ENOENT; past the end of a slot: what could be mapped is. */
	op.v[0] = 5 * G1;
	assert_int_equal(rig_op(&rig, op), OUT_ERRNO);
	assert_int_equal(rig.out.value, ENOENT);
	op.v[0] = 0, op.v[1] = 4 * M2;
	assert_int_equal(rig_op(&rig, op), OUT_OK);
	assert_int_equal(nr_leaves(&rig), 3);
	/* After zap-all the vCPU's root is obsolete, which only an entry mends: v6.12.117 spins until a signal. */
	host(&rig, OP_SLOT, 0, 0, 0, 0);
	op.v[0] = G1;
	assert_int_equal(rig_op(&rig, op), OUT_ERRNO);
	assert_int_equal(rig.out.value, EINTR);
	access_at(&rig, 0, OP_READ, G1);
	assert_int_equal(rig_op(&rig, op), OUT_OK);
	rig.machine.tdp = false;
	rig_reset(&rig);
	assert_int_equal(rig_op(&rig, op), OUT_ERRNO);
	assert_int_equal(rig.out.value, EOPNOTSUPP);
	rig_close(&rig);
}

/* What a prefault finds mapped it maps anew, with the memtype of now and without a flush. */
static void pre_fault_rewrites_leaf(void **state)
{
	struct op op = { .kind = OP_PREFAULT, .v = { G1, 0x1000 } };
	struct rig rig;

	rig_open(&rig, "linux-6.16");
	access_at(&rig, 0, OP_READ, G1);
	host(&rig, OP_QUIRK, QUIRK_IGNORE_GUEST_PAT, 0, 0, 0);
	assert_int_equal(mt_at(&rig, G1), MT(MT_WB, 1));
	assert_int_equal(rig_op(&rig, op), OUT_OK);
	assert_int_equal(mt_at(&rig, G1), MT(MT_WB, 0));
	assert_int_equal(rig.m->vm.vcpus[0].requests, 0);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memtypes),
		cmocka_unit_test(leaf_bits),
		cmocka_unit_test(outdated_mmio_spte),
		cmocka_unit_test(levels),
		cmocka_unit_test(levels_by_mtrr),
		cmocka_unit_test(straddling_leaf),
		cmocka_unit_test(split_and_collapse),
		cmocka_unit_test(fault_on_huge_leaf),
		cmocka_unit_test(slot_errors),
		cmocka_unit_test(slot_delete),
		cmocka_unit_test(mmio_sptes),
		cmocka_unit_test(notifier),
		cmocka_unit_test(pre_fault),
		cmocka_unit_test(pre_fault_rewrites_leaf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the mails say of their proposals, one row a claim: 000 (whose memtypes),
 * 001 (what role changes do to roots and TLBs), 002 (which ranges, in which
 * order, under which lock), 003 (what a PCI hole costs). Whether the claims hold
 * for a guest is the oracle's to judge: corpus/mails.
 */
#include "harness/targets/model/tests/rig.h"

#define MASK_2M		0xffffe00800ULL
#define MASK_1G		0xffc0000800ULL
#define ALL		(~0ULL >> PAGE_SHIFT)
#define WB8		0x0606060606060606ULL

static const struct policy *policy(const char *name)
{
	for (unsigned i = 0; i < model_nr_policies; i++) {
		if (!__builtin_strcmp(model_policies[i].name, name))
			return &model_policies[i];
	}
	fail_msg("no policy %s", name);
	return NULL;
}

/* --- 000 --------------------------------------------------------------------------- */

/* b7297e028268: "No functional change intended". Each input of the decision, in each state. */
static void simplified_memtype_is_the_same(void **state)
{
	const struct policy *before = policy("linux-5.15"), *after = policy("linux-6.1");
	static const uint8_t types[] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB };
	unsigned rows = 0;
	struct rig rig;

	rig_open(&rig, "linux-5.15");
	assert_ptr_not_equal(before->memtype, after->memtype);
	for (unsigned bits = 0; bits < 64; bits++) {
		for (unsigned t = 0; t < sizeof(types); t++, rows++) {
			struct vcpu *v = &rig.m->vm.vcpus[0];
			bool mmio = bits & 32;

			rig.m->vm.dma_count = bits & 1;
			rig.m->vm.quirks_off = bits & 2 ? QUIRK_CD_NW_CLEARED : 0;
			v->mode.cr0 = RUNNING_CR0 | (bits & 4 ? CR0_CD : 0);
			v->cpuid_mtrr = bits & 8;
			v->mtrr.def_type = (bits & 16 ? MTRR_DEF_TYPE_E : 0) | types[t];
			assert_int_equal(before->memtype(rig.m, v, 0x200, mmio),
					 after->memtype(rig.m, v, 0x200, mmio));
		}
	}
	assert_int_equal(rows, 320);
	rig_close(&rig);
}

/* The per-VM variant: what vCPU 0 gets, vCPU 1 gets, whatever its own state says. */
static void vcpu_0_answers_for_the_vm(void **state)
{
	const struct policy *per_vcpu = policy("linux-5.15"), *per_vm = policy("seanjc-vcpu0");
	struct rig rig;

	rig_open(&rig, "seanjc-vcpu0");
	for (unsigned bits = 0; bits < 16; bits++) {
		struct vcpu *v = rig.m->vm.vcpus;
		bool mmio = bits & 1;

		rig.m->vm.dma_count = bits & 2;
		v[0].mode.cr0 = RUNNING_CR0 | (bits & 4 ? CR0_CD : 0);
		v[0].mtrr.def_type = bits & 8 ? MTRR_DEF_TYPE_E | MT_WP : 0;
		v[1].mtrr.def_type = MTRR_DEF_TYPE_E | MT_WT;
		assert_int_equal(per_vm->memtype(rig.m, &v[1], 0x200, mmio),
				 per_vcpu->memtype(rig.m, &v[0], 0x200, mmio));
	}
	rig_close(&rig);
}

/* --- 002 --------------------------------------------------------------------------- */

/* Patches 9 to 11: the ranges that a toggle of CD zaps, in the order of the list. */
static const struct {
	const char *policy, *claim;
	struct { uint64_t base, mask; } pair[3];
	uint64_t def_type;
	bool fixed_wb;			/* all fixed ranges WB */
	bool quirk_off, no_feature;
	unsigned nr;
	struct zap_range want[5];
} cd_rows[] = {
	{ "yan-v4", "default WB: the non-WB ranges, shortest first, of equals the higher one",
	  { { G1 | MT_UC, MASK_2M }, { 4 * G1 | MT_WC, MASK_1G }, { 2 * G1 | MT_WP, MASK_2M } }, 0x806,
	  false, false, false, 4,
	  { { 0, 0x100 }, { 0x80000, 0x80200 }, { 0x40000, 0x40200 }, { 0x100000, 0x140000 } } },
	{ "yan-v4", "a WB pair is not queued",
	  { { G1 | MT_WB, MASK_2M }, { 2 * G1 | MT_UC, MASK_2M } }, 0x806, true, false, false, 1,
	  { { 0x80000, 0x80200 } } },
	{ "yan-v4", "equal ranges are queued once",
	  { { G1 | MT_UC, MASK_2M }, { G1 | MT_WC, MASK_2M } }, 0x806, true, false, false, 1,
	  { { 0x40000, 0x40200 } } },
	{ "yan-v4", "a range inside another is queued too",
	  { { G1 | MT_UC, MASK_1G }, { G1 | MT_WC, MASK_2M } }, 0x806, true, false, false, 2,
	  { { 0x40000, 0x40200 }, { 0x40000, 0x80000 } } },
	{ "yan-v4", "the fixed ranges go as one, whichever differs", { { 0 } }, 0xc06, false, false, false, 1,
	  { { 0, 0x100 } } },
	{ "yan-v4", "... although FE=0", { { 0 } }, 0x806, false, false, false, 1, { { 0, 0x100 } } },
	{ "yan-v4", "all WB: nothing", { { 0 } }, 0xc06, true, false, false, 0, { { 0, 0 } } },
	{ "yan-v4", "default not WB: all", { { G1 | MT_WB, MASK_1G } }, 0x800, true, false, false, 1,
	  { { 0, ALL } } },
	{ "yan-v4", "MTRRs off: all", { { 0 } }, 0x006, true, false, false, 1, { { 0, ALL } } },
	{ "yan-v4", "MTRRs off, none in CPUID: nothing", { { 0 } }, 0x006, false, false, true, 0, { { 0, 0 } } },
	{ "yan-v4", "quirk off: all, whatever the types are", { { 0 } }, 0x806, true, true, false, 1,
	  { { 0, ALL } } },
	{ "yan-v4-11", "all goes memslot by memslot", { { 0 } }, 0x800, true, false, false, 2,
	  { { 0, 0x400 }, { 0x40000, 0xc0000 } } },
	{ "yan-v4-11", "non-WB ranges go as they are",
	  { { G1 | MT_UC, MASK_2M }, { 4 * G1 | MT_WC, MASK_1G } }, 0x806, true, false, false, 2,
	  { { 0x40000, 0x40200 }, { 0x100000, 0x140000 } } },
};

static void set_mtrrs(struct rig *rig, unsigned row)
{
	static const uint32_t fixed[NR_FIXED_MTRR_MSRS] = {
		MSR_MTRR_FIX64K_00000, MSR_MTRR_FIX16K_80000, MSR_MTRR_FIX16K_A0000,
		MSR_MTRR_FIX4K_C0000, MSR_MTRR_FIX4K_C0000 + 1, MSR_MTRR_FIX4K_C0000 + 2,
		MSR_MTRR_FIX4K_C0000 + 3, MSR_MTRR_FIX4K_C0000 + 4, MSR_MTRR_FIX4K_C0000 + 5,
		MSR_MTRR_FIX4K_C0000 + 6, MSR_MTRR_FIX4K_F8000,
	};

	for (unsigned n = 0; n < 3 && cd_rows[row].pair[n].mask; n++) {
		wrmsr(rig, 0, MSR_MTRR_PHYSBASE(n), cd_rows[row].pair[n].base);
		wrmsr(rig, 0, MSR_MTRR_PHYSMASK(n), cd_rows[row].pair[n].mask);
	}
	for (unsigned n = 0; n < NR_FIXED_MTRR_MSRS && cd_rows[row].fixed_wb; n++)
		wrmsr(rig, 0, fixed[n], WB8);
	wrmsr(rig, 0, MSR_MTRR_DEF_TYPE, cd_rows[row].def_type);
}

static void assert_zaps(struct rig *rig, unsigned row, const char *when)
{
	if (nr_events(rig, EV_ZAP_RANGE) != cd_rows[row].nr)
		fail_msg("%s, %s: %u zaps", cd_rows[row].claim, when, nr_events(rig, EV_ZAP_RANGE));
	for (unsigned i = 0; i < cd_rows[row].nr; i++) {
		const struct event *ev = event_of(rig, EV_ZAP_RANGE, i);

		if (ev->gfn != cd_rows[row].want[i].start || ev->end != cd_rows[row].want[i].end)
			fail_msg("%s, %s: zap %u is [0x%llx, 0x%llx)", cd_rows[row].claim, when, i,
				 (unsigned long long)ev->gfn, (unsigned long long)ev->end);
	}
	assert_int_equal(rig->m->vm.nr_queue, 0);
	assert_false(rig->m->vm.zapping);
}

static void cd_toggle_zaps(void **state)
{
	for (unsigned i = 0; i < sizeof(cd_rows) / sizeof(cd_rows[0]); i++) {
		struct rig rig;

		rig_open(&rig, cd_rows[i].policy);
		rig.machine.quirks_off = cd_rows[i].quirk_off ? QUIRK_CD_NW_CLEARED : 0;
		rig.machine.cpuid_mtrr = !cd_rows[i].no_feature;
		rig_reset(&rig);
		host(&rig, OP_DMA, 1, 0, 0, 0);
		set_mtrrs(&rig, i);
		/* The table of patch 10 says the same of both directions. */
		cr0_bits(&rig, 0, CR0_CD, 0);
		assert_zaps(&rig, i, "CD=0 to 1");
		cr0_bits(&rig, 0, 0, CR0_CD);
		assert_zaps(&rig, i, "CD=1 to 0");
		rig_close(&rig);
	}
}

/* Patch 6: no zap for MTRR writes while CD=1, and none for anything without EPT or DMA. */
static void mtrr_writes(void **state)
{
	static const struct { bool dma, cd; enum vendor vendor; bool zaps; } rows[] = {
		{ true, false, VENDOR_INTEL, true },
		{ true, true, VENDOR_INTEL, false },
		{ false, false, VENDOR_INTEL, false },
		{ true, false, VENDOR_AMD, false },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_open(&rig, "yan-v4");
		rig.machine.vendor = rows[i].vendor;
		rig_reset(&rig);
		if (rows[i].dma)
			host(&rig, OP_DMA, 1, 0, 0, 0);
		if (rows[i].cd)
			cr0_bits(&rig, 0, CR0_CD, 0);
		wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0x806);
		assert_int_equal(nr_events(&rig, EV_ZAP_RANGE), rows[i].zaps);
		rig_close(&rig);
	}
}

/* A range for which there is no memory: the list is dropped (patch 10), or stays (patch 11), and all is zapped. */
static void no_memory(void **state)
{
	static const struct { const char *policy; unsigned nr_zaps, left; bool fine_grained; } rows[] = {
		{ "yan-v4,fail-alloc=1", 1, 0, true },
		{ "yan-v4,fail-alloc=2", 1, 0, true },
		{ "yan-v4,fail-alloc=3", 2, 0, true },		/* the toggle needs two */
		{ "yan-v4-11,fail-alloc=1", 1, 0, false },
		{ "yan-v4-11,fail-alloc=2", 1, 1, false },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;
		const struct event *last;

		rig_open(&rig, rows[i].policy);
		wrmsr(&rig, 0, MSR_MTRR_PHYSBASE(0), G1 | MT_UC);
		wrmsr(&rig, 0, MSR_MTRR_PHYSMASK(0), MASK_2M);
		wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, rows[i].fine_grained ? 0x806 : 0x800);
		host(&rig, OP_DMA, 1, 0, 0, 0);
		cr0_bits(&rig, 0, CR0_CD, 0);
		assert_int_equal(nr_events(&rig, EV_ZAP_RANGE), rows[i].nr_zaps);
		last = event_of(&rig, EV_ZAP_RANGE, rows[i].nr_zaps - 1);
		assert_int_equal(last->end, rows[i].nr_zaps == 1 ? ALL : 0x40200);
		assert_int_equal(rig.m->vm.nr_queue, rows[i].left);
		rig_close(&rig);
	}
}

/* How a zap holds mmu_lock where it flushes, and how often it does. */
struct watch {
	unsigned flushes, as_writer;
};

static void watch_flush(struct model *m, unsigned who, enum point point, void *ctx)
{
	struct watch *watch = ctx;

	if (point != POINT_FLUSH)
		return;
	watch->flushes++;
	watch->as_writer += m->vm.lock_writer == who;
}

/* Patch 12: what lies in the range whole goes SPTE by SPTE, tables up to 1G at once, under the read lock. */
static void zap_under_the_read_lock(void **state)
{
	static const struct {
		const char *policy;
		uint64_t base, mask;	/* of the pair that becomes UC */
		unsigned flushes;	/* without yielding in between: yan-v4 yields after each leaf */
		bool writer;
		unsigned leaves;	/* left of 3 */
	} rows[] = {
		{ "yan-v4", G1, MASK_1G, 2, true, 1 },
		{ "yan-v4-12", G1, MASK_1G, 1, false, 1 },		/* the table over both */
		{ "yan-v4-12", G1, MASK_2M, 1, false, 2 },
		{ "yan-v4-12", G1 + 0x100000, 0xfffff00800ULL, 0, false, 3 },	/* half of a leaf: nothing */
		{ "yan-v4", G1 + 0x100000, 0xfffff00800ULL, 1, true, 2 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct watch watch = { 0 };
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		host(&rig, OP_BACKING, BACKING_2M, 0, 4 * G1, 0);
		host(&rig, OP_DMA, 1, 0, 0, 0);
		wrmsr(&rig, 0, MSR_MTRR_DEF_TYPE, 0x806);
		access_at(&rig, 0, OP_READ, 0);
		access_at(&rig, 0, OP_READ, G1);
		access_at(&rig, 0, OP_READ, G1 + M2);
		assert_int_equal(nr_leaves(&rig), 3);
		wrmsr(&rig, 0, MSR_MTRR_PHYSBASE(0), rows[i].base);
		rig.m->on_point = watch_flush;
		rig.m->on_point_ctx = &watch;
		wrmsr(&rig, 0, MSR_MTRR_PHYSMASK(0), rows[i].mask);
		rig.m->on_point = NULL;
		if (watch.flushes != rows[i].flushes || nr_leaves(&rig) != rows[i].leaves ||
		    watch.as_writer != (rows[i].writer ? watch.flushes : 0))
			fail_msg("row %u: %u flushes, %u as writer, %zu leaves left", i, watch.flushes,
				 watch.as_writer, nr_leaves(&rig));
		assert_sane(&rig);
		rig_close(&rig);
	}
}

/* --- 001 --------------------------------------------------------------------------- */

#define G	REQ_TLB_FLUSH_GUEST
#define CUR	REQ_TLB_FLUSH_CURRENT
#define RELOAD	REQ_MMU_RELOAD
#define UPDATE	REQ_MMU_UPDATE_ROOT
#define DROP	(1u << 31)	/* roots freed at once, cached ones too */

/* Rules C.2, and C.3 for the two versions that were not merged: what follows a change before the next entry. */
static const struct {
	const char *change;
	enum start_mode start;
	uint8_t shadow;		/* 0: TDP, 1: shadow paging */
	enum op_kind kind;	/* OP_CR0, OP_CR4; OP_WRMSR: EFER */
	uint64_t before, set, clear;	/* before: bits of CR4 that are set first */
	uint32_t want[5];	/* of role_policies[] */
} role_rows[] = {
	{ "CR0.PG 1->0", START_PAE32, 0, OP_CR0, 0, 0, CR0_PG, { DROP, DROP, DROP | G, DROP, G | UPDATE } },
	{ "CR0.PG 1->0", START_PAE32, 1, OP_CR0, 0, 0, CR0_PG, { DROP, DROP, DROP | G, DROP, G | UPDATE } },
	{ "CR0.WP", START_RUNNING, 0, OP_CR0, 0, CR0_WP, 0, { DROP, DROP, DROP, 0, UPDATE } },
	{ "CR0.WP", START_RUNNING, 1, OP_CR0, 0, CR0_WP, 0, { DROP, DROP, DROP, 0, UPDATE } },
	{ "CR0.CD", START_RUNNING, 0, OP_CR0, 0, CR0_CD, 0, { 0, 0, 0, 0, 0 } },
	{ "CR4.SMEP 0->1", START_RUNNING, 0, OP_CR4, 0, CR4_SMEP, 0,
	  { DROP, DROP, DROP | CUR, G, CUR | UPDATE } },
	{ "CR4.SMEP 0->1", START_RUNNING, 1, OP_CR4, 0, CR4_SMEP, 0,
	  { DROP, DROP, DROP | CUR, G, CUR | UPDATE } },
	{ "CR4.SMEP 1->0", START_RUNNING, 0, OP_CR4, CR4_SMEP, 0, CR4_SMEP, { DROP, DROP, DROP, 0, UPDATE } },
	{ "CR4.SMAP", START_RUNNING, 0, OP_CR4, 0, CR4_SMAP, 0, { DROP, DROP, DROP, 0, UPDATE } },
	{ "CR4.SMAP", START_RUNNING, 1, OP_CR4, 0, CR4_SMAP, 0, { DROP, DROP, DROP, 0, UPDATE } },
	{ "CR4.LA57", START_PAE32, 0, OP_CR4, 0, CR4_LA57, 0, { DROP, DROP, DROP, 0, UPDATE } },
	{ "CR4.PAE", START_PAE32, 0, OP_CR4, 0, 0, CR4_PAE, { DROP, DROP, DROP | CUR, 0, CUR | UPDATE } },
	{ "CR4.PAE", START_PAE32, 1, OP_CR4, 0, 0, CR4_PAE, { DROP, DROP, DROP | CUR, 0, CUR | UPDATE } },
	/* Up to v5.15 with EPT the CPU flushes by itself, PGE being the guest's: G stands for that. */
	{ "CR4.PGE", START_RUNNING, 0, OP_CR4, 0, CR4_PGE, 0, { DROP | G, G, G, G, G } },
	{ "CR4.PGE", START_RUNNING, 1, OP_CR4, 0, CR4_PGE, 0, { DROP, G, G, G, G } },
	{ "CR4.PCIDE 0->1", START_RUNNING, 0, OP_CR4, 0, CR4_PCIDE, 0, { 0, RELOAD, 0, RELOAD, 0 } },
	{ "CR4.PCIDE 0->1", START_RUNNING, 1, OP_CR4, 0, CR4_PCIDE, 0, { 0, RELOAD, DROP, RELOAD, DROP } },
	{ "CR4.PCIDE 1->0", START_RUNNING, 0, OP_CR4, CR4_PCIDE, 0, CR4_PCIDE, { DROP, RELOAD, G, RELOAD, G } },
	{ "CR4.PCIDE 1->0", START_RUNNING, 1, OP_CR4, CR4_PCIDE, 0, CR4_PCIDE, { DROP, RELOAD, G, RELOAD, G } },
	{ "EFER.NX", START_RUNNING, 0, OP_WRMSR, 0, EFER_NX, 0, { DROP, DROP, DROP, 0, UPDATE } },
	{ "EFER.NX", START_RUNNING, 1, OP_WRMSR, 0, EFER_NX, 0, { DROP, DROP, DROP, 0, UPDATE } },
};

static const char *const role_policies[5] = { "linux-5.15", "linux-5.16", "linux-5.18", "paolo-v1", "paolo-v2" };

static void role_changes(void **state)
{
	for (unsigned n = 0; n < 5 * sizeof(role_rows) / sizeof(role_rows[0]); n++) {
		unsigned i = n / 5, p = n % 5;
		bool kept = false;
		uint16_t root;
		struct vcpu *v;
		struct rig rig;

		rig_open(&rig, role_policies[p]);
		rig.machine.start = role_rows[i].start;
		rig.machine.tdp = !role_rows[i].shadow;
		rig_reset(&rig);
		rig_op(&rig, (struct op){ .kind = OP_CR3 });	/* PCIDE needs PCID 0 */
		cr4_bits(&rig, 0, role_rows[i].before, 0);
		access_at(&rig, 0, OP_READ, G1);
		v = &rig.m->vm.vcpus[0];
		root = v->root;
		if (role_rows[i].kind == OP_CR0)
			cr0_bits(&rig, 0, role_rows[i].set, role_rows[i].clear);
		else if (role_rows[i].kind == OP_CR4)
			cr4_bits(&rig, 0, role_rows[i].set, role_rows[i].clear);
		else
			wrmsr(&rig, 0, MSR_EFER, v->mode.efer | role_rows[i].set);
		assert_int_equal(rig.out.kind, OUT_OK);
		kept = v->root == root;
		for (unsigned r = 0; r < NR_PREV_ROOTS; r++)
			kept |= v->prev[r].root == root;
		if ((kept ? 0 : DROP) != (role_rows[i].want[p] & DROP) ||
		    v->requests != (role_rows[i].want[p] & ~DROP))
			fail_msg("%s, %s, %s: root %s, requests 0x%x", role_policies[p],
				 role_rows[i].shadow ? "shadow" : "TDP", role_rows[i].change,
				 kept ? "kept" : "dropped", v->requests);
		access_at(&rig, 0, OP_READ, G1);
		assert_sane(&rig);
		rig_close(&rig);
	}
}

/* MOV CR3 under shadow paging: three roots are cached, found by the whole of CR3, and loaded without a flush. */
static void cached_roots(void **state)
{
	static const struct { uint64_t cr3; bool found; } rows[] = {
		{ RUNNING_CR3, true }, { 0x2000, false }, { 0x3000, false }, { RUNNING_CR3, true }, { 0x4000, false },
		{ 0x2000, true }, { 0x5000, false }, { 0x3000, false }, { RUNNING_CR3, false },
	};
	struct rig rig;

	rig_open(&rig, "linux-6.1");
	rig.machine.tdp = false;
	rig_reset(&rig);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig_op(&rig, (struct op){ .kind = OP_CR3, .v = { rows[i].cr3 } });
		if ((rig.m->vm.vcpus[0].root != NO_ROOT) != rows[i].found)
			fail_msg("row %u: CR3 0x%llx %s", i, (unsigned long long)rows[i].cr3,
				 rows[i].found ? "is not found" : "is found");
		access_at(&rig, 0, OP_READ, G1);
		assert_sane(&rig);
	}
	rig_close(&rig);
}

/* --- 003 --------------------------------------------------------------------------- */

/* What a hole of 1M costs when every page of it is read once, by one vCPU: the review's "waste". */
static void cost_of_a_hole(void **state)
{
	static const struct {
		const char *policy;
		size_t first, all;		/* SPTEs after the first read, and after all */
		unsigned faults, fills;		/* a fault is an entry more */
	} rows[] = {
		{ "vitaly-rfc", 256, 256, 1, 256 },
		{ "vitaly-rfc-ro", 256, 256, 1, 256 },
		{ "seanjc-allones", 0, 0, 0, 0 },	/* each read exits, and is done there */
		{ "linux-5.15", 1, 256, 256, 256 },	/* the VMM's own page of ones, 4K backing */
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned entries = 0, fills = 0;
		size_t first = 0;
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		rig.machine.slots[2] = (struct slot){ 8 * G1, 0x100000, SLOT_READONLY };
		rig_reset(&rig);
		host(&rig, OP_BACKING, BACKING_4K, 8 * G1, 0x100000, 0);
		for (unsigned page = 0; page < 256; page++) {
			assert_int_equal(access_at(&rig, 0, OP_READ, 8 * G1 + page * PAGE_SIZE), OUT_OK);
			entries += nr_events(&rig, EV_ENTER);
			fills += nr_events(&rig, EV_FILL);
			if (!page)
				first = nr_leaves(&rig);
		}
		if (first != rows[i].first || nr_leaves(&rig) != rows[i].all || fills != rows[i].fills ||
		    entries - 256 != rows[i].faults)
			fail_msg("%s: %zu SPTEs, then %zu, %u faults, %u fills", rows[i].policy, first,
				 nr_leaves(&rig), entries - 256, fills);
		/* A write exits and leaves nothing, but as posted. */
		assert_int_equal(access_at(&rig, 0, OP_WRITE, 8 * G1), OUT_MMIO);
		assert_int_equal(nr_events(&rig, EV_MMIO_SPTE), i == 0);
		assert_int_equal(access_at(&rig, 0, OP_READ, 8 * G1), i == 0 ? OUT_MMIO : OUT_OK);
		assert_sane(&rig);
		rig_close(&rig);
	}
}

/* v5.7: 40 objects at most, filled when fewer than 8 pages or 4 headers are left. Tables of 2M each. */
static void caches(void **state)
{
	static const struct {
		const char *policy;
		unsigned touched;	/* 2M regions faulted in before, each takes a table */
		uint64_t hole;		/* bytes */
		unsigned asked, had;	/* 0: enough */
	} rows[] = {
		/* The root's topup leaves 39, and a hole elsewhere takes 2 tables more than its 2M regions. */
		{ "vitaly-rfc", 0, 37 * M2, 0, 0 },
		{ "vitaly-rfc", 0, 38 * M2, 40, 39 },
		{ "vitaly-rfc-ro", 0, 128 * M2, 130, 39 },
		{ "seanjc-allones", 0, 128 * M2, 0, 0 },
		{ "linux-5.15", 0, 128 * M2, 0, 0 },
		/* 3 for the first region, 1 each for the rest: 5 headers left, enough not to be filled. */
		{ "vitaly-rfc", 32, 5 * M2, 6, 5 },
		{ "vitaly-rfc", 32, 4 * M2, 0, 0 },
		/* 3 left: filled. */
		{ "vitaly-rfc", 34, 32 * M2, 0, 0 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct event *ev;
		struct rig rig;

		rig_open(&rig, rows[i].policy);
		rig.machine.slots[2] = (struct slot){ 8 * G1, rows[i].hole, SLOT_READONLY };
		rig_reset(&rig);
		host(&rig, OP_BACKING, BACKING_4K, 0, 16 * G1, 0);
		for (unsigned n = 0; n < rows[i].touched; n++)
			access_at(&rig, 0, OP_READ, G1 + n * M2);
		access_at(&rig, 0, OP_READ, 8 * G1);
		ev = event_of(&rig, EV_CACHE_OVERRUN, 0);
		if (!!ev != !!rows[i].asked ||
		    (ev && (ev->old_spte != rows[i].asked || ev->new_spte != rows[i].had)))
			fail_msg("row %u: %llu asked, %llu there", i, ev ? (unsigned long long)ev->old_spte : 0,
				 ev ? (unsigned long long)ev->new_spte : 0);
		rig_close(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simplified_memtype_is_the_same),
		cmocka_unit_test(vcpu_0_answers_for_the_vm),
		cmocka_unit_test(cd_toggle_zaps),
		cmocka_unit_test(mtrr_writes),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(zap_under_the_read_lock),
		cmocka_unit_test(role_changes),
		cmocka_unit_test(cached_roots),
		cmocka_unit_test(cost_of_a_hole),
		cmocka_unit_test(caches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control registers, one row a write: SDM 2.5, 4.1.2, 4.10.1, 9.8.5, table 11-5;
 * the flushes of SDM 4.10.4.1 (rules C.1); RESET, INIT, SMI and RSM values of
 * SDM table 9-1 and 34.5.1 (rules A.6, B.3).
 */
#include "oracle/tests/rig.h"

static struct rig the_rig, *rig = &the_rig;

static void begin(enum start_mode start)
{
	struct machine machine = rig_machine();

	machine.start = start;
	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
}

#define CR0_OLD	RUNNING_CR0

struct cr_row {
	enum start_mode start;
	enum op_kind kind;
	uint64_t value;
	enum outcome_kind outcome;
	enum rule_id rule;
	uint64_t reads;		/* if accepted; 0 = the value */
};

static const struct cr_row rows[] = {
	/* CR0 in 64-bit mode */
	{ START_RUNNING, OP_CR0, CR0_OLD | CR0_CD, OUT_OK, RULE_CR_CR0, 0 },
	{ START_RUNNING, OP_CR0, CR0_OLD | CR0_CD | CR0_NW, OUT_OK, RULE_CR_CR0, 0 },
	{ START_RUNNING, OP_CR0, CR0_OLD | CR0_NW, OUT_GP, RULE_CR_CR0_NW, 0 },
	{ START_RUNNING, OP_CR0, CR0_OLD | 1ULL << 32, OUT_GP, RULE_CR_CR0_HIGH, 0 },
	{ START_RUNNING, OP_CR0, CR0_OLD | 1ULL << 63, OUT_GP, RULE_CR_CR0_HIGH, 0 },
	{ START_RUNNING, OP_CR0, CR0_OLD & ~CR0_PE, OUT_GP, RULE_CR_CR0_PG, 0 },
	{ START_RUNNING, OP_CR0, CR0_OLD & ~CR0_PG, OUT_GP, RULE_CR_CR0_64BIT, 0 },
	{ START_RUNNING, OP_CR0, CR0_OLD & ~(CR0_PG | CR0_PE), OUT_GP, RULE_CR_CR0_64BIT, 0 },
	{ START_RUNNING, OP_CR0, CR0_OLD & ~CR0_ET, OUT_OK, RULE_CR_CR0, CR0_OLD },
	{ START_RUNNING, OP_CR0, CR0_OLD | 0x1ffaffc0, OUT_OK, RULE_CR_CR0, CR0_OLD },
	{ START_RUNNING, OP_CR0, CR0_OLD | CR0_WP | CR0_MP | CR0_TS, OUT_OK, RULE_CR_CR0, 0 },
	/* where paging may end */
	{ START_PAE32, OP_CR0, CR0_OLD & ~CR0_PG, OUT_OK, RULE_CR_CR0, 0 },
	{ START_PAE32, OP_CR0, CR0_OLD & ~(CR0_PG | CR0_PE), OUT_OK, RULE_CR_CR0, 0 },
	{ START_REAL, OP_CR0, CR0_ET | CR0_PG, OUT_GP, RULE_CR_CR0_PG, 0 },
	{ START_REAL, OP_CR0, CR0_ET | CR0_PG | CR0_PE, OUT_OK, RULE_CR_CR0, 0 },
	{ START_RESET, OP_CR0, CR0_ET, OUT_OK, RULE_CR_CR0, 0 },

	/* CR3, MAXPHYADDR 40 */
	{ START_RUNNING, OP_CR3, 0x5000, OUT_OK, RULE_CR_CR3, 0 },
	{ START_RUNNING, OP_CR3, 0xfffffff018, OUT_OK, RULE_CR_CR3, 0 },
	{ START_RUNNING, OP_CR3, 0x10000001000, OUT_GP, RULE_CR_CR3_HIGH, 0 },
	{ START_RUNNING, OP_CR3, CR3_NOFLUSH | 0x1000, OUT_GP, RULE_CR_CR3_HIGH, 0 },
	{ START_PAE32, OP_CR3, 0x2020, OUT_OK, RULE_CR_CR3, 0 },
	/* outside 64-bit mode the operand is 32 bits wide */
	{ START_PAE32, OP_CR3, CR3_NOFLUSH | 0x20000002020, OUT_OK, RULE_CR_CR3, 0x2020 },
	{ START_REAL, OP_CR0, CR0_ET | 1ULL << 32, OUT_OK, RULE_CR_CR0, CR0_ET },
	{ START_PAE32, OP_CR4, CR4_PAE | 1ULL << 40, OUT_OK, RULE_CR_CR4, CR4_PAE },

	/* CR4 */
	{ START_RUNNING, OP_CR4, CR4_PAE | CR4_PGE | CR4_SMEP | CR4_SMAP, OUT_OK, RULE_CR_CR4, 0 },
	{ START_RUNNING, OP_CR4, CR4_PAE | 1 << 15, OUT_GP, RULE_CR_CR4_RESERVED, 0 },
	{ START_RUNNING, OP_CR4, 0, OUT_GP, RULE_CR_CR4_PAE, 0 },
	{ START_RUNNING, OP_CR4, CR4_PAE | CR4_LA57, OUT_GP, RULE_CR_CR4_LA57, 0 },
	{ START_RUNNING, OP_CR4, CR4_PAE | CR4_VMXE, OUT_GP, RULE_CR_CR4_RESERVED, 0 },
	{ START_RUNNING, OP_CR4, CR4_PAE | CR4_PKE, OUT_GP, RULE_CR_CR4_RESERVED, 0 },
	{ START_RUNNING, OP_CR4, CR4_PAE | 1ULL << 32, OUT_GP, RULE_CR_CR4_RESERVED, 0 },
	{ START_RUNNING, OP_CR4, CR4_PAE | CR4_PCIDE, OUT_OK, RULE_CR_CR4, 0 },
	{ START_PAE32, OP_CR4, CR4_PAE | CR4_PCIDE, OUT_GP, RULE_CR_CR4_PCIDE, 0 },
	{ START_PAE32, OP_CR4, CR4_PAE | CR4_LA57, OUT_OK, RULE_CR_CR4, 0 },
	{ START_PAE32, OP_CR4, 0, OUT_OK, RULE_CR_CR4, 0 },
	{ START_REAL, OP_CR4, CR4_PAE | CR4_PSE | CR4_VME, OUT_OK, RULE_CR_CR4, 0 },
};

static uint64_t cr_of(enum op_kind kind, struct vcpu_regs regs)
{
	return kind == OP_CR0 ? regs.cr0 : kind == OP_CR3 ? regs.cr3 : regs.cr4;
}

static void test_rows(void **state)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct cr_row *row = &rows[i];
		uint64_t before;

		begin(row->start);
		before = cr_of(row->kind, oracle_regs(&rig->o, 0));
		OP(.kind = row->kind, .v = { row->value });
		if (rig->r.outcome.kind != row->outcome)
			fail_msg("row %u: outcome %u", i, rig->r.outcome.kind);
		assert_rule(rig->r.outcome_rule, row->rule);
		assert_true(rig->r.enters_guest);
		if (row->outcome == OUT_OK) {
			uint64_t want = row->reads ? row->reads : row->value;

			assert_true(rig->r.outcome.has_value);
			assert_int_equal(rig->r.outcome.value, want);
			assert_int_equal(cr_of(row->kind, oracle_regs(&rig->o, 0)), want);
		} else {
			assert_int_equal(cr_of(row->kind, oracle_regs(&rig->o, 0)), before);
			assert_int_equal(rig->r.change, CHANGE_NONE);
			assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
		}
	}
}

/* Each bit of CR4 alone, beside PAE: those of the guest's CPUID, no other. */
static void test_cr4_bits(void **state)
{
	static const uint64_t legal = 0x3fULL | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 |
		1 << 11 | 1 << 16 | 1 << 17 | 1 << 18 | 1 << 20 | 1 << 21;

	for (unsigned bit = 0; bit < 64; bit++) {
		begin(START_RUNNING);
		OP(.kind = OP_CR4, .v = { CR4_PAE | 1ULL << bit });
		assert_int_equal(rig->r.outcome.kind, legal >> bit & 1 ? OUT_OK : OUT_GP);
		assert_rule(rig->r.outcome_rule, legal >> bit & 1 ? RULE_CR_CR4 :
			    bit == 12 ? RULE_CR_CR4_LA57 : RULE_CR_CR4_RESERVED);
	}
}

static void test_deltas(void **state)
{
	begin(START_RUNNING);
	cr0_delta(rig, CR0_CD | CR0_NW, 0);
	assert_int_equal(rig->r.outcome.value, RUNNING_CR0 | CR0_CD | CR0_NW);
	assert_int_equal(rig->r.change, CHANGE_CR0_CD_SET);
	cr0_delta(rig, 0, CR0_CD);			/* leaves NW=1 */
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
	cr0_delta(rig, 0, CR0_NW);
	assert_int_equal(rig->r.change, CHANGE_CR0_NW);
	cr0_delta(rig, CR0_TS, CR0_CD);
	assert_int_equal(rig->r.change, CHANGE_CR0_CD_CLEAR);
	assert_int_equal(rig->r.outcome.value, RUNNING_CR0 | CR0_TS);
	cr0_delta(rig, CR0_TS, 0);
	assert_int_equal(rig->r.change, CHANGE_NONE);
	cr4_delta(rig, CR4_PGE, CR4_PSE);
	assert_int_equal(rig->r.outcome.value, CR4_PAE | CR4_PGE);
}

static void test_pcide(void **state)
{
	begin(START_RUNNING);
	OP(.kind = OP_CR3, .v = { 0x5001 });
	cr4_delta(rig, CR4_PCIDE, 0);
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
	assert_rule(rig->r.outcome_rule, RULE_CR_CR4_PCIDE);
	OP(.kind = OP_CR3, .v = { 0x5000 });
	cr4_delta(rig, CR4_PCIDE, 0);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_int_equal(rig->r.guest_flush, GUEST_FLUSH_NONE);
	/* With PCIDE=1 bit 63 asks for no flush and is not stored. */
	OP(.kind = OP_CR3, .flags = OP_NOFLUSH, .v = { 0x7001 });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_int_equal(rig->r.outcome.value, 0x7001);
	assert_int_equal(rig->r.guest_flush, GUEST_FLUSH_NONE);
	OP(.kind = OP_CR3, .v = { CR3_NOFLUSH | 0x7002 });
	assert_int_equal(rig->r.outcome.value, 0x7002);
	assert_int_equal(rig->r.guest_flush, GUEST_FLUSH_NONE);
	OP(.kind = OP_CR3, .v = { 0x7002 });
	assert_int_equal(rig->r.guest_flush, GUEST_FLUSH_CURRENT);
	/* Staying set needs nothing of CR3. */
	cr4_delta(rig, CR4_PGE, 0);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	cr4_delta(rig, 0, CR4_PCIDE);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_int_equal(rig->r.guest_flush, GUEST_FLUSH_ALL);
	OP(.kind = OP_CR3, .flags = OP_NOFLUSH, .v = { 0x7000 });
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
}

/* C.1, each flag both ways. */
static void test_flushes(void **state)
{
	static const struct {
		enum start_mode start;
		enum op_kind kind;
		uint64_t first, set, clear;	/* bring @first about, then the delta */
		enum guest_flush flush;
		enum rule_id rule;
	} flushes[] = {
		{ START_RUNNING, OP_CR4, 0, CR4_PGE, 0, GUEST_FLUSH_ALL, RULE_ROLE_PGE },
		{ START_RUNNING, OP_CR4, CR4_PGE, 0, CR4_PGE, GUEST_FLUSH_ALL, RULE_ROLE_PGE },
		{ START_RUNNING, OP_CR4, CR4_PGE, CR4_PGE, 0, GUEST_FLUSH_NONE, RULE_ROLE_NONE },
		{ START_RUNNING, OP_CR4, 0, CR4_PCIDE, 0, GUEST_FLUSH_NONE, RULE_ROLE_NONE },
		{ START_RUNNING, OP_CR4, CR4_PCIDE, 0, CR4_PCIDE, GUEST_FLUSH_ALL, RULE_ROLE_PCIDE },
		{ START_RUNNING, OP_CR4, 0, CR4_SMEP, 0, GUEST_FLUSH_CURRENT, RULE_ROLE_SMEP },
		{ START_RUNNING, OP_CR4, CR4_SMEP, 0, CR4_SMEP, GUEST_FLUSH_NONE, RULE_ROLE_NONE },
		{ START_RUNNING, OP_CR4, 0, CR4_SMEP | CR4_PGE, 0, GUEST_FLUSH_ALL, RULE_ROLE_PGE },
		{ START_RUNNING, OP_CR4, 0, CR4_SMAP, 0, GUEST_FLUSH_NONE, RULE_ROLE_NONE },
		{ START_RUNNING, OP_CR4, CR4_SMAP, 0, CR4_SMAP, GUEST_FLUSH_NONE, RULE_ROLE_NONE },
		{ START_PAE32, OP_CR4, 0, 0, CR4_PAE, GUEST_FLUSH_CURRENT, RULE_ROLE_PAE },
		{ START_REAL, OP_CR4, 0, CR4_PAE, 0, GUEST_FLUSH_CURRENT, RULE_ROLE_PAE },
		{ START_PAE32, OP_CR0, 0, 0, CR0_PG, GUEST_FLUSH_ALL, RULE_ROLE_PG },
		{ START_REAL, OP_CR0, 0, CR0_PG | CR0_PE, 0, GUEST_FLUSH_NONE, RULE_ROLE_NONE },
		{ START_RUNNING, OP_CR0, 0, CR0_WP, 0, GUEST_FLUSH_NONE, RULE_ROLE_NONE },
		{ START_RUNNING, OP_CR0, CR0_WP, 0, CR0_WP, GUEST_FLUSH_NONE, RULE_ROLE_NONE },
		{ START_RUNNING, OP_CR0, 0, CR0_CD, 0, GUEST_FLUSH_NONE, RULE_ROLE_NONE },
	};

	for (unsigned i = 0; i < sizeof(flushes) / sizeof(*flushes); i++) {
		begin(flushes[i].start);
		OP(.kind = flushes[i].kind, .flags = OP_DELTA, .v = { flushes[i].first });
		OP(.kind = flushes[i].kind, .flags = OP_DELTA,
		   .v = { flushes[i].set, flushes[i].clear });
		assert_int_equal(rig->r.outcome.kind, OUT_OK);
		assert_int_equal(rig->r.guest_flush, flushes[i].flush);
		assert_rule(rig->r.guest_flush_rule, flushes[i].rule);
	}
	begin(START_RUNNING);
	OP(.kind = OP_CR3, .v = { RUNNING_CR3 });	/* the same value flushes, too */
	assert_int_equal(rig->r.guest_flush, GUEST_FLUSH_CURRENT);
	OP(.kind = OP_WRMSR, .arg = MSR_EFER, .v = { EFER_LME | EFER_NX });
	assert_int_equal(rig->r.guest_flush, GUEST_FLUSH_NONE);
}

static void test_invpcid(void **state)
{
	static const struct {
		uint64_t pcide, type, pcid, va;
		enum outcome_kind outcome;
		enum guest_flush flush;
	} invs[] = {
		{ 0, 0, 0, 0x1000, OUT_OK, GUEST_FLUSH_NONE },
		{ 0, 0, 0, 0x7fffffffffff, OUT_OK, GUEST_FLUSH_NONE },
		{ 0, 0, 0, 0x800000000000, OUT_GP, GUEST_FLUSH_NONE },
		{ 0, 0, 0, 0xffff800000000000, OUT_OK, GUEST_FLUSH_NONE },
		{ 0, 1, 0, 0x800000000000, OUT_OK, GUEST_FLUSH_CURRENT },
		{ 0, 0, 1, 0, OUT_GP, GUEST_FLUSH_NONE },
		{ 0, 1, 1, 0, OUT_GP, GUEST_FLUSH_NONE },
		{ 0, 2, 1, 0, OUT_OK, GUEST_FLUSH_ALL },
		{ 0, 3, 0, 0, OUT_OK, GUEST_FLUSH_CURRENT },
		{ 1, 1, 0, 0, OUT_OK, GUEST_FLUSH_CURRENT },
		{ 1, 1, 5, 0, OUT_OK, GUEST_FLUSH_NONE },	/* another PCID than the current one */
		{ 1, 0, 0x1000, 0, OUT_GP, GUEST_FLUSH_NONE },
		{ 1, 4, 0, 0, OUT_GP, GUEST_FLUSH_NONE },
	};

	for (unsigned i = 0; i < sizeof(invs) / sizeof(*invs); i++) {
		begin(START_RUNNING);
		if (invs[i].pcide)
			cr4_delta(rig, CR4_PCIDE, 0);
		OP(.kind = OP_INVPCID, .arg = invs[i].type, .v = { invs[i].pcid, invs[i].va });
		assert_int_equal(rig->r.outcome.kind, invs[i].outcome);
		assert_int_equal(rig->r.guest_flush, invs[i].flush);
	}
}

/* Into long mode by the SDM's recipe (9.8.5), and what LMA does. */
static void test_long_mode(void **state)
{
	begin(START_REAL);
	OP(.kind = OP_WRMSR, .arg = MSR_EFER, .v = { EFER_LME });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	cr0_delta(rig, CR0_PE | CR0_PG, 0);		/* without PAE */
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
	assert_rule(rig->r.outcome_rule, RULE_CR_CR0_LME);
	cr4_delta(rig, CR4_PAE, 0);
	cr0_delta(rig, CR0_PE | CR0_PG, 0);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_int_equal(rdmsr(rig, MSR_EFER)->outcome.value, EFER_LME | EFER_LMA);
	OP(.kind = OP_WRMSR, .arg = MSR_EFER, .v = { 0 });
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
	cr4_delta(rig, CR4_LA57, 0);
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
	cr4_delta(rig, 0, CR4_PAE);
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
	/* Compatibility mode: paging may end, unless PCIDE=1. */
	cr4_delta(rig, CR4_PCIDE, 0);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	cr0_delta(rig, 0, CR0_PG);
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
	cr4_delta(rig, 0, CR4_PCIDE);
	cr0_delta(rig, 0, CR0_PG);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_int_equal(rig->r.guest_flush, GUEST_FLUSH_ALL);
	assert_int_equal(rdmsr(rig, MSR_EFER)->outcome.value, EFER_LME);
}

static void test_sregs(void **state)
{
	static const struct {
		enum start_mode start;
		unsigned arg;
		uint64_t v[4];
		bool ok;
	} sregs[] = {
		{ START_RUNNING, SREGS_CR0, { CR0_OLD | CR0_CD }, true },
		{ START_RUNNING, SREGS_CR0, { CR0_OLD | CR0_NW }, false },
		{ START_RUNNING, SREGS_CR0, { CR0_OLD | 1ULL << 40 }, false },
		{ START_RUNNING, SREGS_CR0, { CR0_OLD & ~CR0_PE }, false },
		{ START_RUNNING, SREGS_CR0, { CR0_OLD & ~CR0_PG }, false },	/* LMA, CS.L left */
		{ START_RUNNING, SREGS_CR0, { CR0_OLD & ~CR0_ET }, true },
		{ START_RUNNING, SREGS_CR3, { 0, 0x7000 }, true },
		{ START_RUNNING, SREGS_CR3, { 0, 1ULL << 40 }, false },
		{ START_RUNNING, SREGS_CR4, { 0, 0, CR4_PAE | CR4_PGE }, true },
		{ START_RUNNING, SREGS_CR4, { 0, 0, 0 }, false },
		{ START_RUNNING, SREGS_CR4, { 0, 0, CR4_PAE | CR4_VMXE }, false },
		{ START_RUNNING, SREGS_EFER, { 0, 0, 0, EFER_LME | EFER_LMA | EFER_NX }, true },
		{ START_RUNNING, SREGS_EFER, { 0, 0, 0, EFER_LME }, false },
		{ START_RUNNING, SREGS_EFER, { 0, 0, 0, 0 }, false },
		{ START_PAE32, SREGS_CR0, { CR0_OLD & ~CR0_PG }, true },
		{ START_PAE32, SREGS_EFER, { 0, 0, 0, EFER_LMA }, false },
		{ START_PAE32, SREGS_EFER, { 0, 0, 0, EFER_LME | EFER_LMA }, true },
		{ START_REAL, SREGS_CR0, { CR0_ET | CR0_NW | CR0_CD }, true },
		{ START_REAL, SREGS_CR0, { CR0_PG | CR0_ET }, false },
	};

	for (unsigned i = 0; i < sizeof(sregs) / sizeof(*sregs); i++) {
		struct vcpu_regs before, after;

		begin(sregs[i].start);
		before = oracle_regs(&rig->o, 1);
		OP(.kind = OP_SREGS, .vcpu = 1, .arg = sregs[i].arg,
		   .v = { sregs[i].v[0], sregs[i].v[1], sregs[i].v[2], sregs[i].v[3] });
		after = oracle_regs(&rig->o, 1);
		assert_true(rig->r.host_only);
		assert_false(rig->r.enters_guest);
		if (!sregs[i].ok) {
			assert_int_equal(rig->r.outcome.kind, OUT_ERRNO);
			assert_int_equal(rig->r.outcome.value, EINVAL);
			assert_memory_equal(&before, &after, sizeof(before));
			continue;
		}
		if (rig->r.outcome.kind != OUT_OK)
			fail_msg("row %u", i);
		assert_int_equal(rig->r.outcome.value, after.cr0);
		assert_int_equal(after.cr0, sregs[i].arg & SREGS_CR0 ? sregs[i].v[0] : before.cr0);
		assert_int_equal(after.cr3, sregs[i].arg & SREGS_CR3 ? sregs[i].v[1] : before.cr3);
		assert_int_equal(after.cr4, sregs[i].arg & SREGS_CR4 ? sregs[i].v[2] : before.cr4);
		assert_int_equal(after.efer,
				 sregs[i].arg & SREGS_EFER ? sregs[i].v[3] : before.efer);
	}
}

static void assert_regs(unsigned vcpu, uint64_t cr0, uint64_t cr3, uint64_t cr4, uint64_t efer)
{
	struct vcpu_regs regs = oracle_regs(&rig->o, vcpu);

	assert_int_equal(regs.cr0, cr0);
	assert_int_equal(regs.cr3, cr3);
	assert_int_equal(regs.cr4, cr4);
	assert_int_equal(regs.efer, efer);
}

static void test_start_modes(void **state)
{
	begin(START_RUNNING);
	assert_regs(1, 0x80000031, 0xf7401000, CR4_PAE, EFER_LME | EFER_LMA);
	assert_false(oracle_regs(&rig->o, 1).waits_for_sipi);
	begin(START_RESET);
	assert_regs(0, 0x60000010, 0, 0, 0);
	assert_regs(1, 0x60000010, 0, 0, 0);
	assert_false(oracle_regs(&rig->o, 0).waits_for_sipi);
	assert_true(oracle_regs(&rig->o, 1).waits_for_sipi);
	begin(START_REAL);
	assert_regs(0, REAL_CR0, 0, 0, 0);
	begin(START_PAE32);
	assert_regs(0, 0x80000031, 0xf7401000, CR4_PAE, 0);
	assert_int_equal(oracle_regs(&rig->o, 0).pat, 0x0007040600070406);
}

/* SDM table 9-1: CD and NW kept, CR4 and EFER cleared, MTRRs and PAT untouched. */
static void test_init(void **state)
{
	for (unsigned cd = 0; cd < 3; cd++) {
		uint64_t keep = cd == 0 ? 0 : cd == 1 ? CR0_CD : CR0_CD | CR0_NW;

		begin(START_RUNNING);
		wrmsr(rig, MSR_PAT, 0x0606060606060606);
		wrmsr(rig, MSR_MTRR_DEF_TYPE, 0xc06);
		cr0_delta(rig, keep, 0);
		OP(.kind = OP_INIT);
		assert_int_equal(rig->r.outcome.value, CR0_ET | keep);
		assert_int_equal(rig->r.guest_flush, GUEST_FLUSH_ALL);
		assert_int_equal(rig->r.changed, 0);
		assert_false(rig->r.enters_guest);
		assert_regs(0, CR0_ET | keep, 0, 0, 0);
		assert_int_equal(oracle_regs(&rig->o, 0).pat, 0x0606060606060606);
		assert_int_equal(oracle_regs(&rig->o, 0).def_type, 0xc06);
		assert_false(oracle_regs(&rig->o, 0).waits_for_sipi);
	}
}

static void test_sipi(void **state)
{
	begin(START_RUNNING);
	OP(.kind = OP_RDMSR, .vcpu = 1, .arg = MSR_PAT);
	assert_int_equal(oracle_counted(&rig->o), 2);
	OP(.kind = OP_INIT, .vcpu = 1);
	assert_int_equal(oracle_counted(&rig->o), 0);
	OP(.kind = OP_CR0, .vcpu = 1, .flags = OP_DELTA, .v = { CR0_CD });
	assert_int_equal(rig->r.outcome.kind, OUT_BLOCKED);
	assert_false(rig->r.enters_guest);
	assert_regs(1, CR0_ET, 0, 0, 0);
	OP(.kind = OP_SMI, .vcpu = 1);
	assert_int_equal(rig->r.outcome.kind, OUT_BLOCKED);
	OP(.kind = OP_SETMSR, .vcpu = 1, .arg = MSR_PAT, .v = { 0 });	/* the host may */
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	OP(.kind = OP_SIPI, .vcpu = 1);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_int_equal(rig->r.change, CHANGE_SIPI);
	assert_int_equal(oracle_counted(&rig->o), 2);	/* it has run before */
	OP(.kind = OP_CPUID, .vcpu = 1);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	OP(.kind = OP_SIPI, .vcpu = 1);			/* ignored while running */
	assert_int_equal(rig->r.change, CHANGE_NONE);
}

static void test_smm(void **state)
{
	uint64_t running = RUNNING_CR0 | CR0_TS | CR0_WP;

	begin(START_RUNNING);
	honor(rig, MT_WB, false);
	OP(.kind = OP_RSM);
	assert_int_equal(rig->r.outcome.kind, OUT_UD);
	cr0_delta(rig, CR0_TS | CR0_WP, 0);
	OP(.kind = OP_SMI);
	assert_true(oracle_regs(&rig->o, 0).smm);
	assert_regs(0, running & ~(CR0_PE | CR0_TS | CR0_PG), RUNNING_CR3, 0, 0);
	cr0_delta(rig, CR0_CD, 0);
	assert_mt(mt_at(rig, 0, 0), MT_WB, 1);
	/* A second SMI waits for RSM. */
	OP(.kind = OP_SMI);
	assert_rule(rig->r.outcome_rule, RULE_RESET_LATCHED);
	OP(.kind = OP_RSM);
	assert_true(oracle_regs(&rig->o, 0).smm);
	assert_int_equal(rig->r.changed, 1);		/* CD came back clear */
	assert_mt(mt_at(rig, 0, 0), MT_WB, 0);
	/* So does INIT, and drops an SMI that waits, too. */
	OP(.kind = OP_SMI);
	OP(.kind = OP_INIT);
	assert_rule(rig->r.outcome_rule, RULE_RESET_LATCHED);
	assert_true(oracle_regs(&rig->o, 0).smm);
	OP(.kind = OP_RSM);
	assert_false(oracle_regs(&rig->o, 0).smm);
	assert_regs(0, CR0_ET, 0, 0, 0);
	/* Without anything latched RSM restores all four. */
	begin(START_RUNNING);
	OP(.kind = OP_SMI);
	OP(.kind = OP_CR3, .v = { 0x9000 });
	OP(.kind = OP_RSM);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_regs(0, RUNNING_CR0, RUNNING_CR3, RUNNING_CR4, RUNNING_EFER);
	cr0_delta(rig, 0, CR0_PG);			/* in 64-bit mode again */
	assert_int_equal(rig->r.outcome.kind, OUT_GP);
}

/* What only KVM_SET_SREGS can set does not outlive SMM: no CPU reads it back. */
static void test_smm_and_sregs(void **state)
{
	begin(START_RUNNING);
	OP(.kind = OP_SREGS, .arg = SREGS_CR0, .v = { (RUNNING_CR0 & ~CR0_ET) | 1 << 7 });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	OP(.kind = OP_SMI);
	OP(.kind = OP_RSM);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_regs(0, RUNNING_CR0, RUNNING_CR3, RUNNING_CR4, RUNNING_EFER);
	/* An EFER with reserved bits: RSM ends in shutdown. */
	OP(.kind = OP_SREGS, .arg = SREGS_EFER, .v = { 0, 0, 0, RUNNING_EFER | 1 << 9 });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	OP(.kind = OP_SMI);
	assert_false(rig->r.lost);
	OP(.kind = OP_RSM);
	assert_int_equal(rig->r.outcome.kind, OUT_ANY);
	assert_true(rig->r.lost);
}

static void test_harmless(void **state)
{
	static const enum op_kind kinds[] = { OP_WBINVD, OP_INVD, OP_INVLPG, OP_CPUID };

	begin(START_RUNNING);
	honor(rig, MT_WB, false);
	for (unsigned i = 0; i < 4; i++) {
		OP(.kind = kinds[i]);
		assert_int_equal(rig->r.outcome.kind, OUT_OK);
		assert_int_equal(rig->r.changed, 0);
		assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
		assert_int_equal(rig->r.change, CHANGE_NONE);
		assert_true(rig->r.enters_guest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_cr4_bits),
		cmocka_unit_test(test_deltas),
		cmocka_unit_test(test_pcide),
		cmocka_unit_test(test_flushes),
		cmocka_unit_test(test_invpcid),
		cmocka_unit_test(test_long_mode),
		cmocka_unit_test(test_sregs),
		cmocka_unit_test(test_start_modes),
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_sipi),
		cmocka_unit_test(test_smm),
		cmocka_unit_test(test_smm_and_sregs),
		cmocka_unit_test(test_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

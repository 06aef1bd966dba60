// SPDX-License-Identifier: GPL-2.0-only
/*
 * R-MT: the decision tables of rules B.4 to B.10, one row a state, for every
 * profile, vendor and paging mode; and what the engine asks on top of it.
 */
#include "oracle/tests/rig.h"

static struct rig the_rig, *rig = &the_rig;

#define P(name)	(1u << PROFILE_##name)
#define P1_P2	(P(LINUX_5_15) | P(LINUX_6_1))
#define P3_P4	(P(YAN_V4) | P(LINUX_6_7))
#define P1_P4	(P1_P2 | P3_P4)
#define ALL	(((1u << NR_PROFILES) - 1) & ~1u)

enum { NO_DMA, DMA };
enum { CD0, CD1 };
enum { E0, E1 };
enum { QUIRK_OFF, QUIRK_ON };

/* A state of VM and vCPU 0; -1 = both. RAM at 1G, where with E=1 a pair says WT. */
struct mt_row {
	uint32_t profiles;
	int dma, cd, quirk_cd, e, cpuid_mtrr, quirk_pat, selfsnoop;
	unsigned type, ipat;
	enum rule_id rule;
};

static const struct mt_row rows[] = {
	/* profiles	DMA	CD	CD quirk  E	CPUID	PAT q.	SS	type ipat */
	{ P1_P4,	NO_DMA,	-1,	-1,	-1,	-1,	-1,	-1,	MT_WB, 1, RULE_MT_2 },
	{ P1_P2,	DMA,	CD1,	QUIRK_ON, -1,	-1,	-1,	-1,	MT_WB, 1, RULE_MT_3 },
	{ P3_P4,	DMA,	CD1,	QUIRK_ON, -1,	-1,	-1,	-1,	MT_WB, 0, RULE_MT_3_PAT },
	{ P1_P4,	DMA,	CD1,	QUIRK_OFF, -1,	-1,	-1,	-1,	MT_UC, 1, RULE_MT_4 },
	{ P1_P4,	DMA,	CD0,	-1,	E0,	1,	-1,	-1,	MT_UC, 0, RULE_MT_5 },
	{ P1_P4,	DMA,	CD0,	-1,	E0,	0,	-1,	-1,	MT_WB, 0, RULE_MT_6 },
	{ P1_P4,	DMA,	CD0,	-1,	E1,	-1,	-1,	-1,	MT_WT, 0, RULE_MT_7 },
	{ P(LINUX_6_11), NO_DMA, -1,	-1,	-1,	-1,	-1,	-1,	MT_WB, 1, RULE_MT_P5_2 },
	{ P(LINUX_6_11), DMA,	-1,	-1,	-1,	-1,	-1,	-1,	MT_WB, 0, RULE_MT_P5_3 },
	{ P(LINUX_6_11_RC), NO_DMA, -1,	-1,	-1,	-1,	-1,	0,	MT_WB, 1, RULE_MT_P5RC_2 },
	{ P(LINUX_6_11_RC), NO_DMA, -1,	-1,	-1,	-1,	-1,	1,	MT_WB, 0, RULE_MT_P5RC_3 },
	{ P(LINUX_6_11_RC), DMA, -1,	-1,	-1,	-1,	-1,	-1,	MT_WB, 0, RULE_MT_P5RC_3 },
	{ P(LINUX_6_16), NO_DMA, -1,	-1,	-1,	-1,	1,	-1,	MT_WB, 1, RULE_MT_P6_2 },
	{ P(LINUX_6_16), NO_DMA, -1,	-1,	-1,	-1,	0,	1,	MT_WB, 0, RULE_MT_P6_3 },
	/* Without self-snoop KVM refuses to disable the quirk (B.9). */
	{ P(LINUX_6_16), NO_DMA, -1,	-1,	-1,	-1,	0,	0,	MT_WB, 1, RULE_MT_P6_2 },
	{ P(LINUX_6_16), DMA,	-1,	-1,	-1,	-1,	-1,	-1,	MT_WB, 0, RULE_MT_P6_3 },
};

struct setting {
	int dma, cd, quirk_cd, e, cpuid_mtrr, quirk_pat, selfsnoop;
};

/* The 7 switches as bits. */
static struct setting setting(unsigned bits)
{
	return (struct setting){
		.dma = bits & 1, .cd = bits >> 1 & 1, .quirk_cd = bits >> 2 & 1,
		.e = bits >> 3 & 1, .cpuid_mtrr = bits >> 4 & 1, .quirk_pat = bits >> 5 & 1,
		.selfsnoop = bits >> 6 & 1,
	};
}

static bool row_applies(const struct mt_row *row, enum profile p, const struct setting *s)
{
#define FITS(field) (row->field < 0 || row->field == s->field)
	return (row->profiles >> p & 1) && FITS(dma) && FITS(cd) && FITS(quirk_cd) && FITS(e) &&
	       FITS(cpuid_mtrr) && FITS(quirk_pat) && FITS(selfsnoop);
#undef FITS
}

static struct machine machine_of(const struct setting *s)
{
	struct machine machine = rig_machine();

	machine.cpuid_mtrr = s->cpuid_mtrr;
	machine.selfsnoop = s->selfsnoop;
	*(s->quirk_cd ? &machine.quirks_on : &machine.quirks_off) |= QUIRK_CD_NW_CLEARED;
	*(s->quirk_pat ? &machine.quirks_on : &machine.quirks_off) |= QUIRK_IGNORE_GUEST_PAT;
	return machine;
}

static void bring_about(const struct setting *s)
{
	set_pair(rig, 0, 0x40000000, 1 << 30, MT_WT);
	if (s->e)
		wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_E | MT_WB);
	if (s->cd)
		cr0_delta(rig, CR0_CD, 0);
	if (s->dma)
		dma(rig, true);
}

/* Every state of every profile falls under exactly one row, and gets it. */
static void test_ept(void **state)
{
	for (unsigned p = 1; p < NR_PROFILES; p++)
		for (unsigned bits = 0; bits < 128; bits++) {
			struct setting s = setting(bits);
			struct machine machine = machine_of(&s);
			const struct mt_row *row = NULL;
			struct mt mt;

			for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
				if (row_applies(&rows[i], p, &s)) {
					assert_null(row);
					row = &rows[i];
				}
			assert_non_null(row);
			rig_reset(rig, &machine, p);
			bring_about(&s);
			mt = mt_at(rig, 0, 0x40000);
			assert_mt(mt, row->type, row->ipat);
			assert_rule(mt.rule, row->rule);
			assert_int_equal(mt.undefined, 0);
			assert_true(rule_set_has(oracle_rules_hit(&rig->o), row->rule));
			/* MMIO comes before every row. */
			OP(.kind = OP_BACKING, .arg = BACKING_MMIO, .v = { 0x40000000, 0x2000 });
			mt = mt_at(rig, 0, 0x40001);
			assert_mt(mt, MT_UC, 0);
			assert_rule(mt.rule, RULE_MT_1);
			assert_rule(mt_at(rig, 0, 0x40002).rule, row->rule);
		}
}

/* NPT and shadow leaves: nothing matters, MMIO neither. */
static void test_npt_and_shadow(void **state)
{
	static const struct { enum vendor vendor; bool tdp; enum rule_id rule; } modes[] = {
		{ VENDOR_AMD, true, RULE_MT_NPT },
		{ VENDOR_AMD, false, RULE_MT_SHADOW },
		{ VENDOR_INTEL, false, RULE_MT_SHADOW },
	};

	for (unsigned m = 0; m < 3; m++)
		for (unsigned p = 1; p < NR_PROFILES; p++)
			for (unsigned bits = 0; bits < 128; bits++) {
				struct setting s = setting(bits);
				struct machine machine = machine_of(&s);

				machine.vendor = modes[m].vendor;
				machine.tdp = modes[m].tdp;
				rig_reset(rig, &machine, p);
				bring_about(&s);
				assert_int_equal(rig->r.changed, 0);
				assert_mt(mt_at(rig, 0, 0x40000), MT_WB, 0);
				assert_rule(mt_at(rig, 0, 0x40000).rule, modes[m].rule);
				OP(.kind = OP_BACKING, .arg = BACKING_MMIO,
				   .v = { 0x40000000, 0x2000 });
				assert_rule(mt_at(rig, 0, 0x40000).rule, modes[m].rule);
				assert_int_equal(rig->r.changed, 0);
			}
}

/* Only the vCPU's own CD and MTRRs count. */
static void test_per_vcpu(void **state)
{
	struct machine machine = rig_machine();

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	honor(rig, MT_WB, false);
	assert_mt(mt_at(rig, 0, 0), MT_WB, 0);
	assert_mt(mt_at(rig, 1, 0), MT_UC, 0);
	cr0_delta(rig, CR0_CD, 0);
	assert_mt(mt_at(rig, 0, 0), MT_WB, 1);
	assert_int_equal(rig->r.changed, 1);
	assert_int_equal(rig->r.acting, 1);
	assert_mt(mt_at(rig, 1, 0), MT_UC, 0);
}

static void test_runs(void **state)
{
	struct machine machine = rig_machine();
	struct mt_run run;

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	run = oracle_memtype(&rig->o, 0, 5, EPOCH_NOW);
	assert_int_equal(run.end, GFN_LIMIT);
	honor(rig, MT_WB, false);
	set_pair(rig, 0, 0x40000000, 1 << 30, MT_UC);
	OP(.kind = OP_BACKING, .arg = BACKING_MMIO, .v = { 0x50000000, 0x4000 });
	/* WB, UC by MTRR, UC by MMIO, UC by MTRR, WB */
	run = oracle_memtype(&rig->o, 0, 0, EPOCH_NOW);
	assert_int_equal(run.end, 0x40000);
	run = oracle_memtype(&rig->o, 0, run.end, EPOCH_NOW);
	assert_int_equal(run.end, 0x50000);
	assert_rule(run.mt.rule, RULE_MT_7);
	run = oracle_memtype(&rig->o, 0, run.end, EPOCH_NOW);
	assert_int_equal(run.end, 0x50004);
	assert_rule(run.mt.rule, RULE_MT_1);
	run = oracle_memtype(&rig->o, 0, run.end, EPOCH_NOW);
	assert_int_equal(run.end, 0x80000);
	run = oracle_memtype(&rig->o, 0, run.end, EPOCH_NOW);
	assert_int_equal(run.end, GFN_LIMIT);
	assert_mt(run.mt, MT_WB, 0);
}

static void test_matches(void **state)
{
	struct machine machine = rig_machine();
	const struct mt wb = { .type = MT_WB }, wb_ipat = { .type = MT_WB, .ipat = 1 };
	const struct mt uc = { .type = MT_UC }, wc = { .type = MT_WC };
	struct oracle *o = &rig->o;

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	assert_int_equal(oracle_matches(o, 0, 0, 512, wb_ipat, EPOCH_NOW), MT_MATCHES);
	assert_int_equal(oracle_matches(o, 0, 0, 512, wb, EPOCH_NOW), MT_DIFFERS);
	honor(rig, MT_WB, false);
	assert_int_equal(oracle_matches(o, 0, 0, 512, wb, EPOCH_NOW), MT_MATCHES);
	assert_int_equal(oracle_matches(o, 0, 0, 512, uc, EPOCH_BEFORE), MT_MATCHES);
	set_pair(rig, 0, 0x40100000, 1 << 20, MT_UC);
	assert_int_equal(oracle_matches(o, 0, 0x40000, 512, wb, EPOCH_NOW), MT_MIXED);
	assert_int_equal(oracle_matches(o, 0, 0x40000, 512, uc, EPOCH_NOW), MT_MIXED);
	assert_int_equal(oracle_matches(o, 0, 0x40000, 512, wc, EPOCH_NOW), MT_MIXED);
	assert_int_equal(oracle_matches(o, 0, 0x40000, 256, wb, EPOCH_NOW), MT_MATCHES);
	assert_int_equal(oracle_matches(o, 0, 0x40100, 256, wb, EPOCH_NOW), MT_DIFFERS);
	assert_int_equal(oracle_matches(o, 0, 0x40000, 512, wb, EPOCH_BEFORE), MT_MATCHES);
	/* WC under WP: undefined, and WB is KVM's choice. */
	set_pair(rig, 1, 0x80000000, 1 << 20, MT_WC);
	set_pair(rig, 2, 0x80000000, 1 << 20, MT_WP);
	assert_int_equal(oracle_matches(o, 0, 0x80000, 256, wc, EPOCH_NOW), MT_UNDEFINED);
	assert_int_equal(oracle_matches(o, 0, 0x80000, 256, wb, EPOCH_NOW), MT_MATCHES);
	assert_int_equal(oracle_matches(o, 0, 0x80000, 256, wb_ipat, EPOCH_NOW), MT_UNDEFINED);
	assert_int_equal(oracle_matches(o, 0, 0x80000, 512, wb, EPOCH_NOW), MT_MATCHES);
	assert_int_equal(oracle_matches(o, 0, 0x80000, 512, wc, EPOCH_NOW), MT_DIFFERS);
}

static void test_max_level(void **state)
{
	struct machine machine = rig_machine();
	struct oracle *o = &rig->o;

	machine.slots[0] = (struct slot){ .gpa = 0, .size = 3ULL << 30 };
	machine.slots[1] = (struct slot){ .gpa = 0x100001000, .size = 0x400000 };
	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	assert_int_equal(oracle_max_level(o, 0, 0x12345), 3);
	assert_int_equal(oracle_max_level(o, 0, 0xc0000), 0);	/* no slot */
	assert_int_equal(oracle_max_level(o, 0, 0x100001), 1);	/* slot starts 4K past 2M */
	assert_int_equal(oracle_max_level(o, 0, 0x100200), 2);
	assert_int_equal(oracle_max_level(o, 0, 0x100400), 1);	/* its last page */
	honor(rig, MT_WB, false);
	set_pair(rig, 0, 0x40000000, 1 << 21, MT_UC);
	assert_int_equal(oracle_max_level(o, 0, 0x40000), 2);
	assert_int_equal(oracle_max_level(o, 0, 0x41000), 2);
	assert_int_equal(oracle_max_level(o, 0, 0x80000), 3);
	set_pair(rig, 1, 0x80000000, 1 << 12, MT_UC);
	assert_int_equal(oracle_max_level(o, 0, 0x80000), 1);
	assert_int_equal(oracle_max_level(o, 0, 0x80200), 2);
	/* An undefined overlap is WB to KVM: no border against WB. */
	set_pair(rig, 2, 0x1000, 1 << 12, MT_WC);
	set_pair(rig, 3, 0x1000, 1 << 12, MT_WP);
	assert_int_equal(oracle_max_level(o, 0, 0), 3);
	OP(.kind = OP_BACKING, .arg = BACKING_2M, .v = { 0, 1 << 30 });
	assert_int_equal(oracle_max_level(o, 0, 0), 2);
	OP(.kind = OP_BACKING, .arg = BACKING_4K, .v = { 0x200000, 0x1000 });
	assert_int_equal(oracle_max_level(o, 0, 0), 2);
	assert_int_equal(oracle_max_level(o, 0, 0x210), 1);
	OP(.kind = OP_SPLIT, .arg = 0);
	assert_int_equal(oracle_max_level(o, 0, 0), 1);
	OP(.kind = OP_COLLAPSE, .arg = 0);
	assert_int_equal(oracle_max_level(o, 0, 0), 2);
}

/* Reading MMIO backing outside memslots: no leaf can map it, so RAM's answer. */
static void test_mmio_needs_a_slot(void **state)
{
	struct machine machine = rig_machine();

	machine.slots[0].size = 0x10000;
	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	OP(.kind = OP_BACKING, .arg = BACKING_MMIO, .v = { 0xf000, 0x3000 });
	assert_rule(mt_at(rig, 0, 0xf).rule, RULE_MT_1);
	assert_rule(mt_at(rig, 0, 0x10).rule, RULE_MT_2);
	OP(.kind = OP_SLOT, .arg = 3, .v = { 0x10000, 0x1000, 0 });
	assert_rule(mt_at(rig, 0, 0x10).rule, RULE_MT_1);
	assert_rule(mt_at(rig, 0, 0x11).rule, RULE_MT_2);
	assert_true(oracle_memtype_changed(&rig->o, 1, 0x10, 1));
	assert_false(oracle_memtype_changed(&rig->o, 1, 0xf, 1));
	OP(.kind = OP_SLOT, .arg = 3, .v = { 0, 0, 0 });
	assert_rule(mt_at(rig, 0, 0x10).rule, RULE_MT_2);
	OP(.kind = OP_BACKING, .arg = BACKING_4K, .v = { 0xf000, 0x1000 });
	assert_rule(mt_at(rig, 0, 0xf).rule, RULE_MT_2);
	/* All there is, in one piece. */
	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	OP(.kind = OP_BACKING, .arg = BACKING_MMIO, .v = { 0, 1ULL << 52 });
	assert_rule(mt_at(rig, 0, 0xf).rule, RULE_MT_1);
}

static void test_state_class(void **state)
{
	struct machine machine = rig_machine();
	unsigned before;

	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	before = oracle_state_class(&rig->o, 0);
	assert_true(before < 256);
	cr0_delta(rig, CR0_CD, 0);
	assert_int_not_equal(oracle_state_class(&rig->o, 0), before);
	before = oracle_state_class(&rig->o, 0);
	dma(rig, true);
	assert_int_not_equal(oracle_state_class(&rig->o, 0), before);
	before = oracle_state_class(&rig->o, 0);
	OP(.kind = OP_QUIRK, .arg = QUIRK_CD_NW_CLEARED, .v = { 0 });
	assert_int_not_equal(oracle_state_class(&rig->o, 0), before);
	assert_int_not_equal(oracle_state_class(&rig->o, 0), oracle_state_class(&rig->o, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ept),
		cmocka_unit_test(test_npt_and_shadow),
		cmocka_unit_test(test_per_vcpu),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_max_level),
		cmocka_unit_test(test_mmio_needs_a_slot),
		cmocka_unit_test(test_state_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

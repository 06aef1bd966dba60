// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memslots, backing and accesses (rules D; KVM api.rst 4.35): errno rows, what
 * must be gone or write-protected, where accesses end.
 */
#include "oracle/tests/rig.h"

static struct rig the_rig, *rig = &the_rig;

#define G	(1ULL << 30)

/* Slots: 0 = [0, 1G), 1 = [2G, 2G + 4M) read-only, 2 = none. */
static void begin(enum profile profile, bool tdp)
{
	struct machine machine = rig_machine();

	machine.tdp = tdp;
	machine.slots[0] = (struct slot){ 0, G, 0 };
	machine.slots[1] = (struct slot){ 2 * G, 0x400000, SLOT_READONLY };
	rig_reset(rig, &machine, profile);
}

struct slot_row {
	unsigned id;
	uint64_t gpa, size;
	unsigned flags;
	int error;
	enum change_class change;
	uint64_t gone_start, gone_end, wrprot_start, wrprot_end;	/* gfns */
};

static void test_set_user_memory_region(void **state)
{
	static const struct slot_row rows[] = {
		/* create */
		{ 2, G, 0x1000, 0, 0, CHANGE_SLOT_CREATE, 0, 0, 0, 0 },
		{ 2, G, 0x2000, SLOT_READONLY, 0, CHANGE_SLOT_CREATE, 0, 0, 0x40000, 0x40002 },
		{ 2, G, 0x2000, SLOT_DIRTY_LOG, 0, CHANGE_SLOT_CREATE, 0, 0, 0x40000, 0x40002 },
		{ 2, G - 0x1000, 0x2000, 0, EEXIST, CHANGE_NONE, 0, 0, 0, 0 },
		{ 2, 0, 4 * G, 0, EEXIST, CHANGE_NONE, 0, 0, 0, 0 },
		{ 2, 2 * G + 0x3ff000, 0x1000, 0, EEXIST, CHANGE_NONE, 0, 0, 0, 0 },
		{ 2, 2 * G + 0x400000, 0x1000, 0, 0, CHANGE_SLOT_CREATE, 0, 0, 0, 0 },
		{ 2, G + 0x10, 0x1000, 0, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },
		{ 2, G, 0x1010, 0, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },
		{ 2, -0x1000ULL, 0x2000, 0, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },
		{ 2, 8 * G, 1ULL << 43, 0, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },	/* 2^31 pages */
		/* delete */
		{ 2, 0, 0, 0, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },
		{ 0, 0, 0, 0, 0, CHANGE_SLOT_DELETE, 0, 0x40000, 0, 0 },
		{ 1, 0x5000, 0, 0, 0, CHANGE_SLOT_DELETE, 0x80000, 0x80400, 0, 0 },
		/* modify: neither size nor READONLY */
		{ 0, 0, 2 * G, 0, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },
		{ 0, 0, 0x1000, 0, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },
		{ 0, 0, G, SLOT_READONLY, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },
		{ 1, 2 * G, 0x400000, 0, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },
		{ 0, 0, G, 0, 0, CHANGE_NONE, 0, 0, 0, 0 },
		{ 0, 0, G, SLOT_DIRTY_LOG, 0, CHANGE_SLOT_FLAGS, 0, 0, 0, 0x40000 },
		/* move: onto itself is fine, onto another not */
		{ 0, G, G, 0, 0, CHANGE_SLOT_MOVE, 0, 0x40000, 0, 0 },
		{ 0, 0x1000, G, 0, 0, CHANGE_SLOT_MOVE, 0, 0x40000, 0, 0 },
		{ 0, 2 * G, G, 0, EEXIST, CHANGE_NONE, 0, 0, 0, 0 },
		{ 1, G - 0x1000, 0x400000, SLOT_READONLY, EEXIST, CHANGE_NONE, 0, 0, 0, 0 },
		{ 1, G, 0x400000, SLOT_READONLY, 0, CHANGE_SLOT_MOVE, 0x80000, 0x80400, 0, 0 },
		/* size before overlap */
		{ 0, 2 * G, 2 * G, 0, EINVAL, CHANGE_NONE, 0, 0, 0, 0 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct slot_row *row = &rows[i];
		struct slot before[MAX_SLOTS];

		begin(PROFILE_LINUX_6_1, true);
		memcpy(before, rig->o.slots, sizeof(before));
		OP(.kind = OP_SLOT, .arg = row->id, .v = { row->gpa, row->size, row->flags });
		if (row->error) {
			if (rig->r.outcome.kind != OUT_ERRNO ||
			    rig->r.outcome.value != (uint64_t)row->error)
				fail_msg("row %u", i);
			assert_memory_equal(before, rig->o.slots, sizeof(before));
			assert_int_equal(rig->r.extent.kind, EXTENT_NOTHING);
			continue;
		}
		if (rig->r.outcome.kind != OUT_OK)
			fail_msg("row %u", i);
		assert_int_equal(rig->r.change, row->change);
		assert_int_equal(rig->r.gone_start, row->gone_start);
		assert_int_equal(rig->r.gone_end, row->gone_end);
		assert_int_equal(rig->r.wrprot_start, row->wrprot_start);
		assert_int_equal(rig->r.wrprot_end, row->wrprot_end);
		assert_int_equal(rig->r.extent.kind, EXTENT_EVERYTHING);
		assert_int_equal(rig->r.changed, 0);
		if (row->size) {
			const struct slot *slot = oracle_slot(&rig->o, row->gpa >> PAGE_SHIFT);

			assert_non_null(slot);
			assert_int_equal(slot->flags, row->flags);
			assert_ptr_not_equal(slot, oracle_slot(&rig->o, (row->gpa + row->size)
							       >> PAGE_SHIFT));
		} else {
			assert_null(oracle_slot(&rig->o, before[row->id].gpa >> PAGE_SHIFT));
		}
	}
}

static void test_dirty_log(void **state)
{
	begin(PROFILE_LINUX_6_1, true);
	OP(.kind = OP_SPLIT, .arg = 0);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_int_equal(rig->r.change, CHANGE_LOG_ON);
	assert_int_equal(rig->r.wrprot_end, 0x40000);
	OP(.kind = OP_SPLIT, .arg = 0);
	assert_int_equal(rig->r.change, CHANGE_NONE);
	assert_int_equal(rig->r.wrprot_end, 0);
	OP(.kind = OP_COLLAPSE, .arg = 0);
	assert_int_equal(rig->r.change, CHANGE_LOG_OFF);
	assert_int_equal(rig->r.wrprot_end, 0);
	assert_int_equal(oracle_slot(&rig->o, 0)->flags, 0);
	OP(.kind = OP_COLLAPSE, .arg = 5);
	assert_int_equal(rig->r.outcome.kind, OUT_ERRNO);
	assert_int_equal(rig->r.outcome.value, ENOENT);
	OP(.kind = OP_SPLIT, .arg = 5);
	assert_int_equal(rig->r.outcome.value, ENOENT);
}

static void test_accesses(void **state)
{
	static const struct { enum op_kind kind; uint64_t gpa; enum outcome_kind outcome; } rows[] = {
		{ OP_READ, 0x5008, OUT_OK }, { OP_WRITE, 0x5008, OUT_OK }, { OP_EXEC, 0x5000, OUT_OK },
		{ OP_READ, G, OUT_MMIO }, { OP_WRITE, G, OUT_MMIO }, { OP_EXEC, G, OUT_ANY },
		{ OP_READ, 2 * G, OUT_OK }, { OP_WRITE, 2 * G, OUT_MMIO }, { OP_EXEC, 2 * G, OUT_OK },
		{ OP_READ, 1ULL << 40, OUT_ANY }, { OP_WRITE, -8ULL, OUT_ANY },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(PROFILE_LINUX_6_1, true);
		OP(.kind = rows[i].kind, .vcpu = 1, .v = { rows[i].gpa });
		if (rig->r.outcome.kind != rows[i].outcome)
			fail_msg("row %u: %u", i, rig->r.outcome.kind);
		assert_int_equal(oracle_counted(&rig->o), 2);
		assert_true(extent_touches(&rig->r.extent, rows[i].gpa >> PAGE_SHIFT, 1));
		if (rows[i].gpa == 0x5008) {
			assert_true(extent_touches(&rig->r.extent, 0x3ffff, 1));
			assert_false(extent_touches(&rig->r.extent, 0x40000, 1));
		}
	}
}

static void map(unsigned vcpu, uint64_t va, uint64_t gpa, unsigned level)
{
	OP(.kind = OP_MAP, .vcpu = vcpu, .arg = level, .v = { va, gpa, 3 });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
}

static enum outcome_kind va_access(enum op_kind kind, unsigned vcpu, uint64_t va)
{
	return OP(.kind = kind, .vcpu = vcpu, .flags = OP_VA, .v = { va })->outcome.kind;
}

static void test_va(void **state)
{
	uint64_t va = 0x7f0000000000;

	begin(PROFILE_LINUX_6_1, true);
	assert_int_equal(va_access(OP_READ, 0, va), OUT_PF);
	map(0, va, 0x5000, LEVEL_4K);
	assert_int_equal(va_access(OP_READ, 0, va + 0xff8), OUT_OK);
	assert_int_equal(va_access(OP_READ, 0, va + 0x1000), OUT_PF);
	assert_int_equal(va_access(OP_READ, 1, va), OUT_ANY);	/* whose page tables? */
	/* Remapped: the old translation may be cached until a flush. */
	map(0, va, 2 * G, LEVEL_4K);
	assert_int_equal(va_access(OP_WRITE, 0, va), OUT_ANY);
	OP(.kind = OP_INVLPG, .v = { va + 0x2000 });
	assert_int_equal(va_access(OP_WRITE, 0, va), OUT_ANY);
	OP(.kind = OP_INVLPG, .v = { va + 0x10 });
	assert_int_equal(va_access(OP_WRITE, 0, va), OUT_MMIO);	/* read-only slot */
	map(0, va, G, LEVEL_4K);
	OP(.kind = OP_CR3, .v = { RUNNING_CR3 });
	assert_int_equal(va_access(OP_READ, 0, va), OUT_MMIO);	/* no slot */
	/* The same gpa again, for another PAT index, moves nothing. */
	map(0, va, G, LEVEL_4K);
	assert_int_equal(va_access(OP_READ, 0, va), OUT_MMIO);
	/* A large page: both addresses are aligned. */
	map(0, va + 0x212345, 0x345678, LEVEL_2M);
	assert_int_equal(va_access(OP_READ, 0, va + 0x3fffff), OUT_OK);
	assert_int_equal(va_access(OP_READ, 0, 0x800000000000), OUT_ANY);	/* not canonical */
	for (unsigned i = 0; i < MAX_VA_MAPS; i++)
		map(0, 0x100000 + i * 0x1000, i * 0x1000, LEVEL_4K);
	assert_int_equal(va_access(OP_READ, 0, va), OUT_ANY);	/* forgotten, not unmapped */
	assert_int_equal(va_access(OP_READ, 0, 0x100000), OUT_OK);
}

/* SDM 4.10.4.1: which PCIDs each operation flushes; what is flushed can only be walked anew (R-ROLE.root). */
static void test_va_pcids(void **state)
{
	static const struct {
		struct op op[2];
		bool clean;		/* the PCID of the access, 1, has been flushed */
	} rows[] = {
		{ { { .kind = OP_WBINVD } }, false },
		{ { { .kind = OP_CR3, .v = { 0x1001 } } }, true },
		{ { { .kind = OP_CR3, .flags = OP_NOFLUSH, .v = { 0x1001 } } }, false },
		{ { { .kind = OP_CR3, .v = { 0x5002 } } }, false },
		{ { { .kind = OP_CR3, .v = { 0x5001 } } }, true },
		{ { { .kind = OP_INVLPG, .v = { 0x7f0000000000 } } }, true },
		{ { { .kind = OP_INVPCID, .arg = 0, .v = { 1, 0x7f0000000000 } } }, true },
		{ { { .kind = OP_INVPCID, .arg = 0, .v = { 2, 0x7f0000000000 } } }, false },
		{ { { .kind = OP_INVPCID, .arg = 1, .v = { 1 } } }, true },
		{ { { .kind = OP_INVPCID, .arg = 1, .v = { 2 } } }, false },
		{ { { .kind = OP_CR3, .v = { 0x5002 } }, { .kind = OP_INVPCID, .arg = 1, .v = { 1 } } }, true },
		{ { { .kind = OP_CR3, .v = { 0x5002 } }, { .kind = OP_INVPCID, .arg = 2 } }, true },
		{ { { .kind = OP_CR4, .flags = OP_DELTA, .v = { CR4_PGE } } }, true },
		{ { { .kind = OP_CR4, .flags = OP_DELTA, .v = { CR4_SMAP } } }, false },
		{ { { .kind = OP_CR0, .flags = OP_DELTA, .v = { CR0_WP } } }, false },
	};
	uint64_t va = 0x7f0000000000;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(PROFILE_LINUX_6_1, false);
		OP(.kind = OP_CR3);
		OP(.kind = OP_CR4, .flags = OP_DELTA, .v = { CR4_PCIDE });
		OP(.kind = OP_CR3, .v = { 0x1001 });
		map(0, va, 0x5000, LEVEL_4K);
		map(0, va, 0x6000, LEVEL_4K);
		for (unsigned n = 0; n < 2; n++)
			rig_op(rig, rows[i].op[n]);
		OP(.kind = OP_CR3, .flags = OP_NOFLUSH, .v = { 0x1001 });
		if (va_access(OP_READ, 0, va + 8) != (rows[i].clean ? OUT_OK : OUT_ANY) ||
		    rig->r.linear != rows[i].clean ||
		    (rows[i].clean && rig->r.linear_gpa != 0x6008))
			fail_msg("row %u", i);
	}
}

static void test_va_without_paging(void **state)
{
	struct machine machine = rig_machine();

	machine.start = START_REAL;
	rig_reset(rig, &machine, PROFILE_LINUX_6_1);
	assert_int_equal(va_access(OP_READ, 0, 0x5000), OUT_OK);
	assert_int_equal(va_access(OP_READ, 0, 1ULL << 32), OUT_ANY);
}

static void test_backing(void **state)
{
	begin(PROFILE_LINUX_6_1, true);
	OP(.kind = OP_BACKING, .arg = BACKING_2M, .v = { 0x200000, 0x400000 });
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
	assert_int_equal(rig->r.gone_start, 0x200);
	assert_int_equal(rig->r.gone_end, 0x600);
	assert_int_equal(rig->r.change, CHANGE_BACKING);
	assert_int_equal(rig->r.changed, 0);
	OP(.kind = OP_BACKING, .arg = BACKING_MMIO, .v = { 0x300000, 0x1000 });
	assert_int_equal(rig->r.change, CHANGE_BACKING_MMIO);
	assert_int_equal(rig->r.changed, 3);
	assert_int_equal(rig->r.acting, 0);		/* nobody has run */
	assert_true(oracle_memtype_changed(&rig->o, 0, 0x200, 512));
	assert_false(oracle_memtype_changed(&rig->o, 0, 0x301, 1));
	assert_mt(oracle_memtype(&rig->o, 0, 0x300, EPOCH_BEFORE).mt, MT_WB, 1);
	OP(.kind = OP_INVALIDATE, .v = { 0x300000, 0x2000 });
	assert_int_equal(rig->r.gone_start, 0x300);
	assert_int_equal(rig->r.gone_end, 0x302);
	assert_int_equal(rig->r.changed, 0);
	assert_mt(mt_at(rig, 0, 0x300), MT_UC, 0);
}

/* More changes of backing than there is room for: still never wrong, at worst undefined. */
static void test_backing_overflow(void **state)
{
	const struct mt wc = { .type = MT_WC };
	unsigned unknown = 0;

	begin(PROFILE_LINUX_6_1, true);
	for (unsigned i = 0; i < 200; i++)
		OP(.kind = OP_BACKING, .arg = BACKING_MMIO, .v = { i * 0x3000, 0x1000 });
	for (unsigned i = 0; i < 200; i++)
		for (unsigned page = 0; page < 3; page++) {
			struct mt mt = mt_at(rig, 0, i * 3 + page);

			if (mt.undefined) {
				assert_rule(mt.rule, RULE_MT_UNKNOWN);
				assert_int_equal(oracle_matches(&rig->o, 0, i * 3 + page, 1, wc,
								EPOCH_NOW), MT_UNDEFINED);
				unknown++;
			} else {
				assert_rule(mt.rule, page ? RULE_MT_2 : RULE_MT_1);
			}
		}
	assert_true(unknown && unknown < 600);
	OP(.kind = OP_BACKING, .arg = BACKING_4K, .v = { 0, G });
	assert_rule(mt_at(rig, 0, 0).rule, RULE_MT_2);
	assert_int_equal(mt_at(rig, 0, 300).undefined, 0);
}

static void test_prefault(void **state)
{
	static const struct { uint64_t gpa, size; enum outcome_kind outcome; int error; } rows[] = {
		{ 0, 0x1000, OUT_OK, 0 }, { 0x5000, 0x200000, OUT_OK, 0 },
		{ G, 0x1000, OUT_ERRNO, ENOENT }, { G - 0x1000, 0x2000, OUT_ANY, 0 },
		{ 2 * G, 0x400000, OUT_OK, 0 }, { 0x800, 0x1000, OUT_ERRNO, EINVAL },
		{ 0, 0, OUT_ERRNO, EINVAL }, { 0, 0x1800, OUT_ERRNO, EINVAL },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(PROFILE_LINUX_6_16, true);
		OP(.kind = OP_PREFAULT, .v = { rows[i].gpa, rows[i].size });
		assert_int_equal(rig->r.outcome.kind, rows[i].outcome);
		if (rows[i].error)
			assert_int_equal(rig->r.outcome.value, rows[i].error);
		assert_int_equal(oracle_counted(&rig->o), 0);
		assert_false(rig->r.enters_guest);
	}
	begin(PROFILE_LINUX_6_16, false);
	OP(.kind = OP_PREFAULT, .v = { 0, 0x1000 });
	assert_int_equal(rig->r.outcome.kind, OUT_ANY);
	begin(PROFILE_LINUX_6_1, true);
	OP(.kind = OP_PREFAULT, .v = { 0, 0x1000 });
	assert_int_equal(rig->r.outcome.kind, OUT_ANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_user_memory_region),
		cmocka_unit_test(test_dirty_log),
		cmocka_unit_test(test_accesses),
		cmocka_unit_test(test_va),
		cmocka_unit_test(test_va_pcids),
		cmocka_unit_test(test_va_without_paging),
		cmocka_unit_test(test_backing),
		cmocka_unit_test(test_backing_overflow),
		cmocka_unit_test(test_prefault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the oracle's tests share: an oracle over a chosen machine, and one-line
 * ops. Expected values in the tests come from the manuals and rules.md.
 */
#ifndef ZAPLOCK_ORACLE_TESTS_RIG_H
#define ZAPLOCK_ORACLE_TESTS_RIG_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oracle/state.h"

/* EPT, 2 vCPUs, 40 bits, one slot of 4G at 0. */
static inline struct machine rig_machine(void)
{
	return (struct machine){
		.profile = PROFILE_LINUX_6_1, .vendor = VENDOR_INTEL, .nr_vcpus = 2,
		.maxphyaddr = 40, .cpuid_mtrr = true, .tdp = true, .selfsnoop = true,
		.slots = { { .gpa = 0, .size = 4ULL << 30 } },
	};
}

struct rig {
	struct oracle o;
	struct oracle_result r;
};

static inline void rig_reset(struct rig *rig, const struct machine *machine, enum profile profile)
{
	memset(rig, 0xa5, sizeof(*rig));	/* reset must not rely on zeroes */
	oracle_reset(&rig->o, machine, profile);
}

static inline struct oracle_result *rig_op(struct rig *rig, struct op op)
{
	oracle_step(&rig->o, &op, &rig->r);
	return &rig->r;
}

#define OP(...)	rig_op(rig, (struct op){ __VA_ARGS__ })

static inline struct oracle_result *wrmsr(struct rig *rig, uint32_t msr, uint64_t value)
{
	return OP(.kind = OP_WRMSR, .arg = msr, .v = { value });
}

static inline struct oracle_result *rdmsr(struct rig *rig, uint32_t msr)
{
	return OP(.kind = OP_RDMSR, .arg = msr);
}

static inline struct oracle_result *cr0_delta(struct rig *rig, uint64_t set, uint64_t clear)
{
	return OP(.kind = OP_CR0, .flags = OP_DELTA, .v = { set, clear });
}

static inline struct oracle_result *cr4_delta(struct rig *rig, uint64_t set, uint64_t clear)
{
	return OP(.kind = OP_CR4, .flags = OP_DELTA, .v = { set, clear });
}

static inline struct oracle_result *dma(struct rig *rig, bool on)
{
	return OP(.kind = OP_DMA, .arg = on);
}

static inline struct mt mt_at(struct rig *rig, unsigned vcpu, uint64_t gfn)
{
	return oracle_memtype(&rig->o, vcpu, gfn, EPOCH_NOW).mt;
}

/* Pair @n: [base, base + size) bytes of @type, by the SDM's recipe, within 40 bits. */
static inline void set_pair(struct rig *rig, unsigned n, uint64_t base, uint64_t size,
			    unsigned type)
{
	uint64_t mask = ~(size - 1) & ((1ULL << 40) - 1) & ~0xfffULL;

	wrmsr(rig, MSR_MTRR_PHYSBASE(n), base | type);
	wrmsr(rig, MSR_MTRR_PHYSMASK(n), mask | MTRR_PHYSMASK_V);
	assert_int_equal(rig->r.outcome.kind, OUT_OK);
}

/* Non-coherent DMA, MTRRs enabled with default type @type. */
static inline void honor(struct rig *rig, unsigned type, bool fixed)
{
	dma(rig, true);
	wrmsr(rig, MSR_MTRR_DEF_TYPE, MTRR_DEF_TYPE_E | (fixed ? MTRR_DEF_TYPE_FE : 0) | type);
}

#define assert_mt(got, t, i) do {				\
		struct mt mt_ = (got);				\
		assert_string_equal(memtype_name(mt_.type), memtype_name(t)); \
		assert_int_equal(mt_.ipat, i);			\
	} while (0)

#define assert_rule(got, want) \
	assert_string_equal(rule_table[got].id, rule_table[want].id)

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* A model with a machine under it, and short ways to say ops and look at leaves. */
#ifndef ZAPLOCK_TARGETS_MODEL_TESTS_RIG_H
#define ZAPLOCK_TARGETS_MODEL_TESTS_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "harness/targets/model/vm.h"

#define G1	0x40000000ULL
#define M2	0x200000ULL
#define NO_LEAF	~0ULL

struct rig {
	struct model *m;
	struct machine machine;
	struct outcome out;	/* of the last op */
};

/* 2 vCPUs, 40 bits, EPT, slot 0 = [0, 4M), slot 1 = [1G, 3G). */
void rig_open(struct rig *rig, const char *arg);
void rig_close(struct rig *rig);
/* Again from rig->machine. */
void rig_reset(struct rig *rig);

/* Each returns the outcome's kind; events of the op stay until the next. */
enum outcome_kind rig_op(struct rig *rig, struct op op);
enum outcome_kind wrmsr(struct rig *rig, unsigned vcpu, uint32_t msr, uint64_t value);
uint64_t rdmsr(struct rig *rig, unsigned vcpu, uint32_t msr);
enum outcome_kind access_at(struct rig *rig, unsigned vcpu, enum op_kind kind, uint64_t gpa);
enum outcome_kind cr0_bits(struct rig *rig, unsigned vcpu, uint64_t set, uint64_t clear);
enum outcome_kind cr4_bits(struct rig *rig, unsigned vcpu, uint64_t set, uint64_t clear);
enum outcome_kind host(struct rig *rig, enum op_kind kind, uint32_t arg, uint64_t v0, uint64_t v1,
		       uint64_t v2);

/* The SPTE of the leaf that maps @gpa in @as_id and its level; NO_LEAF if none does. */
uint64_t leaf_at(struct rig *rig, unsigned as_id, uint64_t gpa, unsigned *level);
size_t nr_leaves(struct rig *rig);
/* Memtype and IPAT of the leaf at @gpa as type << 3 | ipat << 6; NO_LEAF. */
uint64_t mt_at(struct rig *rig, uint64_t gpa);
#define MT(type, ipat) ((uint64_t)(type) << 3 | (uint64_t)(ipat) << 6)

/* The @n-th event of @kind in the last op (0 = first); NULL. */
const struct event *event_of(struct rig *rig, enum event_kind kind, unsigned n);
unsigned nr_events(struct rig *rig, enum event_kind kind);
/* Is every lock free, and does every used table hang under a root? */
void assert_sane(struct rig *rig);

#endif

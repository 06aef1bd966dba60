/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The enumerator: drives the oracle through every state of small machines and
 * compares each page's answer with the twin's (design 4, "Trusted because
 * checked").
 *
 * A rig holds both sides and steps them alike. Plans walk a rig through an
 * odometer of register contents and look at the pages of a small physical
 * address space; the dense walk steps a 4 GiB machine at random and looks at
 * every page and at every block that a leaf could map.
 */
#ifndef ZAPLOCK_ORACLE_TESTS_ENUMERATE_H
#define ZAPLOCK_ORACLE_TESTS_ENUMERATE_H

#include <stdio.h>

#include "oracle/oracle.h"
#include "oracle/state.h"
#include "oracle/tests/enumerate_twin.h"

#define RIG_VCPUS	2u

/* What is checked; the tests put broken ones in its place. */
struct subject {
	void (*step)(struct oracle *o, const struct op *op, struct oracle_result *result);
	struct mt_run (*memtype)(struct oracle *o, unsigned vcpu, uint64_t gfn, enum epoch epoch);
	enum mt_match (*matches)(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages,
				 struct mt observed, enum epoch epoch);
	bool (*changed)(struct oracle *o, unsigned vcpu, uint64_t gfn, uint64_t npages);
};

extern const struct subject real_oracle;

struct rig {
	const struct subject *subject;
	struct machine machine;
	struct oracle oracle;
	struct oracle_result result;	/* of the last step */
	struct twin twin[RIG_VCPUS];
	struct op last;

	const char *plan;
	uint64_t state;			/* the state's number within the plan */
	uint64_t states, pairs, blocks;	/* covered so far */
	bool failed;			/* a mismatch was seen; the first is reported */
	FILE *report;			/* NULL = quietly */
};

void rig_init(struct rig *rig, const struct subject *subject, enum twin_mistake mistake,
	      FILE *report);

/* Begin @machine again with all MTRRs zero, no non-coherent DMA and no MMIO. */
void rig_reset(struct rig *rig, const struct machine *machine);

/* Both sides follow @op, which the oracle must accept. */
void rig_step(struct rig *rig, const struct op *op);
void rig_wrmsr(struct rig *rig, unsigned vcpu, uint32_t msr, uint64_t value);
void rig_cr0_cache(struct rig *rig, unsigned vcpu, bool cd, bool nw);
void rig_dma(struct rig *rig, unsigned count);
/* The @i-th MMIO range becomes [start, end) in bytes; the ranges must stay disjoint. */
void rig_mmio(struct rig *rig, unsigned i, uint64_t start, uint64_t end);

/* Compare the pages at @gpa[] (sorted, below MAXPHYADDR) for @vcpu; false on a mismatch. */
bool rig_check_pages(struct rig *rig, unsigned vcpu, const uint64_t *gpa, unsigned nr);

/* Record a mismatch at @gpa: @what, then the state as a program. */
void rig_fail(struct rig *rig, unsigned vcpu, uint64_t gpa, const char *what, ...)
	__attribute__((format(printf, 4, 5)));

static inline bool mt_is(struct mt mt, struct twin_answer answer)
{
	return mt.type == answer.type && mt.ipat == answer.ipat &&
	       mt.undefined == answer.undefined;
}

/* A small machine and the register contents it is led through. */
struct plan;

unsigned plan_count(void);
const struct plan *plan_get(unsigned i);
const char *plan_name(const struct plan *plan);
bool plan_in_ci(const struct plan *plan);
uint64_t plan_states(const struct plan *plan);
/* (state, page) pairs of the whole plan, about: runs are also probed at their ends. */
uint64_t plan_pairs(const struct plan *plan);

/*
 * Check states @first, @first + @stride ... until the plan or @max_states
 * ends, or a mismatch. Returns the first state not checked.
 */
uint64_t plan_run(const struct plan *plan, struct rig *rig, uint64_t first, uint64_t stride,
		  uint64_t max_states);

/* @steps steps of the dense walk that @seed begins; false on a mismatch. */
bool dense_run(struct rig *rig, uint64_t seed, unsigned steps);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups on the model: which objects its threads share, and what they wait
 * for. Without a group all of this is one test of a pointer.
 *
 * An object is a bit. What runs between two points says what it touches,
 * shared or alone; steps that touch nothing in common but what both share are
 * never permuted by `explore`. Sharing is whatever commutes: two readers, two
 * that raise a request. Whoever lets a vCPU look at something new says so.
 */
#ifndef ZAPLOCK_TARGETS_MODEL_SCHED_H
#define ZAPLOCK_TARGETS_MODEL_SCHED_H

#include "harness/targets/model/vm.h"

#define OBJ_MMU_LOCK	(1ULL << 0)
#define OBJ_SLOTS	(1ULL << 1)	/* memslots, their generation, who reads them */
#define OBJ_INVALIDATE	(1ULL << 2)	/* mmu_invalidate_* */
#define OBJ_ROOTS	(1ULL << 3)
#define OBJ_HOST	(1ULL << 4)	/* the host's mappings */
#define OBJ_CONFIG	(1ULL << 5)	/* non-coherent DMA, quirks */
#define OBJ_MAPS	(1ULL << 6)	/* the guest's page tables */
#define OBJ_QUEUE	(1ULL << 7)	/* a queue of zaps, and who runs it */
#define OBJ_REQUESTS(v)	(1ULL << (8 + (v)))
#define OBJ_VCPU(v)	(1ULL << (16 + (v)))	/* registers that others look at */
#define OBJ_OP(thread)	(1ULL << (24 + (thread)))	/* its op begins or ends: verdicts go by it */
#define OBJ_SPTES	(~0ULL << 33)	/* one of 31 bits a 2M region, all for what spans several */
#define NR_SPTE_BITS	31u
#define OBJ_ALL_REQUESTS (OBJ_REQUESTS(MAX_VCPUS) - OBJ_REQUESTS(0))
#define OBJ_ALL_OPS	(OBJ_OP(SCHED_THREADS) - OBJ_OP(0))

static inline uint64_t obj_sptes(uint64_t gfn, uint64_t end)
{
	return gfn >> 9 == (end - 1) >> 9 ? 1ULL << (33 + (gfn >> 9) % NR_SPTE_BITS) : OBJ_SPTES;
}

static inline void model_touch(struct model *m, uint64_t shared, uint64_t alone)
{
	if (unlikely(m->in_group))
		sched_touch(m->sched, shared, alone);
}

/* A vCPU reads, or a fault writes, SPTEs of gfns [gfn, end). */
static inline void model_touch_sptes(struct model *m, uint64_t gfn, uint64_t end, bool write)
{
	uint64_t sptes;

	if (likely(!m->in_group))
		return;
	sptes = obj_sptes(gfn, end);
	sched_touch(m->sched, write ? OBJ_ALL_OPS : sptes, write ? sptes : 0);
}

/* What a thread waits for: see waits[] in sched.c. */
enum wait_kind {
	WAIT_LOCK_READ,		/* mmu_lock */
	WAIT_LOCK_WRITE,
	WAIT_QUEUE,		/* another vCPU runs the queue of zaps */
	WAIT_SRCU,		/* arg: readers of memslots that began before this epoch */
	WAIT_FAULT,		/* arg: a gfn whose faults can only retry now */
	NR_WAITS,
};

/* Until it holds; where nobody else can run that is never, and a hang. */
void model_wait(struct model *m, enum wait_kind kind, uint64_t arg);

/*
 * KVM would drop mmu_lock here if somebody wanted it. Does it? Then the caller
 * flushes, unlocks, calls model_yield() and locks again.
 */
bool model_wants_yield(struct model *m, enum point point);
void model_yield(struct model *m, unsigned who, enum point point);

/* synchronize_srcu(&kvm->srcu): until no vCPU goes by the memslots that were. */
void model_srcu_synchronize(struct model *m);

static inline void model_srcu_leave(struct model *m, unsigned vcpu)
{
	m->vm.vcpus[vcpu].srcu = 0;
	model_touch(m, OBJ_SLOTS, 0);
}

static inline void model_srcu_enter(struct model *m, unsigned vcpu)
{
	m->vm.vcpus[vcpu].srcu = m->vm.srcu_epoch;
	model_touch(m, OBJ_SLOTS, 0);
}

enum target_status model_group(struct target *t, const struct op *ops, unsigned nr,
			       struct scheduler *by, struct outcome *out);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy yan-v4: "KVM: x86/mmu: refine memtype related mmu zap", v4, July 2023
 * (20230714064656.20147-1-yan.y.zhao@intel.com), patches 9 and 10. Not merged.
 *
 * vCPUs that update their MTRRs at the same time ask for the same ranges. They
 * queue them, sorted by length and then by descending start, equal ones once;
 * one vCPU runs the queue, the others wait for it.
 */
#include "harness/targets/model/yan.h"

/* False: the queue is full, where the kernel's kmalloc() fails. */
static bool queue_add(struct vm *vm, uint64_t start, uint64_t end)
{
	uint64_t length = end - start;
	unsigned at = 0;

	if (vm->nr_queue == NR_ZAP_QUEUE)
		return false;
	for (; at < vm->nr_queue; at++) {
		const struct zap_range *r = &vm->queue[at];
		uint64_t other = r->end - r->start;

		if (length == other && start == r->start)
			return true;
		if (length < other || (length == other && start > r->start))
			break;
	}
	for (unsigned i = vm->nr_queue++; i > at; i--)
		vm->queue[i] = vm->queue[i - 1];
	vm->queue[at] = (struct zap_range){ start, end };
	return true;
}

static void queue_run(struct model *m, unsigned who)
{
	struct vm *vm = &m->vm;

	if (vm->zapping) {
		/* Spins until the other is done; a schedule must let it run. */
		model_point(m, who, POINT_QUEUE_WAIT);
		if (vm->zapping)
			model_fail(m, TARGET_HANG, "a vCPU waits for a zap queue nobody runs");
		return;
	}
	vm->zapping = true;
	while (vm->nr_queue) {
		struct zap_range r = vm->queue[0];

		vm->nr_queue--;
		for (unsigned i = 0; i < vm->nr_queue; i++)
			vm->queue[i] = vm->queue[i + 1];
		model_point(m, who, POINT_QUEUE_POPPED);
		model_zap_gfn_range(m, who, r.start, r.end);
	}
	vm->zapping = false;
}

void model_yan_zap(struct model *m, unsigned who, uint64_t start, uint64_t end)
{
	if (!queue_add(&m->vm, start, end)) {
		model_zap_gfn_range(m, who, start, end);
		return;
	}
	model_point(m, who, POINT_QUEUE_ADDED);
	queue_run(m, who);
}

/* Does any fixed sub-range differ from @type? FE is not consulted. */
static bool fixed_differs(const struct mtrrs *mtrr, unsigned type)
{
	for (unsigned i = 0; i < NR_FIXED_MTRR_MSRS; i++) {
		if (mtrr->fixed[i] != type * 0x0101010101010101ULL)
			return true;
	}
	return false;
}

/* Queues what is not of the default type @def; false if the queue is full. */
static bool queue_non_default(struct vm *vm, const struct mtrrs *mtrr, unsigned def)
{
	if (fixed_differs(mtrr, def) && !queue_add(vm, 0, 0x100))
		return false;
	for (unsigned i = 0; i < mtrr->nr_order; i++) {
		const struct pair *pair = &mtrr->var[mtrr->order[i]];
		uint64_t start, end;

		if ((pair->base & MTRR_PHYSBASE_TYPE) == def)
			continue;
		model_mtrr_range(pair, &start, &end);
		if (!queue_add(vm, start >> PAGE_SHIFT, end >> PAGE_SHIFT))
			return false;
	}
	return true;
}

void model_yan_cd_toggled(struct model *m, unsigned who)
{
	const struct vcpu *v = &m->vm.vcpus[who];
	const struct mtrrs *mtrr = &v->mtrr;
	bool enabled = mtrr->def_type & MTRR_DEF_TYPE_E;
	bool cd_is_wb = has_quirk(m, QUIRK_CD_NW_CLEARED);	/* else UC with IPAT */
	unsigned def = enabled ? mtrr->def_type & MTRR_DEF_TYPE_TYPE :
		       v->cpuid_mtrr ? MT_UC : MT_WB;

	if (!cd_is_wb || def != MT_WB) {
		model_yan_zap(m, who, 0, ~0ULL >> PAGE_SHIFT);
		return;
	}
	if (!enabled)
		return;
	if (!queue_non_default(&m->vm, mtrr, def)) {
		m->vm.nr_queue = 0;	/* others' requests too: the zap below covers them */
		model_zap_gfn_range(m, who, 0, ~0ULL >> PAGE_SHIFT);
		return;
	}
	model_point(m, who, POINT_QUEUE_ADDED);
	queue_run(m, who);
}

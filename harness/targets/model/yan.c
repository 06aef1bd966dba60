// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies yan-v4*: "KVM: x86/mmu: refine memtype related mmu zap", v4, July
 * 2023 (20230714064656.20147-1-yan.y.zhao@intel.com), as posted. Not merged.
 * yan-v4 has patches 1 to 10, yan-v4-11 and yan-v4-12 those up to their own.
 *
 * vCPUs that update their MTRRs at the same time ask for the same ranges. They
 * queue them (patch 9), sorted by length and then by descending start, equal
 * ones once; one vCPU runs the queue, the others wait for it.
 */
#include "harness/targets/model/sched.h"
#include "harness/targets/model/yan.h"

/* kmalloc() of one range; false: it failed. The list is bounded here, there it is not. */
static bool range_alloc(struct model *m)
{
	return ++m->vm.nr_range_allocs != m->fail_alloc && m->vm.nr_queue < NR_ZAP_QUEUE;
}

/* False: no memory. No containment test and no merging, as posted. */
static bool queue_add(struct model *m, unsigned who, uint64_t start, uint64_t end)
{
	struct vm *vm = &m->vm;
	uint64_t length = end - start;
	unsigned at = 0;

	if (!range_alloc(m))
		return false;
	if (has_defect(m, DEFECT_YAN_ALWAYS_CLEAR))
		vm->nr_queue = 0;
	for (; at < vm->nr_queue; at++) {
		const struct zap_range *r = &vm->queue[at];
		uint64_t other = r->end - r->start;

		if (length == other &&
		    (start == r->start || has_defect(m, DEFECT_YAN_DUP_LENGTH)))
			return true;
		if (has_defect(m, DEFECT_YAN_UNSORTED))
			continue;
		if (length < other || (length == other && start > r->start))
			break;
	}
	for (unsigned i = vm->nr_queue++; i > at; i--)
		vm->queue[i] = vm->queue[i - 1];
	vm->queue[at] = (struct zap_range){ start, end };
	model_point(m, who, POINT_QUEUE_ADDED);
	return true;
}

/*
 * Whoever finds nobody zapping runs the list until it is empty. The others spin
 * until that one is done and return, whether or not it met what they queued: a
 * range that comes after the list was found empty, and before `zapping` is
 * cleared, stays there.
 */
static void queue_run(struct model *m, unsigned who)
{
	struct vm *vm = &m->vm;

	model_touch(m, 0, OBJ_QUEUE);
	if (vm->zapping) {
		model_point(m, who, POINT_QUEUE_WAIT);
		if (!has_defect(m, DEFECT_YAN_NO_WAIT))
			model_wait(m, WAIT_QUEUE, 0);
		return;
	}
	vm->zapping = true;
	while (vm->nr_queue) {
		struct zap_range r = vm->queue[0];

		model_touch(m, 0, OBJ_QUEUE);
		vm->nr_queue--;
		for (unsigned i = 0; i < vm->nr_queue; i++)
			vm->queue[i] = vm->queue[i + 1];
		model_point(m, who, POINT_QUEUE_POPPED);
		model_zap_gfn_range(m, who, r.start, r.end);
		if (has_defect(m, DEFECT_YAN_QUEUE_ONE))
			vm->nr_queue = 0;
	}
	model_point(m, who, POINT_QUEUE_EMPTY);
	model_touch(m, 0, OBJ_QUEUE);
	vm->zapping = false;
}

/*
 * Patch 11: what of [start, end) lies in memslots, slot by slot. KVM looks at
 * both address spaces; the VMM has the same slots in both, and the list drops
 * the second of two equal ranges.
 */
static bool queue_add_slots(struct model *m, unsigned who, uint64_t start, uint64_t end)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct memslot *slot = &m->vm.slots[i];
		uint64_t first = slot->gfn > start ? slot->gfn : start;
		uint64_t stop = slot->gfn + slot->npages < end ? slot->gfn + slot->npages : end;

		if (first < stop && !queue_add(m, who, first, stop))
			return false;
	}
	return true;
}

void model_yan_zap(struct model *m, unsigned who, uint64_t start, uint64_t end)
{
	bool queued;

	model_touch(m, 0, OBJ_QUEUE);
	queued = policy_has(m, POL_ZAP_SLOTS) ? queue_add_slots(m, who, start, end)
					      : queue_add(m, who, start, end);
	/* What was queued before memory ran out stays queued. */
	if (queued)
		queue_run(m, who);
	else
		model_zap_gfn_range(m, who, start, end);
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

/* Queues what is not of the default type @def; false: no memory. */
static bool queue_non_default(struct model *m, unsigned who, unsigned def)
{
	const struct mtrrs *mtrr = &m->vm.vcpus[who].mtrr;

	if (fixed_differs(mtrr, def) && !has_defect(m, DEFECT_YAN_NO_FIXED) &&
	    !queue_add(m, who, 0, 0x100))
		return false;
	if (has_defect(m, DEFECT_YAN_NO_VAR))
		return true;
	for (unsigned i = 0; i < mtrr->nr_order; i++) {
		const struct pair *pair = &mtrr->var[mtrr->order[i]];

		if ((pair->base & MTRR_PHYSBASE_TYPE) == def)
			continue;
		if (!queue_add(m, who, pair->start >> PAGE_SHIFT, pair->end >> PAGE_SHIFT))
			return false;
		if (has_defect(m, DEFECT_YAN_FIRST_PAIR))
			break;
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

	if (has_defect(m, DEFECT_YAN_QUIRK_IGNORED))
		cd_is_wb = true;
	if (!cd_is_wb || (def != MT_WB && !has_defect(m, DEFECT_YAN_DEFAULT_ANY))) {
		model_yan_zap(m, who, 0, ~0ULL >> PAGE_SHIFT);
		return;
	}
	if (!enabled)
		return;
	model_touch(m, 0, OBJ_QUEUE);
	if (!queue_non_default(m, who, def)) {
		/* Others' requests too: the zap below covers them, once it is done. */
		m->vm.nr_queue = 0;
		model_point(m, who, POINT_QUEUE_CLEARED);
		model_zap_gfn_range(m, who, 0, ~0ULL >> PAGE_SHIFT);
		return;
	}
	queue_run(m, who);
}

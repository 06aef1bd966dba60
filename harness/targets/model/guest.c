// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest ops other than register writes: MSR accesses, linear accesses through
 * the guest's own mappings, INVPCID.
 *
 * MSRs: kvm_set_msr_common() and kvm_get_msr_common() (x86.c), the PAT cases of
 * vmx.c and svm.c, v6.1 and v6.12. The guest's page tables are a list of its
 * mappings, walked at each access: linear TLB entries are never stale here, but
 * for those that shadow roots hold (linear.c).
 */
#include "harness/targets/model/sched.h"
#include "harness/targets/model/guest.h"

/* MSRs whose handling is known here; of others nothing is claimed. */
static bool known_msr(uint32_t msr)
{
	return (msr >= 0x200 && msr <= 0x2ff) || msr == MSR_MTRRCAP || msr == MSR_EFER ||
	       msr == MSR_SMRR_PHYSBASE || msr == MSR_SMRR_PHYSMASK;
}

static bool mce_ctl2(uint32_t msr)
{
	return msr >= 0x280 && msr < 0x2a0;	/* without CMCI only the host may touch them */
}

bool model_guest_wrmsr(struct model *m, unsigned vcpu, uint32_t msr, uint64_t data, bool host,
		 struct outcome *out)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	if (!known_msr(msr) || (host && mce_ctl2(msr))) {
		out->kind = OUT_ANY;
		return true;
	}
	if (msr == MSR_EFER)
		return model_set_efer(m, vcpu, data, host);
	if (msr == MSR_PAT) {
		if (!model_pat_valid(m, data))
			return false;
		v->pat = data;
		return true;
	}
	if (model_mtrr_msr(msr))
		return model_mtrr_set(m, vcpu, msr, data, host);
	if (msr == MSR_MTRRCAP)
		return has_defect(m, DEFECT_MTRRCAP_WRITABLE);
	return msr == 0x2f8 && has_defect(m, DEFECT_MSR_2F8);
}

bool model_guest_rdmsr(const struct model *m, unsigned vcpu, uint32_t msr, struct outcome *out)
{
	const struct vcpu *v = &m->vm.vcpus[vcpu];

	if (!known_msr(msr)) {
		out->kind = OUT_ANY;
		return true;
	}
	out->has_value = true;
	if (msr == MSR_EFER)
		out->value = v->mode.efer;
	else if (msr == MSR_PAT)
		out->value = v->pat;
	else
		out->has_value = model_mtrr_get(m, vcpu, msr, &out->value);
	return out->has_value;
}

static bool map_covers(const struct guest_map *map, uint64_t va)
{
	return va - map->va < level_pages(map->level) << PAGE_SHIFT;
}

void model_guest_map(struct model *m, const struct op *op)
{
	struct vm *vm = &m->vm;
	struct guest_map new = {
		.va = op->v[0], .gpa = op->v[1], .pat = op->v[2],
		.level = op->arg >= LEVEL_4K && op->arg <= LEVEL_1G ? op->arg : LEVEL_4K,
	};
	bool last_level = new.level == LEVEL_4K;

	model_touch(m, 0, OBJ_MAPS);
	for (unsigned i = vm->nr_maps; i-- > 0;) {
		if (map_covers(&new, vm->maps[i].va) || map_covers(&vm->maps[i], new.va)) {
			last_level &= vm->maps[i].level == LEVEL_4K;
			vm->maps[i] = vm->maps[--vm->nr_maps];
		}
	}
	model_linear_pte_written(m, new.va, level_pages(new.level) << PAGE_SHIFT, last_level);
	if (vm->nr_maps == NR_MAPS)
		vm->maps[0] = vm->maps[--vm->nr_maps];
	vm->maps[vm->nr_maps++] = new;
}

const struct guest_map *model_guest_walk(const struct model *m, uint64_t va)
{
	for (unsigned i = 0; i < m->vm.nr_maps; i++) {
		if (map_covers(&m->vm.maps[i], va))
			return &m->vm.maps[i];
	}
	return NULL;
}

bool model_guest_translate(const struct model *m, unsigned vcpu, uint64_t va, uint64_t *gpa)
{
	const struct guest_map *map;

	if (!(m->vm.vcpus[vcpu].mode.cr0 & CR0_PG)) {
		*gpa = (uint32_t)va;
		return true;
	}
	map = model_guest_walk(m, va);
	if (map)
		*gpa = map->gpa + (va - map->va);
	return map;
}

static bool canonical(const struct vcpu *v, uint64_t va)
{
	unsigned unused = v->mode.cr4 & CR4_LA57 ? 7 : 16;

	return (uint64_t)((int64_t)(va << unused) >> unused) == va;
}

bool model_guest_invpcid(struct model *m, unsigned vcpu, const struct op *op)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint64_t pcid = op->v[0];
	bool enabled = v->mode.cr4 & CR4_PCIDE;

	if (op->arg > 3 || pcid > CR3_PCID_MASK)
		return false;
	if (op->arg < 2 && !enabled && pcid)
		return false;
	if (op->arg == 0 && !canonical(v, op->v[1]))
		return false;
	if (!op->arg || !has_defect(m, DEFECT_NO_INVPCID_FLUSH))
		model_invpcid(m, vcpu, op->arg, pcid, op->v[1]);
	return true;
}

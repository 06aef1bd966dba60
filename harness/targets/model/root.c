// SPDX-License-Identifier: GPL-2.0-only
/*
 * Roots of page tables: found by role, loaded by vCPUs, kept, invalidated and
 * freed (kvm_tdp_mmu_get_vcpu_root_hpa(), kvm_tdp_mmu_put_root(),
 * kvm_mmu_load(), kvm_mmu_unload(); mmu/mmu.c and tdp_mmu.c of v6.1, v6.12).
 *
 * With TDP a root's role is its address space (SMM or not) and its depth: no
 * CR bit but the ones that make these belongs to it. With shadow paging the
 * role has the CR bits and CR3; such roots stay in KVM's hash when no vCPU uses
 * them, up to a bound here as there.
 */
#include "harness/targets/model/allones.h"
#include "harness/targets/model/sched.h"

static uint64_t root_role(const struct model *m, const struct vcpu *v, uint64_t cr3)
{
	const uint64_t cr0_bits = CR0_PG | CR0_WP;
	const uint64_t cr4_bits = CR4_PSE | CR4_PAE | CR4_LA57 | CR4_SMEP | CR4_SMAP | CR4_PKE;

	if (m->tdp)
		return 0;
	if (!(v->mode.cr0 & CR0_PG))
		return 1;	/* direct: CR3 and CR4 do not matter */
	return (cr3 & ~CR3_PCID_MASK) << 12 ^ (v->mode.cr0 & cr0_bits) ^
	       (v->mode.cr4 & cr4_bits) << 2 ^ (v->mode.efer & (EFER_LMA | EFER_NX)) << 24;
}

/* 5 levels only for guests that can address more than 48 bits. */
static unsigned root_level(const struct model *m, const struct vcpu *v)
{
	return m->tdp && v->maxphyaddr > 48 ? 5 : 4;
}

static unsigned root_new(struct model *m, unsigned as_id, unsigned level, uint64_t role)
{
	struct vm *vm = &m->vm;
	unsigned r = 0;

	while (r < vm->nr_roots && vm->roots[r].table != NO_TABLE)
		r++;
	if (r == NR_ROOTS) {
		/* make_mmu_pages_available() reclaims, too: a root that only KVM itself keeps. */
		for (r = 0; r < NR_ROOTS && vm->roots[r].refs > 1; r++)
			;
		if (r == NR_ROOTS)
			return NO_ROOT;
		model_root_destroy(m, r);
		model_flush_remote(m, HOST);	/* some TLB may still have what hung there */
	}
	vm->roots[r].table = model_table_alloc(vm, r, level, 0);
	if (vm->roots[r].table == NO_TABLE)
		return NO_ROOT;
	if (r == vm->nr_roots)
		vm->nr_roots++;
	vm->roots[r] = (struct root){
		.role = role, .tag = ++vm->next_tag, .table = vm->roots[r].table,
		.refs = roots_kept(m), .as_id = as_id, .level = level,
	};
	return r;
}

void model_root_put(struct model *m, unsigned r)
{
	struct root *root = &m->vm.roots[r];

	model_touch(m, 0, OBJ_ROOTS);
	if (!--root->refs)
		model_root_destroy(m, r);
}

bool model_vcpu_root_obsolete(const struct model *m, const struct vcpu *v)
{
	return v->root != NO_ROOT && m->vm.roots[v->root].invalid;
}

/* kvm_mmu_load(): find or make the root, then flush it, its past is unknown. */
void model_vcpu_load_root(struct model *m, unsigned vcpu)
{
	struct vm *vm = &m->vm;
	struct vcpu *v = &vm->vcpus[vcpu];
	uint64_t role = root_role(m, v, v->mode.cr3);
	unsigned level = root_level(m, v), r;

	model_point(m, vcpu, POINT_ROOT_LOAD);
	model_mmu_lock_write(m, vcpu);
	model_touch(m, 0, OBJ_ROOTS);
	for (r = 0; r < vm->nr_roots; r++) {
		const struct root *root = &vm->roots[r];

		if (root->table != NO_TABLE && !root->invalid && root->as_id == v->smm &&
		    root->level == level && root->role == role)
			break;
	}
	if (r == vm->nr_roots) {
		model_caches_topup(m, vcpu);
		r = root_new(m, v->smm, level, role);
		model_caches_take(m, vcpu);
	}
	if (r == NO_ROOT) {
		model_fail(m, TARGET_INFRA, "the model's pool of page tables is exhausted");
	} else {
		vm->roots[r].refs++;
		v->root = r;
		v->pgd = v->mode.cr3;
		model_root_sync(m, r);
	}
	model_mmu_unlock_write(m, vcpu);
	if (!has_defect(m, DEFECT_NO_FLUSH_LOAD))
		model_vcpu_flush_current(m, vcpu);
}

/* KVM_MMU_ROOT_CURRENT */
static void free_current(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	unsigned r = v->root;

	if (r == NO_ROOT)
		return;
	v->root = NO_ROOT;
	model_root_put(m, r);
}

void model_vcpu_free_prev(struct model *m, unsigned vcpu, unsigned i)
{
	struct root_ref *ref = &m->vm.vcpus[vcpu].prev[i];
	unsigned r = ref->root;

	if (r == NO_ROOT)
		return;
	ref->root = NO_ROOT;
	model_root_put(m, r);
}

/*
 * All roots. The TLB keeps what hung under them, unreachable: whichever root
 * comes next is flushed when it is loaded. So it may as well be forgotten now.
 */
void model_vcpu_unload(struct model *m, unsigned vcpu)
{
	if (m->vm.vcpus[vcpu].root != NO_ROOT)
		m->vm.vcpus[vcpu].tlb.nr = 0;
	free_current(m, vcpu);
	for (unsigned i = 0; i < NR_PREV_ROOTS; i++)
		model_vcpu_free_prev(m, vcpu, i);
}

void model_vcpu_free_obsolete(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	if (model_vcpu_root_obsolete(m, v)) {
		v->tlb.nr = 0;
		free_current(m, vcpu);
	}
	for (unsigned i = 0; i < NR_PREV_ROOTS; i++) {
		if (v->prev[i].root != NO_ROOT && m->vm.roots[v->prev[i].root].invalid)
			model_vcpu_free_prev(m, vcpu, i);
	}
}

/* is_root_usable(): of the role that the vCPU has now, and for @pgd where that matters. */
static bool usable(const struct model *m, const struct vcpu *v, const struct root_ref *ref,
		   uint64_t pgd)
{
	bool direct = m->tdp || !(v->mode.cr0 & CR0_PG);
	const struct root *root;

	if (ref->root == NO_ROOT)
		return false;
	root = &m->vm.roots[ref->root];
	if (root->as_id != v->smm || root->level != root_level(m, v))
		return false;
	return root->role == root_role(m, v, pgd) && (direct || ref->pgd == pgd);
}

/*
 * Roots in use, or cached, go round; what falls out at the end is freed. The
 * cache needs a 64-bit host and guest up to v5.17, as PDPTEs are not compared.
 * A root found there is used as it is: neither synced nor flushed.
 */
void model_new_pgd(struct model *m, unsigned vcpu, uint64_t pgd)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	bool early = m->policy->roles == ROLES_5_10 || m->policy->roles == ROLES_5_16;
	struct root_ref ref = { v->root, v->pgd };

	if (usable(m, v, &ref, pgd)) {
		v->pgd = pgd;
		return;
	}
	if (early && !(v->mode.efer & EFER_LMA)) {
		free_current(m, vcpu);
		return;
	}
	for (unsigned i = 0; i < NR_PREV_ROOTS; i++) {
		struct root_ref next = v->prev[i];

		v->prev[i] = ref;
		ref = next;
		if (usable(m, v, &ref, pgd)) {
			v->root = ref.root;
			v->pgd = pgd;
			return;
		}
	}
	v->root = NO_ROOT;
	if (ref.root != NO_ROOT)
		model_root_put(m, ref.root);
}

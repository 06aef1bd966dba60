// SPDX-License-Identifier: GPL-2.0-only
/*
 * What KVM does, as the target is told. Sources: the kernel's own tracepoints
 * (include/linux/tracepoint.h turns them into calls), two functions that the
 * linker puts these before (--wrap), and the processor's flush instructions.
 */
#include <linux/kvm_host.h>

#include "mmu.h"
#include "mmu/mmu_internal.h"
#include "mmu/spte.h"
#include "mmu/tdp_iter.h"
#include "mmu/tdp_mmu.h"
#include "shim.h"

static struct kvm_mmu_page *walked_root;

static void emit(const struct ukvm_event *event)
{
	ukvm_config.event(ukvm_config.ctx, event);
}

static unsigned int tag(const struct kvm_mmu_page *root)
{
	return __pa(root->spt) >> PAGE_SHIFT;
}

void ukvm_event(enum ukvm_event_kind kind, unsigned int vcpu, int level)
{
	emit(&(struct ukvm_event){ .kind = kind, .vcpu = vcpu, .level = level });
}

void ukvm_event_range(enum ukvm_event_kind kind, unsigned long gfn, unsigned long end)
{
	emit(&(struct ukvm_event){ .kind = kind, .vcpu = ukvm_guest.id, .gfn = gfn, .end = end });
}

void ukvm_event_fill(unsigned int vcpu, int as_id, unsigned int root, unsigned long gfn, int level,
		     unsigned long spte)
{
	emit(&(struct ukvm_event){ .kind = UKVM_EV_FILL, .vcpu = vcpu, .as_id = as_id, .root = root,
				   .gfn = gfn, .level = level, .new_spte = spte });
}

void ukvm_event_spte(struct kvm_mmu_page *root, unsigned long gfn, int level,
		     unsigned long old_spte, unsigned long new_spte)
{
	emit(&(struct ukvm_event){ .kind = UKVM_EV_SPTE, .as_id = root->role.smm,
				   .root = tag(root), .gfn = gfn, .level = level,
				   .old_spte = old_spte, .new_spte = new_spte });
}

/*
 * The TDP MMU changes SPTEs only under an iterator, and the tracepoint does not
 * say of which root: remember it.
 */
void __real_tdp_iter_start(struct tdp_iter *iter, struct kvm_mmu_page *root, int min_level,
			   gfn_t gfn);
void __wrap_tdp_iter_start(struct tdp_iter *iter, struct kvm_mmu_page *root, int min_level,
			   gfn_t gfn)
{
	walked_root = root;
	__real_tdp_iter_start(iter, root, min_level, gfn);
}

void ukvm_trace_kvm_tdp_mmu_spte_changed(int as_id, gfn_t gfn, int level, u64 old_spte,
					 u64 new_spte)
{
	/* Freezing and clearing what was not there is nobody's business. */
	if (is_shadow_present_pte(old_spte) || is_shadow_present_pte(new_spte))
		ukvm_event_spte(walked_root, gfn, level, old_spte, new_spte);
}

/* The fast page fault path sets access bits without the tracepoint above. */
void ukvm_trace_fast_page_fault(struct kvm_vcpu *vcpu, struct kvm_page_fault *fault, u64 *sptep,
				u64 old_spte, int ret)
{
	struct kvm_mmu_page *sp;

	if (ret != RET_PF_FIXED)
		return;
	sp = sptep_to_sp(sptep);
	if (is_tdp_mmu_page(sp))
		ukvm_event_spte(walked_root, fault->gfn & -KVM_PAGES_PER_HPAGE(sp->role.level),
				sp->role.level, old_spte, *sptep);
}

void ukvm_trace_mark_mmio_spte(u64 *sptep, gfn_t gfn, u64 spte)
{
	emit(&(struct ukvm_event){ .kind = UKVM_EV_MMIO_SPTE, .vcpu = ukvm_guest.id, .level = 1,
				   .gfn = gfn, .end = gfn + 1, .new_spte = spte });
}

void ukvm_trace_kvm_mmu_zap_all_fast(struct kvm *kvm)
{
	ukvm_event_range(UKVM_EV_ZAP_RANGE, 0, ~0ul);
}

void __real_kvm_zap_gfn_range(struct kvm *kvm, gfn_t start, gfn_t end);
void __wrap_kvm_zap_gfn_range(struct kvm *kvm, gfn_t start, gfn_t end)
{
	ukvm_event_range(UKVM_EV_ZAP_RANGE, start, end);
	__real_kvm_zap_gfn_range(kvm, start, end);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_MEM_ALLONES, "KVM: x86: KVM_MEM_ALLONES memory", RFC of May 2020
 * (20200514180540.52407-1-vkuznets@redhat.com), not merged, and what its review
 * proposed instead. Under these policies each read-only memslot is one of
 * KVM_MEM_ALLONES: to the guest they promise the same (reads are done, writes
 * exit), and programs need no flag of their own.
 *
 * vitaly-rfc:	patches 2/5 and 4/5 as posted: one page behind all of the slot,
 *		4K mappings only; the first read maps all of it, a write finds
 *		KVM_PFN_NOSLOT.
 * vitaly-rfc-ro: with the slot known to memslot_is_readonly(), as reviewed.
 * seanjc-allones: the review's "treat the access as the MMIO it is": reads are
 *		emulated as 0xff in the kernel, nothing is ever mapped.
 *
 * And the vCPU's memory caches, of which each new page table takes an object;
 * mmu_topup_memory_caches() fills them before a fault, to their capacity when
 * they have less than one translation may need (v5.7: 8 pages and 4 headers,
 * the root not counted; v6.1: PT64_ROOT_MAX_LEVEL of each). An empty one was a
 * BUG_ON(), and since v5.9 is a WARN and an atomic allocation: here the fault
 * goes on, and says so.
 */
#include "harness/targets/model/allones.h"

#define CACHE_CAPACITY	40u	/* KVM_NR_MEM_OBJS, KVM_ARCH_NR_OBJS_PER_MEMORY_CACHE */

static bool early_caches(const struct model *m)
{
	return policy_has(m, POL_ALLONES_EAGER) || policy_has(m, POL_ALLONES_EMULATED);
}

void model_caches_topup(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	const uint8_t least[NR_CACHES] = {
		[CACHE_PAGES] = early_caches(m) ? 8 : 5, [CACHE_HEADERS] = early_caches(m) ? 4 : 5,
	};

	for (unsigned i = 0; i < NR_CACHES; i++) {
		if (v->cache[i] < least[i] && !has_defect(m, DEFECT_NO_TOPUP))
			v->cache[i] = CACHE_CAPACITY;
		v->cache_filled[i] = v->cache[i];
		v->cache_missing[i] = 0;
	}
}

void model_caches_take(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];

	for (unsigned i = 0; i < NR_CACHES; i++) {
		if (v->cache[i])
			v->cache[i]--;
		else
			v->cache_missing[i]++;
	}
}

void model_caches_check(struct model *m, unsigned vcpu)
{
	const struct vcpu *v = &m->vm.vcpus[vcpu];

	for (unsigned i = 0; i < NR_CACHES; i++) {
		struct event *ev;

		if (!v->cache_missing[i])
			continue;
		ev = target_event(&m->target, EV_CACHE_OVERRUN);
		ev->vcpu = vcpu;
		ev->old_spte = v->cache_filled[i] + v->cache_missing[i];
		ev->new_spte = v->cache_filled[i];
		return;		/* one BUG() is enough */
	}
}

bool model_allones(const struct model *m, const struct memslot *slot)
{
	return early_caches(m) && slot && (slot->flags & SLOT_READONLY);
}

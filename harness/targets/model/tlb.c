// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each vCPU's TLB and the requests that empty it. A translation, once cached,
 * is used until a flush takes effect, whatever the tables say meanwhile.
 *
 * Entries stand for guest-physical and combined mappings, tagged by root as
 * EPTP tags them (SDM 28.3.1). On Intel INVEPT flushes them, all contexts for
 * remote flushes and one for the current root, INVVPID (guest flushes) does
 * not; on AMD every flush drops the whole ASID (vmx.c, svm.c, x86.c
 * vcpu_enter_guest(); v6.1).
 */
#include "harness/targets/model/sched.h"

static void flush_event(struct model *m, unsigned vcpu, uint64_t gfn, uint64_t end)
{
	struct event *ev = target_event(&m->target, EV_FLUSH);

	ev->vcpu = vcpu;
	ev->gfn = gfn;
	ev->end = end;
}

static void guest_flush_event(struct model *m, unsigned vcpu)
{
	struct event *ev = target_event(&m->target, EV_GUEST_FLUSH);

	ev->vcpu = vcpu;
	ev->level = FLUSH_SCOPE_ALL;
}

static void flush_all(struct model *m, unsigned vcpu)
{
	m->vm.vcpus[vcpu].tlb.nr = 0;
	flush_event(m, vcpu, 0, MAX_GFN);
}

static void tlb_remove(struct tlb *tlb, unsigned i)
{
	tlb->entry[i] = tlb->entry[--tlb->nr];
}

/* INVVPID without EPT, INVLPGA on AMD: all of it goes. With EPT all is of one root, but for SMM. */
void model_vcpu_flush_current(struct model *m, unsigned vcpu)
{
	if (m->vm.vcpus[vcpu].root == NO_ROOT)
		return;
	flush_all(m, vcpu);
	guest_flush_event(m, vcpu);	/* combined mappings are linear ones too, of every PCID */
}

/* kvm_flush_remote_tlbs(): every vCPU, at the latest before it enters again. */
void model_flush_remote(struct model *m, unsigned who)
{
	struct vm *vm = &m->vm;

	model_point(m, who, POINT_FLUSH);
	model_touch(m, OBJ_ALL_REQUESTS, 0);
	for (unsigned v = 0; v < vm->machine.nr_vcpus; v++) {
		if ((has_defect(m, DEFECT_FLUSH_SELF_ONLY) && v != who) ||
		    (has_defect(m, DEFECT_FLUSH_OTHERS_ONLY) && v == who) ||
		    (has_defect(m, DEFECT_FLUSH_SPARES_LAST) && v && v + 1u == vm->machine.nr_vcpus))
			continue;
		vm->vcpus[v].requests |= REQ_TLB_FLUSH;
	}
}

static void serve_requests(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint32_t requests = v->requests;

	v->requests = 0;
	if (requests & REQ_MMU_RELOAD)
		model_vcpu_unload(m, vcpu);
	else if (requests & REQ_FREE_OBSOLETE_ROOTS)
		model_vcpu_free_obsolete(m, vcpu);
	if (requests & REQ_MMU_UPDATE_ROOT)
		model_new_pgd(m, vcpu, v->mode.cr3);
	if (requests & REQ_MMU_SYNC)
		model_root_sync(m, v->root);
	if (requests & REQ_TLB_FLUSH) {
		flush_all(m, vcpu);
		requests &= ~REQ_TLB_FLUSH_CURRENT;
	}
	if (requests & REQ_TLB_FLUSH_CURRENT)
		model_vcpu_flush_current(m, vcpu);
	if (requests & REQ_TLB_FLUSH_GUEST) {
		model_flush_guest_sync(m, vcpu);
		if (!m->ept && m->vm.machine.vendor == VENDOR_AMD)
			flush_all(m, vcpu);
		guest_flush_event(m, vcpu);
	}
}

void model_vcpu_enter(struct model *m, unsigned vcpu)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	struct event *ev;

	/* KVM_SET_SREGS takes any EFER, VM entry does not. */
	if (unlikely(v->mode.efer & ~EFER_KNOWN)) {
		model_fail(m, TARGET_SKIPPED,
			   "EFER has reserved bits (set by KVM_SET_SREGS): VM entry fails");
		return;
	}
	model_point(m, vcpu, POINT_ENTER);
	/*
	 * KVM looks once more after the load: a request that came meanwhile cancels
	 * the entry. One that comes later is an IPI: the vCPU exits and serves it
	 * before it executes another instruction (kvm_make_all_cpus_request()).
	 */
	do {
		while (v->requests || v->root == NO_ROOT) {
			if (v->requests)
				serve_requests(m, vcpu);
			if (v->root == NO_ROOT)
				model_vcpu_load_root(m, vcpu);
			if (m->status)
				return;
		}
		if (likely(!m->on_point))
			break;
		model_touch(m, OBJ_ALL_OPS, OBJ_REQUESTS(vcpu));
		model_srcu_leave(m, vcpu);
		model_point(m, vcpu, POINT_IN_GUEST);
		model_srcu_enter(m, vcpu);
		model_touch(m, OBJ_ALL_OPS, OBJ_REQUESTS(vcpu));
	} while (v->requests);
	v->has_run = true;
	ev = target_event(&m->target, EV_ENTER);
	ev->vcpu = vcpu;
	ev->as_id = v->smm;
	ev->root = m->vm.roots[v->root].tag;
}

static bool holds(const struct tlb_entry *e, uint32_t tag, uint64_t gfn)
{
	return e->tag == tag && gfn - e->gfn < level_pages(e->level);
}

const struct tlb_entry *model_tlb_find(const struct vcpu *v, uint32_t tag, uint64_t gfn)
{
	for (unsigned i = 0; i < v->tlb.nr; i++) {
		if (holds(&v->tlb.entry[i], tag, gfn))
			return &v->tlb.entry[i];
	}
	return NULL;
}

void model_tlb_violation(struct model *m, unsigned vcpu, uint32_t tag, uint64_t gfn)
{
	struct tlb *tlb = &m->vm.vcpus[vcpu].tlb;

	for (unsigned i = tlb->nr; i-- > 0;) {
		const struct tlb_entry *e = &tlb->entry[i];

		if (!holds(e, tag, gfn))
			continue;
		flush_event(m, vcpu, e->gfn, e->gfn + level_pages(e->level));
		tlb_remove(tlb, i);
	}
}

void model_tlb_fill(struct model *m, unsigned vcpu, const struct root *root, const struct walk *w)
{
	struct tlb *tlb = &m->vm.vcpus[vcpu].tlb;
	struct event *ev = target_event(&m->target, EV_FILL);
	uint64_t end = w->gfn + level_pages(w->level);

	for (unsigned i = tlb->nr; i-- > 0;) {
		const struct tlb_entry *e = &tlb->entry[i];

		if (e->tag == root->tag && e->gfn < end && w->gfn < e->gfn + level_pages(e->level))
			tlb_remove(tlb, i);
	}
	if (tlb->nr == NR_TLB) {
		tlb_remove(tlb, tlb->next);
		tlb->next = (tlb->next + 1) % NR_TLB;
	}
	tlb->entry[tlb->nr++] = (struct tlb_entry){
		.gfn = w->gfn, .spte = w->spte, .tag = root->tag, .level = w->level,
	};
	ev->vcpu = vcpu;
	ev->as_id = root->as_id;
	ev->root = root->tag;
	ev->level = w->level;
	ev->gfn = w->gfn;
	ev->end = end;
	ev->new_spte = w->spte;
}

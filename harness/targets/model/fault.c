// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest accesses and the page faults they take: look-up of the slot and the
 * host's page, level, leaf, retry when an invalidation came in between.
 *
 * Source: mmu/mmu.c (kvm_tdp_page_fault(), direct_page_fault(),
 * fast_page_fault(), kvm_faultin_pfn(), kvm_mmu_hugepage_adjust()),
 * mmu/tdp_mmu.c (kvm_tdp_mmu_map()) and mmu/spte.c (make_spte(),
 * make_mmio_spte()) of v6.1 and v6.12; splitting on fault since v6.3
 * (c4b33d28ea3c).
 *
 * Shadow paging: the guest is taken to map itself identically with pages as
 * large as the host's. What is left out: the guest's page tables and their
 * write protection; of unsync pages linear.c has what guests notice.
 */
#include "harness/targets/model/allones.h"
#include "harness/targets/model/sched.h"

#define MAX_RETRIES	64

/* PF_EMULATE: by userspace; PF_EMULATED: the kernel has done it. */
enum pf { PF_RETRY, PF_FIXED, PF_SPURIOUS, PF_EMULATE, PF_EMULATED, PF_FAILED };

struct fault {
	uint64_t gfn, pfn;
	const struct memslot *slot;	/* NULL: none */
	uint32_t seq;
	enum access access;
	uint8_t max_level, goal_level;
	bool present;		/* the SPTE was, and refused the access */
	bool reserved;		/* it was an MMIO SPTE of an old generation */
	bool prefetch;
	bool mmio;		/* the pfn is host MMIO */
	bool map_writable;
};

static bool access_allowed(const struct model *m, uint64_t spte, enum access access)
{
	switch (access) {
	case ACCESS_WRITE:
		return spte & SPTE_W;
	case ACCESS_EXEC:
		return m->ept ? spte & EPT_X : !(spte & PAE_NX);
	case ACCESS_READ:
		break;
	}
	return m->ept ? spte & EPT_R : spte & PAE_P;
}

static uint64_t ept_leaf(struct model *m, const struct vcpu *v, uint64_t gfn,
			 const struct fault *f)
{
	bool mmio = f->mmio && !has_defect(m, DEFECT_MMIO_NOT_UC);
	uint64_t mt = m->policy->memtype(m, v, gfn, mmio);
	uint64_t spte = EPT_R | EPT_X | (f->prefetch ? 0 : EPT_A);

	if (has_defect(m, DEFECT_IPAT_ALWAYS) && !mmio)
		mt |= EPT_IPAT;
	if (has_defect(m, DEFECT_IPAT_NEVER))
		mt &= ~EPT_IPAT;
	if (f->map_writable)
		spte |= EPT_W | EPT_D | EPT_HOST_WRITABLE | EPT_MMU_WRITABLE;
	return spte | mt;
}

/* PWT, PCD and PAT stay 0: entry 0 of the host's PAT. */
static uint64_t pae_leaf(bool writable, bool prefetch)
{
	uint64_t spte = PAE_P | PAE_U | (prefetch ? 0 : PAE_A);

	if (writable)
		spte |= PAE_W | PAE_D | PAE_HOST_WRITABLE | PAE_MMU_WRITABLE;
	return spte;
}

/* 3c2e7f7de324, reverted by fc07e76ac7ff: NPT entries that follow guest MTRRs. */
static uint64_t npt_mtrr_bits(struct model *m, const struct vcpu *v, uint64_t gfn)
{
	bool uc = m->tdp && m->vm.dma_count && model_mtrr_type(m, v, gfn) == MT_UC;

	return uc ? PAE_PWT | PAE_PCD : 0;
}

static uint64_t make_spte(struct model *m, const struct vcpu *v, const struct fault *f,
			  const struct walk *w)
{
	uint64_t spte = SPTE_MMU_PRESENT | f->pfn << PAGE_SHIFT |
			(w->level > LEVEL_4K ? SPTE_PS : 0);

	if (m->ept)
		return spte | ept_leaf(m, v, w->gfn, f);
	if (has_defect(m, DEFECT_NPT_MTRR) && !f->mmio)
		spte |= npt_mtrr_bits(m, v, w->gfn);
	return spte | pae_leaf(f->map_writable, f->prefetch);
}

/* MMIO SPTEs need a way to be reserved: on EPT always, else a free physical address bit 51. */
static bool mmio_caching(const struct model *m)
{
	return m->ept || m->vm.machine.maxphyaddr < 52;
}

static uint64_t mmio_spte_generation(const struct vm *vm)
{
	uint64_t gen = vm->slots_generation & ((1u << MMIO_GEN_BITS) - 1);

	return (gen & 0xff) << 3 | gen >> 8 << 52;
}

static uint64_t make_mmio_spte(const struct model *m, uint64_t gfn)
{
	uint64_t value = m->ept ? EPT_MMIO_VALUE : PAE_MMIO_VALUE | PAE_W | PAE_U;

	return value | mmio_spte_generation(&m->vm) | gfn << PAGE_SHIFT;
}

static bool mmio_spte_current(const struct model *m, uint64_t spte)
{
	const uint64_t mask = 0xffULL << 3 | 0x7ffULL << 52;

	return has_defect(m, DEFECT_MMIO_GEN) ||
	       (!m->vm.slots_updating && (spte & mask) == mmio_spte_generation(&m->vm));
}

/* mmu_invalidate_retry(): did, or does, an invalidation of the gfn happen since @seq? */
static bool invalidated(const struct model *m, const struct fault *f)
{
	const struct vm *vm = &m->vm;

	if (has_defect(m, DEFECT_NO_RETRY))
		return false;
	if (vm->invalidate_in_progress && vm->invalidate_start <= f->gfn &&
	    f->gfn < vm->invalidate_end)
		return true;
	return vm->invalidate_seq != f->seq;
}

/*
 * cmpxchg: does the SPTE stand where it stood, linked and unchanged? Another
 * vCPU may have been here meanwhile. KVM's RCU keeps a table that went, with
 * frozen SPTEs; here it is gone, and the walk does not come to it again.
 */
static bool still_there(struct model *m, unsigned vcpu, uint64_t gfn, const struct walk *w)
{
	const struct root *root = &m->vm.roots[m->vm.vcpus[vcpu].root];
	uint16_t table = root->table;

	if (likely(!m->in_group))
		return m->vm.tables[w->table].spte[w->index] == w->spte;
	model_touch_sptes(m, gfn, gfn + 1, false);
	for (unsigned level = root->level; level > w->level; level--) {
		uint64_t spte = m->vm.tables[table].spte[gfn >> 9 * (level - 1) & (PT_ENTRIES - 1)];

		if (!spte_present(spte) || spte_leaf(spte, level))
			return false;
		table = spte_child(spte);
	}
	return table == w->table && m->vm.tables[table].spte[w->index] == w->spte;
}

/* Makes a leaf writable again that only dirty logging write-protected, without mmu_lock. */
static enum pf fast_page_fault(struct model *m, unsigned vcpu, const struct fault *f)
{
	const uint64_t mmu_writable = m->ept ? EPT_MMU_WRITABLE : PAE_MMU_WRITABLE;
	struct vcpu *v = &m->vm.vcpus[vcpu];
	struct walk w;
	uint64_t spte;

	if (f->reserved || !f->present || f->access != ACCESS_WRITE)
		return PF_FAILED;
	model_touch_sptes(m, f->gfn, f->gfn + 1, false);
	if (!model_walk_to(&m->vm, &m->vm.roots[v->root], f->gfn, &w))
		return PF_FAILED;
	if (access_allowed(m, w.spte, f->access))
		return PF_SPURIOUS;
	if ((!(w.spte & mmu_writable) && !has_defect(m, DEFECT_FAST_FAULT_ANY)) ||
	    (w.level > LEVEL_4K && f->slot && (f->slot->flags & SLOT_DIRTY_LOG)))
		return PF_FAILED;
	model_point(m, vcpu, POINT_FAST_FAULT);
	if (!still_there(m, vcpu, f->gfn, &w))
		return PF_RETRY;
	spte = w.spte | SPTE_W;
	if (has_defect(m, DEFECT_STALE_UPGRADE) && m->ept) {
		bool mmio = model_gfn_to_page(&m->vm, w.gfn).mmio;

		spte = (spte & ~(EPT_MT_MASK | EPT_IPAT)) | m->policy->memtype(m, v, w.gfn, mmio);
	}
	model_spte_set(m, w.table, w.index, spte);
	return PF_FIXED;
}

/* What is behind a KVM_MEM_ALLONES slot: no host mapping, one page of KVM's, or nothing at all. */
static enum pf allones_pfn(struct model *m, struct fault *f)
{
	bool write = f->access == ACCESS_WRITE;

	if (write && !policy_has(m, POL_ALLONES_GATE))
		f->slot = NULL;		/* KVM_PFN_NOSLOT, and that gets an MMIO SPTE */
	else if (write)
		return PF_EMULATE;
	if (policy_has(m, POL_ALLONES_EMULATED))
		return PF_EMULATED;
	if (f->slot)
		f->pfn = model_gfn_to_page(&m->vm, f->slot->gfn).pfn;
	f->max_level = LEVEL_4K;
	return PF_FIXED;
}

/* Where KVM asks the primary MMU. PF_FIXED: go on. */
static enum pf faultin_pfn(struct model *m, unsigned vcpu, struct fault *f)
{
	struct vm *vm = &m->vm;
	struct host_page page;

	model_touch(m, OBJ_INVALIDATE, 0);
	f->seq = vm->invalidate_seq;
	model_point(m, vcpu, POINT_FAULT_SEQ);
	if (!f->slot) {
		/* gfns that the host cannot address get no MMIO SPTE. */
		return mmio_caching(m) && f->gfn < vm->max_gfn ? PF_FIXED : PF_EMULATE;
	}
	if (f->slot->invalid)
		return PF_RETRY;
	if (policy_has(m, POL_FAULT_PRECHECK) && invalidated(m, f))
		return PF_RETRY;
	if (model_allones(m, f->slot))
		return allones_pfn(m, f);
	if ((f->slot->flags & SLOT_READONLY) && f->access == ACCESS_WRITE) {
		if (!has_defect(m, DEFECT_RO_MMIO_SPTE))
			return PF_EMULATE;
		f->slot = NULL;
		return PF_FIXED;
	}
	model_touch(m, OBJ_HOST, 0);
	page = model_gfn_to_page(vm, f->gfn);
	f->pfn = page.pfn;
	f->mmio = page.mmio;
	f->map_writable = !(f->slot->flags & SLOT_READONLY) || has_defect(m, DEFECT_RO_WRITABLE);
	return PF_FIXED;
}

static void hugepage_adjust(struct model *m, struct fault *f)
{
	uint64_t mask;

	f->goal_level = LEVEL_4K;
	if (!f->slot || f->max_level == LEVEL_4K || (f->slot->flags & SLOT_DIRTY_LOG))
		return;
	f->goal_level = model_max_mapping_level(&m->vm, f->slot, f->gfn, f->max_level);
	mask = level_pages(f->goal_level) - 1;
	f->pfn &= ~mask;
}

static bool link_table(struct model *m, const struct walk *w)
{
	uint16_t n = model_table_alloc(&m->vm, m->vm.tables[w->table].root, w->level - 1, w->gfn);

	if (n == NO_TABLE)
		return false;
	model_spte_set(m, w->table, w->index, model_nonleaf_spte(m, n));
	return true;
}

/* A huge leaf stands where a table must go: since v6.3 it is split, before it was zapped. */
static bool open_huge_leaf(struct model *m, unsigned vcpu, const struct walk *w)
{
	if (m->tdp && policy_has(m, POL_SPLIT_ON_FAULT))
		return model_split_leaf(m, w);
	model_spte_set(m, w->table, w->index, 0);
	if (!has_defect(m, DEFECT_NO_FLUSH_OPEN))
		model_flush_remote(m, vcpu);
	return link_table(m, w);
}

/* A table where @w has none. PF_FIXED: go on below. */
static enum pf descend(struct model *m, unsigned vcpu, const struct fault *f, const struct walk *w)
{
	bool ok = true;

	if (spte_present(w->spte) && !spte_leaf(w->spte, w->level))
		return PF_FIXED;
	model_point(m, vcpu, POINT_SPTE_CMPXCHG);
	if (!still_there(m, vcpu, f->gfn, w))
		return PF_RETRY;
	model_caches_take(m, vcpu);
	if (!spte_present(w->spte))
		ok = link_table(m, w);
	else
		ok = open_huge_leaf(m, vcpu, w);
	if (ok)
		return PF_FIXED;
	model_fail(m, TARGET_INFRA, "the model's pool of page tables is exhausted");
	return PF_FAILED;
}

static enum pf install(struct model *m, unsigned vcpu, struct fault *f, const struct walk *w)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	uint64_t old = w->spte, spte;

	model_touch(m, OBJ_CONFIG | OBJ_SLOTS | OBJ_VCPU(vcpu), 0);
	if (f->slot)
		spte = make_spte(m, v, f, w);
	else
		spte = make_mmio_spte(m, w->gfn);
	if (spte == old)
		return f->slot ? PF_SPURIOUS : PF_EMULATE;
	model_point(m, vcpu, POINT_SPTE_CMPXCHG);
	if (!still_there(m, vcpu, f->gfn, w))
		return PF_RETRY;
	model_spte_set(m, w->table, w->index, spte);
	model_point(m, vcpu, POINT_SPTE_SET);
	/* A table went, or another pfn's leaf. */
	if (spte_present(old) && (!spte_leaf(old, w->level) || !f->slot) &&
	    !has_defect(m, DEFECT_NO_FLUSH_REPLACE))
		model_flush_remote(m, vcpu);
	if (!f->slot) {
		struct event *ev = target_event(&m->target, EV_MMIO_SPTE);

		ev->vcpu = vcpu;
		ev->as_id = v->smm;
		ev->level = w->level;
		ev->gfn = w->gfn;
		ev->end = w->gfn + level_pages(w->level);
		ev->new_spte = spte;
		return PF_EMULATE;
	}
	return PF_FIXED;
}

/* kvm_tdp_mmu_map(): down to the goal level, tables as needed, then the leaf. */
static enum pf map(struct model *m, unsigned vcpu, struct fault *f)
{
	struct vm *vm = &m->vm;
	const struct root *root = &vm->roots[vm->vcpus[vcpu].root];
	struct walk w = { .table = root->table, .level = root->level };

	model_touch(m, OBJ_SLOTS | OBJ_HOST, 0);
	hugepage_adjust(m, f);
	model_touch_sptes(m, f->gfn, f->gfn + 1, false);
	for (;;) {
		enum pf r;

		w.index = f->gfn >> 9 * (w.level - 1) & (PT_ENTRIES - 1);
		w.gfn = f->gfn & ~(level_pages(w.level) - 1);
		w.spte = vm->tables[w.table].spte[w.index];
		if (w.level == f->goal_level)
			return install(m, vcpu, f, &w);
		r = descend(m, vcpu, f, &w);
		if (r != PF_FIXED)
			return r;
		w.table = spte_child(vm->tables[w.table].spte[w.index]);
		w.level--;
	}
}

/* Where MTRRs may matter, a leaf must not mix them. */
static void limit_level_by_mtrrs(struct model *m, const struct vcpu *v, struct fault *f)
{
	if (!m->tdp)
		return;
	if (!policy_has(m, POL_HUGE_CHECK_ALWAYS) &&
	    !(policy_has(m, POL_HUGE_CHECK) && m->ept && m->vm.dma_count))
		return;
	for (; f->max_level > LEVEL_4K; f->max_level--) {
		uint64_t pages = level_pages(f->max_level), gfn = f->gfn & ~(pages - 1);

		if (has_defect(m, DEFECT_CONSISTENCY_UNALIGNED))
			gfn = f->gfn;
		if (has_defect(m, DEFECT_CONSISTENCY_FIRST_2M))
			pages = level_pages(LEVEL_2M);
		if (model_mtrr_consistent(m, v, gfn, pages))
			break;
	}
}

/* A 4-level root cannot translate beyond 48 bits; what KVM makes of that is not modelled. */
static bool beyond_root(const struct model *m, unsigned vcpu, uint64_t gfn)
{
	const struct root *root = &m->vm.roots[m->vm.vcpus[vcpu].root];

	return gfn >> 9 * root->level;
}

/* RFC patch 4/5: one page after the other, all of the slot, with the memory of one topup. */
static enum pf map_slot(struct model *m, unsigned vcpu, struct fault *f)
{
	const struct memslot *slot = f->slot;
	uint64_t gfn = f->gfn;
	enum pf r = PF_FIXED;

	if (slot->npages > level_pages(LEVEL_1G)) {
		model_fail(m, TARGET_SKIPPED, "a KVM_MEM_ALLONES slot of more than 1G, page by page, is too "
			   "large for the model");
		return PF_FAILED;
	}
	for (f->gfn = slot->gfn; f->gfn < slot->gfn + slot->npages; f->gfn++) {
		if (beyond_root(m, vcpu, f->gfn))
			break;
		r = map(m, vcpu, f);
		if (r != PF_FIXED && r != PF_SPURIOUS)
			break;
	}
	f->gfn = gfn;
	return r;
}

static enum pf page_fault(struct model *m, unsigned vcpu, struct fault *f)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	enum pf r;

	model_caches_topup(m, vcpu);
	model_point(m, vcpu, POINT_FAULT_BEGIN);
	f->max_level = MAX_LEVEL;
	model_touch(m, OBJ_CONFIG | OBJ_SLOTS, 0);
	limit_level_by_mtrrs(m, v, f);
	model_point(m, vcpu, POINT_FAULT_LEVEL);
	model_touch(m, OBJ_SLOTS, 0);
	f->slot = model_gfn_to_slot(&m->vm, f->gfn);
	r = fast_page_fault(m, vcpu, f);
	if (r != PF_FAILED)
		return r;
	r = faultin_pfn(m, vcpu, f);
	if (r != PF_FIXED)
		return r;
	model_point(m, vcpu, POINT_FAULT_PFN);
	/* Legacy MMUs install under the lock for writing (direct_page_fault()). */
	if (m->tdp)
		model_mmu_lock_read(m, vcpu);
	else
		model_mmu_lock_write(m, vcpu);
	model_touch(m, OBJ_INVALIDATE | OBJ_ROOTS, 0);
	if (model_vcpu_root_obsolete(m, v) || (f->slot && invalidated(m, f))) {
		r = PF_RETRY;
	} else {
		model_point(m, vcpu, POINT_FAULT_LOCK);
		r = model_allones(m, f->slot) ? map_slot(m, vcpu, f) : map(m, vcpu, f);
	}
	if (m->tdp)
		model_mmu_unlock_read(m, vcpu);
	else
		model_mmu_unlock_write(m, vcpu);
	model_caches_check(m, vcpu);
	return r;
}

/* What the CPU finds in the tables at @gfn; true if the access goes through. */
static bool cpu_walk(struct model *m, unsigned vcpu, struct fault *f, struct walk *w)
{
	struct vcpu *v = &m->vm.vcpus[vcpu];
	const struct root *root = &m->vm.roots[v->root];
	const struct tlb_entry *hit = model_tlb_find(v, root->tag, f->gfn);

	model_touch_sptes(m, f->gfn, f->gfn + 1, false);
	if (hit && access_allowed(m, hit->spte, f->access))
		return true;
	if (model_walk_to(&m->vm, root, f->gfn, w) && access_allowed(m, w->spte, f->access)) {
		model_tlb_fill(m, vcpu, root, w);
		return true;
	}
	/* The violation drops what the TLB holds for the address (SDM 28.3.3.1). */
	model_tlb_violation(m, vcpu, root->tag, f->gfn);
	f->present = spte_present(w->spte);
	return false;
}

/* The vCPU enters the guest and faults, over and over, until the fault can be handled. */
static void retry_later(struct model *m, unsigned vcpu, uint64_t gfn)
{
	if (!m->in_group)
		return;
	model_srcu_leave(m, vcpu);
	model_wait(m, WAIT_FAULT, gfn);
	model_srcu_enter(m, vcpu);
}

void model_guest_access(struct model *m, unsigned vcpu, uint64_t gpa, enum access access,
			struct outcome *out)
{
	struct fault f = { .gfn = gpa >> PAGE_SHIFT };
	struct walk w;

	if (beyond_root(m, vcpu, f.gfn)) {
		out->kind = OUT_ANY;
		return;
	}
	out->kind = OUT_OK;
	for (unsigned try = 0; try < MAX_RETRIES; try++) {
		if (try) {
			model_vcpu_enter(m, vcpu);
			if (m->status)
				return;
		}
		f.access = access;
		if (cpu_walk(m, vcpu, &f, &w))
			return;
		f.reserved = !f.present && w.spte;
		if (f.reserved && mmio_spte_current(m, w.spte)) {
			out->kind = OUT_MMIO;
			return;
		}
		/* An EPT misconfiguration does not say which access it was: KVM takes it for a read. */
		if (f.reserved && m->ept)
			f.access = ACCESS_READ;
		switch (page_fault(m, vcpu, &f)) {
		case PF_EMULATE:
			out->kind = OUT_MMIO;
			return;
		case PF_EMULATED:
			/* What comes of executing 0xff is not about the access. */
			out->kind = access == ACCESS_EXEC ? OUT_ANY : OUT_OK;
			return;
		case PF_RETRY:
			retry_later(m, vcpu, f.gfn);
			break;
		default:
			break;
		}
		if (m->status)
			return;
	}
	model_fail(m, TARGET_HANG, "a guest access faulted 64 times without progress");
}

/* kvm_arch_vcpu_pre_fault_memory(), page by page as far as each leaf reaches. */
static int pre_fault_one(struct model *m, unsigned vcpu, uint64_t gfn, uint64_t *next)
{
	struct fault f = { .gfn = gfn, .access = ACCESS_READ, .prefetch = true };
	enum pf r = PF_RETRY;

	if (m->vm.vcpus[vcpu].root == NO_ROOT)
		model_vcpu_load_root(m, vcpu);
	if (!m->status && beyond_root(m, vcpu, gfn))
		return ENOENT;
	for (unsigned try = 0; r == PF_RETRY && try < MAX_RETRIES && !m->status; try++) {
		/* No entry in between: the memslots that were stay in use. */
		if (try && m->in_group)
			model_wait(m, WAIT_FAULT, gfn);
		r = page_fault(m, vcpu, &f);
	}
	if (m->status)
		return 0;
	/* Only an entry frees an obsolete root, the ioctl makes none: KVM loops until a signal. */
	if (r == PF_RETRY)
		return EINTR;
	if (r == PF_EMULATE)
		return ENOENT;
	*next = (gfn & ~(level_pages(f.goal_level) - 1)) + level_pages(f.goal_level);
	return 0;
}

int model_pre_fault(struct model *m, unsigned vcpu, uint64_t gpa, uint64_t size)
{
	uint64_t gfn = gpa >> PAGE_SHIFT, end = gfn + (size >> PAGE_SHIFT), start = gfn;
	int err;

	if (!policy_has(m, POL_PRE_FAULT))
		return EINVAL;
	if (((gpa | size) & (PAGE_SIZE - 1)) || gpa + size <= gpa)
		return EINVAL;
	if (!m->tdp)
		return EOPNOTSUPP;
	while (gfn < end) {
		err = pre_fault_one(m, vcpu, gfn, &gfn);
		if (m->status)
			return 0;
		if (err)
			return gfn == start ? err : 0;
	}
	return 0;
}

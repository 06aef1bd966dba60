/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of a modelled VM, and what the model's files offer each other.
 *
 * Everything of a VM lies in struct vm and refers by index, never by pointer,
 * so that a VM can be copied and left at any point. Locks are state too. What
 * runs is straight C that passes named points (points.def) wherever KVM drops
 * or takes a lock, yields, kicks, or has just written a register; a hook may
 * run another vCPU's op there.
 *
 * What the model leaves out: nested virtualization, SEV and TDX, the guest's
 * own page tables as memory (a map stands in), Accessed and Dirty updates by
 * the CPU, PML (4K leaves are write-protected for dirty logging, as on CPUs
 * without it), the NX huge page mitigation, reclaim. The host's MAXPHYADDR is
 * the machine's.
 */
#ifndef ZAPLOCK_TARGETS_MODEL_VM_H
#define ZAPLOCK_TARGETS_MODEL_VM_H

#include <errno.h>

#include "harness/targets/model/model.h"

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define PT_ENTRIES	512u
#define NR_TABLES	4096u	/* page tables of a VM; untouched ones cost nothing */
#define SPLIT_TABLES	1u	/* memory that an eager split gets; best effort, as in KVM */
#define NR_ROOTS	48u
#define NR_PREV_ROOTS	3u	/* KVM_MMU_NUM_PREV_ROOTS */
#define NR_CACHES	2u	/* memory caches: of shadow pages, of their headers */
#define CACHE_PAGES	0u
#define CACHE_HEADERS	1u
#define NR_LINEAR	8u	/* linear translations that a shadow root keeps */
#define NR_TLB		32u	/* translations a vCPU's TLB holds */
#define NR_HOST_RANGES	128u
#define NR_MAPS		256u
#define NR_ZAP_QUEUE	64u
#define NO_ROOT		0xffffu
#define NO_TABLE	0xffffu
#define HOST		0xfeu	/* acts for no vCPU: a VMM thread */
#define MAX_GFN		(1ULL << (52 - PAGE_SHIFT))
#define MAX_LEVEL	LEVEL_1G	/* the largest leaf */
#define EFER_KNOWN	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)

/* EPT and PAE bits that spte.h does not name (rules F.5). */
#define EPT_A		(1ULL << 8)
#define EPT_D		(1ULL << 9)
#define EPT_HOST_WRITABLE	(1ULL << 57)
#define EPT_MMU_WRITABLE	(1ULL << 58)
#define EPT_MMIO_VALUE	6ULL	/* write and execute without read: a misconfiguration */
#define PAE_A		(1ULL << 5)
#define PAE_D		(1ULL << 6)
#define PAE_HOST_WRITABLE	(1ULL << 9)
#define PAE_MMU_WRITABLE	(1ULL << 10)
#define PAE_MMIO_VALUE	(1ULL << 51 | PAE_P)
#define MMIO_GEN_BITS	19
/* The writable bit is the same in both layouts. */
#define SPTE_W		EPT_W

enum point {
#define POINT(name, text) POINT_##name,
#include "harness/targets/model/points.def"
#undef POINT
	NR_POINTS,
};

extern const char *const model_point_names[NR_POINTS + 1];	/* NULL-terminated */

enum defect {
#define DEFECT(name, ...) DEFECT_##name,
#include "harness/targets/model/defects.def"
#undef DEFECT
	NR_DEFECTS,
};
#define DEFECT_WORDS	((NR_DEFECTS + 63) / 64)

/* Requests to a vCPU, served before it enters the guest. */
enum request {
	REQ_TLB_FLUSH		= 1u << 0,	/* every root */
	REQ_TLB_FLUSH_CURRENT	= 1u << 1,	/* the current root */
	REQ_TLB_FLUSH_GUEST	= 1u << 2,	/* linear mappings */
	REQ_FREE_OBSOLETE_ROOTS	= 1u << 3,
	REQ_MMU_RELOAD		= 1u << 4,	/* until v5.17 */
	REQ_MMU_SYNC		= 1u << 5,	/* the current root follows the guest's tables */
	REQ_MMU_UPDATE_ROOT	= 1u << 6,	/* 20220217210340.312449-1-pbonzini@redhat.com, not merged */
};

/* A page-table page. A non-leaf SPTE's pfn is its child's index + 1. */
struct table {
	uint64_t used[PT_ENTRIES / 64];	/* which entries are not zero */
	uint64_t gfn;			/* first gfn it maps */
	uint16_t root;
	uint16_t next_free;
	uint8_t level;
	uint64_t spte[PT_ENTRIES];
};

struct linear {			/* [va, va + size of level) leads to gpa */
	uint64_t va, gpa;
	uint8_t level;
};

struct root {
	uint64_t role;		/* of shadow paging: CR bits and CR3; with TDP 0 */
	uint32_t tag;		/* never used twice */
	uint16_t table;		/* NO_TABLE = free */
	uint16_t refs;		/* vCPUs and walks that hold it, +1 while KVM keeps it itself */
	uint8_t as_id;
	uint8_t level;
	bool invalid;
	uint8_t nr_linear;	/* shadow paging: what of the guest's tables it has */
	struct linear linear[NR_LINEAR];
};

/* A root that a vCPU has loaded, or keeps cached, and the CR3 that it was loaded for. */
struct root_ref {
	uint16_t root;		/* NO_ROOT = none */
	uint64_t pgd;
};

struct tlb_entry {
	uint64_t gfn, spte;
	uint32_t tag;
	uint8_t level;
};

struct tlb {
	uint8_t nr, next;
	struct tlb_entry entry[NR_TLB];
};

struct pair {
	uint64_t base, mask;
	uint64_t start, end;	/* addresses that KVM takes it to cover */
};

struct mtrrs {
	uint64_t def_type;
	uint64_t fixed[NR_FIXED_MTRR_MSRS];
	struct pair var[NR_VAR_MTRR];
	uint8_t order[NR_VAR_MTRR];	/* enabled pairs in the order of KVM's list */
	uint8_t nr_order;
};

struct mode {			/* what SMM entry saves and RSM restores */
	uint64_t cr0, cr3, cr4, efer;
	bool cs_l;
};

struct vcpu {
	struct mode mode;	/* now */
	struct mode saved;	/* in SMRAM */
	uint64_t pat;
	struct mtrrs mtrr;
	uint32_t requests;	/* enum request */
	uint32_t srcu;		/* epoch in which it began to go by the memslots; 0: it does not */
	uint16_t root;		/* NO_ROOT = none loaded */
	uint64_t pgd;		/* CR3 that it was loaded for */
	struct root_ref prev[NR_PREV_ROOTS];	/* the latest first */
	uint8_t maxphyaddr;
	bool cpuid_mtrr;
	bool has_run;
	bool waits_for_sipi, waits_for_init;
	bool smm;
	bool init_pending, smi_pending;	/* latched in SMM */
	uint8_t cache[NR_CACHES];	/* objects left */
	uint8_t cache_filled[NR_CACHES];	/* ... after the last topup */
	uint32_t cache_missing[NR_CACHES];	/* asked of an empty cache since then */
	bool gp_pending;	/* queued by a host ioctl (linux-5.15) */
	struct tlb tlb;		/* last: a reset clears what stands before it */
};

struct memslot {
	uint64_t gfn, npages;	/* npages 0 = no slot */
	uint64_t hva_gfn;	/* the gfn it was created at: alignment of its hva */
	uint32_t flags;		/* SLOT_* */
	bool invalid;		/* being deleted or moved */
};

/*
 * What the host maps: 1G pages unless `kinds` says otherwise, moved to other
 * pages where `moves` says so. Ranges of a list do not overlap.
 */
struct host_range {
	uint64_t gfn, end;
	uint32_t generation;	/* the pages' identity */
	uint8_t kind;		/* enum backing */
};

struct host_ranges {
	uint16_t nr;
	struct host_range range[NR_HOST_RANGES];
};

struct guest_map {
	uint64_t va, gpa;
	uint8_t level, pat;
};

struct zap_range {
	uint64_t start, end;
};

struct vm {
	struct machine machine;
	uint32_t quirks_off;
	uint32_t dma_count;
	uint64_t max_gfn;	/* one beyond the last gfn the host can address */
	uint64_t slots_generation;
	uint32_t srcu_epoch;
	bool slots_updating;	/* KVM_MEMSLOT_GEN_UPDATE_IN_PROGRESS: no MMIO SPTE counts */
	/* mmu_lock: many readers or one writer; mmu_invalidate_*. */
	uint8_t lock_readers, lock_writer;	/* lock_writer: vCPU or HOST, 0xff = nobody */
	uint32_t invalidate_in_progress;
	uint32_t invalidate_seq;
	uint64_t invalidate_start, invalidate_end;
	/* yan-v4: the queue of zaps. */
	bool zapping;
	uint8_t nr_queue;
	uint32_t nr_range_allocs;
	struct zap_range queue[NR_ZAP_QUEUE];

	uint32_t next_tag;
	uint32_t next_generation, base_generation;
	uint16_t nr_roots;	/* used so far, free ones included */
	uint16_t nr_maps;
	uint16_t nr_tables;	/* used so far, free ones included */
	uint16_t free_table;	/* list of freed ones */
	uint16_t tables_in_use;
	struct memslot slots[MAX_SLOTS];
	struct root roots[NR_ROOTS];
	struct host_ranges kinds, moves;
	struct vcpu vcpus[MAX_VCPUS];
	struct guest_map maps[NR_MAPS];
	struct table tables[NR_TABLES];
};

struct model;
typedef void (*point_hook)(struct model *m, unsigned who, enum point point, void *ctx);

struct model {
	struct target target;		/* first */
	const struct policy *policy;
	uint64_t defects[DEFECT_WORDS];	/* bit per enum defect */
	bool defective;			/* any of them */
	uint32_t fail_alloc;		/* which allocation of a zap range fails; 0 = none */
	uint32_t first_vcpu_id;		/* KVM's id of vCPU 0 */
	bool ept;			/* Intel with TDP: leaves carry memtypes */
	bool tdp;
	enum target_status status;	/* what step() returns; why is in target.why */
	point_hook on_point;
	void *on_point_ctx;
	struct sched *sched;		/* NULL until the first group */
	bool in_group;
	unsigned group_op[SCHED_THREADS];	/* index of the op that each thread runs */
	struct vm vm;
};

/* What differs between kernels. Flags name behaviour, functions decide. */
enum policy_flag {
	/* MTRR consistency limits levels even where MTRRs are ignored (until d5e90a699875) ... */
	POL_HUGE_CHECK_ALWAYS	= 1u << 0,
	POL_HUGE_CHECK		= 1u << 1,	/* ... or where EPT honors them */
	POL_PUT_FREES_ROOT	= 1u << 2,	/* ... the last put of one, until edbdb43fc96b */
	POL_QUIRKS_OR		= 1u << 3,	/* DISABLE_QUIRKS2 adds, never re-enables */
	POL_SPLIT_ON_FAULT	= 1u << 4,	/* a fault splits a huge leaf in its way */
	POL_EAGER_SPLIT		= 1u << 5,	/* dirty logging splits eagerly (v5.18) */
	POL_MASK_ORED		= 1u << 6,	/* PHYSMASK stored with its reserved bits */
	POL_RANGE_SEQ		= 1u << 7,	/* zaps invalidate their range (8569992d64b8) */
	POL_PRE_FAULT		= 1u << 8,	/* KVM_PRE_FAULT_MEMORY */
	POL_CPUID_AFTER_RUN	= 1u << 9,	/* KVM_SET_CPUID2 may change a vCPU that has run */
	POL_WP_FAST		= 1u << 11,	/* CR0.WP unloads no TDP root (01b31714bd90) */
	POL_SREGS_CR0_UNCHECKED	= 1u << 12,	/* KVM_SET_SREGS takes any CR0 */
	POL_ZAP_VALID_ROOTS	= 1u << 13,	/* range zaps skip invalidated roots */
	POL_FAULT_PRECHECK	= 1u << 14,	/* faults look for invalidations early */
	POL_VALID_GP_INJECT	= 1u << 15,	/* a refused variable MTRR queues a #GP by itself */
	POL_ZAP_SLOTS		= 1u << 16,	/* yan-v4 patch 11: zaps go memslot by memslot */
	POL_ZAP_SHARED		= 1u << 17,	/* yan-v4 patch 12: mmu_lock held for read */
	/* Read-only memslots are KVM_MEM_ALLONES ones (allones.c) ... */
	POL_ALLONES_EAGER	= 1u << 18,	/* mapped whole at the first read */
	POL_ALLONES_GATE	= 1u << 19,	/* ... and known to memslot_is_readonly() */
	POL_ALLONES_EMULATED	= 1u << 20,	/* never mapped, reads emulated */
};

/* What a change of CR0, CR3, CR4 or EFER does to roots and TLBs (role.c). */
enum role_rules {
	ROLES_5_18,		/* v5.18 on: roots unloaded, TLB flushed apart (f4bc051fc91a) */
	ROLES_5_10,		/* v5.10 to v5.15: unload, nothing more */
	ROLES_5_16,		/* v5.16, v5.17 */
	ROLES_PAOLO_V1,		/* mail 001, patch 12/12: the new root from the cache */
	ROLES_PAOLO_V2,		/* patch 18/18 of version 2: the same, by request */
};

struct policy {
	const char *name;
	enum profile profile;
	enum role_rules roles;
	uint32_t flags;			/* enum policy_flag */
	uint32_t quirks;		/* QUIRK_* this kernel knows */
	/* A leaf's memtype bits; EPT only. */
	uint64_t (*memtype)(struct model *m, const struct vcpu *v, uint64_t gfn, bool mmio);
	/* After an MTRR was stored. */
	void (*mtrr_written)(struct model *m, unsigned who, uint32_t msr);
	/* After a guest toggled CR0.CD. */
	void (*cd_toggled)(struct model *m, unsigned who);
	/* After the first non-coherent device came or the last one went. */
	void (*dma_toggled)(struct model *m, unsigned who);
};

extern const struct policy model_policies[];
extern const unsigned model_nr_policies;

static inline bool has_defect(const struct model *m, enum defect d)
{
	return unlikely(m->defects[d / 64] >> d % 64 & 1);
}

static inline bool has_quirk(const struct model *m, uint32_t quirk)
{
	return !(m->vm.quirks_off & quirk);
}

static inline bool policy_has(const struct model *m, enum policy_flag flag)
{
	return m->policy->flags & flag;
}

/* The model can be left here; costs one predictable branch when nobody looks. */
static inline void model_point(struct model *m, unsigned who, enum point point)
{
	if (unlikely(m->on_point))
		m->on_point(m, who, point, m->on_point_ctx);
}

/* The model cannot go on: step() will return @status, for @why. The first reason stays. */
void model_fail(struct model *m, enum target_status status, const char *why);

/* vm.c: locks and fresh state */
void model_mmu_lock_read(struct model *m, unsigned who);
void model_mmu_unlock_read(struct model *m, unsigned who);
void model_mmu_lock_write(struct model *m, unsigned who);
void model_mmu_unlock_write(struct model *m, unsigned who);
void model_invalidate_begin(struct model *m, uint64_t start, uint64_t end);
void model_invalidate_end(struct model *m);
void model_vm_reset(struct model *m, const struct machine *machine);

/* tables.c: page tables, and what KVM does to many SPTEs at once */
struct walk {
	uint64_t gfn, spte;
	uint16_t table, index;
	uint8_t level;
};

static inline bool spte_present(uint64_t spte)
{
	return spte & SPTE_MMU_PRESENT;
}

static inline bool spte_leaf(uint64_t spte, unsigned level)
{
	return level == LEVEL_4K || (spte & SPTE_PS);
}

static inline uint16_t spte_child(uint64_t spte)
{
	return ((spte & SPTE_PFN_MASK) >> PAGE_SHIFT) - 1;
}

/* NO_TABLE when the pool is empty. */
uint16_t model_table_alloc(struct vm *vm, unsigned root, unsigned level, uint64_t gfn);
/* Replaces an SPTE, says so, and takes down the subtree that hung there. */
void model_spte_set(struct model *m, unsigned table, unsigned index, uint64_t spte);
/* The leaf that maps @gfn through @root, else false; *w is then where the walk ended. */
bool model_walk_to(const struct vm *vm, const struct root *root, uint64_t gfn, struct walk *w);
/* The first leaf that maps gfns of [gfn, end). */
bool model_walk_next(const struct vm *vm, const struct root *root, uint64_t gfn, uint64_t end,
		     struct walk *w);
/* How many leaves from *w on, below @end, are a run (event_spte()); 1 where KVM may yield after each. */
unsigned model_leaf_run(const struct model *m, const struct walk *w, uint64_t end);
/* Replaces that run by one that begins with @spte, or zaps it. */
void model_leaf_run_set(struct model *m, const struct walk *w, unsigned nr, uint64_t spte);
/* Links a table of 512 smaller leaves in place of the huge leaf at *w; false without memory. */
bool model_split_leaf(struct model *m, const struct walk *w);
uint64_t model_nonleaf_spte(const struct model *m, uint16_t child);
/* Zaps and frees a root. */
void model_root_destroy(struct model *m, unsigned root);
void model_zap_gfn_range(struct model *m, unsigned who, uint64_t start, uint64_t end);
/* Zaps leaves of [start, end) under mmu_lock; true if a flush is due. */
bool model_zap_leafs(struct model *m, unsigned who, uint64_t start, uint64_t end, int as_id,
		     bool flush);
/* zap_shared.c: the same with mmu_lock held for read (yan-v4-12) */
void model_zap_gfn_range_shared(struct model *m, unsigned who, uint64_t start, uint64_t end);
void model_zap_all_fast(struct model *m, unsigned who);
size_t model_snapshot(const struct vm *vm, struct leaf *leaves, size_t max);

/* root.c */
void model_vcpu_load_root(struct model *m, unsigned vcpu);
void model_vcpu_unload(struct model *m, unsigned vcpu);
void model_root_put(struct model *m, unsigned root);
/* kvm_mmu_new_pgd(): a cached root of the current role for @pgd, else none is loaded. */
void model_new_pgd(struct model *m, unsigned vcpu, uint64_t pgd);
void model_vcpu_free_prev(struct model *m, unsigned vcpu, unsigned i);
void model_vcpu_free_obsolete(struct model *m, unsigned vcpu);
bool model_vcpu_root_obsolete(const struct model *m, const struct vcpu *v);

/* Does KVM itself hold a reference to each valid root, so that it outlives its vCPUs? */
static inline bool roots_kept(const struct model *m)
{
	return !m->tdp || !policy_has(m, POL_PUT_FREES_ROOT);
}

/* tlb.c */
void model_flush_remote(struct model *m, unsigned who);
/* Serves the vCPU's requests and enters the guest. */
void model_vcpu_enter(struct model *m, unsigned vcpu);
void model_vcpu_flush_current(struct model *m, unsigned vcpu);
const struct tlb_entry *model_tlb_find(const struct vcpu *v, uint32_t tag, uint64_t gfn);
/* What an EPT violation at @gfn drops. */
void model_tlb_violation(struct model *m, unsigned vcpu, uint32_t tag, uint64_t gfn);
void model_tlb_fill(struct model *m, unsigned vcpu, const struct root *root, const struct walk *w);

/* fault.c */
enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };
void model_guest_access(struct model *m, unsigned vcpu, uint64_t gpa, enum access access,
			struct outcome *out);
int model_pre_fault(struct model *m, unsigned vcpu, uint64_t gpa, uint64_t size);

/* slot.c */
struct memslot *model_gfn_to_slot(struct vm *vm, uint64_t gfn);
unsigned model_max_mapping_level(const struct vm *vm, const struct memslot *slot, uint64_t gfn,
				 unsigned max);
struct host_page {
	uint64_t pfn;
	bool mmio;
};
struct host_page model_gfn_to_page(const struct vm *vm, uint64_t gfn);
int model_set_slot(struct model *m, const struct op *op);
int model_dirty_log(struct model *m, unsigned id, bool on);
int model_invalidate(struct model *m, const struct op *op);

/* mtrr.c */
bool model_mtrr_msr(uint32_t msr);
bool model_mtrr_set(struct model *m, unsigned vcpu, uint32_t msr, uint64_t data, bool host);
bool model_mtrr_get(const struct model *m, unsigned vcpu, uint32_t msr, uint64_t *data);
bool model_pat_valid(const struct model *m, uint64_t data);
/* The gfns of one fixed MSR; false if @msr is none. */
bool model_mtrr_fixed_range(uint32_t msr, uint64_t *start, uint64_t *end);
unsigned model_mtrr_type(struct model *m, const struct vcpu *v, uint64_t gfn);
bool model_mtrr_consistent(struct model *m, const struct vcpu *v, uint64_t gfn, uint64_t npages);

/* linear.c: translations of the guest's tables in shadow roots */
/* Where @va leads for @vcpu now; false: #PF. */
bool model_linear(struct model *m, unsigned vcpu, uint64_t va, uint64_t *gpa);
void model_linear_drop(struct model *m, unsigned root, uint64_t va);
void model_linear_pte_written(struct model *m, uint64_t va, uint64_t size, bool last_level);
void model_root_sync(struct model *m, unsigned root);

/* role.c: what register changes do to roots and TLBs */
void model_mmu_reset_context(struct model *m, unsigned vcpu);
void model_mmu_after_set_cpuid(struct model *m, unsigned vcpu);
void model_post_set_cr0(struct model *m, unsigned vcpu, uint64_t old, uint64_t cr0);
void model_post_set_cr4(struct model *m, unsigned vcpu, uint64_t old, uint64_t cr4);
void model_post_set_efer(struct model *m, unsigned vcpu, uint64_t old, uint64_t efer);
void model_load_cr3(struct model *m, unsigned vcpu, uint64_t cr3, bool keep);
void model_invlpg(struct model *m, unsigned vcpu, uint64_t va);
void model_invpcid(struct model *m, unsigned vcpu, unsigned type, unsigned pcid, uint64_t va);
void model_flush_guest_sync(struct model *m, unsigned vcpu);

/* vcpu.c: registers, modes, resets. True = accepted, false = #GP. */
bool model_set_cr0(struct model *m, unsigned vcpu, uint64_t cr0);
bool model_set_cr3(struct model *m, unsigned vcpu, uint64_t cr3);
bool model_set_cr4(struct model *m, unsigned vcpu, uint64_t cr4);
bool model_set_efer(struct model *m, unsigned vcpu, uint64_t efer, bool host);
int model_set_sregs(struct model *m, const struct op *op);
int model_set_cpuid(struct model *m, const struct op *op);
int model_set_quirk(struct model *m, uint32_t quirk, bool on);
int model_set_dma(struct model *m, bool on);
void model_vcpu_init(struct model *m, unsigned vcpu);
void model_vcpu_create(struct model *m, unsigned vcpu);
void model_vcpu_smi(struct model *m, unsigned vcpu);
void model_vcpu_rsm(struct model *m, unsigned vcpu);

#endif

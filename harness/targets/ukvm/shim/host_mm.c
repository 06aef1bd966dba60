// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's memory: what GUP, the host's page tables and the MMU notifiers are
 * to KVM. See host_mm.h and pages.h for the layout.
 *
 * RAM is found by GUP and has struct pages. MMIO is a VM_PFNMAP mapping of pfns
 * that have none and are no RAM in the e820 map, as VFIO maps a device's BARs.
 * A pfn follows from the user address and from how often the page was moved.
 * KVM learns a mapping's size by walking page tables, so those are real: one
 * PGD and the PUDs of all windows, deeper ones where 1 GiB pages were split.
 */
#include <linux/kvm_host.h>
#include <linux/hugetlb.h>
#include <linux/version.h>
#include <asm/e820/api.h>

#include "host.h"
#include "host_mm.h"
#include "pages.h"

#define PUDS		(GUEST_VA_SIZE >> PUD_SHIFT)
#define LEAF		(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_PSE)
#define TABLE		(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)
/* MMIO pfns lie beyond all struct pages. */
#define MMIO_PFN	MAX_PFN

/* What was last said of [start, end), bytes of gpa; later records win. */
struct record {
	unsigned long start, end;
	unsigned char kind;		/* enum ukvm_backing */
	unsigned char generation;	/* which of the places a page may lie */
};

static struct record *records;
static unsigned int nr_records, max_records;

static struct { unsigned long gpa, hva, size; } slots[UKVM_MAX_SLOTS];

static struct mm_struct *mm;
static pud_t *puds;			/* of all windows, contiguous */
static unsigned int split_puds[64];	/* indices of those that are tables */
static unsigned int nr_split;
static struct mmu_notifier *notifier;

struct task_struct ukvm_task;		/* the VMM's only thread */

static const struct record whole = { .end = ~0ul, .kind = UKVM_BACK_1G };

static const struct record *record_of(unsigned long gpa)
{
	for (unsigned int i = nr_records; i-- > 0;) {
		if (gpa >= records[i].start && gpa < records[i].end)
			return &records[i];
	}
	return &whole;
}

/* The gpa behind @hva; false where no slot maps it. */
static bool hva_to_gpa(unsigned long hva, unsigned long *gpa)
{
	unsigned long id = (hva - guest_va) / WINDOW_SIZE;

	if (hva < guest_va || id >= UKVM_MAX_SLOTS || hva < slots[id].hva ||
	    hva - slots[id].hva >= slots[id].size)
		return false;
	*gpa = slots[id].gpa + (hva - slots[id].hva);
	return true;
}

static unsigned long pfn_of(unsigned long hva, const struct record *record)
{
	unsigned long offset = record->generation * GUEST_VA_SIZE + (hva - guest_va);

	if (record->kind == UKVM_BACK_MMIO)
		return MMIO_PFN + (offset >> PAGE_SHIFT);
	return (GUEST_PA + offset) >> PAGE_SHIFT;
}

/* --- Page tables -------------------------------------------------------------- */

static pmd_t *split_pud(unsigned long hva)
{
	unsigned int index = (hva - guest_va) >> PUD_SHIFT;
	pmd_t *pmds;

	if (!pud_leaf(puds[index]))
		return (pmd_t *)__va(pud_val(puds[index]) & PTE_PFN_MASK);
	if (nr_split == ARRAY_SIZE(split_puds))
		return NULL;
	pmds = (pmd_t *)__va(__pa(get_zeroed_page(GFP_KERNEL)));
	for (int i = 0; i < PTRS_PER_PMD; i++)
		pmds[i] = __pmd(LEAF);
	puds[index] = __pud(__pa(pmds) | TABLE);
	split_puds[nr_split++] = index;
	return pmds;
}

static void merge_puds(void)
{
	for (unsigned int i = 0; i < nr_split; i++) {
		pud_t *pud = &puds[split_puds[i]];

		free_page((unsigned long)__va(pud_val(*pud) & PTE_PFN_MASK));
		*pud = __pud(LEAF);
	}
	nr_split = 0;
}

/*
 * Page sizes of [start, end), user addresses, under @kind: a page of a size is
 * there only if all of it belongs to the range. Where too many 1 GiB pages are
 * split for the table of splits, the smallest size stands for all of the rest.
 */
static void map_range(unsigned long start, unsigned long end, enum ukvm_backing kind)
{
	unsigned long hva = start;

	while (hva < end) {
		unsigned long pud_end = ALIGN(hva + 1, PUD_SIZE);
		unsigned long stop = min(end, pud_end);
		pmd_t *pmds;

		if (kind == UKVM_BACK_1G && IS_ALIGNED(hva, PUD_SIZE) && stop == pud_end &&
		    pud_leaf(puds[(hva - guest_va) >> PUD_SHIFT])) {
			hva = stop;
			continue;
		}
		pmds = split_pud(hva);
		if (!pmds)
			ukvm_die("a program splits more 1 GiB host pages than ukvm tracks");
		while (hva < stop) {
			unsigned long pmd_end = ALIGN(hva + 1, PMD_SIZE);
			bool large = (kind == UKVM_BACK_1G || kind == UKVM_BACK_2M) &&
				     IS_ALIGNED(hva, PMD_SIZE) && pmd_end <= end;

			/* The 4K tables below are never walked: KVM stops at this entry. */
			pmds[pmd_index(hva)] = __pmd(large ? LEAF : TABLE);
			hva = min(stop, pmd_end);
		}
	}
}

/* Applies every record to every slot it touches. */
static void rebuild(void)
{
	merge_puds();
	for (unsigned int r = 0; r < nr_records; r++) {
		for (unsigned int s = 0; s < UKVM_MAX_SLOTS; s++) {
			unsigned long start = max(records[r].start, slots[s].gpa);
			unsigned long end = min(records[r].end, slots[s].gpa + slots[s].size);

			if (start < end)
				map_range(slots[s].hva + (start - slots[s].gpa),
					  slots[s].hva + (end - slots[s].gpa), records[r].kind);
		}
	}
}

/* --- What the program says ----------------------------------------------------- */

static void record(unsigned long start, unsigned long end, enum ukvm_backing kind,
		   unsigned char generation)
{
	if (nr_records == max_records) {
		struct record *old = records;

		max_records = max_records * 2 + 16;
		records = ukvm_host_alloc(max_records * sizeof(*records), 0, 0);
		if (!records)
			ukvm_die("out of memory");
		if (old)
			memcpy(records, old, nr_records * sizeof(*records));
		ukvm_host_free(old);
	}
	records[nr_records++] = (struct record){ start, end, kind, generation };
}

/* Calls the notifier for the user addresses behind [gpa, gpa + size), slot by slot. */
static void notify(unsigned long gpa, unsigned long size, bool begin)
{
	if (!notifier)
		return;
	for (unsigned int s = 0; s < UKVM_MAX_SLOTS; s++) {
		unsigned long start = max(gpa, slots[s].gpa);
		unsigned long end = min(gpa + size, slots[s].gpa + slots[s].size);
		struct mmu_notifier_range range = {
			.mm = mm, .event = MMU_NOTIFY_UNMAP, .flags = MMU_NOTIFIER_RANGE_BLOCKABLE,
		};

		if (start >= end)
			continue;
		range.start = slots[s].hva + (start - slots[s].gpa);
		range.end = slots[s].hva + (end - slots[s].gpa);
		if (begin)
			notifier->ops->invalidate_range_start(notifier, &range);
		else
			notifier->ops->invalidate_range_end(notifier, &range);
	}
}

void ukvm_mm_set_backing(unsigned long gpa, unsigned long size, enum ukvm_backing kind)
{
	notify(gpa, size, true);
	record(gpa, gpa + size, kind, (record_of(gpa)->generation + 1) % NR_GENERATIONS);
	rebuild();
	notify(gpa, size, false);
}

void ukvm_mm_move(unsigned long gpa, unsigned long size)
{
	unsigned long at = gpa, end = gpa + size;
	unsigned int nr = nr_records;

	notify(gpa, size, true);
	/* Piece by piece, since each keeps its own kind: cut at every older record's border. */
	while (at < end) {
		const struct record old = *record_of(at);
		unsigned long stop = min(end, old.end);

		for (unsigned int i = 0; i < nr; i++) {
			if (records[i].start > at)
				stop = min(stop, records[i].start);
			if (records[i].end > at)
				stop = min(stop, records[i].end);
		}
		record(at, stop, old.kind, (old.generation + 1) % NR_GENERATIONS);
		at = stop;
	}
	rebuild();
	notify(gpa, size, false);
}

unsigned long ukvm_mm_slot_hva(unsigned int id, unsigned long gpa)
{
	return guest_va + id * WINDOW_SIZE + (gpa & (PUD_SIZE - 1));
}

/* At the end of the last window, of which slots reach the first half only. */
unsigned long ukvm_mm_private_hva(void)
{
	return guest_va + GUEST_VA_SIZE - PUD_SIZE;
}

void ukvm_mm_set_slot(unsigned int id, unsigned long gpa, unsigned long hva, unsigned long size)
{
	slots[id].gpa = gpa;
	slots[id].hva = hva;
	slots[id].size = size;
	if (nr_records)
		rebuild();
}

void ukvm_mm_reset(void)
{
	memset(slots, 0, sizeof(slots));
	ukvm_host_free(records);
	records = NULL;
	nr_records = max_records = 0;
	merge_puds();
}

void ukvm_mm_start(void)
{
	const unsigned int order = get_order(PUDS * sizeof(pud_t));

	mm = ukvm_host_alloc(sizeof(*mm) + 64 * sizeof(long), 64, 1);
	mm->pgd = (pgd_t *)get_zeroed_page(GFP_KERNEL);
	mm->task_size = TASK_SIZE_MAX;
	/* Held by the VMM for good. */
	atomic_set(&mm->mm_count, 1 << 20);
	atomic_set(&mm->mm_users, 1 << 20);
	puds = (pud_t *)__get_free_pages(GFP_KERNEL, order);
	for (unsigned int i = 0; i < PUDS; i++)
		puds[i] = __pud(LEAF);
	for (unsigned int i = 0; i < PUDS / PTRS_PER_PUD; i++)
		mm->pgd[pgd_index(guest_va) + i] = __pgd(__pa(puds + i * PTRS_PER_PUD) | TABLE);
	ukvm_task.mm = ukvm_task.active_mm = mm;
}

/* --- What KVM asks ------------------------------------------------------------- */

int ukvm_mmu_notifier_register(struct mmu_notifier *subscription, struct mm_struct *of)
{
	subscription->mm = of;
	notifier = subscription;
	return 0;
}

void ukvm_mmu_notifier_unregister(struct mmu_notifier *subscription, struct mm_struct *of)
{
	notifier = NULL;
	/* As mm/ does: no more calls after this. */
	if (subscription->ops->release)
		subscription->ops->release(subscription, of);
}

static int gup(unsigned long hva, struct page **page)
{
	const struct record *record;
	unsigned long gpa;

	if (!hva_to_gpa(hva, &gpa))
		return -EFAULT;
	record = record_of(gpa);
	if (record->kind == UKVM_BACK_MMIO)
		return -EFAULT;		/* GUP refuses VM_PFNMAP */
	*page = ukvm_guest_page_get(pfn_of(hva & PAGE_MASK, record));
	return 1;
}

/* All of the VMM's memory is populated and writable, so fast GUP always does. */
int ukvm_gup_fast(unsigned long hva, int nr, unsigned int flags, struct page **pages)
{
	int i;

	for (i = 0; i < nr && gup(hva + i * PAGE_SIZE, pages + i) == 1; i++)
		;
	return i;
}

long ukvm_gup(unsigned long hva, unsigned long nr, struct page **pages, unsigned int flags)
{
	return gup(hva, pages);
}

/* KVM asks get_user_pages() for -EHWPOISON alone; there are no poisoned pages. */
long ukvm_gup_hwpoison(void)
{
	return -EFAULT;
}

/* One VMA stands for all: KVM looks at its flags and page size. */
static struct vm_area_struct *vma_of(unsigned long hva)
{
	static struct vm_area_struct vma;
	unsigned long gpa;

	if (!hva_to_gpa(hva, &gpa))
		return NULL;
	vma.vm_mm = mm;
	vma.vm_start = hva & PAGE_MASK;
	vma.vm_end = vma.vm_start + PAGE_SIZE;
	*(unsigned long *)&vma.vm_flags = VM_READ | VM_WRITE;
	if (record_of(gpa)->kind == UKVM_BACK_MMIO)
		*(unsigned long *)&vma.vm_flags |= VM_IO | VM_PFNMAP;
	return &vma;
}

struct vm_area_struct *ukvm_find_vma(struct mm_struct *of, unsigned long hva)
{
	return vma_of(hva);
}

void *ukvm_mtree_load(struct maple_tree *tree, unsigned long hva)
{
	return vma_of(hva);
}

static unsigned long mmio_pfn(unsigned long hva)
{
	unsigned long gpa;

	return hva_to_gpa(hva, &gpa) ? pfn_of(hva & PAGE_MASK, record_of(gpa)) : 0;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
int ukvm_follow_pte(struct mm_struct *of, unsigned long hva, pte_t **ptep, spinlock_t **lock)
{
	static spinlock_t page_table_lock;
	static pte_t pte;

	pte = __pte(mmio_pfn(hva) << PAGE_SHIFT | _PAGE_PRESENT | _PAGE_RW | _PAGE_USER);
	*ptep = &pte;
	*lock = &page_table_lock;
	return 0;
}
#else
int ukvm_follow_pfnmap_start(struct follow_pfnmap_args *args)
{
	args->pfn = mmio_pfn(args->address);
	args->writable = true;
	return 0;
}
#endif

/* RAM in the e820 map is exactly what has struct pages. */
bool ukvm_e820_mapped(u64 start, u64 end, enum e820_type type)
{
	return type == E820_TYPE_RAM && end < (u64)MAX_PFN << PAGE_SHIFT;
}

/* Asked of reserved pages with struct pages, of which there are none: WB. */
bool ukvm_pfn_immune_to_uc_mtrr(unsigned long pfn)
{
	return false;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page allocator. Faithful in what KVM can see: zeroed when asked, aligned
 * to their order, with a struct page, and reusable once freed. Deterministic:
 * every VM gets the same addresses, so SPTEs compare bit for bit between runs.
 * Freed pages are poisoned under ASan, and pages that outlive their VM are
 * counted: KVM leaked them.
 */
#include <linux/mm.h>
#include <linux/version.h>

#include "host.h"
#include "pages.h"

unsigned long page_offset_base, phys_base;
unsigned long max_pfn = MAX_PFN, max_mapnr = MAX_PFN;	/* pfn_valid() asks one or the other */
struct page *mem_map;
struct pglist_data contig_page_data;
atomic_long_t vm_node_stat[NR_VM_NODE_STAT_ITEMS];	/* statistics; nobody reads them */
unsigned long empty_zero_page[PAGE_SIZE / sizeof(unsigned long)] __aligned(PAGE_SIZE);
unsigned long zero_pfn = ~0ul;				/* no guest page is the zero page */

unsigned long guest_va;

/* Bump allocation, and a list of freed pages for order 0. */
static unsigned long first_pa = PAGE_SIZE, next_pa = PAGE_SIZE, mark_pa;
static unsigned long free_va;
static long pages_held, pages_marked, guest_references;
static unsigned int nr_rewinds;

void ukvm_pages_start(void)
{
	const unsigned long align = 1ul << 39;
	unsigned long base;

	/* One reservation, so that the order user < direct map < mem_map is certain. */
	base = (unsigned long)ukvm_host_reserve(align + GUEST_VA_SIZE + ARENA_SIZE +
						MAX_PFN * sizeof(struct page) + HEAP_SIZE);
	guest_va = ALIGN(base, align);
	page_offset_base = guest_va + GUEST_VA_SIZE;
	mem_map = (struct page *)(page_offset_base + ARENA_SIZE);
	ukvm_heap_start(mem_map + MAX_PFN);
}

void ukvm_pages_shims(void)
{
	first_pa = next_pa;
}

void ukvm_pages_extents(struct ukvm_extent extents[2])
{
	extents[0] = (struct ukvm_extent){ (void *)page_offset_base + first_pa, next_pa - first_pa };
	extents[1] = (struct ukvm_extent){ mem_map + (first_pa >> PAGE_SHIFT),
					   ((next_pa - first_pa) >> PAGE_SHIFT) * sizeof(struct page) };
}

static unsigned long page_get(void)
{
	unsigned long va = free_va;

	if (va) {
		ukvm_host_poison((void *)va, PAGE_SIZE, 0);
		free_va = *(unsigned long *)va;
	} else {
		va = page_offset_base + next_pa;
		next_pa += PAGE_SIZE;
		if (next_pa > ARENA_SIZE)
			ukvm_die("the arena of host pages is full");
		ukvm_host_poison((void *)va, PAGE_SIZE, 0);
	}
	pages_held++;
	return va;
}

/* Blocks are carved off the end and come back as single pages. */
unsigned long ukvm_get_free_pages(gfp_t gfp, unsigned int order)
{
	unsigned long va;

	if (!order) {
		va = page_get();
	} else {
		next_pa = ALIGN(next_pa, PAGE_SIZE << order);
		va = page_offset_base + next_pa;
		next_pa += PAGE_SIZE << order;
		if (next_pa > ARENA_SIZE)
			ukvm_die("the arena of host pages is full");
		ukvm_host_poison((void *)va, PAGE_SIZE << order, 0);
		pages_held += 1 << order;
	}
	/* Zeroed even if not asked for: what a page holds must not depend on history. */
	memset((void *)va, 0, PAGE_SIZE << order);
	return va;
}

unsigned long ukvm_get_zeroed_page(gfp_t gfp)
{
	return ukvm_get_free_pages(gfp, 0);
}

struct page *ukvm_alloc_pages(gfp_t gfp, unsigned int order, int nid, nodemask_t *mask)
{
	struct page *page = virt_to_page((void *)ukvm_get_free_pages(gfp, order));

	set_page_count(page, 1);
	return page;
}

void ukvm_free_pages(unsigned long va, unsigned int order)
{
	if (!va)
		return;
	for (unsigned int i = 0; i < 1u << order; i++, va += PAGE_SIZE) {
		*(unsigned long *)va = free_va;
		free_va = va;
		pages_held--;
		ukvm_host_poison((void *)va, PAGE_SIZE, 1);
	}
}

void ukvm_free_page_struct(struct page *page, unsigned int order)
{
	ukvm_free_pages((unsigned long)page_address(page), order);
}

struct page *ukvm_guest_page_get(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	if (!page_ref_count(page))
		guest_references++;
	page_ref_inc(page);
	return page;
}

/* The last reference went (put_page()). A guest page stays the VMM's. */
void ukvm_folio_put(struct folio *folio)
{
	unsigned long pfn = page_to_pfn(&folio->page);

	if (pfn >= GUEST_PA >> PAGE_SHIFT)
		guest_references--;
	else
		ukvm_free_pages((unsigned long)page_address(&folio->page), 0);
}

long ukvm_pages_held(void)
{
	return pages_held - pages_marked + guest_references;
}

void ukvm_pages_mark(void)
{
	if (free_va)
		ukvm_die("the host frees pages while it boots");
	mark_pa = next_pa;
	pages_marked = pages_held;
	ukvm_heap_mark();
}

void ukvm_pages_discard(void)
{
	const unsigned long guest_map = (unsigned long)pfn_to_page(GUEST_PA >> PAGE_SHIFT);
	const unsigned long arena_end = page_offset_base + ARENA_SIZE;

	ukvm_host_discard((void *)guest_map, MAX_PFN * sizeof(struct page) -
			  (guest_map - (unsigned long)mem_map));
	ukvm_host_discard((void *)guest_va, GUEST_VA_SIZE);
	ukvm_host_discard((void *)page_offset_base + next_pa, arena_end - page_offset_base - next_pa);
}

long ukvm_pages_rewind(void)
{
	long leaked = ukvm_pages_held() + ukvm_heap_rewind();

	next_pa = mark_pa;
	free_va = 0;
	pages_held = pages_marked;
	guest_references = 0;
	/* Struct pages of whatever guest memory was ever touched would add up. */
	if (leaked || !(++nr_rewinds % 4096))
		ukvm_pages_discard();
	return leaked;
}

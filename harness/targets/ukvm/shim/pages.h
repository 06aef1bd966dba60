/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's physical memory.
 *
 *   PA 0             ARENA_SIZE                GUEST_PA
 *   | arena: real    | nothing                 | guest RAM: struct pages only |
 *
 * The address space that is reserved for it, upwards:
 *
 *   | guest memory's windows | arena | struct pages | heap (heap.c) |
 *
 * The arena holds what KVM takes from the page allocator: page tables, VMCSs,
 * bitmaps. It is mapped at page_offset_base, as the kernel's direct map is.
 * Guest RAM has struct pages, since KVM counts references, and contents at its
 * user-space address alone (host_mm.c).
 */
#ifndef UKVM_PAGES_H
#define UKVM_PAGES_H

#define ARENA_SIZE	(1ul << 29)
#define HEAP_SIZE	(1ul << 33)
#define GUEST_PA	(1ul << 40)

/* Address space of the VMM's guest memory: a window per slot id (host_mm.c). */
#define WINDOW_SIZE	(1ul << 38)
#define NR_WINDOWS	16ul
#define GUEST_VA_SIZE	(NR_WINDOWS * WINDOW_SIZE)
#define NR_GENERATIONS	4ul	/* places a page can be moved to */
#define MAX_PFN		((GUEST_PA + NR_GENERATIONS * GUEST_VA_SIZE) >> 12)

extern unsigned long guest_va;	/* start of the windows, 512 GiB aligned, below PAGE_OFFSET */

void ukvm_pages_start(void);
/* Pages allocated and guest page references held now. */
long ukvm_pages_held(void);
/* Marks what the host itself owns; later ukvm_pages_rewind() calls expect only that. */
void ukvm_pages_mark(void);
/* The next VM's pages lie where this one's lay. Returns pages and references leaked. */
long ukvm_pages_rewind(void);
/* Gives back the memory of what is not held: guest memory, its struct pages, the arena's end. */
void ukvm_pages_discard(void);
/* What lies before is the shims' own, who put it back themselves (ukvm_mm_reset()). */
void ukvm_pages_shims(void);
/* The arena's pages in use, and their struct pages. */
void ukvm_pages_extents(struct ukvm_extent extents[2]);

/* heap.c, for a build that has it. */
void ukvm_heap_start(void *start);
void ukvm_heap_mark(void);
long ukvm_heap_rewind(void);
void ukvm_heap_discard(void);
struct ukvm_extent ukvm_heap_extent(void);

/* A reference to guest page @pfn, as GUP takes it. */
struct page *ukvm_guest_page_get(unsigned long pfn);

#endif

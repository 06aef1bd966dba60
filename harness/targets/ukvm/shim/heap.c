// SPDX-License-Identifier: GPL-2.0-only
/*
 * Object memory of a plain build: what slab.c hands out, in one region, so that
 * image.c can put all of it back at once. A sanitized build takes objects from
 * libc instead (host.c), where the sanitizer knows each one's bounds and life.
 *
 * Blocks of a size class (four to a doubling) are carved off the end and come
 * back to a list of their class and alignment. What is not asked to be zeroed
 * is filled with a pattern: no object's contents depend on what ran before.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "host.h"
#include "pages.h"

#define POISON		0xa5
#define NR_CLASSES	160u

/* In front of each object. */
struct header {
	u8 align;		/* enum alignment */
	u8 class;
	u16 allocated;
	u32 reserved[3];
};

enum alignment { ALIGN_16, ALIGN_64, ALIGN_PAGE, NR_ALIGNMENTS };

static const unsigned long alignments[NR_ALIGNMENTS] = { 16, 64, PAGE_SIZE };

static unsigned long heap_start, heap_next, mark_next;
static struct header *free_objects[NR_ALIGNMENTS][NR_CLASSES];
static long objects_held, objects_marked;

void ukvm_heap_start(void *start)
{
	heap_start = heap_next = (unsigned long)start;
}

/* Classes 0 to 16: multiples of 16 bytes; then four to a doubling. *size becomes the class's. */
static unsigned int class_of(unsigned long *size)
{
	unsigned int shift;

	if (*size <= 256) {
		*size = max(ALIGN(*size, 16), 16ul);
		return *size / 16;
	}
	shift = fls64(*size - 1) - 3;
	*size = (((*size - 1) >> shift) + 1) << shift;
	return 16 + (shift - 6) * 4 + (*size >> shift) - 4;
}

static struct header *carve(enum alignment align, unsigned int class, unsigned long size)
{
	unsigned long object = ALIGN(heap_next + sizeof(struct header), alignments[align]);
	struct header *header = (struct header *)object - 1;

	heap_next = object + size;
	if (heap_next > heap_start + HEAP_SIZE)
		ukvm_die("the heap of host objects is full");
	header->align = align;
	header->class = class;
	return header;
}

void *ukvm_heap_alloc(unsigned long size, unsigned long align, int zero)
{
	const enum alignment a = align <= 16 ? ALIGN_16 : align <= 64 ? ALIGN_64 : ALIGN_PAGE;
	const unsigned int class = class_of(&size);
	struct header *header;

	if (align > PAGE_SIZE || class >= NR_CLASSES)
		ukvm_die("KVM asks for an object that the heap cannot have");
	header = free_objects[a][class];
	if (header)
		free_objects[a][class] = *(struct header **)(header + 1);
	else
		header = carve(a, class, size);
	header->allocated = 1;
	objects_held++;
	return memset(header + 1, zero ? 0 : POISON, size);
}

void ukvm_heap_free(const void *object)
{
	struct header *header = (struct header *)object - 1;

	if (!object)
		return;
	if ((unsigned long)object - heap_start >= HEAP_SIZE || !header->allocated)
		ukvm_bug("kfree() of what is not allocated", __func__, __FILE__, __LINE__);
	header->allocated = 0;
	*(struct header **)(header + 1) = free_objects[header->align][header->class];
	free_objects[header->align][header->class] = header;
	objects_held--;
}

void ukvm_heap_mark(void)
{
	mark_next = heap_next;
	objects_marked = objects_held;
}

/* The next VM's objects lie where this one's lay, if nothing is left of it. Returns objects leaked. */
long ukvm_heap_rewind(void)
{
	long leaked = objects_held - objects_marked;

	if (!leaked) {
		heap_next = mark_next;
		memset(free_objects, 0, sizeof(free_objects));
	}
	return leaked;
}

/* Gives back the memory behind the last object. */
void ukvm_heap_discard(void)
{
	unsigned long end = ALIGN(heap_next, PAGE_SIZE);

	ukvm_host_discard((void *)end, heap_start + HEAP_SIZE - end);
}

struct ukvm_extent ukvm_heap_extent(void)
{
	return (struct ukvm_extent){ (void *)heap_start, heap_next - heap_start };
}

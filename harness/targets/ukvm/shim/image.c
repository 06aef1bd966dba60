// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM as good as fresh, for the price of a copy.
 *
 * All that a kernel as a library can remember lies in four places: its
 * variables, its objects (heap.c), its pages, and the struct pages of these
 * (pages.c). An image is a copy of the four, taken when a VM of some machine has
 * just been created; putting it back gives that VM again, to the bit, and
 * undoes whatever the last program did. Each image is made on top of the one
 * that was taken at boot, so that it does not depend on what ran before it.
 *
 *   variables      objects             pages               struct pages
 *   |-- copied --| |-- copied --|      |-- copied --|      |-- copied --|
 *                               | of programs: handed out again, zeroed or filled
 *
 * A sanitized build makes no images: objects are libc's there, and every VM is
 * destroyed and created by KVM's own code. ukvm_config.create asks for that in
 * any build; a test compares the two.
 */
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "host.h"
#include "pages.h"
#include "shim.h"

#define SET_BITS	4		/* an image can be one of NR_WAYS in the set of its machine's hash */
#define NR_WAYS		8
#define NR_EXTENTS	4

/*
 * Most of it is zeroes, and what is written alone costs half of what is copied:
 * an image is runs of so many bytes of zeroes and so many of others, each a
 * multiple of BLOCK but at the end of an extent.
 */
struct run { char *to; u32 zeroes, others; };
#define BLOCK		128u

struct image {
	struct ukvm_machine machine;
	unsigned long used;		/* images->nr_restored when it was last used */
	unsigned int nr_runs, max_runs, size, room;	/* size, room: bytes at others */
	struct run *runs;
	char *others;			/* NULL: no image */
};

/* VMs between two looks at what programs left behind in memory. */
#define DISCARD_EVERY	4096

/* Outside the places that are copied. */
static struct {
	struct image boot;
	struct image sets[1 << SET_BITS][NR_WAYS];
	unsigned long nr_restored;
} *images;

static bool is_zero(const char *block)
{
	static const char zeroes[BLOCK];

	return !memcmp(block, zeroes, BLOCK);
}

/* How many whole blocks from @from to @end are zero, or are not, in bytes. */
static unsigned int blocks(char *from, char *end, bool zero)
{
	char *block = from;

	while (block + BLOCK <= end && is_zero(block) == zero)
		block += BLOCK;
	return block - from;
}

static void *grow(void *old, unsigned int *room, unsigned int used, unsigned int need, unsigned int each)
{
	void *bigger;

	if (used + need <= *room)
		return old;
	*room = (used + need) * 2;
	bigger = ukvm_host_own((unsigned long)*room * each);
	if (old)
		memcpy(bigger, old, (unsigned long)used * each);
	ukvm_host_disown(old);
	return bigger;
}

static void take_extent(struct image *image, struct ukvm_extent extent)
{
	char *from = extent.start, *end = from + extent.size;

	while (from < end) {
		struct run run = { .to = from };

		run.zeroes = blocks(from, end, true);
		from += run.zeroes;
		run.others = end - from < BLOCK ? end - from : blocks(from, end, false);
		image->others = grow(image->others, &image->room, image->size, run.others, 1);
		memcpy(image->others + image->size, from, run.others);
		image->size += run.others;
		from += run.others;
		image->runs = grow(image->runs, &image->max_runs, image->nr_runs, 1, sizeof(run));
		image->runs[image->nr_runs++] = run;
	}
}

static void take(struct image *image)
{
	struct ukvm_extent extents[NR_EXTENTS] = { ukvm_host_variables(), ukvm_heap_extent() };

	ukvm_pages_extents(&extents[2]);
	image->nr_runs = image->size = 0;
	for (int i = 0; i < NR_EXTENTS; i++)
		take_extent(image, extents[i]);
}

static void put_back(const struct image *image)
{
	const char *from = image->others;

	for (unsigned int i = 0; i < image->nr_runs; i++) {
		const struct run *run = &image->runs[i];

		memset(run->to, 0, run->zeroes);
		memcpy(run->to + run->zeroes, from, run->others);
		from += run->others;
	}
}

/* The image of @machine; if there is none, *free is where it belongs, in place of the least recently used. */
static struct image *find(const struct ukvm_machine *machine, struct image **free)
{
	struct image *set, *oldest;
	const u32 *words = (const u32 *)machine;
	u32 hash = 0;

	BUILD_BUG_ON(sizeof(*machine) % sizeof(u32));
	for (int i = 0; i < sizeof(*machine) / sizeof(u32); i++)
		hash = hash_32(hash ^ words[i], 32);
	oldest = set = images->sets[hash >> (32 - SET_BITS)];
	for (struct image *image = set; image < set + NR_WAYS; image++) {
		if (image->others && !memcmp(&image->machine, machine, sizeof(*machine)))
			return image;
		if (image->used < oldest->used)
			oldest = image;
	}
	*free = oldest;
	return NULL;
}

void ukvm_images_start(void)
{
	if (!ukvm_host_images() || ukvm_config.create)
		return;
	images = ukvm_host_own(sizeof(*images));
	memset(images, 0, sizeof(*images));
	take(&images->boot);
}

bool ukvm_images(void)
{
	return images;
}

/* The VM of @machine as it was just after its creation; false if there is no image of it. */
bool ukvm_image_restore(const struct ukvm_machine *machine)
{
	struct image *free, *image = find(machine, &free);

	if (!image)
		return false;
	put_back(image);
	image->used = ++images->nr_restored;
	if (!(images->nr_restored % DISCARD_EVERY)) {
		ukvm_pages_discard();
		ukvm_heap_discard();
	}
	return true;
}

void ukvm_image_take(const struct ukvm_machine *machine)
{
	struct image *free, *image = find(machine, &free) ?: free;

	image->machine = *machine;
	image->used = images->nr_restored;
	take(image);
}

/* As after boot: no VM. */
void ukvm_image_boot(void)
{
	put_back(&images->boot);
}

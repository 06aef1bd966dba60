// SPDX-License-Identifier: GPL-2.0-only
/*
 * Films of runs. Leaves of one kind that touch are one entry: what a split
 * leaves behind is drawn as one bar, and costs one.
 */
#include <stdlib.h>
#include <string.h>

#include "reports/film.h"

#define MAX_LEAVES	(1u << 16)	/* entries of a film: 2 MiB */

void film_reset(struct film *film)
{
	film->nr_leaves = film->nr_frames = 0;
	film->cut = false;
}

void film_free(struct film *film)
{
	free(film->leaves);
	free(film->frames);
	*film = (struct film){ 0 };
}

/* Room for one more of *nr entries of @size bytes; false when memory is out. */
static bool grow(void *array, uint32_t nr, uint32_t *max, size_t size)
{
	void **at = array, *bigger;

	if (nr < *max)
		return true;
	bigger = reallocarray(*at, *max ? *max * 2 : 64, size);
	if (!bigger)
		return false;
	*at = bigger;
	*max = *max ? *max * 2 : 64;
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct film_leaf *x = a, *y = b;

	if (x->as_id != y->as_id)
		return x->as_id < y->as_id ? -1 : 1;
	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	if (x->gfn != y->gfn)
		return x->gfn < y->gfn ? -1 : 1;
	return memcmp(&x->type, &y->type, 2);
}

static bool same_kind(const struct film_leaf *a, const struct film_leaf *b)
{
	return a->as_id == b->as_id && a->level == b->level && a->type == b->type &&
	       a->ipat == b->ipat && a->reported == b->reported;
}

/* Sorts the entries from @first on and joins neighbours; those of several roots are drawn once. */
static void join(struct film *film, uint32_t first)
{
	struct film_leaf *leaves = film->leaves;
	uint32_t to = first;

	if (film->nr_leaves == first)
		return;
	qsort(leaves + first, film->nr_leaves - first, sizeof(*leaves), by_place);
	for (uint32_t i = first; i < film->nr_leaves; i++) {
		struct film_leaf *last = to > first ? &leaves[to - 1] : NULL;

		if (last && same_kind(last, &leaves[i]) && leaves[i].gfn <= last->end) {
			if (leaves[i].end > last->end)
				last->end = leaves[i].end;
		} else {
			leaves[to++] = leaves[i];
		}
	}
	film->nr_leaves = to;
}

/* A step that changed no leaf shares the entries of the one before. */
static void share(struct film *film)
{
	struct film_frame *last, *before;

	if (film->nr_frames < 2)
		return;
	last = &film->frames[film->nr_frames - 1];
	before = last - 1;
	if (last->nr != before->nr)
		return;
	if (last->nr && memcmp(&film->leaves[last->first], &film->leaves[before->first],
			       last->nr * sizeof(*film->leaves)))
		return;
	film->nr_leaves = last->first;
	last->first = before->first;
}

void film_watch(struct lockstep *ls, unsigned step, void *arg)
{
	struct film *film = arg;
	uint32_t first = film->nr_leaves, present;
	struct leaf_seen seen;

	if (film->cut)
		return;
	for (present = 0; lockstep_leaf(ls, present, &seen); present++) {
		struct film_leaf *leaf;

		if (film->nr_leaves == MAX_LEAVES ||
		    !grow(&film->leaves, film->nr_leaves, &film->max_leaves, sizeof(*film->leaves)))
			goto cut;
		leaf = &film->leaves[film->nr_leaves++];
		memset(leaf, 0, sizeof(*leaf));		/* padding too: frames are compared as bytes */
		leaf->gfn = seen.leaf.gfn;
		leaf->end = seen.leaf.gfn + level_pages(seen.leaf.level);
		leaf->level = seen.leaf.level;
		leaf->as_id = seen.leaf.as_id;
		leaf->type = seen.mt.type;
		leaf->ipat = seen.mt.ipat;
		leaf->reported = seen.reported;
	}
	if (!grow(&film->frames, film->nr_frames, &film->max_frames, sizeof(*film->frames)))
		goto cut;
	join(film, first);
	film->frames[film->nr_frames++] =
		(struct film_frame){ step, first, film->nr_leaves - first, present };
	share(film);
	return;
cut:
	film->nr_leaves = first;
	film->cut = true;
}

const struct film_frame *film_frame(const struct film *film, unsigned step)
{
	return step < film->nr_frames ? &film->frames[step] : NULL;
}

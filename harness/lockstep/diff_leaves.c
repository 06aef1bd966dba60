// SPDX-License-Identifier: GPL-2.0-only
/*
 * The leaves of two targets compared as sets over all roots: how many roots
 * hold a leaf, which pfn the host put there, and accessed and dirty bits are
 * each side's own business. Only what differs anew since the op before counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/diff_state.h"

static void out_of_memory(void)
{
	fputs("zaplock: out of memory for a comparison\n", stderr);
	abort();
}

static int place_order(const struct face *a, const struct face *b)
{
	if (a->as_id != b->as_id)
		return a->as_id < b->as_id ? -1 : 1;
	if (a->gfn != b->gfn)
		return a->gfn < b->gfn ? -1 : 1;
	return a->level - b->level;
}

static int face_order(const void *x, const void *y)
{
	const struct face *a = x, *b = y;
	int order = place_order(a, b);

	if (order)
		return order;
	if (a->type != b->type)
		return a->type - b->type;
	if (a->ipat != b->ipat)
		return a->ipat - b->ipat;
	return a->writable - b->writable;
}

static size_t read_leaves(struct side *side)
{
	struct target *t = side->target;
	size_t nr = t->ops->snapshot(t, side->leaves, side->max_leaves);

	if (nr > side->max_leaves) {
		side->leaves = realloc(side->leaves, nr * sizeof(*side->leaves));
		if (!side->leaves)
			out_of_memory();
		side->max_leaves = nr;
		nr = t->ops->snapshot(t, side->leaves, side->max_leaves);
	}
	return nr;
}

/* The leaves of @side now, sorted, each once; those of the op before are kept. */
static void take_faces(struct side *side, bool memtypes)
{
	size_t nr = read_leaves(side), kept = 0;
	struct faces *now = &side->before, swap = side->present;
	struct face *f;

	side->present = *now;
	*now = swap;
	now = &side->present;
	if (nr > now->max) {
		now->faces = realloc(now->faces, nr * sizeof(*now->faces));
		if (!now->faces)
			out_of_memory();
		now->max = nr;
	}
	f = now->faces;
	for (size_t i = 0; i < nr; i++) {
		const struct leaf *leaf = &side->leaves[i];
		struct spte_view view = spte_view(side->target->layout, leaf->spte, leaf->level);

		f[i] = (struct face){ .gfn = leaf->gfn, .as_id = leaf->as_id, .level = leaf->level,
				      .type = memtypes ? view.type : 0,
				      .ipat = memtypes ? view.ipat : 0, .writable = view.writable };
	}
	/* Most walks list them in order already. */
	for (size_t i = 1; i < nr; i++) {
		if (face_order(&f[i - 1], &f[i]) > 0) {
			qsort(f, nr, sizeof(*f), face_order);
			break;
		}
	}
	for (size_t i = 0; i < nr; i++)
		if (!kept || face_order(&f[kept - 1], &f[i]))
			f[kept++] = f[i];
	now->nr = kept;
}

static bool has_face(const struct faces *set, const struct face *face)
{
	return set->nr && bsearch(face, set->faces, set->nr, sizeof(*face), face_order);
}

/* Was it this side's alone already before the op? */
static bool was_apart(const struct side *side, const struct side *other, const struct face *face)
{
	return has_face(&side->before, face) && !has_face(&other->before, face);
}

/* Returns the gfn (and address space) up to which all are collected. */
static struct face collect_apart(struct side *side, const struct side *other)
{
	size_t j = 0;

	side->nr_apart = 0;
	for (size_t i = 0; i < side->present.nr; i++) {
		const struct face *face = &side->present.faces[i];

		while (j < other->present.nr && face_order(&other->present.faces[j], face) < 0)
			j++;
		if (j < other->present.nr && !face_order(&other->present.faces[j], face))
			continue;
		if (was_apart(side, other, face))
			continue;
		if (side->nr_apart == MAX_APART)
			return *face;
		side->paired[side->nr_apart] = false;
		side->apart[side->nr_apart++] = *face;
	}
	return (struct face){ .as_id = UINT8_MAX };
}

static struct mt face_mt(const struct face *face)
{
	return (struct mt){ .type = face->type, .ipat = face->ipat };
}

static const char *level_text(unsigned level)
{
	static const char *const names[] = { "none", "4k", "2m", "1g" };

	return names[level <= LEVEL_1G ? level : 0];
}

static void say_face(struct difference *new, unsigned s, const struct face *face)
{
	char type[MT_TEXT_MAX];

	if (!face)
		differ_say(new, s, "no leaf there");
	else
		differ_say(new, s, "a %s leaf at gpa 0x%llx%s, %s, %s", level_text(face->level),
		    (unsigned long long)face->gfn << PAGE_SHIFT, face->as_id ? " in SMM" : "",
		    mt_text(face_mt(face), type), face->writable ? "writable" : "read-only");
}

static void differ_faces(struct diff *d, enum diff_what what, const char *detail,
			 const struct face *a, const struct face *b)
{
	struct difference *new = differ(d, what, detail, true);
	const struct face *face = a ? a : b;

	if (!new)
		return;
	new->has_gfn = true;
	new->gfn = face->gfn;
	new->npages = level_pages(face->level);
	say_face(new, 0, a);
	say_face(new, 1, b);
}

/* A leaf that only one side has: its type is the key's detail. */
static void differ_one(struct diff *d, enum diff_what what, const struct face *face)
{
	char detail[MT_PAIR_MAX];

	mt_pair_key(face_mt(face), face_mt(face), detail);
	*strchr(detail, '>') = '\0';
	differ_faces(d, what, detail, what == DIFF_LEAF_MISSING ? face : NULL,
		     what == DIFF_LEAF_MISSING ? NULL : face);
}

/* Leaves of both sides at the same place, or at least over the same pages. */
static void compare_pair(struct diff *d, const struct face *a, const struct face *b)
{
	char detail[MT_PAIR_MAX];

	if (a->level != b->level) {
		snprintf(detail, sizeof(detail), "%s>%s", level_text(a->level), level_text(b->level));
		differ_faces(d, DIFF_LEVEL, detail, a, b);
	} else if (a->type != b->type || a->ipat != b->ipat) {
		differ_faces(d, DIFF_MEMTYPE, mt_pair_key(face_mt(a), face_mt(b), detail), a, b);
	} else {
		differ_faces(d, DIFF_WRITABLE, a->writable ? "rw>ro" : "ro>rw", a, b);
	}
}

static bool overlap(const struct face *a, const struct face *b)
{
	return a->as_id == b->as_id && a->gfn < b->gfn + level_pages(b->level) &&
	       b->gfn < a->gfn + level_pages(a->level);
}

/* Leaves at the same place. */
static void pair_same_place(struct diff *d)
{
	struct side *a = &d->side[0], *b = &d->side[1];

	for (unsigned i = 0; i < a->nr_apart; i++) {
		for (unsigned j = 0; !a->paired[i] && j < b->nr_apart; j++) {
			if (b->paired[j] || place_order(&a->apart[i], &b->apart[j]))
				continue;
			a->paired[i] = b->paired[j] = true;
			compare_pair(d, &a->apart[i], &b->apart[j]);
		}
	}
}

/* Leaves over the same pages: one huge leaf stands against all small ones under it. */
static void pair_overlapping(struct diff *d)
{
	struct side *a = &d->side[0], *b = &d->side[1];
	bool with_other[2][MAX_APART] = { 0 };

	for (unsigned i = 0; i < a->nr_apart; i++) {
		for (unsigned j = 0; !a->paired[i] && j < b->nr_apart; j++) {
			if (b->paired[j] || !overlap(&a->apart[i], &b->apart[j]))
				continue;
			if (!with_other[0][i] && !with_other[1][j])
				compare_pair(d, &a->apart[i], &b->apart[j]);
			with_other[0][i] = with_other[1][j] = true;
		}
	}
	for (unsigned i = 0; i < MAX_APART; i++) {
		a->paired[i] |= with_other[0][i];
		b->paired[i] |= with_other[1][i];
	}
}

void compare_leaves(struct diff *d)
{
	struct side *a = &d->side[0], *b = &d->side[1];
	struct face end[2];

	if (!(d->caps & CAP_SPTES))
		return;
	take_faces(a, d->caps & CAP_MEMTYPES);
	take_faces(b, d->caps & CAP_MEMTYPES);
	end[0] = collect_apart(a, b);
	end[1] = collect_apart(b, a);
	pair_same_place(d);
	pair_overlapping(d);
	/* Where one side's list was cut short nothing is known of the other's. */
	for (unsigned i = 0; i < a->nr_apart; i++)
		if (!a->paired[i] && place_order(&a->apart[i], &end[1]) < 0)
			differ_one(d, DIFF_LEAF_MISSING, &a->apart[i]);
	for (unsigned i = 0; i < b->nr_apart; i++)
		if (!b->paired[i] && place_order(&b->apart[i], &end[0]) < 0)
			differ_one(d, DIFF_LEAF_EXTRA, &b->apart[i]);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memslots, what the host maps behind them, and accesses (rules B.1, D; KVM
 * api.rst 4.35).
 *
 * MMIO is a property of the pfn, so of the backing, and shows where a memslot
 * makes that backing reachable: the special runs are the two intersected.
 */
#include "oracle/internal.h"

#define KVM_MEM_MAX_NR_PAGES	((1ULL << 31) - 1)

static bool slot_overlaps(const struct oracle *o, unsigned id, uint64_t gpa, uint64_t size)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct slot *slot = &o->slots[i];

		if (i != id && gpa < slot->gpa + slot->size && slot->gpa < gpa + size)
			return true;
	}
	return false;
}

/* 0, or the errno of KVM_SET_USER_MEMORY_REGION, with the host address kept. */
static int slot_check(const struct oracle *o, unsigned id, uint64_t gpa, uint64_t size,
		      uint32_t flags)
{
	const struct slot *old = &o->slots[id];

	if ((gpa | size) & (PAGE_SIZE - 1) || gpa + size < gpa ||
	    size >> PAGE_SHIFT > KVM_MEM_MAX_NR_PAGES)
		return EINVAL;
	if (!size)
		return old->size ? 0 : EINVAL;
	if (old->size && (size != old->size || ((flags ^ old->flags) & SLOT_READONLY)))
		return EINVAL;
	if ((!old->size || gpa != old->gpa) && slot_overlaps(o, id, gpa, size))
		return EEXIST;
	return 0;
}

const struct slot *oracle_slot(const struct oracle *o, uint64_t gfn)
{
	uint64_t gpa = gfn << PAGE_SHIFT;

	for (unsigned i = 0; i < MAX_SLOTS; i++)
		if (gpa - o->slots[i].gpa < o->slots[i].size)
			return &o->slots[i];
	return NULL;
}

/* The special runs anew, after slots or backing changed. Only EPT leaves care. */
static void special_update(struct oracle *o)
{
	const struct special_run *old = o->special[o->special_at[EPOCH_NOW]];
	struct special_run *new = o->special[!o->special_at[EPOCH_NOW]];
	unsigned nr = 0, nr_old = o->nr_special[EPOCH_NOW];
	uint64_t start = 0;

	if (!o->ept || (o->nr_backing == 1 && o->backing[0].kind == BACKING_DEFAULT && !nr_old))
		return;
	for (unsigned b = 0; b < o->nr_backing; start = o->backing[b++].end) {
		const struct backing_run *run = &o->backing[b];

		if (run->kind != BACKING_MMIO && run->kind != BACKING_UNKNOWN)
			continue;
		for (unsigned i = 0; i < MAX_SLOTS; i++) {
			uint64_t first = o->slots[i].gpa >> PAGE_SHIFT;
			uint64_t end = first + (o->slots[i].size >> PAGE_SHIFT);
			unsigned at = nr;

			first = first > start ? first : start;
			end = end < run->end ? end : run->end;
			if (first >= end)
				continue;
			for (; at && new[at - 1].start > first; at--)
				new[at] = new[at - 1];
			new[at] = (struct special_run){ first, end, run->kind };
			nr++;
		}
	}
	if (nr == nr_old) {
		unsigned i = 0;

		while (i < nr && new[i].start == old[i].start && new[i].end == old[i].end &&
		       new[i].kind == old[i].kind)
			i++;
		if (i == nr)
			return;
	}
	o->special_at[EPOCH_NOW] ^= 1;
	o->nr_special[EPOCH_NOW] = nr;
	vcpus_moved(o, (1u << o->nr_vcpus) - 1);
	o->changed |= (1u << o->nr_vcpus) - 1;
}

void slots_reset(struct oracle *o, const struct machine *machine)
{
	memset(o->slots, 0, sizeof(o->slots));
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct slot *slot = &machine->slots[i];

		if (slot->size && !slot_check(o, i, slot->gpa, slot->size, slot->flags))
			o->slots[i] = *slot;
	}
	o->nr_backing = 1;
	o->backing[0] = (struct backing_run){ GFN_LIMIT, BACKING_DEFAULT };
	o->nr_special[EPOCH_NOW] = o->nr_special[EPOCH_BEFORE] = 0;
	o->special_at[EPOCH_NOW] = o->special_at[EPOCH_BEFORE] = 0;
	for (unsigned i = 0; i < MAX_VA_MAPS; i++)
		o->va[i].size = 0;
	o->va_forgotten = false;
	o->va_next = 0;
}

static void demand_gone(struct oracle *o, struct oracle_result *r, uint64_t gpa, uint64_t size)
{
	r->gone_start = gpa >> PAGE_SHIFT;
	r->gone_end = (gpa + size) >> PAGE_SHIFT;
	note(o, RULE_SLOT_GONE);
}

static void demand_wrprot(struct oracle *o, struct oracle_result *r, const struct slot *slot)
{
	r->wrprot_start = slot->gpa >> PAGE_SHIFT;
	r->wrprot_end = (slot->gpa + slot->size) >> PAGE_SHIFT;
	note(o, RULE_SLOT_WRPROT);
}

static enum change_class slot_change(const struct slot *old, const struct slot *new)
{
	if (!old->size)
		return CHANGE_SLOT_CREATE;
	if (!new->size)
		return CHANGE_SLOT_DELETE;
	if (new->gpa != old->gpa)
		return CHANGE_SLOT_MOVE;
	return new->flags != old->flags ? CHANGE_SLOT_FLAGS : CHANGE_NONE;
}

void step_slot(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	struct slot *slot = &o->slots[op->arg];
	struct slot old = *slot, new = { op->v[0], op->v[1], op->v[2] };
	int error = slot_check(o, op->arg, new.gpa, new.size, new.flags);

	if (error) {
		result_errno(o, r, error, error == EEXIST ? RULE_SLOT_EEXIST : RULE_SLOT_EINVAL);
		return;
	}
	if (!new.size)
		memset(&new, 0, sizeof(new));
	r->change = slot_change(&old, &new);
	*slot = new;
	result_ok(o, r, RULE_SLOT_OK);
	extent_all(o, r, RULE_ZAPSET_VM);
	if (r->change == CHANGE_SLOT_DELETE || r->change == CHANGE_SLOT_MOVE)
		demand_gone(o, r, old.gpa, old.size);
	if ((r->change == CHANGE_SLOT_CREATE && (new.flags & SLOT_READONLY)) ||
	    (new.flags & ~old.flags & SLOT_DIRTY_LOG))
		demand_wrprot(o, r, &new);
	special_update(o);
}

/* OP_SPLIT and OP_COLLAPSE: the memslot's dirty-log flag. */
void step_log(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	struct slot *slot = &o->slots[op->arg];
	bool was = slot->flags & SLOT_DIRTY_LOG, on = op->kind == OP_SPLIT;

	if (!slot->size) {
		result_errno(o, r, ENOENT, RULE_SLOT_LOG);
		return;
	}
	result_ok(o, r, RULE_SLOT_LOG);
	extent_all(o, r, RULE_ZAPSET_VM);
	if (was == on)
		return;
	slot->flags ^= SLOT_DIRTY_LOG;
	r->change = on ? CHANGE_LOG_ON : CHANGE_LOG_OFF;
	if (on)
		demand_wrprot(o, r, slot);
}

/* Appends a run, joined to the one before if that is of the same kind. */
static unsigned backing_append(struct backing_run *runs, unsigned nr, uint64_t end, uint8_t kind)
{
	uint64_t start = nr ? runs[nr - 1].end : 0;

	if (end <= start)
		return nr;
	if (nr && runs[nr - 1].kind == kind)
		nr--;
	runs[nr] = (struct backing_run){ end, kind };
	return nr + 1;
}

/*
 * No room: the two shortest neighbours become one run of which nothing is
 * known. Sound, as R-MT there is then undefined.
 */
static unsigned backing_coarsen(struct backing_run *runs, unsigned nr)
{
	uint64_t least = ~0ULL;
	unsigned best = 0, kept = 0;

	for (unsigned i = 0; i + 1 < nr; i++) {
		uint64_t length = runs[i + 1].end - (i ? runs[i - 1].end : 0);

		if (length < least) {
			least = length;
			best = i;
		}
	}
	runs[best].kind = runs[best + 1].kind = BACKING_UNKNOWN;
	for (unsigned i = 0; i < nr; i++)
		kept = backing_append(runs, kept, runs[i].end, runs[i].kind);
	return kept;
}

static void backing_set(struct oracle *o, uint64_t start, uint64_t end, uint8_t kind)
{
	struct backing_run runs[MAX_BACKING_RUNS + 2];
	unsigned nr = 0, i = 0;

	for (; i < o->nr_backing && o->backing[i].end <= start; i++)
		nr = backing_append(runs, nr, o->backing[i].end, o->backing[i].kind);
	nr = backing_append(runs, nr, start, o->backing[i].kind);
	nr = backing_append(runs, nr, end, kind);
	for (; i < o->nr_backing; i++)
		nr = backing_append(runs, nr, o->backing[i].end, o->backing[i].kind);
	while (nr > MAX_BACKING_RUNS)
		nr = backing_coarsen(runs, nr);
	memcpy(o->backing, runs, nr * sizeof(*runs));
	o->nr_backing = nr;
}

/* Does the host map [gfn, gfn + npages) in pieces of @level or larger? Unknown backing may be. */
bool backing_allows(const struct oracle *o, uint64_t gfn, uint64_t npages, unsigned level)
{
	uint64_t end = gfn + npages;

	for (unsigned i = 0; gfn < end; i++) {
		const struct backing_run *run = &o->backing[i];

		if (gfn >= run->end)
			continue;
		if ((run->kind == BACKING_4K || run->kind == BACKING_MMIO) && level > LEVEL_4K)
			return false;
		if (run->kind == BACKING_2M && level > LEVEL_2M)
			return false;
		/* One host page does not span two runs. */
		if (run->kind != BACKING_UNKNOWN && end > run->end)
			return false;
		gfn = run->end;
	}
	return true;
}

void step_backing(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	uint64_t start = op->v[0] >> PAGE_SHIFT, end = (op->v[0] + op->v[1]) >> PAGE_SHIFT;

	result_ok(o, r, RULE_SLOT_BACKING);
	extent_all(o, r, RULE_ZAPSET_VM);
	if (start >= end || end > GFN_LIMIT)
		return;
	backing_set(o, start, end, op->arg);
	r->change = op->arg == BACKING_MMIO ? CHANGE_BACKING_MMIO : CHANGE_BACKING;
	demand_gone(o, r, op->v[0], op->v[1]);
	special_update(o);
}

void step_invalidate(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	result_ok(o, r, RULE_SLOT_BACKING);
	extent_all(o, r, RULE_ZAPSET_VM);
	r->change = CHANGE_INVALIDATE;
	demand_gone(o, r, op->v[0], op->v[1]);
}

/* The guest's own mapping at op->v[0]; real hardware caches it until flushed. */
void step_map(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	uint64_t size = level_pages(op->arg) << PAGE_SHIFT;
	struct va_map map = {
		.va = op->v[0] & -size, .gpa = op->v[1] & -size, .size = size,
		.mapped = 1u << op->vcpu,
	};
	struct va_map *place = NULL;

	for (unsigned i = 0; i < MAX_VA_MAPS; i++) {
		struct va_map *other = &o->va[i];

		if (!other->size || map.va - other->va + size - 1 >= other->size + size - 1)
			continue;
		/* Overlap: what was there may still be cached. */
		if (other->va == map.va && other->size == size) {
			map.stale = other->gpa == map.gpa ? other->stale : ~0;
			if (other->gpa == map.gpa)
				map.mapped |= other->mapped;
			place = other;
		} else {
			map.stale = ~0;
			o->va_forgotten = true;
			other->size = 0;
		}
	}
	if (!place) {
		place = &o->va[o->va_next++ % MAX_VA_MAPS];
		o->va_forgotten |= place->size;
	}
	*place = map;
	r->change = CHANGE_MAP;
	result_ok(o, r, RULE_SLOT_VA);
	if (o->tdp)
		extent_none(o, r, RULE_ZAPSET_NONE);
	else
		extent_all(o, r, RULE_ZAPSET_ROLE);
}

static bool va_clean(const struct va_map *map, unsigned vcpu, unsigned pcid)
{
	for (unsigned i = 0; i < map->clean[vcpu].nr; i++)
		if (map->clean[vcpu].pcid[i] == pcid)
			return true;
	return !(map->stale >> vcpu & 1);
}

/* With PCIDE=0 the TLB holds nothing of other PCIDs than 0 (SDM 4.10.1). */
void va_flush(struct oracle *o, unsigned vcpu, uint64_t va, uint64_t size, unsigned pcid)
{
	if (!(o->vcpu[vcpu].cr4 & CR4_PCIDE))
		pcid = VA_ALL_PCIDS;
	for (unsigned i = 0; i < MAX_VA_MAPS; i++) {
		struct va_map *map = &o->va[i];

		if (!map->size || !(map->stale >> vcpu & 1) ||
		    (size != ~0ULL && va - map->va >= map->size))
			continue;
		if (pcid == VA_ALL_PCIDS)
			map->stale &= ~(1u << vcpu);
		else if (!va_clean(map, vcpu, pcid))
			map->clean[vcpu].pcid[map->clean[vcpu].nr++ % VA_PCIDS] = pcid;
		if (map->clean[vcpu].nr > VA_PCIDS)
			map->clean[vcpu].nr = VA_PCIDS;
	}
}

/* Where @va leads: OUT_OK with *gpa, OUT_PF, or OUT_ANY where programs cannot tell. */
static enum outcome_kind va_walk(const struct oracle *o, unsigned vcpu, uint64_t va, uint64_t *gpa)
{
	const struct vcpu_state *vc = &o->vcpu[vcpu];

	if (!(vc->cr0 & CR0_PG)) {
		*gpa = va;
		return va >> 32 ? OUT_ANY : OUT_OK;
	}
	if (in_long_mode(vc) ? !va_canonical(vc, va) : va >> 32)
		return OUT_ANY;
	for (unsigned i = 0; i < MAX_VA_MAPS; i++) {
		const struct va_map *map = &o->va[i];

		if (va - map->va >= map->size)
			continue;
		*gpa = map->gpa + (va - map->va);
		if (!(map->mapped >> vcpu & 1) || !va_clean(map, vcpu, vcpu_pcid(vc)))
			return OUT_ANY;
		return OUT_OK;
	}
	return o->va_forgotten ? OUT_ANY : OUT_PF;
}

void step_access(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	const struct slot *slot;
	uint64_t gpa = op->v[0], block;

	if (op->flags & OP_VA) {
		r->outcome.kind = va_walk(o, op->vcpu, op->v[0], &gpa);
		if (r->outcome.kind != OUT_OK) {
			result_reject(o, r, r->outcome.kind, RULE_SLOT_VA);
			if (r->outcome.kind == OUT_ANY)
				extent_all(o, r, RULE_ZAPSET_FAULT);
			return;
		}
		r->linear = true;
		r->linear_gpa = gpa;
		if (!o->tdp)
			note(o, RULE_ROLE_ROOT);
	}
	if (o->tdp) {
		block = gpa >> PAGE_SHIFT & -level_pages(LEVEL_1G);
		extent_range(o, r, RULE_ZAPSET_FAULT, block, block + level_pages(LEVEL_1G));
	} else {
		extent_all(o, r, RULE_ZAPSET_FAULT);
	}
	slot = gpa >> o->vcpu[op->vcpu].maxphyaddr ? NULL : oracle_slot(o, gpa >> PAGE_SHIFT);
	if (gpa >> o->vcpu[op->vcpu].maxphyaddr) {
		r->outcome.kind = OUT_ANY;
		r->outcome_rule = RULE_SLOT_ABSENT;
	} else if (!slot) {
		result_ok(o, r, RULE_SLOT_ABSENT);
		r->outcome.kind = op->kind == OP_EXEC ? OUT_ANY : OUT_MMIO;
	} else if (op->kind == OP_WRITE && (slot->flags & SLOT_READONLY)) {
		result_ok(o, r, RULE_SLOT_READONLY);
		r->outcome.kind = OUT_MMIO;
	} else {
		result_ok(o, r, RULE_SLOT_ACCESS);
	}
}

/* KVM_PRE_FAULT_MEMORY: succeeds if it could populate the first page. */
void step_prefault(struct oracle *o, const struct op *op, struct oracle_result *r)
{
	uint64_t start = op->v[0] >> PAGE_SHIFT, end = (op->v[0] + op->v[1]) >> PAGE_SHIFT;
	uint64_t block = level_pages(LEVEL_1G);
	uint64_t gfn = start;

	extent_range(o, r, RULE_ZAPSET_FAULT, start & -block, (end + block - 1) & -block);
	r->outcome_rule = RULE_SLOT_PREFAULT;
	if (o->profile != PROFILE_LINUX_6_16 || !o->tdp) {
		r->outcome.kind = OUT_ANY;
		return;
	}
	if ((op->v[0] | op->v[1]) & (PAGE_SIZE - 1) || !op->v[1]) {
		result_errno(o, r, EINVAL, RULE_SLOT_PREFAULT);
		return;
	}
	while (gfn < end) {
		const struct slot *slot = oracle_slot(o, gfn);

		if (!slot)
			break;
		gfn = (slot->gpa + slot->size) >> PAGE_SHIFT;
	}
	if (gfn >= end) {
		result_ok(o, r, RULE_SLOT_PREFAULT);
	} else if (gfn == start) {
		result_errno(o, r, ENOENT, RULE_SLOT_PREFAULT);
	} else {
		/* Callers differ in whether they ask again for what remains. */
		r->outcome.kind = OUT_ANY;
		note(o, RULE_SLOT_PREFAULT);
	}
}

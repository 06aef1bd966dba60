// SPDX-License-Identifier: GPL-2.0-only
/* SPTEs from tracepoints; see sptes.h. Rules F.2 (events), F.5 (layouts). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/targets/kvm/sptes.h"

uint32_t sptes_caps(const struct sptes *s)
{
	if (!s->trace)
		return 0;
	if (!s->tdp_mmu)
		return CAP_SPTE_EVENTS;
	return CAP_SPTE_EVENTS | CAP_ZAP_EVENTS | (s->layout == SPTE_EPT ? CAP_MEMTYPES : 0);
}

void sptes_reset(struct sptes *s)
{
	struct trace_record *records;
	char lost[160];
	size_t nr;

	if (!s->trace)
		return;
	leaf_table_reset(&s->leaves);
	s->nr_hidden = 0;
	s->split.level = 0;
	s->zapped_all = false;
	/* What the end of the last VM did, lost or not. */
	trace_read(s->trace, &records, &nr, lost, sizeof(lost));
}

/* --- Whose is it? --------------------------------------------------------------------------- */

static bool our_thread(const struct vm *vm, int pid)
{
	if (pid == (int)syscall(SYS_gettid))
		return true;
	for (unsigned v = 0; v < vm->nr_vcpus; v++) {
		if (vm->vcpus[v].tid == pid)
			return true;
	}
	return false;
}

/* The guest's own pages, KVM's behind them, and page tables outside of memslots. */
static bool our_memory(const struct vm *vm, uint64_t gfn)
{
	uint64_t gpa = gfn << PAGE_SHIFT;

	return (gpa >= GUEST_GPA && gpa < VM_OWN_END) || vm_is_root(vm, gpa) ||
	       (vm->apic && gpa == VM_APIC_GPA);
}

/* Does a page walk touch @leaf: does some CR3 point into it? */
static bool holds_root(struct vm *vm, const struct leaf *leaf)
{
	for (unsigned v = 0; v < vm->nr_vcpus; v++) {
		const struct kvm_sregs *sregs = vcpu_sregs(&vm->vcpus[v]);
		uint64_t gfn = (sregs->cr3 & SPTE_PFN_MASK) >> PAGE_SHIFT;

		if (sregs->cr0 & CR0_PG && gfn - leaf->gfn < leaf_pages(leaf))
			return true;
	}
	return false;
}

/* Does @op itself go to memory in @leaf? */
static bool op_touches(const struct vm *vm, const struct op *op, const struct leaf *leaf)
{
	uint64_t start = leaf->gfn << PAGE_SHIFT, size = leaf_pages(leaf) << PAGE_SHIFT, gpa = op->v[0];

	switch (op->kind) {
	case OP_READ: case OP_WRITE: case OP_EXEC:
		if (op->flags & OP_VA && !guest_translate(&vm->guest, op->v[0], &gpa))
			return false;
		return gpa - start < size;
	case OP_PREFAULT:
		return op->v[0] < start + size && start < op->v[0] + op->v[1];
	default:
		return false;
	}
}

/* --- To the engine ----------------------------------------------------------------------------- */

static void tell(struct sptes *s, struct target *t, const struct leaf *leaf, uint64_t old_spte)
{
	struct event *ev = target_event(t, EV_SPTE);
	struct tracked_leaf *tracked = leaf_table_find(&s->leaves, leaf);
	struct spte_view view = spte_view(s->layout, leaf->spte, leaf->level);

	ev->as_id = leaf->as_id;
	ev->level = leaf->level;
	ev->gfn = leaf->gfn;
	ev->old_spte = old_spte;
	ev->new_spte = leaf->spte;
	if (view.leaf) {
		if (!tracked)
			tracked = leaf_table_add(&s->leaves, leaf);
		tracked->leaf.spte = leaf->spte;
		tracked->view = view;
	} else if (tracked) {
		leaf_table_remove(&s->leaves, tracked);
	}
}

/* All that the engine was told of is gone. */
static void forget_all(struct sptes *s, struct target *t)
{
	while (s->leaves.nr) {
		struct leaf leaf = s->leaves.leaves[s->leaves.nr - 1].leaf;
		uint64_t old = leaf.spte;

		leaf.spte = 0;
		tell(s, t, &leaf, old);
	}
}

static struct leaf *find_hidden(struct sptes *s, const struct leaf *leaf)
{
	for (unsigned i = 0; i < s->nr_hidden; i++) {
		struct leaf *h = &s->hidden[i];

		if (h->gfn == leaf->gfn && h->level == leaf->level && h->as_id == leaf->as_id)
			return h;
	}
	return NULL;
}

/* The program goes where so far only page walks went: the leaf is its own from now on. */
static void uncover(struct sptes *s, struct target *t, struct vm *vm, const struct op *op)
{
	for (unsigned i = s->nr_hidden; i-- > 0;) {
		struct leaf leaf = s->hidden[i];

		if (!op_touches(vm, op, &leaf))
			continue;
		s->hidden[i] = s->hidden[--s->nr_hidden];
		tell(s, t, &leaf, 0);
	}
}

static bool hide(struct sptes *s, struct vm *vm, const struct op *op, const struct leaf *leaf)
{
	if (s->layout != SPTE_EPT || s->nr_hidden == MAX_HIDDEN || op_touches(vm, op, leaf) ||
	    !holds_root(vm, leaf))
		return false;
	s->hidden[s->nr_hidden++] = *leaf;
	return true;
}

/*
 * A split fills the new table before it links it, without a word: each child is
 * the huge leaf's SPTE with its own pfn (make_huge_page_split_spte(); rules B.1).
 */
static void on_split(struct sptes *s, struct target *t, const struct trace_record *r)
{
	struct leaf child = s->split;
	uint64_t pages = level_pages(child.level - 1);

	s->split.level = 0;
	if (child.level != r->level || child.gfn != r->gfn || r->failed || child.level < LEVEL_2M)
		return;
	child.level--;
	if (child.level == LEVEL_4K)
		child.spte &= ~SPTE_PS;
	for (unsigned i = 0; i < 512; i++) {
		tell(s, t, &child, 0);
		child.gfn += pages;
		child.spte += pages << PAGE_SHIFT;
	}
}

/* A change that the TDP MMU traced. False: the events do not fit together. */
static bool on_changed(struct sptes *s, struct target *t, struct vm *vm, const struct op *op,
		       const struct trace_record *r, char *why, size_t size)
{
	struct leaf leaf = { .as_id = r->as_id, .level = r->level, .gfn = r->gfn, .spte = r->new_spte };
	struct spte_view was = spte_view(s->layout, r->old_spte, r->level);
	struct spte_view now = spte_view(s->layout, r->new_spte, r->level);
	struct tracked_leaf *tracked = leaf_table_find(&s->leaves, &leaf);
	struct leaf *hidden = find_hidden(s, &leaf);

	if (r->level > LEVEL_1G || (!was.leaf && !now.leaf) || our_memory(vm, r->gfn))
		return true;
	if (!our_thread(vm, r->pid) && (!tracked || !was.leaf || was.pfn != tracked->view.pfn))
		return true;	/* another VM's */
	/* By pfn and memtype: fast page faults and the CPU change other bits unseen. */
	if (tracked && was.leaf && (was.pfn != tracked->view.pfn || was.type != tracked->view.type ||
				    was.ipat != tracked->view.ipat)) {
		snprintf(why, size, "gfn 0x%llx level %u changes from an SPTE (0x%llx) that no event told of",
			 (unsigned long long)r->gfn, r->level, (unsigned long long)r->old_spte);
		return false;
	}
	if (was.leaf && !tracked && !hidden && !s->zapped_all) {
		snprintf(why, size, "gfn 0x%llx level %u: an SPTE (0x%llx) goes whose coming no event told of",
			 (unsigned long long)r->gfn, r->level, (unsigned long long)r->old_spte);
		return false;
	}
	if (was.leaf && now.present && !now.leaf)
		s->split = (struct leaf){ .as_id = r->as_id, .level = r->level, .gfn = r->gfn, .spte = r->old_spte };
	if (hidden) {
		if (now.leaf)
			hidden->spte = leaf.spte;
		else
			*hidden = s->hidden[--s->nr_hidden];
	} else if (now.leaf ? tracked || !hide(s, vm, op, &leaf) : tracked != NULL) {
		tell(s, t, &leaf, r->old_spte);
	}
	return true;
}

/* An install that the other MMU traced. */
static void on_set(struct sptes *s, struct target *t, struct vm *vm, const struct trace_record *r)
{
	struct leaf leaf = { .level = r->level, .gfn = r->gfn, .spte = r->new_spte };

	if (!our_thread(vm, r->pid) || our_memory(vm, r->gfn) ||
	    !spte_view(s->layout, r->new_spte, r->level).leaf)
		return;
	tell(s, t, &leaf, 0);
}

static void on_mmio(struct sptes *s, struct target *t, struct vm *vm, const struct trace_record *r)
{
	struct event *ev;

	if (!our_thread(vm, r->pid) || our_memory(vm, r->gfn))
		return;
	ev = target_event(t, EV_MMIO_SPTE);
	ev->gfn = r->gfn;
}

bool sptes_step(struct sptes *s, struct target *t, struct vm *vm, const struct op *op, char *why,
		size_t size)
{
	struct trace_record *records;
	size_t nr;

	if (!s->trace)
		return true;
	if (!s->tdp_mmu)
		forget_all(s, t);
	uncover(s, t, vm, op);
	if (!trace_read(s->trace, &records, &nr, why, size))
		return false;
	for (size_t i = 0; i < nr; i++) {
		const struct trace_record *r = &records[i];

		switch (r->kind) {
		case TRACE_CHANGED:
			if (!on_changed(s, t, vm, op, r, why, size))
				return false;
			break;
		case TRACE_SPLIT:
			if (s->split.level)
				on_split(s, t, r);
			break;
		case TRACE_SET:
			on_set(s, t, vm, r);
			break;
		case TRACE_MMIO:
			on_mmio(s, t, vm, r);
			break;
		case TRACE_ZAP_ALL:
			if (!our_thread(vm, r->pid))
				break;
			forget_all(s, t);
			s->nr_hidden = 0;
			s->zapped_all = true;
			break;
		}
	}
	return true;
}

/* --- Opening -------------------------------------------------------------------------------------- */

#define PROBE_GPA	0x40000000ULL

/* One write by a guest: its leaf must be there, and look as rules F.5 say. */
static bool probe(struct sptes *s, const struct kvm_host *host)
{
	const struct machine machine = {
		.nr_vcpus = 1, .maxphyaddr = host->maxphyaddr, .cpuid_mtrr = true,
		.slots = { { PROBE_GPA, 2 << 20, 0 } },
	};
	const struct op op = { .kind = OP_WRITE, .v = { PROBE_GPA } };
	struct vm *vm = calloc(1, sizeof(*vm));
	struct trace_record *records = NULL;
	struct guest_result result;
	struct guest_call call;
	uint64_t spte = 0;
	unsigned level = 0;
	size_t nr = 0;
	const char *why;
	bool ran;

	if (!vm)
		return false;
	ran = vm_create(vm, host, &machine) == VM_OK && guest_plan(&vm->guest, &op, 0, &call, &why) &&
	      vm_root(vm, RUNNING_CR3) == VM_OK &&
	      vcpu_call(&vm->vcpus[0], &call, &result) == VM_OK && result.kind == GUEST_DONE;
	if (!ran)
		snprintf(s->why, sizeof(s->why), "the guest that should show one does not run: %.100s", vm->why);
	else if (!trace_read(s->trace, &records, &nr, s->why, sizeof(s->why)))
		ran = false;
	for (size_t i = 0; ran && i < nr; i++) {
		if (records[i].gfn == PROBE_GPA >> PAGE_SHIFT && records[i].kind <= TRACE_SET &&
		    our_thread(vm, records[i].pid) &&
		    (records[i].level == 1 || records[i].new_spte & SPTE_PS)) {
			spte = records[i].new_spte;
			level = records[i].level;
		}
	}
	vm_destroy(vm);
	free(vm);
	if (!ran)
		return false;
	/* Present, writable, and WB: by type and IPAT, or by PAT entry 0. */
	if (!level || !spte_view(s->layout, spte, level).leaf || !spte_view(s->layout, spte, level).writable ||
	    spte_view(s->layout, spte, level).type != MT_WB ||
	    (s->layout == SPTE_EPT && (spte & 7) != (EPT_R | EPT_W | EPT_X) && (spte & 7) != (EPT_R | EPT_W))) {
		snprintf(s->why, sizeof(s->why), level ? "a leaf here reads 0x%llx, which is no layout we know" :
			 "no event told of a leaf that must be there (0x%llx)", (unsigned long long)spte);
		return false;
	}
	return true;
}

void sptes_open(struct sptes *s, const struct kvm_host *host)
{
	memset(s, 0, sizeof(*s));
	s->tdp_mmu = host->tdp_mmu;
	s->layout = host->paging == PAGING_EPT ? SPTE_EPT : SPTE_PAE;
	if (leaf_table_init(&s->leaves)) {
		snprintf(s->why, sizeof(s->why), "out of memory");
		return;
	}
	s->trace = trace_open(s->tdp_mmu, s->why, sizeof(s->why));
	if (s->trace && !probe(s, host)) {
		trace_close(s->trace);
		s->trace = NULL;
	}
}

void sptes_close(struct sptes *s)
{
	trace_close(s->trace);
	leaf_table_free(&s->leaves);
	memset(s, 0, sizeof(*s));
}

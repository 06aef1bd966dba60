// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups on the model: threads that run its ops, what they wait for, and the
 * points at which they are left. The vCPU's thread is its KVM_RUN and its
 * ioctls (vcpu->mutex), the host's the VMM's ioctls on the VM (slots_lock) and
 * the MMU notifier.
 */
#include <stdio.h>

#include "harness/targets/model/sched.h"
#include "harness/targets/model/step.h"

#define NOBODY	0xff

static const char *name_of(unsigned who, char buf[16])
{
	if (who == HOST)
		return "the host";
	snprintf(buf, 16, "vcpu%u", who);
	return buf;
}

static bool lock_read_ready(void *ctx, uint64_t arg)
{
	return ((struct model *)ctx)->vm.lock_writer == NOBODY;
}

static bool lock_write_ready(void *ctx, uint64_t arg)
{
	const struct vm *vm = &((struct model *)ctx)->vm;

	return vm->lock_writer == NOBODY && !vm->lock_readers;
}

static void describe_lock(void *ctx, uint64_t arg, char *buf, size_t size)
{
	const struct vm *vm = &((struct model *)ctx)->vm;
	char who[16];

	if (vm->lock_writer == NOBODY)
		snprintf(buf, size, "mmu_lock, which has %u readers", vm->lock_readers);
	else
		snprintf(buf, size, "mmu_lock, which %s holds", name_of(vm->lock_writer, who));
}

static bool queue_ready(void *ctx, uint64_t arg)
{
	return !((struct model *)ctx)->vm.zapping;
}

static void describe_queue(void *ctx, uint64_t arg, char *buf, size_t size)
{
	snprintf(buf, size, "the queue of zaps, which another vCPU runs");
}

static bool srcu_ready(void *ctx, uint64_t epoch)
{
	const struct vm *vm = &((struct model *)ctx)->vm;

	for (unsigned v = 0; v < vm->machine.nr_vcpus; v++) {
		if (vm->vcpus[v].srcu && vm->vcpus[v].srcu < epoch)
			return false;
	}
	return true;
}

static void describe_srcu(void *ctx, uint64_t epoch, char *buf, size_t size)
{
	const struct vm *vm = &((struct model *)ctx)->vm;
	unsigned v = 0;

	while (v < vm->machine.nr_vcpus && (!vm->vcpus[v].srcu || vm->vcpus[v].srcu >= epoch))
		v++;
	snprintf(buf, size, "vcpu%u to leave its SRCU section (memslots changed)", v);
}

/* Would a fault at @gfn do anything but retry? */
static bool fault_ready(void *ctx, uint64_t gfn)
{
	struct vm *vm = &((struct model *)ctx)->vm;
	const struct memslot *slot = model_gfn_to_slot(vm, gfn);

	return !slot || !(slot->invalid || (vm->invalidate_in_progress &&
					    vm->invalidate_start <= gfn && gfn < vm->invalidate_end));
}

static void describe_fault(void *ctx, uint64_t gfn, char *buf, size_t size)
{
	struct vm *vm = &((struct model *)ctx)->vm;
	const struct memslot *slot = model_gfn_to_slot(vm, gfn);

	snprintf(buf, size, slot && slot->invalid ? "gfn 0x%llx: its memslot is invalid"
						   : "gfn 0x%llx: an invalidation is in progress",
		 (unsigned long long)gfn);
}

static const struct {
	bool (*ready)(void *ctx, uint64_t arg);
	void (*describe)(void *ctx, uint64_t arg, char *buf, size_t size);
	uint64_t reads;
} waits[NR_WAITS] = {
	[WAIT_LOCK_READ] = { lock_read_ready, describe_lock, OBJ_MMU_LOCK },
	[WAIT_LOCK_WRITE] = { lock_write_ready, describe_lock, OBJ_MMU_LOCK },
	[WAIT_QUEUE] = { queue_ready, describe_queue, OBJ_QUEUE },
	[WAIT_SRCU] = { srcu_ready, describe_srcu, OBJ_SLOTS },
	[WAIT_FAULT] = { fault_ready, describe_fault, OBJ_SLOTS | OBJ_INVALIDATE },
};

/* Whose op is running, for the event stream. */
static void say(struct model *m, enum event_kind kind)
{
	struct event *ev = target_event(&m->target, kind);

	ev->vcpu = sched_running(m->sched);
	ev->gfn = m->group_op[ev->vcpu];
	ev->root = sched_last_point(m->sched);
}

void model_wait(struct model *m, enum wait_kind kind, uint64_t arg)
{
	struct sched_wait wait = {
		.ready = waits[kind].ready, .describe = waits[kind].describe, .ctx = m, .arg = arg,
	};
	char what[96], why[160];

	if (m->in_group) {
		model_touch(m, waits[kind].reads, 0);
		if (sched_wait(m->sched, &wait)) {
			say(m, EV_OP_RESUME);
			model_touch(m, waits[kind].reads, 0);
		}
		return;
	}
	if (wait.ready(m, arg))
		return;
	wait.describe(m, arg, what, sizeof(what));
	snprintf(why, sizeof(why), "deadlock: waits for %s", what);
	model_fail(m, TARGET_HANG, why);
}

static void at_point(struct model *m, unsigned who, enum point point, void *ctx)
{
	if (sched_point(m->sched, SCHED_OWN_POINTS + point))
		say(m, EV_OP_RESUME);
}

bool model_wants_yield(struct model *m, enum point point)
{
	uint8_t readers = m->vm.lock_readers, writer = m->vm.lock_writer;
	bool leaves;

	if (!m->in_group)
		return true;	/* a test's hook */
	/* What the flush and the unlock before the yield touch; and who waits for the lock may be picked. */
	model_touch(m, OBJ_ALL_REQUESTS, OBJ_MMU_LOCK);
	if (writer == NOBODY)
		m->vm.lock_readers--;
	m->vm.lock_writer = NOBODY;
	leaves = sched_leaves(m->sched, SCHED_OWN_POINTS + point);
	m->vm.lock_readers = readers;
	m->vm.lock_writer = writer;
	return leaves;
}

void model_yield(struct model *m, unsigned who, enum point point)
{
	if (!m->in_group) {
		model_point(m, who, point);
		return;
	}
	sched_leave(m->sched);
	say(m, EV_OP_RESUME);
}

void model_srcu_synchronize(struct model *m)
{
	if (!m->in_group)
		return;
	m->vm.srcu_epoch++;
	model_touch(m, 0, OBJ_SLOTS);
	model_wait(m, WAIT_SRCU, m->vm.srcu_epoch);
	model_touch(m, 0, OBJ_SLOTS);
}

/* Begin and end of ops say which leaves are right; accesses only make leaves. */
static void touch_op(struct model *m, const struct op *op, unsigned thread)
{
	switch (op->kind) {
	case OP_READ: case OP_WRITE: case OP_EXEC: case OP_PREFAULT: case OP_RDMSR: case OP_CPUID:
	case OP_WBINVD: case OP_INVD: case OP_INVLPG:
		model_touch(m, OBJ_OP(thread), 0);
		break;
	default:
		model_touch(m, 0, op_is_host(op) ? OBJ_ALL_OPS : OBJ_OP(thread));
	}
}

struct group {
	struct model *m;
	const struct op *ops;
	unsigned nr;
	struct outcome *out;
};

static void left(void *ctx, unsigned point, bool waits)
{
	struct group *g = ctx;

	say(g->m, EV_OP_LEAVE);
	g->m->target.events[g->m->target.nr_events - 1].level = waits;
}

static void run_thread(void *ctx, unsigned thread)
{
	struct group *g = ctx;
	struct model *m = g->m;
	bool first = true;

	for (unsigned i = 0; i < g->nr && !m->status; i++) {
		const struct op *op = &g->ops[i];

		if (op_thread(op) != thread)
			continue;
		if (!first)
			sched_point(m->sched, SCHED_POINT_NEXT_OP);
		first = false;
		m->group_op[thread] = i;
		touch_op(m, op, thread);
		say(m, EV_OP_BEGIN);
		if (op_has_vcpu(op))
			model_srcu_enter(m, thread);
		model_run_op(m, op, &g->out[i]);
		if (op_has_vcpu(op))
			model_srcu_leave(m, thread);
		touch_op(m, op, thread);
		say(m, EV_OP_END);
	}
}

enum target_status model_group(struct target *t, const struct op *ops, unsigned nr,
			       struct scheduler *by, struct outcome *out)
{
	struct model *m = (struct model *)t;
	struct group group = { m, ops, nr, out };
	const struct sched_group sched_group = { model_point_names, run_thread, left, &group };
	uint32_t threads = 0;
	enum sched_end end;

	if (!m->sched)
		m->sched = sched_new();
	if (!m->sched) {
		model_fail(m, TARGET_INFRA, "no memory for a group's threads");
		return m->status;
	}
	for (unsigned i = 0; i < nr; i++)
		threads |= 1u << op_thread(&ops[i]);
	m->on_point = at_point;
	m->in_group = true;
	end = sched_run(m->sched, by, threads, &sched_group);
	m->on_point = NULL;
	m->in_group = false;
	if (end == SCHED_DEADLOCK || end == SCHED_LIVELOCK)
		model_fail(m, TARGET_HANG, sched_why(m->sched));
	else if (end == SCHED_NO_MEMORY)
		model_fail(m, TARGET_INFRA, sched_why(m->sched));
	return m->status;
}

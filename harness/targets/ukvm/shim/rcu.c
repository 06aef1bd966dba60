// SPDX-License-Identifier: GPL-2.0-only
/*
 * RCU, SRCU and workqueues on one CPU with one thread.
 *
 * Callbacks and work items are queued, and run when the kernel could run them
 * at the earliest without help: when someone waits for a grace period or
 * flushes a queue, and between two calls into the library, where the CPU is
 * idle (ukvm_quiesce()). Waiting inside a read-side section would be a deadlock
 * on a real machine, and is a BUG here.
 */
#include <linux/hrtimer.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>

#include "host.h"
#include "shim.h"

static struct rcu_head *callbacks, **last_callback = &callbacks;

void ukvm_call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->func = func;
	head->next = NULL;
	*last_callback = head;
	last_callback = &head->next;
}

void ukvm_synchronize_rcu(void)
{
	while (callbacks) {
		struct rcu_head *head = callbacks;

		callbacks = head->next;
		if (!callbacks)
			last_callback = &callbacks;
		head->func(head);
	}
}

/* SRCU as TINY_SRCU lays it out: readers count themselves. */
int ukvm_init_srcu(struct srcu_struct *srcu)
{
	srcu->srcu_lock_nesting[0] = srcu->srcu_lock_nesting[1] = 0;
	srcu->srcu_idx = 0;
	return 0;
}

void ukvm_cleanup_srcu(struct srcu_struct *srcu)
{
	BUG_ON(srcu->srcu_lock_nesting[0] || srcu->srcu_lock_nesting[1]);
}

void ukvm_synchronize_srcu(struct srcu_struct *srcu)
{
	BUG_ON(srcu->srcu_lock_nesting[0] || srcu->srcu_lock_nesting[1]);
	ukvm_synchronize_rcu();
}

void ukvm_srcu_read_unlock(struct srcu_struct *srcu, int idx)
{
	WARN_ON(srcu->srcu_lock_nesting[idx] <= 0);
	srcu->srcu_lock_nesting[idx]--;
}

/* --- Work ---------------------------------------------------------------------- */

static LIST_HEAD(work_queue);

struct workqueue_struct *ukvm_alloc_workqueue(void)
{
	return (struct workqueue_struct *)&work_queue;
}

bool ukvm_queue_work(int cpu, struct workqueue_struct *queue, struct work_struct *work)
{
	if (test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work)))
		return false;
	list_add_tail(&work->entry, &work_queue);
	return true;
}

static void run_work(struct work_struct *work)
{
	list_del_init(&work->entry);
	clear_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work));
	work->func(work);
}

void ukvm_flush_workqueue(struct workqueue_struct *queue)
{
	while (!list_empty(&work_queue))
		run_work(list_first_entry(&work_queue, struct work_struct, entry));
}

bool ukvm_flush_work(struct work_struct *work)
{
	if (!test_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work)))
		return false;
	run_work(work);
	return true;
}

bool ukvm_cancel_work(struct work_struct *work)
{
	if (!test_and_clear_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work)))
		return false;
	list_del_init(&work->entry);
	return true;
}

void ukvm_quiesce(void)
{
	ukvm_flush_workqueue(NULL);
	ukvm_synchronize_rcu();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleeping locks. There is one thread, so a lock that is taken when it is held
 * already would hang a real machine for good: a BUG here. Spinlocks and rwlocks
 * have no state on one CPU, mmu_lock included.
 */
#include <linux/mutex.h>
#include <linux/rcuwait.h>
#include <linux/rwsem.h>

#include "host.h"

void ukvm_mutex_init(struct mutex *lock)
{
	atomic_long_set(&lock->owner, 0);
}

void ukvm_mutex_lock(struct mutex *lock)
{
	BUG_ON(atomic_long_read(&lock->owner));
	atomic_long_set(&lock->owner, 1);
}

int ukvm_mutex_lock_killable(struct mutex *lock)
{
	ukvm_mutex_lock(lock);
	return 0;
}

void ukvm_mutex_unlock(struct mutex *lock)
{
	WARN_ON(!atomic_long_read(&lock->owner));
	atomic_long_set(&lock->owner, 0);
}

bool ukvm_mutex_is_locked(struct mutex *lock)
{
	return atomic_long_read(&lock->owner);
}

/* rw_semaphore.count: -1 a writer, n readers. */
void ukvm_init_rwsem(struct rw_semaphore *sem)
{
	atomic_long_set(&sem->count, 0);
}

void ukvm_down_read(struct rw_semaphore *sem)
{
	BUG_ON(atomic_long_read(&sem->count) < 0);
	atomic_long_inc(&sem->count);
}

void ukvm_up_read(struct rw_semaphore *sem)
{
	WARN_ON(atomic_long_read(&sem->count) <= 0);
	atomic_long_dec(&sem->count);
}

void ukvm_down_write(struct rw_semaphore *sem)
{
	BUG_ON(atomic_long_read(&sem->count));
	atomic_long_set(&sem->count, -1);
}

void ukvm_up_write(struct rw_semaphore *sem)
{
	WARN_ON(atomic_long_read(&sem->count) != -1);
	atomic_long_set(&sem->count, 0);
}

/* A waiter that found nothing to wait for leaves. */
void ukvm_finish_rcuwait(struct rcuwait *wait)
{
	rcu_assign_pointer(wait->task, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks by pid: which vCPU each runs, and what it is in the middle of.
 */
#include <stdlib.h>

#include "harness/trace/audit.h"

/* NULL when there are too many, or no memory: the event is then nobody's. */
struct task *audit_task(struct audit *a, int pid)
{
	unsigned i = (unsigned)pid * 2654435761u % TASKS_MAX;

	for (; a->tasks[i]; i = (i + 1) % TASKS_MAX)
		if (a->tasks[i]->pid == pid)
			return a->tasks[i];
	if (a->nr_tasks == TASKS_MAX / 4 * 3)
		return NULL;
	a->tasks[i] = calloc(1, sizeof(*a->tasks[i]));
	if (!a->tasks[i])
		return NULL;
	a->nr_tasks++;
	a->tasks[i]->pid = pid;
	a->tasks[i]->vcpu = -1;
	return a->tasks[i];
}

void audit_tasks_free(struct audit *a)
{
	for (unsigned i = 0; i < TASKS_MAX; i++) {
		if (a->tasks[i])
			free(a->tasks[i]->zaps);
		free(a->tasks[i]);
		a->tasks[i] = NULL;
	}
}

void task_add_zap(struct task *task, uint64_t gfn, unsigned level)
{
	if (task->nr_zaps == task->max_zaps) {
		unsigned max = task->max_zaps ? task->max_zaps * 2 : 16;
		struct zap *zaps;

		if (max > TASK_ZAPS_MAX)
			return;
		zaps = realloc(task->zaps, max * sizeof(*zaps));
		if (!zaps)
			return;
		task->zaps = zaps;
		task->max_zaps = max;
	}
	task->zaps[task->nr_zaps++] = (struct zap){ .gfn = gfn, .level = level };
}

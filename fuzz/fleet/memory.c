// SPDX-License-Identifier: GPL-2.0-only
/*
 * --memory: what all instances together hold. Above it the largest is started
 * anew; its programs are in the corpus. Address space would be the wrong
 * measure: sanitizers and KVM's guests reserve far more than they touch.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz/fleet/internal.h"

#define MAX_DEPTH 4	/* afl-fuzz, its fork server, the persistent process */

/* Bytes resident in @pid and its children (proc(5): statm, children). */
static uint64_t resident(pid_t pid, unsigned depth)
{
	unsigned long pages = 0;
	char path[64];
	uint64_t sum;
	FILE *file;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	fclose(file);
	sum = pages * sysconf(_SC_PAGESIZE);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	file = depth ? fopen(path, "r") : NULL;
	while (file && fscanf(file, "%d", &child) == 1)
		sum += resident(child, depth - 1);
	if (file)
		fclose(file);
	return sum;
}

void memory_watch(struct fleet *f)
{
	uint64_t sum = 0, most = 0;
	struct instance *largest = NULL;

	if (!f->options->memory)
		return;
	for (unsigned i = 0; i < f->nr_instances; i++) {
		struct instance *instance = &f->instances[i];
		uint64_t bytes = instance->worker.pid ? resident(instance->worker.pid, MAX_DEPTH) : 0;

		sum += bytes;
		if (bytes > most) {
			most = bytes;
			largest = instance;
		}
	}
	/* SIGTERM ends libFuzzer's at once, and AFL++ in order. */
	if (sum > f->options->memory && largest) {
		fprintf(stderr, "zaplock campaign: %llu MiB in use, of %llu allowed: starting %s anew\n",
			(unsigned long long)sum >> 20, (unsigned long long)f->options->memory >> 20,
			largest->name);
		kill(largest->worker.pid, SIGTERM);
	}
}

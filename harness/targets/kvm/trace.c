// SPDX-License-Identifier: GPL-2.0-only
/* A private tracing instance and its events; see trace.h. Linux's Documentation/trace/ftrace.rst. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kbuffer.h>
#include <tracefs.h>

#include "harness/targets/kvm/trace.h"

/* KiB a CPU: 30,000 events in one step. */
#define BUFFER_KB	2048
#define SYSTEM		"kvmmmu"

static const char *const event_names[NR_TRACE_KINDS] = {
	[TRACE_CHANGED] = "kvm_tdp_mmu_spte_changed", [TRACE_SET] = "kvm_mmu_set_spte",
	[TRACE_MMIO] = "mark_mmio_spte", [TRACE_ZAP_ALL] = "kvm_mmu_zap_all_fast",
	[TRACE_SPLIT] = "kvm_mmu_split_huge_page",
};

struct event_format {
	int id;			/* -1: not looked at */
	struct tep_format_field *gfn, *level, *as_id, *old_spte, *new_spte, *failed, *pid;
};

struct trace {
	char dir[64];		/* tracefs */
	int mount;		/* -1: dir is a path that others see, too */
	char name[32];		/* of the instance */
	int janitor_pipe;
	pid_t janitor;
	struct tep_handle *tep;
	struct tracefs_instance *instance;
	struct event_format formats[NR_TRACE_KINDS];
	struct kbuffer *kbuffer;
	struct pollfd *cpus;
	unsigned nr_cpus;
	char *page;
	struct trace_record *records;
	size_t nr, max;
};

/* --- tracefs, and an instance in it --------------------------------------------------- */

/* A mount of tracefs that no path leads to: it goes with the file descriptor. */
static int private_mount(void)
{
	int context = fsopen("tracefs", FSOPEN_CLOEXEC), mount = -1;

	if (context < 0)
		return -1;
	if (!fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	close(context);
	return mount;
}

static bool find_tracefs(struct trace *trace, char *error, size_t size)
{
	trace->mount = private_mount();
	if (trace->mount >= 0)
		snprintf(trace->dir, sizeof(trace->dir), "/proc/self/fd/%d", trace->mount);
	else if (!access("/sys/kernel/tracing/instances", W_OK))
		strcpy(trace->dir, "/sys/kernel/tracing");
	else {
		snprintf(error, size, "no right to use tracefs; run as root");
		return false;
	}
	return true;
}

/*
 * A child that waits for our end and removes the instance, should we not come
 * to it. It runs nothing but system calls: the process may have threads.
 */
static void janitor(struct trace *trace, int end)
{
	char path[128], byte;
	int keep = 3;

	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* Nothing of the parent's stays open but these two. */
	dup2(end, 0);
	if (trace->mount >= 0) {
		dup2(trace->mount, 3);
		keep = 4;
	}
	close_range(keep, ~0u, 0);
	close(1);
	close(2);
	while (read(0, &byte, 1) < 0 && errno == EINTR)
		;
	snprintf(path, sizeof(path), "%s/instances/%s", trace->mount >= 0 ? "/proc/self/fd/3" : trace->dir,
		 trace->name);
	for (unsigned i = 0; i < 250 && rmdir(path) && errno == EBUSY; i++)
		usleep(20000);
	_exit(0);
}

static bool start_janitor(struct trace *trace)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return false;
	trace->janitor = fork();
	if (trace->janitor == 0) {
		close(ends[1]);
		janitor(trace, ends[0]);
	}
	close(ends[0]);
	trace->janitor_pipe = ends[1];
	return trace->janitor > 0;
}

static bool make_instance(struct trace *trace, char *error, size_t size)
{
	static unsigned nth;

	snprintf(trace->name, sizeof(trace->name), "zaplock-%d-%u", (int)getpid(), nth++);
	tracefs_set_tracing_dir(trace->dir);
	if (!start_janitor(trace)) {
		snprintf(error, size, "no child process to clean up after us: %s", strerror(errno));
		return false;
	}
	trace->instance = tracefs_instance_create(trace->name);
	if (!trace->instance) {
		snprintf(error, size, "no tracing instance: %s", strerror(errno));
		return false;
	}
	tracefs_instance_file_write(trace->instance, "buffer_percent", "0");
	/* One clock for all CPUs. */
	if (tracefs_instance_file_write(trace->instance, "trace_clock", "mono") < 0 ||
	    tracefs_instance_set_buffer_size(trace->instance, BUFFER_KB, -1)) {
		snprintf(error, size, "the tracing instance takes no clock or no buffers: %s", strerror(errno));
		return false;
	}
	return true;
}

/* --- Formats ------------------------------------------------------------------------------ */

static bool find_format(struct trace *trace, enum trace_kind kind)
{
	struct event_format *f = &trace->formats[kind];
	struct tep_event *event = tep_find_event_by_name(trace->tep, SYSTEM, event_names[kind]);

	if (!event)
		return false;
	*f = (struct event_format){
		.id = event->id, .pid = tep_find_common_field(event, "common_pid"),
		.gfn = tep_find_field(event, "gfn"), .level = tep_find_field(event, "level"),
		.as_id = tep_find_field(event, "as_id"), .failed = tep_find_field(event, "errno"),
		.old_spte = tep_find_field(event, kind == TRACE_SPLIT ? "spte" : "old_spte"),
		.new_spte = tep_find_field(event, kind == TRACE_CHANGED ? "new_spte" : "spte"),
	};
	if (!f->pid)
		return false;
	switch (kind) {
	case TRACE_CHANGED:
		return f->gfn && f->level && f->as_id && f->old_spte && f->new_spte;
	case TRACE_SET:
		return f->gfn && f->level && f->new_spte;
	case TRACE_MMIO:
		return f->gfn;
	case TRACE_SPLIT:
		return f->gfn && f->level && f->old_spte && f->failed;
	default:
		return true;
	}
}

static bool enable_events(struct trace *trace, bool tdp_mmu, char *error, size_t size)
{
	static const char *const systems[] = { SYSTEM, NULL };

	trace->tep = tracefs_local_events_system(trace->dir, systems);
	if (!trace->tep) {
		snprintf(error, size, "tracefs has no %s events; is KVM's module loaded?", SYSTEM);
		return false;
	}
	for (unsigned kind = 0; kind < NR_TRACE_KINDS; kind++) {
		trace->formats[kind].id = -1;
		if (kind == (tdp_mmu ? TRACE_SET : TRACE_CHANGED) || (kind == TRACE_SPLIT && !tdp_mmu))
			continue;
		/* Kernels before v5.17 split nothing. */
		if (kind == TRACE_SPLIT && !tep_find_event_by_name(trace->tep, SYSTEM, event_names[kind]))
			continue;
		if (!find_format(trace, kind) ||
		    tracefs_event_enable(trace->instance, SYSTEM, event_names[kind])) {
			snprintf(error, size, "this kernel has no event %s:%s that we could read", SYSTEM,
				 event_names[kind]);
			return false;
		}
	}
	return true;
}

static bool open_cpus(struct trace *trace, char *error, size_t size)
{
	long nr = sysconf(_SC_NPROCESSORS_CONF);
	char file[64];

	trace->cpus = calloc(nr, sizeof(*trace->cpus));
	trace->page = malloc(sysconf(_SC_PAGESIZE));
	trace->kbuffer = kbuffer_alloc(KBUFFER_LSIZE_8, KBUFFER_ENDIAN_LITTLE);
	if (!trace->cpus || !trace->page || !trace->kbuffer) {
		snprintf(error, size, "out of memory");
		return false;
	}
	for (long cpu = 0; cpu < nr; cpu++) {
		int fd;

		snprintf(file, sizeof(file), "per_cpu/cpu%ld/trace_pipe_raw", cpu);
		fd = tracefs_instance_file_open(trace->instance, file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0)
			trace->cpus[trace->nr_cpus++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	if (!trace->nr_cpus)
		snprintf(error, size, "the tracing instance shows no CPU's events: %s", strerror(errno));
	return trace->nr_cpus;
}

struct trace *trace_open(bool tdp_mmu, char *error, size_t size)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (!trace) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	trace->mount = trace->janitor_pipe = -1;
	if (find_tracefs(trace, error, size) && make_instance(trace, error, size) &&
	    enable_events(trace, tdp_mmu, error, size) && open_cpus(trace, error, size))
		return trace;
	trace_close(trace);
	return NULL;
}

void trace_close(struct trace *trace)
{
	if (!trace)
		return;
	for (unsigned i = 0; i < trace->nr_cpus; i++)
		close(trace->cpus[i].fd);
	if (trace->instance) {
		/* Events first: an instance that still traces cannot be removed. */
		tracefs_event_disable(trace->instance, SYSTEM, NULL);
		tracefs_instance_destroy(trace->instance);
		tracefs_instance_free(trace->instance);
	}
	if (trace->janitor_pipe >= 0)
		close(trace->janitor_pipe);
	if (trace->janitor > 0)
		waitpid(trace->janitor, NULL, 0);
	if (trace->tep)
		tep_free(trace->tep);
	if (trace->kbuffer)
		kbuffer_free(trace->kbuffer);
	if (trace->mount >= 0)
		close(trace->mount);
	free(trace->records);
	free(trace->cpus);
	free(trace->page);
	free(trace);
}

/* --- Reading -------------------------------------------------------------------------------- */

static uint64_t number(struct tep_format_field *field, const void *data)
{
	unsigned long long value = 0;

	if (field)
		tep_read_number_field(field, data, &value);
	return value;
}

static bool add_record(struct trace *trace, const void *data, uint64_t time)
{
	const struct event_format *f = NULL;
	unsigned kind = 0;
	uint16_t type;

	memcpy(&type, data, sizeof(type));	/* common_type, first in every event */
	for (; kind < NR_TRACE_KINDS && !f; kind++) {
		if (trace->formats[kind].id == type)
			f = &trace->formats[kind];
	}
	if (!f)
		return true;
	if (trace->nr == trace->max) {
		size_t max = trace->max ? trace->max * 2 : 256;
		struct trace_record *records = realloc(trace->records, max * sizeof(*records));

		if (!records)
			return false;
		trace->records = records;
		trace->max = max;
	}
	trace->records[trace->nr++] = (struct trace_record){
		.time = time, .kind = kind - 1, .pid = number(f->pid, data), .gfn = number(f->gfn, data),
		.level = number(f->level, data), .as_id = number(f->as_id, data),
		.old_spte = number(f->old_spte, data), .new_spte = number(f->new_spte, data),
		.failed = number(f->failed, data) != 0,
	};
	return true;
}

/* One CPU's events. False when some were overwritten before we came. */
static bool read_cpu(struct trace *trace, int fd)
{
	unsigned long long time;
	bool whole = true;

	while (read(fd, trace->page, sysconf(_SC_PAGESIZE)) > 0) {
		if (kbuffer_load_subbuffer(trace->kbuffer, trace->page))
			return false;
		whole &= kbuffer_missed_events(trace->kbuffer) == 0;
		for (void *data = kbuffer_read_event(trace->kbuffer, &time); data;
		     data = kbuffer_next_event(trace->kbuffer, &time))
			whole &= add_record(trace, data, time);
	}
	return whole;
}

static int by_time(const void *a, const void *b)
{
	const struct trace_record *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

bool trace_read(struct trace *trace, struct trace_record **records, size_t *nr, char *why, size_t size)
{
	bool whole = true;
	unsigned ready = 0;

	trace->nr = 0;
	if (poll(trace->cpus, trace->nr_cpus, 0) > 0) {
		for (unsigned i = 0; i < trace->nr_cpus; i++) {
			if (!(trace->cpus[i].revents & POLLIN))
				continue;
			whole &= read_cpu(trace, trace->cpus[i].fd);
			ready++;
		}
	}
	if (ready > 1)
		qsort(trace->records, trace->nr, sizeof(*trace->records), by_time);
	*records = trace->records;
	*nr = trace->nr;
	if (!whole)
		snprintf(why, size, "events were lost: more happened in one step than %u KiB a CPU hold, or another VM is busy",
			 BUFFER_KB);
	return whole;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The libc side of the library; see host.h. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../abi.h"
#include "host.h"

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_ignore_object(object)			((void)(object))
#define ASAN_POISON_MEMORY_REGION(start, size)		((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size)	((void)(start), (void)(size))
#endif

static struct ukvm_config host;

void ukvm_host_start(const struct ukvm_config *config)
{
	host = *config;
}

static void crash(int fatal, const char *what, const char *file, int line)
{
	if (host.crash)
		host.crash(host.ctx, fatal, what, file, line);
	if (fatal) {
		fprintf(stderr, "ukvm: %s at %s:%d\n", what, file, line);
		abort();
	}
}

void ukvm_bug(const char *file, int line)
{
	crash(1, "BUG", file, line);
	abort();
}

void ukvm_warn(const char *file, int line)
{
	crash(0, "WARN", file, line);
}

void ukvm_die(const char *what)
{
	crash(1, what, "", 0);
	abort();
}

void ukvm_unimplemented(const char *symbol)
{
	char what[128];

	snprintf(what, sizeof(what), "KVM called %s(), which the ukvm shims do not have", symbol);
	ukvm_die(what);
}

static bool booted;

void ukvm_host_booted(void)
{
	booted = true;
}

void *ukvm_host_keep(void *object)
{
	if (object)
		__lsan_ignore_object(object);
	return object;
}

static void *alloc(unsigned long size, unsigned long align, int zero)
{
	void *object = NULL;

	if (align > 16) {
		if (posix_memalign(&object, align, size))
			return NULL;
		return zero ? memset(object, 0, size) : object;
	}
	return zero ? calloc(1, size ? size : 1) : malloc(size ? size : 1);
}

void *ukvm_host_alloc(unsigned long size, unsigned long align, int zero)
{
	void *object = alloc(size, align, zero);

	return booted ? object : ukvm_host_keep(object);
}

void ukvm_host_free(const void *object)
{
	free((void *)object);
}

int ukvm_host_vsnprintf(char *buf, unsigned long size, const char *fmt, va_list args)
{
	return vsnprintf(buf, size, fmt, args);
}

static struct { void *start; unsigned long size; } reserved;

/* One reservation a library; it ends when the library is unloaded. */
void *ukvm_host_reserve(unsigned long size)
{
	void *start = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		ukvm_die("no address space left (ulimit -v, vm.overcommit_memory=2?)");
	reserved.start = start;
	reserved.size = size;
	return start;
}

static __attribute__((destructor)) void release(void)
{
	if (reserved.start)
		munmap(reserved.start, reserved.size);
}

void ukvm_host_discard(void *start, unsigned long size)
{
	madvise(start, size, MADV_DONTNEED);
}

void ukvm_host_poison(void *start, unsigned long size, int refuse)
{
	if (refuse)
		ASAN_POISON_MEMORY_REGION(start, size);
	else
		ASAN_UNPOISON_MEMORY_REGION(start, size);
}

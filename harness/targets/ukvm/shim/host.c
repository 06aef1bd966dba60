// SPDX-License-Identifier: GPL-2.0-only
/* The libc side of the library; see host.h. */
#define _GNU_SOURCE
#include <link.h>
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

static void ukvm_crash(int fatal, const char *text, const char *function, const char *file, int line)
{
	struct ukvm_crash what = {
		.fatal = fatal, .text = text, .function = function, .file = file, .line = line,
	};

	if (host.crash)
		host.crash(host.ctx, &what);
	if (fatal) {
		fprintf(stderr, "ukvm: %s in %s() at %s:%d\n", text, function, file, line);
		abort();
	}
}

void ukvm_bug(const char *text, const char *function, const char *file, int line)
{
	ukvm_crash(1, text, function, file, line);
	abort();
}

static char warn_message[128];

void ukvm_warn_printk(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(warn_message, sizeof(warn_message), format, args);
	va_end(args);
	warn_message[strcspn(warn_message, "\n")] = 0;
}

void ukvm_warn(const char *text, const char *function, const char *file, int line)
{
	char said[sizeof(warn_message) + 8];

	snprintf(said, sizeof(said), "WARN%s%s", *warn_message ? ": " : "", warn_message);
	*warn_message = 0;
	ukvm_crash(0, *text ? text : said, function, file, line);
}

void ukvm_die(const char *what)
{
	ukvm_crash(1, what, "", "", 0);
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

int ukvm_host_images(void)
{
	return UKVM_IMAGES;
}

void *ukvm_host_alloc(unsigned long size, unsigned long align, int zero)
{
	void *object;

	if (UKVM_IMAGES)
		return ukvm_heap_alloc(size, align, zero);
	object = alloc(size, align, zero);
	return booted ? object : ukvm_host_keep(object);
}

void ukvm_host_free(const void *object)
{
	if (UKVM_IMAGES)
		ukvm_heap_free(object);
	else
		free((void *)object);
}

/*
 * The list of own blocks hangs on its first, which is there before any image is
 * taken: the variable here does not change any more, and what it leads to is
 * not part of images.
 */
struct own { struct own *next, *before; };
static struct own *first_own;

void *ukvm_host_own(unsigned long size)
{
	struct own *own = malloc(sizeof(*own) + size);

	if (!own)
		ukvm_die("out of memory");
	if (!first_own) {
		first_own = own;
		own->next = NULL;
		return own + 1;
	}
	own->before = first_own;
	own->next = first_own->next;
	if (own->next)
		own->next->before = own;
	first_own->next = own;
	return own + 1;
}

/* Never the first. */
void ukvm_host_disown(void *block)
{
	struct own *own = (struct own *)block - 1;

	if (!block)
		return;
	own->before->next = own->next;
	if (own->next)
		own->next->before = own->before;
	free(own);
}

static int variables_of(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct ukvm_extent *extent = arg;
	uintptr_t start = 0, end = 0, constant = 0;

	(void)size;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *phdr = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + phdr->p_vaddr, to = from + phdr->p_memsz;

		if (phdr->p_type == PT_LOAD && phdr->p_flags & PF_W) {
			start = from;
			end = to;
		} else if (phdr->p_type == PT_GNU_RELRO) {
			constant = to;
		}
	}
	if ((uintptr_t)&booted < start || (uintptr_t)&booted >= end)
		return 0;
	start = constant > start ? constant : start;
	*extent = (struct ukvm_extent){ (void *)start, end - start };
	return 1;
}

/* The writable segment that this very variable lies in, without what the linker made constant. */
struct ukvm_extent ukvm_host_variables(void)
{
	struct ukvm_extent extent = { 0 };

	dl_iterate_phdr(variables_of, &extent);
	if (!extent.size)
		ukvm_die("the library does not find its own variables");
	return extent;
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
	while (first_own) {
		struct own *own = first_own;

		first_own = own->next;
		free(own);
	}
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

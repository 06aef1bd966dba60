/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shims take from libc (host.c), in plain types that both worlds have. */
#ifndef UKVM_HOST_H
#define UKVM_HOST_H

/* Object memory, 16-byte aligned or more; from libc, so that ASan sees every object. */
void *ukvm_host_alloc(unsigned long size, unsigned long align, int zero);
void ukvm_host_free(const void *object);
/* Behind these: libc, or heap.c in a build without sanitizers. */
void *ukvm_heap_alloc(unsigned long size, unsigned long align, int zero);
void ukvm_heap_free(const void *object);
/* What is allocated before ukvm_host_booted(), or given to ukvm_host_keep(), lives as long as the host. */
void ukvm_host_booted(void);
void *ukvm_host_keep(void *object);
/* Address space whose pages appear, zeroed, when touched. Never fails: crashes. */
void *ukvm_host_reserve(unsigned long size);
/* Gives the pages back; they read as zeroes again. */
void ukvm_host_discard(void *start, unsigned long size);
/* Memory that is the shims' own and outlives VMs, at the latest until the library is unloaded. */
void *ukvm_host_own(unsigned long size);
void ukvm_host_disown(void *block);

struct ukvm_extent { void *start; unsigned long size; };
/* The library's own variables. */
struct ukvm_extent ukvm_host_variables(void);
/* Can VMs be put back by copying (image.c)? Not where a sanitizer or a profile keeps its own books. */
int ukvm_host_images(void);
/* Makes ASan refuse, or allow, accesses. */
void ukvm_host_poison(void *start, unsigned long size, int refuse);

/* Formats as libc does: without the kernel's %p extensions. */
int ukvm_host_vsnprintf(char *buf, unsigned long size, const char *fmt, __builtin_va_list args);

/* The findings: see struct ukvm_crash. ukvm_die() is for what KVM cannot be blamed for. */
void ukvm_bug(const char *text, const char *function, const char *file, int line) __attribute__((noreturn));
void ukvm_warn(const char *text, const char *function, const char *file, int line);
/* The message of the WARN that follows at once. */
void ukvm_warn_printk(const char *format, ...);
void ukvm_die(const char *what) __attribute__((noreturn));
void ukvm_unimplemented(const char *symbol) __attribute__((noreturn));

struct ukvm_config;
void ukvm_host_start(const struct ukvm_config *config);

#endif

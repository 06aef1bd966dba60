// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmalloc(), kmem_cache and vmalloc(): all of them libc's heap, so that ASan
 * knows each object's bounds and life. Zeroed only where the caller asks, as
 * in the kernel.
 *
 * The kernel renames these entry points every few releases (kmalloc_trace,
 * _noprof, ...); symbols.table maps the names of any release to these.
 */
#include <linux/slab.h>
#include <linux/version.h>

#include "host.h"

struct kmem_cache {
	unsigned int size, align;
	void (*ctor)(void *object);
};

void *ukvm_kmalloc(unsigned long size, gfp_t gfp)
{
	return ukvm_host_alloc(size, 0, gfp & __GFP_ZERO);
}

void *ukvm_kmalloc_cache(struct kmem_cache *cache, gfp_t gfp, unsigned long size)
{
	return ukvm_kmalloc(size, gfp);
}

void *ukvm_vmalloc(unsigned long size, gfp_t gfp)
{
	return ukvm_host_alloc(size, PAGE_SIZE, gfp & __GFP_ZERO);
}

void *ukvm_vzalloc(unsigned long size)
{
	return ukvm_host_alloc(size, PAGE_SIZE, 1);
}

void *ukvm_vcalloc(unsigned long n, unsigned long size)
{
	unsigned long bytes;

	if (check_mul_overflow(n, size, &bytes))
		return NULL;
	return ukvm_host_alloc(bytes, 0, 1);
}

/* With one CPU, per-CPU objects are plain ones. */
void *ukvm_alloc_percpu(unsigned long size, unsigned long align)
{
	return ukvm_host_alloc(size, align, 1);
}

void ukvm_kfree(const void *object)
{
	if (!ZERO_OR_NULL_PTR(object))
		ukvm_host_free(object);
}

static struct kmem_cache *cache_create(unsigned int size, unsigned int align, void (*ctor)(void *))
{
	struct kmem_cache *cache = ukvm_host_alloc(sizeof(*cache), 0, 1);

	*cache = (struct kmem_cache){ .size = size, .align = align, .ctor = ctor };
	return cache;
}

struct kmem_cache *ukvm_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *))
{
	return cache_create(size, align, ctor);
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
struct kmem_cache *ukvm_cache_create_usercopy(const char *name, unsigned int size,
					      unsigned int align, slab_flags_t flags,
					      unsigned int useroffset, unsigned int usersize,
					      void (*ctor)(void *))
{
	return cache_create(size, align, ctor);
}

#else	/* the details come in a struct */
struct kmem_cache *ukvm_cache_create_args(const char *name, unsigned int size,
					  struct kmem_cache_args *args, slab_flags_t flags)
{
	return cache_create(size, args ? args->align : 0, args ? args->ctor : NULL);
}
#endif

void ukvm_cache_destroy(struct kmem_cache *cache)
{
	ukvm_host_free(cache);
}

void *ukvm_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *object = ukvm_host_alloc(cache->size, cache->align, gfp & __GFP_ZERO);

	if (object && cache->ctor)
		cache->ctor(object);
	return object;
}

void *ukvm_cache_alloc_lru(struct kmem_cache *cache, struct list_lru *lru, gfp_t gfp)
{
	return ukvm_cache_alloc(cache, gfp);
}

void ukvm_cache_free(struct kmem_cache *cache, void *object)
{
	ukvm_host_free(object);
}

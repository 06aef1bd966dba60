// SPDX-License-Identifier: GPL-2.0-only
/* See load.h. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/targets/ukvm/load.h"

/* The library's name, as ukvm-build gives it: a tree's path with @ for /. */
static void library_name(const char *kernel, char *name, size_t size)
{
	char real[PATH_MAX];

	if (strchr(kernel, '/') && realpath(kernel, real))
		kernel = real;
	snprintf(name, size, "ukvm-%s.so", kernel);
	for (char *c = name; *c; c++) {
		if (*c == '/')
			*c = '@';
	}
}

/* $ZAPLOCK_UKVM_DIR, then ukvm/ beside the running program, then the build directory. */
bool ukvm_find(const char *kernel, char *path, size_t size)
{
	const char *env = getenv("ZAPLOCK_UKVM_DIR");
	char name[PATH_MAX], self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	library_name(kernel, name, sizeof(name));
	if (env) {
		snprintf(path, size, "%s/%s", env, name);
		return !access(path, R_OK);
	}
	if (length > 0) {
		self[length] = 0;
		slash = strrchr(self, '/');
		*slash = 0;
		if ((size_t)snprintf(path, size, "%s/ukvm/%s", self, name) < size &&
		    !access(path, R_OK))
			return true;
	}
	snprintf(path, size, "%s/%s", UKVM_BUILD_DIR, name);
	return !access(path, R_OK);
}

void ukvm_build_script(char *path, size_t size)
{
	snprintf(path, size, "%s/build/ukvm-build", UKVM_SOURCE_DIR);
}

void ukvm_build_command(const char *kernel, char *command, size_t size)
{
	snprintf(command, size, "%s/build/ukvm-build --out %s%s%s %s", UKVM_SOURCE_DIR,
		 UKVM_BUILD_DIR, *UKVM_SANITIZE ? " --sanitize " : "", UKVM_SANITIZE, kernel);
}

static int copy_to_memory(const char *path, char *error, size_t size)
{
	int from = open(path, O_RDONLY | O_CLOEXEC), to;
	struct stat st;
	off_t done = 0;

	if (from < 0 || fstat(from, &st)) {
		snprintf(error, size, "%s: %s", path, strerror(errno));
		if (from >= 0)
			close(from);
		return -1;
	}
	to = memfd_create("ukvm", MFD_CLOEXEC);
	while (to >= 0 && done < st.st_size) {
		if (sendfile(to, from, &done, st.st_size - done) <= 0) {
			close(to);
			to = -1;
		}
	}
	if (to < 0)
		snprintf(error, size, "%s: no memory for a copy: %s", path, strerror(errno));
	close(from);
	return to;
}

/*
 * The dynamic linker loads a file once, however often it is opened, so each
 * copy comes from a memory file of its own. It knows files by name first; the
 * descriptor stays open so that no other copy gets the same name.
 */
struct library {
	void *handle;
	int fd;			/* -1: loaded from its own path */
};

static const struct ukvm_api *api_of(struct library *library, const char *path, char *error,
				     size_t size)
{
	char fd_path[64];
	const struct ukvm_api *api;

	snprintf(fd_path, sizeof(fd_path), "/proc/%d/fd/%d", getpid(), library->fd);
	library->handle = dlopen(library->fd < 0 ? path : fd_path, RTLD_NOW | RTLD_LOCAL);
	if (!library->handle) {
		snprintf(error, size, "%s does not load: %s", path, dlerror());
		return NULL;
	}
	api = dlsym(library->handle, UKVM_ABI_SYMBOL);
	if (!api || api->version != UKVM_ABI_VERSION) {
		snprintf(error, size, "%s is of another zaplock; build it again with ukvm-build", path);
		return NULL;
	}
	return api;
}

const struct ukvm_api *ukvm_load(const char *path, void **handle, char *error, size_t size)
{
	struct library *library = calloc(1, sizeof(*library));
	const struct ukvm_api *api;

	if (!library) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	library->fd = -1;
	/* For gdb, which then finds the symbols; there can be one host only. */
	if (!getenv("ZAPLOCK_UKVM_ONE_COPY")) {
		library->fd = copy_to_memory(path, error, size);
		if (library->fd < 0) {
			free(library);
			return NULL;
		}
	}
	api = api_of(library, path, error, size);
	if (!api) {
		ukvm_unload(library);
		return NULL;
	}
	*handle = library;
	return api;
}

void ukvm_unload(void *handle)
{
	struct library *library = handle;

	if (library->handle)
		dlclose(library->handle);
	if (library->fd >= 0)
		close(library->fd);
	free(library);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a process, or the host, has of something: to see that nothing is left behind. */
#ifndef ZAPLOCK_TARGETS_KVM_TESTS_ENTRIES_H
#define ZAPLOCK_TARGETS_KVM_TESTS_ENTRIES_H

#include <dirent.h>

/* How many entries the directory at @path has; 0 if it cannot be read. */
static inline unsigned entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned nr = 0;

	while (dir && readdir(dir))
		nr++;
	if (dir)
		closedir(dir);
	return nr;
}

#endif

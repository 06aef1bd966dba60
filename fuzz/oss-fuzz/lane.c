// SPDX-License-Identifier: GPL-2.0-only
/*
 * What OSS-Fuzz cannot tell a fuzzer on a command line: a lane's target
 * (-DZAPLOCK_LANE), the errata beside it, and that a new key is a crash. Before
 * main(); what stands in the environment already is left alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void set_lane(void)
{
	const char *tmp = getenv("TMPDIR");
	char self[4096], path[4200];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	setenv("ZAPLOCK_TARGET", ZAPLOCK_LANE, 0);
	setenv("ZAPLOCK_STOP", "1", 0);
	snprintf(path, sizeof(path), "%s/zaplock-%d", tmp ? tmp : "/tmp", (int)getpid());
	setenv("ZAPLOCK_OUT", path, 0);
	if (n <= 0)
		return;
	self[n] = '\0';
	slash = strrchr(self, '/');
	*slash = '\0';
	snprintf(path, sizeof(path), "%s/errata", self);
	if (!access(path, R_OK))
		setenv("ZAPLOCK_ERRATA", path, 0);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The target `unicorn` of a build without Unicorn. */
#include <errno.h>
#include <stdio.h>

#include "harness/targets/unicorn/unicorn.h"

static struct target *absent_open(const char *arg, char *error, size_t size)
{
	snprintf(error, size, "this build has no Unicorn; apt-get install libunicorn-dev, then build again");
	errno = ENODEV;
	return NULL;
}

const struct target_ops unicorn_target_ops = {
	.name		= "unicorn",
	.summary	= "the guest's code on Unicorn's emulated CPU (not in this build: libunicorn-dev)",
	.usage		= "unicorn",
	.open		= absent_open,
};

// SPDX-License-Identifier: GPL-2.0-only
/* A build without libtracefs: the target `kvm` sees no SPTEs, and says why. */
#include <stdio.h>

#include "harness/targets/kvm/trace.h"

struct trace *trace_open(bool tdp_mmu, char *error, size_t size)
{
	snprintf(error, size, "this build has no libtracefs; apt-get install libtracefs-dev, then build again");
	return NULL;
}

void trace_close(struct trace *trace)
{
}

bool trace_read(struct trace *trace, struct trace_record **records, size_t *nr, char *why, size_t size)
{
	*nr = 0;
	return true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer on the trace reader (seeds: corpus/traces/): any text is audited or
 * refused with a sentence, and the audit judges no more than it has seen.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct audit_result result;
	struct audit_options options = { .advisories = true, .explain = true };
	char error[512] = "";
	FILE *in;

	if (!size)
		return 0;
	in = fmemopen((void *)data, size, "r");
	if (!in)
		return 0;
	if (audit_trace(in, "fuzz", &options, &result, error, sizeof(error))) {
		if (!error[0])
			abort();
	} else if (result.nr_findings > AUDIT_MAX_FINDINGS ||
		   result.fresh_judged + result.fresh_unknown > result.leaves + result.mmio_sptes) {
		abort();
	}
	fclose(in);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry to the trace reader and tracker. The first byte chooses
 * what is assumed, so that judging is reached without a header; the rest is the
 * trace.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const assume[] = {
		"host=kvm_intel", "ept=on", "vcpus=1", "dma=on", "start=running", "cpuid-mtrr=on",
		"quirk:cd-nw-cleared=on", "marks=on",
	};
	static struct audit_result result;
	static struct audit_record record;
	struct audit_options options = { .assume = assume, .advisories = true, .explain = true, .record = &record };
	char error[512];
	FILE *in;

	if (size < 2)
		return 0;
	options.nr_assume = (data[0] & 15) % (sizeof(assume) / sizeof(assume[0]) + 1);
	options.profile = data[0] >> 4 & 7;
	memset(&record, 0, sizeof(record));
	in = fmemopen((void *)(data + 1), size - 1, "r");
	if (!in)
		return 0;
	if (audit_trace(in, "fuzz", &options, &result, error, sizeof(error)) && !error[0])
		abort();
	fclose(in);
	return 0;
}

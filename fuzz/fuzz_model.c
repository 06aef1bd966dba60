// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stand-alone libFuzzer (and OSS-Fuzz, ClusterFuzzLite) entry: lockstep on
 * $ZAPLOCK_TARGET. With ZAPLOCK_STOP=1 a new key is a crash, as those expect.
 */
#include "fuzz/engine.h"

__attribute__((section("__libfuzzer_extra_counters"), aligned(64)))
static uint8_t counters[COVERAGE_SIZE];

static struct fuzz_core *core;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	core = fuzz_core_from_env(counters);
	fuzz_core_gen_options(core, &engine_gen_options);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_core_run(core, data, size);
	return 0;
}

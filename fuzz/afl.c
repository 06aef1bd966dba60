// SPDX-License-Identifier: GPL-2.0-only
/*
 * AFL++: persistent mode, test cases in shared memory. Build with
 * CC=afl-clang-fast and -DZAPLOCK_AFL=ON; run with the custom mutator
 * (AFL_CUSTOM_MUTATOR_LIBRARY=libzaplock-mutator.so, AFL_CUSTOM_MUTATOR_ONLY=1).
 *
 * State coverage stands in AFL's own map: the runtime hands out map entries to
 * every module that announces a table of guards before the fork server starts,
 * and we announce one guard a counter.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fuzz/fuzz_lockstep.h"

#ifndef __AFL_FUZZ_TESTCASE_LEN
#error "build this file with afl-clang-fast"
#endif

__AFL_FUZZ_INIT();

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

static uint32_t guards[COVERAGE_SIZE];
static uint8_t counters[COVERAGE_SIZE] __attribute__((aligned(8)));

__attribute__((constructor(10))) static void announce_guards(void)
{
	__sanitizer_cov_trace_pc_guard_init(guards, guards + COVERAGE_SIZE);
}

/* Counters are sparse: eight at a time, and only those that were touched are published and cleared. */
static void publish_counters(void)
{
	for (unsigned i = 0; i < COVERAGE_SIZE; i += 8) {
		uint64_t word;

		memcpy(&word, &counters[i], 8);
		if (!word)
			continue;
		for (unsigned j = i; j < i + 8; j++)
			if (counters[j])
				__sanitizer_cov_trace_pc_guard(&guards[j]);
		memset(&counters[i], 0, 8);
	}
}

int main(int argc, char **argv)
{
	struct fuzz_core *core;
	const uint8_t *data;

	/* What `zaplock campaign` asks before it starts one. */
	if (argc > 1 && !strcmp(argv[1], "--targets")) {
		printf("%zu", sizeof(struct fuzz_shared));
		for (unsigned i = 0; target_table[i]; i++)
			printf(" %s", target_table[i]->name);
		putchar('\n');
		return 0;
	}

	/* Crashes are what AFL++ collects. */
	setenv("ZAPLOCK_STOP", "1", 0);
	core = fuzz_core_from_env(counters);
	__AFL_INIT();
	/* Nobody else ends what a killed afl-fuzz leaves behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	data = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(100000)) {
		fuzz_core_run(core, data, __AFL_FUZZ_TESTCASE_LEN);
		publish_counters();
	}
	fuzz_core_close(core);
	return 0;
}

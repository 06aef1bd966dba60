// SPDX-License-Identifier: GPL-2.0-only
/* Opening ukvm without a kernel: each refusal says what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/targets/ukvm/ukvm.h"

const struct target_ops *const target_table[] = { &ukvm_target_ops, NULL };

static void test_refusals(void **state)
{
	static const struct { const char *spec, *says; } rows[] = {
		{ "ukvm", "say which kernel" },
		{ "ukvm:", "say which kernel" },
		{ "ukvm:,tdp_mmu=off", "say which kernel" },
		{ "ukvm:6.1,fast=on", "unknown option `fast=on`" },
		{ "ukvm:6.1,tdp_mmu=maybe", "unknown option `tdp_mmu=maybe`" },
		{ "ukvm:6.1,", "unknown option ``" },
		{ "ukvm:9.99", "ukvm-build" },
		{ "ukvm:/no/such/tree", "ukvm-build" },
	};
	char error[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(error, 0, sizeof(error));
		assert_null(target_open(rows[i].spec, error, sizeof(error)));
		if (!strstr(error, rows[i].says))
			fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].spec, error, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_refusals) };

	/* Not the build's own libraries, should there be some. */
	setenv("ZAPLOCK_UKVM_DIR", "/nonexistent", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

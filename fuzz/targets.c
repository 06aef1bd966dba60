// SPDX-License-Identifier: GPL-2.0-only
/* The targets of the stand-alone fuzzers and of this folder's tests. */
#include "harness/targets/model/model.h"
#ifdef WITH_UKVM
#include "harness/targets/ukvm/ukvm.h"
#endif

const struct target_ops *const target_table[] = {
	&model_target_ops,
#ifdef WITH_UKVM
	&ukvm_target_ops,
#endif
	NULL
};

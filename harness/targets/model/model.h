/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model target: an operational model of KVM's x86 MMU, written from the
 * kernels' sources and never from the oracle. `model:PROFILE[,defect=NAME]`.
 *
 * Tables here serve `zaplock profiles` and `zaplock defects`.
 */
#ifndef ZAPLOCK_TARGETS_MODEL_MODEL_H
#define ZAPLOCK_TARGETS_MODEL_MODEL_H

#include "harness/lockstep/target.h"

extern const struct target_ops model_target_ops;

/* One kernel's behaviour, as `model:NAME` runs it. */
struct model_policy_info {
	const char *name;		/* "linux-6.1" */
	enum profile profile;
	/* The source it was read from, or "not checked against a source: ...". */
	const char *provenance;
};

/* NULL-name terminated. */
extern const struct model_policy_info model_policy_table[];

/* An injectable defect: `,defect=NAME`; may be given several times. */
struct model_defect_info {
	const char *name;
	const char *origin;		/* the commit, mail or bug it is modelled on */
	const char *sentence;		/* what goes wrong */
};

/* NULL-name terminated. */
extern const struct model_defect_info model_defect_table[];

#endif

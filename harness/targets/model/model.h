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

/* How a defect can be seen. */
enum model_defect_kind {
	MODEL_DEFECT_PLAIN,
	MODEL_DEFECT_ADVISORY,		/* by an advisory alone: it does too much */
	MODEL_DEFECT_SCHEDULES,		/* under `together' with a schedule alone */
	MODEL_DEFECT_EQUIVALENT,	/* never: it changes nothing that a guest or its host could tell */
};

/* An injectable defect: `,defect=NAME`; may be given several times. */
struct model_defect_info {
	const char *name;
	const char *policy;		/* the kernel it is sought on: "linux-6.1" */
	enum model_defect_kind kind;
	unsigned shortest;		/* ops of the shortest program known to show it; 0: none yet */
	const char *origin;		/* the commit, mail or bug it is modelled on */
	const char *sentence;		/* what goes wrong */
};

/* NULL-name terminated. */
extern const struct model_defect_info model_defect_table[];

#endif

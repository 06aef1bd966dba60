/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generator of programs: machines, and fragments of one to ten ops that
 * firmware, kernels and VMMs issue together, aimed at a few hot addresses so
 * that MTRR ranges and leaves meet. One part in twenty respects nothing.
 */
#ifndef ZAPLOCK_FUZZ_GENERATOR_H
#define ZAPLOCK_FUZZ_GENERATOR_H

#include "fuzz/rng.h"
#include "harness/program/program.h"

#define GEN_MAX_OPS	64u	/* of a program of free length */
#define GEN_NR_HOT	8u

/* What the generated programs are for. */
struct gen_options {
	enum profile profile;	/* stands in the header */
	uint32_t vendors;	/* bits 1 << VENDOR_*; 0 = all */
	unsigned nr_ops;	/* exactly so many; 0 = 4 to GEN_MAX_OPS */
	const char *const *points;	/* at which the target can leave an op, NULL-terminated; NULL: no schedules */
};

/*
 * Replaces what stands from op @from on by @nr fresh ops; what stands before
 * it is left alone, and half of the hot addresses come from there.
 */
void generate_tail(struct program *program, unsigned from, unsigned nr, struct rng *rng);

/* A whole program; the same @rng state and @options give the same program. Every op is op_valid(). */
void generate_program(struct program *program, struct rng *rng, const struct gen_options *options);

/*
 * What a fragment is made with. @hot are the gpas that ops prefer; @cd and @smm
 * (vCPUs as bits) follow the program roughly, which is enough to
 * toggle rather than repeat.
 */
struct gen {
	struct rng *rng;
	const struct machine *machine;
	struct op *ops;
	unsigned nr, max;
	unsigned vcpu;
	uint32_t cd, smm;
	uint64_t pa_mask;	/* page-aligned bits below MAXPHYADDR */
	uint64_t hot[GEN_NR_HOT];
	struct op spill;	/* what is emitted beyond max */
};

/* Prepares @gen to write up to @max ops to @ops. */
void gen_begin(struct gen *gen, struct rng *rng, const struct machine *machine,
	       struct op *ops, unsigned max);
/* Takes half of the hot addresses, and where CR0.CD and SMM stand, from the @nr ops before. */
void gen_learn(struct gen *gen, const struct op *ops, unsigned nr);
/* A fragment of the default mix; adds at least one op while there is room. */
void gen_fragment(struct gen *gen);
/* What comes before the default mix: DMA, backings, a first MTRR setting. */
void gen_prologue(struct gen *gen);
/* One access through gpa, near a hot address. */
void gen_access(struct gen *gen);
/* One op that respects nothing but the format. */
void gen_raw(struct gen *gen);

/* Values, for the mutator's tweaks. */
uint64_t gen_gpa(struct gen *gen);
uint64_t gen_msr_value(struct gen *gen, uint32_t msr);
uint32_t gen_msr(struct gen *gen);

/* A machine of the default mix. */
void generate_machine(struct machine *machine, struct rng *rng, const struct gen_options *options);

#endif

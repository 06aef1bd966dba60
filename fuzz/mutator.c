// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutations that keep a program a program: ops move, double, change a field
 * or a vCPU, get wrapped in a CD toggle or in SMM. Blind edits of bytes rarely
 * keep two ops talking about the same page; these do.
 */
#include <string.h>

#include "fuzz/mutator.h"
#include "fuzz/schedules.h"

#define SCHEDULE_SHARE	8u	/* one mutation in so many is to a schedule */
#define MUTATE_MANY_OPS	40u	/* from here on every fourth mutation halves: long programs are slow */

struct mutation {
	struct program *p;
	struct rng *rng;
	const struct gen_options *options;
	struct gen gen;
};

/* Opens a gap of @nr ops at @at; false if there is no room. */
static bool open_gap(struct program *p, unsigned at, unsigned nr)
{
	if (p->nr_ops + nr > MUTATE_MAX_OPS)
		return false;
	memmove(&p->ops[at + nr], &p->ops[at], (p->nr_ops - at) * sizeof(p->ops[0]));
	p->nr_ops += nr;
	return true;
}

static void remove_ops(struct program *p, unsigned at, unsigned nr)
{
	memmove(&p->ops[at], &p->ops[at + nr], (p->nr_ops - at - nr) * sizeof(p->ops[0]));
	p->nr_ops -= nr;
}

static unsigned any_op(struct mutation *m)
{
	return rng_below(m->rng, m->p->nr_ops);
}

static unsigned any_place(struct mutation *m)
{
	return rng_below(m->rng, m->p->nr_ops + 1);
}

/* A run of up to eight ops. */
static unsigned any_run(struct mutation *m, unsigned *nr)
{
	unsigned at = any_op(m);
	unsigned left = m->p->nr_ops - at;

	*nr = 1 + rng_below(m->rng, left < 8 ? left : 8);
	return at;
}

static void tweak_op(struct mutation *m);

/* -- on ops ------------------------------------------------------------- */

static void insert_ops(struct mutation *m, const struct op *ops, unsigned nr)
{
	unsigned at = any_place(m);

	if (open_gap(m->p, at, nr))
		memcpy(&m->p->ops[at], ops, nr * sizeof(*ops));
}

static void insert_fragment(struct mutation *m)
{
	struct op ops[8];

	m->gen.ops = ops;
	m->gen.nr = 0;
	m->gen.max = 8;
	m->gen.vcpu = rng_below(m->rng, m->p->machine.nr_vcpus);
	gen_fragment(&m->gen);
	insert_ops(m, ops, m->gen.nr);
}

static void insert_access(struct mutation *m)
{
	struct op op;

	m->gen.ops = &op;
	m->gen.nr = 0;
	m->gen.max = 1;
	m->gen.vcpu = rng_below(m->rng, m->p->machine.nr_vcpus);
	gen_access(&m->gen);
	insert_ops(m, &op, 1);
}

static void insert_raw(struct mutation *m)
{
	struct op op;

	m->gen.ops = &op;
	m->gen.nr = 0;
	m->gen.max = 1;
	gen_raw(&m->gen);
	insert_ops(m, &op, 1);
}

static void delete_run(struct mutation *m)
{
	unsigned nr, at = any_run(m, &nr);

	remove_ops(m->p, at, nr);
}

/* Half of a long program: a mutation adds up to eight ops, so that taking eight is not enough. */
static void delete_half(struct mutation *m)
{
	unsigned nr = m->p->nr_ops / 2;

	remove_ops(m->p, rng_below(m->rng, m->p->nr_ops - nr + 1), nr);
}

static void delete_one(struct mutation *m)
{
	remove_ops(m->p, any_op(m), 1);
}

static void duplicate_run(struct mutation *m)
{
	struct op ops[8];
	unsigned nr, at = any_run(m, &nr);

	memcpy(ops, &m->p->ops[at], nr * sizeof(*ops));
	insert_ops(m, ops, nr);
}

static void duplicate_elsewhere(struct mutation *m)
{
	struct op ops[8];
	unsigned nr, at = any_run(m, &nr);
	unsigned shift = 1 + rng_below(m->rng, m->p->machine.nr_vcpus);

	memcpy(ops, &m->p->ops[at], nr * sizeof(*ops));
	for (unsigned i = 0; i < nr; i++)
		if (op_has_vcpu(&ops[i]))
			ops[i].vcpu = (ops[i].vcpu + shift) % m->p->machine.nr_vcpus;
	insert_ops(m, ops, nr);
}

static void swap_ops(struct mutation *m)
{
	struct op *a = &m->p->ops[any_op(m)], *b = &m->p->ops[any_op(m)];
	struct op tmp = *a;

	*a = *b;
	*b = tmp;
}

static void move_run(struct mutation *m)
{
	struct op ops[8];
	unsigned nr, at = any_run(m, &nr);

	memcpy(ops, &m->p->ops[at], nr * sizeof(*ops));
	remove_ops(m->p, at, nr);
	insert_ops(m, ops, nr);
}

static void replace_op(struct mutation *m)
{
	m->gen.ops = &m->p->ops[any_op(m)];
	m->gen.nr = 0;
	m->gen.max = 1;
	gen_fragment(&m->gen);
}

static void change_vcpu(struct mutation *m)
{
	struct op *op = &m->p->ops[any_op(m)];

	if (m->p->machine.nr_vcpus == 1)
		tweak_op(m);
	else
		op->vcpu = (op->vcpu + 1) % m->p->machine.nr_vcpus;
}

/* @before and @after around a run. */
static void wrap(struct mutation *m, struct op before, struct op after)
{
	unsigned nr, at = any_run(m, &nr);

	if (m->p->nr_ops + 2 > MUTATE_MAX_OPS)
		return;
	if (op_has_vcpu(&before))
		before.vcpu = after.vcpu = op_has_vcpu(&m->p->ops[at]) ? m->p->ops[at].vcpu : 0;
	open_gap(m->p, at + nr, 1);
	m->p->ops[at + nr] = after;
	open_gap(m->p, at, 1);
	m->p->ops[at] = before;
}

static void wrap_cd(struct mutation *m)
{
	wrap(m, (struct op){ .kind = OP_CR0, .flags = OP_DELTA, .v = { CR0_CD, 0 } },
	     (struct op){ .kind = OP_CR0, .flags = OP_DELTA, .v = { 0, CR0_CD } });
}

static void wrap_smm(struct mutation *m)
{
	wrap(m, (struct op){ .kind = OP_SMI }, (struct op){ .kind = OP_RSM });
}

static void wrap_dma(struct mutation *m)
{
	uint32_t on = rng_next(m->rng) & 1;

	wrap(m, (struct op){ .kind = OP_DMA, .arg = on }, (struct op){ .kind = OP_DMA, .arg = !on });
}

/* One group: ops of a run that belong to different vCPUs run together. */
static void group_run(struct mutation *m)
{
	unsigned nr, at = any_run(m, &nr);

	if (m->p->machine.nr_vcpus < 2 || nr < 2)
		return;
	for (unsigned i = 0; i < nr; i++) {
		struct op *op = &m->p->ops[at + i];

		op->flags &= ~(OP_TOGETHER | OP_ALONG);
		op->flags |= i ? OP_ALONG : OP_TOGETHER;
		if (op_has_vcpu(op) && i)
			op->vcpu = (op->vcpu + 1) % m->p->machine.nr_vcpus;
	}
}

/* -- on fields ---------------------------------------------------------- */

static uint64_t tweak_bits(struct mutation *m, uint64_t value)
{
	static const uint64_t steps[] = { 0x1000, 0x200000, 0x100000, 0x10000, 0x4000, 0x40000000, 1 };

	switch (rng_below(m->rng, 4)) {
	case 0:
		return value ^ 1ULL << rng_below(m->rng, 64);
	case 1:
		return value + RNG_PICK(m->rng, steps);
	case 2:
		return value - RNG_PICK(m->rng, steps);
	default:
		return value ^ (0xffULL << 8 * rng_below(m->rng, 8));
	}
}

static void tweak_msr(struct mutation *m, struct op *op)
{
	switch (rng_below(m->rng, 6)) {
	case 0:
		op->v[0] = tweak_bits(m, op->v[0]);
		break;
	case 1:		/* another type, same place */
		op->v[0] = (op->v[0] & ~7ULL) | (op->arg & 1 && op->arg < 0x210 ? 0 : rng_below(m->rng, 8));
		break;
	case 2:		/* V, or E */
		op->v[0] ^= 1ULL << 11;
		break;
	case 3:		/* the neighbour: base and mask, one pair and the next */
		op->arg ^= 1 + rng_below(m->rng, 3);
		break;
	case 4:
		op->arg = gen_msr(&m->gen);
		/* fall through */
	default:
		op->v[0] = gen_msr_value(&m->gen, op->arg);
	}
}

static void tweak_field(struct mutation *m, struct op *op)
{
	switch (op->kind) {
	case OP_WRMSR:
	case OP_SETMSR:
		tweak_msr(m, op);
		break;
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		if (rng_next(m->rng) & 1)
			op->kind = OP_READ + rng_below(m->rng, 3);
		else if (!(op->flags & OP_VA))
			op->v[0] = gen_gpa(&m->gen);
		break;
	case OP_DMA:
		op->arg ^= 1;
		break;
	case OP_CR0:
	case OP_CR4:
		if (op->flags & OP_DELTA && rng_next(m->rng) & 1) {	/* the way back */
			uint64_t set = op->v[0];

			op->v[0] = op->v[1];
			op->v[1] = set;
			break;
		}
		/* fall through */
	default:
		switch (rng_below(m->rng, 4)) {
		case 0:
			op->arg = rng_below(m->rng, 8);
			break;
		case 1:
			op->v[0] = gen_gpa(&m->gen);
			break;
		default:
			op->v[rng_below(m->rng, 4)] ^= 1ULL << rng_below(m->rng, 34);
		}
	}
}

/* What repair takes back is tried again on another field, or another op. */
static void tweak_op(struct mutation *m)
{
	for (unsigned tries = 0; tries < 4; tries++) {
		struct op *op = &m->p->ops[any_op(m)], before = *op;

		tweak_field(m, op);
		op_repair(op, &m->p->machine);
		if (memcmp(op, &before, sizeof(before)))
			break;
	}
}

static void tweak_machine(struct mutation *m)
{
	struct machine *machine = &m->p->machine;
	struct machine fresh;
	struct slot *slot = &machine->slots[rng_below(m->rng, 4)];

	generate_machine(&fresh, m->rng, m->options);
	switch (rng_below(m->rng, 8)) {
	case 0:
		machine->nr_vcpus = 1 + rng_below(m->rng, 3);
		break;
	case 1:
		machine->maxphyaddr = fresh.maxphyaddr;
		break;
	case 2:
		machine->cpuid_mtrr = !machine->cpuid_mtrr;
		break;
	case 3:
		machine->quirks_off ^= QUIRK_CD_NW_CLEARED;
		break;
	case 4:
		slot->flags = rng_below(m->rng, 4);
		break;
	case 5:
		slot->size = slot->size ? slot->size + (PAGE_SIZE << rng_below(m->rng, 10)) : 0;
		break;
	case 6:
		memcpy(machine->slots, fresh.slots, sizeof(fresh.slots));
		break;
	default:
		machine->start = fresh.start;
		machine->tdp = fresh.tdp;
		machine->selfsnoop = fresh.selfsnoop;
		machine->vendor = fresh.vendor;
	}
}

/* A mutation's share is its number of entries. */
static void (*const mutations[64])(struct mutation *) = {
	insert_fragment, insert_fragment, insert_fragment, insert_fragment,
	insert_fragment, insert_fragment, insert_fragment, insert_fragment,
	insert_fragment, insert_fragment, insert_access, insert_access,
	insert_access, insert_access, insert_raw, insert_raw,
	tweak_op, tweak_op, tweak_op, tweak_op, tweak_op, tweak_op, tweak_op, tweak_op,
	tweak_op, tweak_op, tweak_op, tweak_op, tweak_op, tweak_op, tweak_op, tweak_op,
	delete_one, delete_one, delete_one, delete_one, delete_run, delete_run, delete_run,
	duplicate_run, duplicate_run, duplicate_run, duplicate_elsewhere, duplicate_elsewhere,
	duplicate_elsewhere, swap_ops, swap_ops, swap_ops, move_run, move_run, move_run,
	replace_op, replace_op, replace_op, change_vcpu, change_vcpu,
	wrap_cd, wrap_cd, wrap_smm, wrap_dma, group_run, tweak_machine, tweak_machine, tweak_machine,
};

void mutate_program(struct program *program, struct rng *rng, const struct gen_options *options)
{
	struct mutation m = { .p = program, .rng = rng, .options = options };
	unsigned nr = 1 + (rng_next(rng) & 1) + !(rng_next(rng) & 7) * 2;

	program_strip(program);
	schedules_detach(program);
	if (program->nr_ops > MUTATE_MAX_OPS)
		program->nr_ops = MUTATE_MAX_OPS;
	gen_begin(&m.gen, rng, &program->machine, NULL, 0);
	gen_learn(&m.gen, program->ops, program->nr_ops);
	while (nr--) {
		if (program->nr_ops < 2)
			insert_fragment(&m);
		else if (program->nr_ops > MUTATE_MANY_OPS && !(rng_next(rng) & 3))
			delete_half(&m);
		else
			RNG_PICK(rng, mutations)(&m);
	}
	schedules_attach(program);
	if (options->points && !rng_below(rng, SCHEDULE_SHARE))
		schedule_mutate(program, options->points, rng);
	program_repair(program);
}

void extend_program(struct program *program, struct rng *rng)
{
	unsigned from, nr = 4 + rng_below(rng, GEN_MAX_OPS - 3);

	program_strip(program);
	from = 1 + rng_below(rng, program->nr_ops);
	if (from > program->nr_ops)
		from = program->nr_ops;
	if (from > MUTATE_MAX_OPS - 8)
		from = MUTATE_MAX_OPS - 8;
	schedules_detach(program);
	generate_tail(program, from, nr < MUTATE_MAX_OPS - from ? nr : MUTATE_MAX_OPS - from, rng);
	schedules_attach(program);
	program_repair(program);
}

void cross_programs(struct program *child, const struct program *a, const struct program *b,
		    struct rng *rng)
{
	unsigned cut_a = rng_below(rng, a->nr_ops + 1), cut_b = rng_below(rng, b->nr_ops + 1);
	unsigned nr = 0, i = 0, j = 0;

	program_init(child);
	child->machine = a->machine;
	if (rng_next(rng) & 1) {	/* head of the one, tail of the other */
		for (; i < cut_a && nr < MUTATE_MAX_OPS; i++)
			child->ops[nr++] = a->ops[i];
		for (j = cut_b; j < b->nr_ops && nr < MUTATE_MAX_OPS; j++)
			child->ops[nr++] = b->ops[j];
	} else {			/* interleaved */
		while ((i < a->nr_ops || j < b->nr_ops) && nr < MUTATE_MAX_OPS) {
			if (j >= b->nr_ops || (i < a->nr_ops && rng_next(rng) & 1))
				child->ops[nr++] = a->ops[i++];
			else
				child->ops[nr++] = b->ops[j++];
		}
	}
	child->nr_ops = nr;
	program_repair(child);
}

/* -- on bytes ----------------------------------------------------------- */

/* Too large to stand on a stack or to be allocated for each call. */
static struct program scratch[3];

static size_t encode_within(struct program *program, uint8_t *data, size_t max)
{
	size_t size = program_encode(program, data, max);

	while (size > max && program->nr_ops) {
		program->nr_ops -= 1 + program->nr_ops / 8;
		program_repair(program);
		size = program_encode(program, data, max);
	}
	return size <= max ? size : 0;
}

size_t mutate_bytes(uint8_t *data, size_t size, size_t max, uint64_t seed,
		    const struct gen_options *options)
{
	struct program *program = &scratch[0];
	struct rng rng;

	rng_seed(&rng, seed);
	program_decode(program, data, size);
	switch (size ? rng_below(&rng, 8) : 0) {
	case 0:
	case 1:
		generate_program(program, &rng, options);
		break;
	case 2: case 3: case 4: case 5:
		extend_program(program, &rng);
		break;
	default:
		mutate_program(program, &rng, options);
	}
	return encode_within(program, data, max);
}

size_t cross_bytes(const uint8_t *a, size_t size_a, const uint8_t *b, size_t size_b,
		   uint8_t *out, size_t max, uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed);
	program_decode(&scratch[0], a, size_a);
	program_decode(&scratch[1], b, size_b);
	program_strip(&scratch[0]);
	program_strip(&scratch[1]);
	cross_programs(&scratch[2], &scratch[0], &scratch[1], &rng);
	return encode_within(&scratch[2], out, max);
}

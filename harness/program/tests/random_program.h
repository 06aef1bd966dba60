/* SPDX-License-Identifier: GPL-2.0-only */
/* Random programs that use everything a program can hold, from random bytes and program_repair(). */
#ifndef ZAPLOCK_PROGRAM_TESTS_RANDOM_PROGRAM_H
#define ZAPLOCK_PROGRAM_TESTS_RANDOM_PROGRAM_H

#include <string.h>

#include "harness/program/internal.h"
#include "harness/program/tests/random.h"

static inline void random_bytes(void *buf, size_t size)
{
	uint8_t *bytes = buf;

	for (size_t i = 0; i < size; i++)
		bytes[i] = random_u64();
}

static inline void random_machine(struct machine *m)
{
	machine_default(m);
	m->profile = random_below(NR_PROFILES);
	m->vendor = random_below(2);
	m->start = random_below(NR_START_MODES);
	m->nr_vcpus = random_u64();
	m->maxphyaddr = random_u64();
	m->cpuid_mtrr = random_below(2);
	m->tdp = random_below(2);
	m->selfsnoop = random_below(2);
	m->quirks_off = random_u64();
	m->quirks_on = random_u64();
	for (unsigned i = random_below(MAX_SLOTS); i--;)
		m->slots[random_below(MAX_SLOTS)] = (struct slot){
			.gpa = random_u64(),
			.size = random_u64() >> random_below(64),
			.flags = random_u64(),
		};
	machine_repair(m);
}

static inline void random_op(struct op *op)
{
	random_bytes(op, sizeof(*op));
	for (unsigned i = 0; i < 4; i++)
		op->v[i] = random_below(3) ? op->v[i] >> random_below(64) << random_below(40) :
					     random_below(16);
	if (random_below(2))
		op->arg = known_msrs[random_below(NR_KNOWN_MSRS)].number;
	else if (random_below(2))
		op->arg >>= random_below(32);
}

static inline void random_tail(struct program *p)
{
	static const char *const notes[] = {
		"", "#", "# comment", "#\t\xc3\xa9", "# why: because ", "not a comment", "#\x01",
	};

	for (unsigned i = random_below(8); i--;) {
		struct sched_switch *s = &p->switches[p->nr_switches++];

		*s = (struct sched_switch){ random_below(p->nr_ops + 1), random_below(10), "" };
		random_bytes(s->point, random_below(3));
		strncat(s->point, random_below(4) ? "zap-begin" : "Zap", 10);
	}
	for (unsigned i = random_below(5); i--;) {
		struct expect *e = &p->expects[p->nr_expects++];

		memset(e, 0, sizeof(*e));
		strcpy(e->rule, random_below(9) ? expect_rules[random_below(NR_EXPECT_RULES)] : "?");
		e->step = random_below(2) ? random_below(40) : 0;
		e->has_gpa = random_below(2);
		e->gpa = random_u64();
		strcpy(e->target, random_below(2) ? "model:*" : random_below(2) ? "" : "a b");
		strcpy(e->profile, random_below(2) ? "linux-*" : "");
	}
	for (unsigned i = random_below(12); i--;) {
		const char *text = notes[random_below(7)];

		program_add_note(p, random_below(7), random_below(p->nr_ops + 25), text,
				 strlen(text));
	}
}

/* A valid program of up to @max_ops ops. */
static inline void random_program(struct program *p, unsigned max_ops)
{
	program_init(p);
	random_machine(&p->machine);
	p->nr_ops = random_below(max_ops + 1);
	for (unsigned i = 0; i < p->nr_ops; i++)
		random_op(&p->ops[i]);
	random_tail(p);
	program_repair(p);
}

#endif

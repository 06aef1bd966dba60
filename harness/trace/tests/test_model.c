// SPDX-License-Identifier: GPL-2.0-only
/*
 * The audit against the lockstep engine: random programs run on the model, with
 * and without injected defects; what the model did is written down as a trace,
 * and audited. Up to the first step at which lockstep finds something both must
 * find the same, key by key.
 *
 * The audit sees less (a trace has no snapshot and no oracle beside it), so this
 * is also the proof that it loses nothing that a trace tells.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/targets/model/model.h"
#include "harness/trace/tests/run.h"

const struct target_ops *const target_table[] = { &model_target_ops, NULL };

#define NR_STEPS 40

static uint64_t seed;

static unsigned pick(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % n;
}

#define PICK(array) ((array)[pick(sizeof(array) / sizeof((array)[0]))])

static void random_wrmsr(struct op *op)
{
	static const uint64_t def_types[] = { 0, 0x800, 0x806, 0x806, 0xc06, 0xc00, 0x804, 0x802 };
	static const uint64_t bases[] = {
		0x10000000, 0x10000006, 0x10100001, 0x10200004, 0x6, 0x10000106,
	};
	static const uint64_t masks[] = {
		0, 0xfffff00800, 0xfffff00800, 0xffffe00800, 0xffff000800, 0xfffff00000, 0xfffff00801,
	};
	static const uint64_t fixed[] = { 0, 0x0606060606060606, 0x0606060606060605, 0x02 };
	static const uint32_t fixed_msrs[] = { 0x250, 0x258, 0x268 };

	op->kind = OP_WRMSR;
	switch (pick(6)) {
	case 0:
	case 1:
		op->arg = MSR_MTRR_DEF_TYPE;
		op->v[0] = PICK(def_types);
		break;
	case 2:
		op->arg = MSR_MTRR_PHYSBASE(pick(2));
		op->v[0] = PICK(bases);
		break;
	case 3:
	case 4:
		op->arg = MSR_MTRR_PHYSMASK(pick(2));
		op->v[0] = PICK(masks);
		break;
	default:
		op->arg = PICK(fixed_msrs);
		op->v[0] = PICK(fixed);
		break;
	}
}

static void random_op(struct op *op, unsigned vcpus)
{
	static const uint64_t gpas[] = {
		0x10000000, 0x10001000, 0x100ff000, 0x10100000, 0x10200000, 0x103ff000, 0x1000,
		0x80000, 0xc0000,
	};

	*op = (struct op){ .vcpu = pick(vcpus) };
	switch (pick(10)) {
	case 0:
	case 1:
	case 2:
		random_wrmsr(op);
		break;
	case 3:
		op->kind = OP_CR0;
		op->v[0] = RUNNING_CR0 | (pick(2) ? CR0_CD : 0);
		break;
	case 4:
		op->kind = OP_DMA;
		op->vcpu = 0;
		op->arg = pick(3) != 0;
		break;
	default:
		op->kind = pick(2) ? OP_READ : OP_WRITE;
		op->v[0] = PICK(gpas);
		break;
	}
}

static void random_program(struct program *p, enum profile profile)
{
	program_init(p);
	p->machine.profile = profile;
	p->machine.nr_vcpus = pick(3) ? 1 : 2;
	p->machine.maxphyaddr = 40;
	p->machine.cpuid_mtrr = pick(8);
	p->machine.quirks_off = pick(3) ? 0 : QUIRK_CD_NW_CLEARED;
	p->machine.slots[0] = (struct slot){ .gpa = 0, .size = 0x200000 };
	p->machine.slots[1] = (struct slot){ .gpa = 0x10000000, .size = 0x400000 };
	p->ops[0] = (struct op){ .kind = OP_DMA, .arg = pick(4) != 0 };
	for (p->nr_ops = 1; p->nr_ops < NR_STEPS; p->nr_ops++)
		random_op(&p->ops[p->nr_ops], p->machine.nr_vcpus);
}

/* ---- the trace that a host would have recorded ---- */

static void print_sptes(const struct target *t, FILE *out, const char *prefix)
{
	for (size_t i = 0; i < t->nr_events; i++) {
		const struct event *ev = &t->events[i];

		if (ev->kind != EV_SPTE)
			continue;
		for (unsigned n = 0; n < event_nr_sptes(ev); n++) {
			uint64_t gfn = ev->gfn + n * level_pages(ev->level);

			fprintf(out, "%skvm_tdp_mmu_spte_changed: as id %u gfn %llx level %u old_spte %llx new_spte %llx\n",
				prefix, ev->as_id, (unsigned long long)gfn, ev->level,
				(unsigned long long)event_spte(ev, ev->old_spte, n),
				(unsigned long long)event_spte(ev, ev->new_spte, n));
		}
	}
}

/* @dma: the count, which KVM does not let below 0. */
static void print_step(struct target *t, const struct op *op, unsigned step, unsigned *dma,
		       FILE *out)
{
	static const char prefix[] = "vmm-7 [000] ..... 1.0: ";
	struct outcome outcome;

	t->nr_events = 0;
	assert_int_equal(t->ops->step(t, op, &outcome), TARGET_OK);
	fprintf(out, "%stracing_mark_write: @%u op\n", prefix, step);
	if (op->kind == OP_DMA && (op->arg || *dma)) {
		*dma += op->arg ? 1 : -1;
		fprintf(out, "%s%s: (x)\n", prefix, op->arg ? "ncreg" : "ncunreg");
	}
	if (op->kind != OP_DMA)
		fprintf(out, "%skvm_exit: vcpu %u reason EPT_VIOLATION rip 0x8000\n", prefix,
			op->vcpu);
	if (op->kind == OP_CR0)
		fprintf(out, "%skvm_cr: cr_write 0 = 0x%llx\n", prefix,
			(unsigned long long)op->v[0]);
	print_sptes(t, out, prefix);
	if (op->kind == OP_WRMSR)
		fprintf(out, "%skvm_msr: msr_write %x = 0x%llx%s\n", prefix, op->arg,
			(unsigned long long)op->v[0], outcome.kind == OUT_GP ? " (#GP)" : "");
}

static char *record(struct target *t, const struct program *p, enum profile profile, unsigned steps,
		    size_t *length)
{
	const struct machine *m = &p->machine;
	unsigned dma = 0;
	char *text;
	FILE *out = open_memstream(&text, length);

	assert_int_equal(t->ops->reset(t, m), TARGET_OK);
	fprintf(out, "# zaplock-trace host=kvm_intel ept=on tdp_mmu=on profile=%s vcpus=%u maxphyaddr=40 cpuid-mtrr=%s selfsnoop=%s dma=off start=running mmio=none quirk:cd-nw-cleared=%s quirk:ignore-guest-pat=on\n",
		profile_table[profile].name, m->nr_vcpus, m->cpuid_mtrr ? "on" : "off",
		m->selfsnoop ? "on" : "off",
		m->quirks_off & QUIRK_CD_NW_CLEARED ? "off" : "on");
	for (unsigned i = 0; i < steps; i++)
		print_step(t, &p->ops[i], i + 1, &dma, out);
	fprintf(out, "vmm-7 [000] ..... 1.0: tracing_mark_write: @%u end\n", steps + 1);
	fclose(out);
	return text;
}

/* ---- the comparison ---- */

/* The whole trace on stderr (cmocka cuts messages), so that `zaplock audit` can be tried on it. */
#define fail_with(text, ...) do {	\
	fputs(text, stderr);		\
	fail_msg(__VA_ARGS__);		\
} while (0)

static bool both_can_see(const struct finding *f)
{
	return f->rule == VR_FRESH_MEMTYPE || f->rule == VR_MISSED_ZAP ||
	       f->rule == VR_STALE_MEMTYPE || f->rule == VR_MIXED_HUGEPAGE ||
	       f->rule == VR_MSR_FAULT;
}

/* The first step at which lockstep finds something that a trace shows too; 0: none. */
static unsigned first_step(const struct result *result)
{
	unsigned first = 0;

	for (unsigned i = 0; i < result->nr_findings; i++)
		if (both_can_see(&result->findings[i]) &&
		    (!first || result->findings[i].step < first))
			first = result->findings[i].step;
	return first;
}

static void compare(const struct result *result, const struct audit_result *audit,
		    const char *text)
{
	unsigned same = 0, seen = 0;

	for (unsigned i = 0; i < result->nr_findings; i++) {
		const struct finding *f = &result->findings[i];
		const struct audit_finding *found;

		if (!both_can_see(f))
			continue;
		found = find_key(audit, f->key);
		if (!found || found->finding.leaves != f->leaves)
			fail_with(text, "lockstep: %s, %u leaves, step %u; audit: %u leaves", f->key,
				  f->leaves, f->step, found ? found->finding.leaves : 0);
		same++;
	}
	for (unsigned i = 0; i < audit->nr_findings; i++)
		seen += audit->findings[i].finding.rule < VR_FIRST_ADVISORY;
	if (seen != same)
		fail_with(text, "audit finds %u, lockstep %u; audit's first: %s", seen, same,
			  audit->findings[0].finding.key);
}

static unsigned run_one(struct lockstep *ls, struct target *ls_target, struct target *t)
{
	static struct program program;
	static struct result result;
	static struct audit_result audit;
	struct lockstep_options options = { 0 };
	unsigned steps;
	size_t length;
	char *text;

	random_program(&program, ls_target->profile);
	lockstep_run(ls, &program, &options, &result);
	steps = first_step(&result);
	if (steps) {
		options.last_step = steps;
		lockstep_run(ls, &program, &options, &result);
	}
	/* Lockstep judges a leaf no further once it differed where nothing is defined; the audit does. */
	if (result.undefined)
		return 0;
	text = record(t, &program, ls_target->profile, steps ? steps : NR_STEPS, &length);
	if (run_audit(&audit, text, length, NULL))
		fail_with(text, "%s", run_error);
	if (audit.fresh_unknown || audit.stale_unknown || audit.faults_unknown || audit.unreadable)
		fail_with(text, "something is unknown");
	compare(&result, &audit, text);
	free(text);
	return steps;
}

/* Returns how many of @runs programs show something. */
static unsigned run_spec(const char *spec, unsigned runs)
{
	char error[256];
	struct target *ls_target = target_open(spec, error, sizeof(error));
	struct target *t = target_open(spec, error, sizeof(error));
	struct lockstep *ls;
	unsigned found = 0;

	if (!ls_target || !t)
		fail_msg("%s: %s", spec, error);
	ls = lockstep_new(ls_target);
	for (unsigned i = 0; i < runs; i++)
		found += !!run_one(ls, ls_target, t);
	lockstep_free(ls);
	target_close(ls_target);
	target_close(t);
	return found;
}

static void seed_from_environment(void)
{
	const char *given = getenv("ZAPLOCK_SEED");

	seed = given ? strtoull(given, NULL, 0) : 161803;
	print_message("ZAPLOCK_SEED=%llu\n", (unsigned long long)seed);
}

static void test_profiles(void **state)
{
	char spec[64];

	seed_from_environment();
	for (const struct model_policy_info *p = model_policy_table; p->name; p++) {
		snprintf(spec, sizeof(spec), "model:%s", p->name);
		print_message("%-20s %3u of 200 programs show something\n", spec,
			      run_spec(spec, 200));
	}
}

static void test_defects(void **state)
{
	static const char *const profiles[] = { "linux-6.1", "linux-6.7", "linux-6.16" };
	unsigned runs = 0, found = 0;
	char spec[128];

	seed_from_environment();
	for (const struct model_defect_info *d = model_defect_table; d->name; d++)
		for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
			snprintf(spec, sizeof(spec), "model:%s,defect=%s", profiles[i], d->name);
			found += run_spec(spec, 30);
			runs += 30;
		}
	print_message("%u of %u programs show something\n", found, runs);
	assert_in_range(found, runs / 10, runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_defects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lockstep loop: one op at a time through oracle and target, what the
 * target shows taken in, and both compared (design 6). A together group is one
 * step; without a schedule its ops run in the order they are listed, with one
 * the target interleaves them (together.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/lockstep/engine.h"
#include "harness/lockstep/schedule.h"

/* In fuzzing every so many runs the tables are walked to check the events. */
#define CROSS_CHECK_EVERY 64

struct lockstep *lockstep_new(struct target *target)
{
	struct lockstep *ls = calloc(1, sizeof(*ls));

	if (!ls)
		return NULL;
	ls->target = target;
	if (leaf_table_init(&ls->leaves)) {
		free(ls);
		return NULL;
	}
	return ls;
}

void lockstep_free(struct lockstep *ls)
{
	if (!ls)
		return;
	leaf_table_free(&ls->leaves);
	together_free(ls->together);
	free(ls->snapshot);
	free(ls);
}

struct target *lockstep_target(const struct lockstep *ls)
{
	return ls->target;
}

struct oracle *lockstep_oracle(struct lockstep *ls)
{
	return &ls->oracle;
}

bool lockstep_leaf(const struct lockstep *ls, size_t i, struct leaf_seen *seen)
{
	const struct tracked_leaf *tracked;

	if (i >= ls->leaves.nr)
		return false;
	tracked = &ls->leaves.leaves[i];
	*seen = (struct leaf_seen){ tracked->leaf, view_mt(tracked->view), tracked->reported };
	return true;
}

static void watch(struct lockstep *ls)
{
	if (ls->options->watch)
		ls->options->watch(ls, ls->step, ls->options->watch_arg);
}

static void give_up(struct lockstep *ls, enum verdict verdict, const char *why)
{
	ls->result->verdict = verdict;
	snprintf(ls->result->why, sizeof(ls->result->why), "%s", why);
	ls->stop = true;
}

static void crash_finding(struct lockstep *ls, enum verdict_rule rule, enum rule_id rule_id,
			  const char *place, const char *message)
{
	struct finding_site site = {
		.rule = rule, .rule_id = rule_id,
		.severity = SEVERITY_TYPE, .change = ls->oracle_result.change, .place = place,
		.vcpu = ls->op && op_has_vcpu(ls->op) ? ls->op->vcpu : -1, .from = "died", .to = "lives",
	};
	struct finding *f = finding_add(ls, &site);

	if (f)
		snprintf(f->message, sizeof(f->message), "%s", message);
}

static bool died_somewhere(const struct target *t)
{
	for (unsigned i = 0; i < t->nr_warnings; i++) {
		if (t->warnings[i].fatal)
			return true;
	}
	return false;
}

/* What the code under test says of itself, be it alive or not. */
static void report_warnings(struct lockstep *ls)
{
	for (unsigned i = 0; i < ls->target->nr_warnings; i++) {
		const struct target_warning *w = &ls->target->warnings[i];
		char at[100] = "", message[sizeof(ls->result->findings[0].message)];

		if (w->file[0])
			snprintf(at, sizeof(at), " at %s:%u", w->file, w->line);
		snprintf(message, sizeof(message), "%s in %s()%s%s%s", w->text, w->function, at,
			 w->stack[0] ? ", called by " : "", w->stack);
		crash_finding(ls, VR_CRASH, w->fatal ? RULE_CRASH : RULE_CRASH_WARN, w->function,
			      message);
	}
}

/* What of a target's failure is a finding, and what ends the run without one. */
void lockstep_target_failed(struct lockstep *ls, enum target_status status)
{
	switch (status) {
	case TARGET_SKIPPED:
		return give_up(ls, VERDICT_SKIPPED, ls->target->why);
	case TARGET_CRASH:
		/* Unless it said where it died. */
		if (!died_somewhere(ls->target))
			crash_finding(ls, VR_CRASH, RULE_CRASH, NULL, ls->target->why);
		ls->stop = true;
		return;
	case TARGET_HANG:
		crash_finding(ls, VR_HANG, RULE_HANG, NULL, ls->target->why);
		ls->stop = true;
		return;
	default:
		return give_up(ls, VERDICT_INFRA, ls->target->why);
	}
}

/* The profile to judge by: the user's word, the target's facts, the program's intent. */
static enum profile choose_profile(const struct lockstep *ls)
{
	if (ls->options->profile != PROFILE_NONE)
		return ls->options->profile;
	if (ls->target->profile != PROFILE_NONE)
		return ls->target->profile;
	return ls->program->machine.profile;
}

static uint32_t needed_caps(const struct machine *machine)
{
	uint32_t caps = CAP_FAULTS | CAP_MSR_VALUES | CAP_CR_VALUES | CAP_SPTES | CAP_ZAP_EVENTS |
			CAP_TLB | CAP_GUEST_TLB;

	if (machine->vendor == VENDOR_INTEL && machine->tdp)
		caps |= CAP_MEMTYPES;
	if (machine->nr_vcpus > 1)
		caps |= CAP_VCPUS;
	return caps;
}

/* Can the target follow the program's sched=? */
static bool schedules_known(struct lockstep *ls)
{
	const struct program *program = ls->program;
	char why[128];

	if (!(ls->caps & CAP_SCHEDULES)) {
		give_up(ls, VERDICT_SKIPPED, "the program has sched=, and the target no schedules");
		return false;
	}
	for (unsigned i = 0; i < program->nr_switches; i++) {
		if (schedule_point(ls->target, program->switches[i].point) >= 0)
			continue;
		snprintf(why, sizeof(why), "sched= names the point `%s`, which the target does not have",
			 program->switches[i].point);
		give_up(ls, VERDICT_SKIPPED, why);
		return false;
	}
	return true;
}

static bool begin(struct lockstep *ls)
{
	struct result *result = ls->result;
	const struct program *program = ls->program;
	enum target_status status;

	ls->memo.ordinal = 0;
	ls->stop = ls->any_reported = ls->in_group = false;
	ls->op = NULL;
	ls->ordinal = ls->step = 0;
	ls->last_change = CHANGE_NONE;
	ls->counted = ls->counted_before = 0;
	ls->caps = ls->target->caps;
	leaf_table_reset(&ls->leaves);
	memset(ls->wrong_regs, 0, sizeof(ls->wrong_regs));
	for (unsigned v = 0; v < program->machine.nr_vcpus; v++)
		tlb_reset(&ls->tlb[v]);
	memset(result, 0, offsetof(struct result, findings));
	_Static_assert(sizeof(result->target) == sizeof(ls->target->name), "one kind of name");
	memcpy(result->target, ls->target->name, sizeof(result->target));
	result->profile = choose_profile(ls);
	ls->machine = program->machine;
	if (ls->target->ops->adapt)
		ls->target->ops->adapt(ls->target, &ls->machine);
	result->caps = ls->caps;
	result->other_paging = ls->machine.tdp != program->machine.tdp ||
			       (ls->machine.tdp && ls->machine.vendor != program->machine.vendor);
	result->unseen = needed_caps(&ls->machine) & ~ls->caps;
	if (result->profile == PROFILE_NONE) {
		give_up(ls, VERDICT_SKIPPED,
			"no profile to judge by: neither target nor program names one; say --profile");
		return false;
	}
	if (program->nr_switches && !schedules_known(ls))
		return false;
	if (program->machine.nr_vcpus > 1 && !(ls->caps & CAP_VCPUS)) {
		give_up(ls, VERDICT_SKIPPED, "the program has several vCPUs, the target one");
		return false;
	}
	ls->oracle_result = (struct oracle_result){ 0 };
	/* NPT and shadow leaves must be WB through PAT entry 0: their memtype is judged too. */
	oracle_reset(&ls->oracle, &ls->machine, result->profile);
	ls->target->nr_events = ls->target->nr_warnings = 0;
	ls->target->want_stacks = ls->options->explain;
	status = ls->target->ops->reset(ls->target, &ls->machine);
	report_warnings(ls);
	if (status != TARGET_OK) {
		lockstep_target_failed(ls, status);
		return false;
	}
	ls->layout = ls->target->layout;
	return true;
}

/* Ops after which registers are read back; what the outcome showed wrong already is not said twice. */
static void judge_regs_after(struct lockstep *ls, const struct op *op)
{
	switch (op->kind) {
	case OP_INIT:
		return judge_regs(ls, op->vcpu, VR_RESET_VALUE);
	case OP_WRMSR: case OP_SETMSR: case OP_CR0: case OP_CR3: case OP_CR4: case OP_SIPI:
	case OP_SMI: case OP_RSM: case OP_SREGS:
		return judge_regs(ls, op->vcpu, VR_CR_VALUE);
	}
}

static void run_op(struct lockstep *ls, const struct op *op)
{
	struct outcome out = { .kind = OUT_ANY };
	unsigned class_before = 0, vcpu = op_has_vcpu(op) ? op->vcpu : 0;
	struct oracle_result *r = &ls->oracle_result;
	enum target_status status;
	unsigned nr_findings = ls->result->nr_findings;

	ls->op = op;
	ls->ordinal++;
	ls->nr_touched = ls->nr_removed_huge = 0;
	ls->counted_before = ls->counted;
	if (ls->options->coverage.counters)
		class_before = oracle_state_class(&ls->oracle, vcpu);
	oracle_step(&ls->oracle, op, r);
	ls->counted = oracle_counted(&ls->oracle);
	ls->target->nr_events = ls->target->nr_warnings = 0;
	ls->target->note[0] = '\0';
	/* A target that refuses nothing is not asked for what must be refused. */
	if (!(ls->caps & CAP_FAULTS) && r->outcome.kind != OUT_OK && r->outcome.kind != OUT_ANY &&
	    r->outcome.kind != OUT_MMIO) {
		ls->result->ops_run++;
		return;
	}
	status = ls->target->ops->step(ls->target, op, &out);
	ls->result->ops_run++;
	report_warnings(ls);
	if (status != TARGET_OK)
		return lockstep_target_failed(ls, status);
	if (r->guest_flush != GUEST_FLUSH_NONE) {
		ls->tlb[vcpu].demand_step = ls->ordinal;
		ls->tlb[vcpu].demand_change = r->change;
	}
	judge_outcome(ls, &out);
	ls->result->ops_accepted += out.kind == OUT_OK;
	if (r->lost && !ls->stop) {
		ls->stop = true;
		snprintf(ls->result->why, sizeof(ls->result->why),
			 "no rule says which state step %u leaves: what follows is not judged",
			 ls->step);
	}
	if (ls->stop)
		return;
	if (nr_findings == ls->result->nr_findings)
		judge_regs_after(ls, op);
	if (ls->caps & CAP_SPTE_EVENTS)
		observe_events(ls);
	else if (ls->caps & CAP_SPTES)
		observe_snapshot(ls);
	if (r->guest_flush != GUEST_FLUSH_NONE)
		tlb_owe(&ls->tlb[vcpu], r, ls->ordinal);
	judge_leaves(ls);
	if (ls->options->coverage.counters)
		coverage_op(ls, class_before, oracle_state_class(&ls->oracle, vcpu), &out);
}

/* Does the target interleave the ops [i, i + *nr)? Listed order needs no scheduler. */
static bool interleaved(const struct lockstep *ls, unsigned i, unsigned *nr)
{
	const struct program *program = ls->program;

	if (!(program->ops[i].flags & OP_TOGETHER) || !(ls->caps & CAP_SCHEDULES) ||
	    !(ls->options->scheduler || schedule_of_group(program, i)))
		return false;
	while (i + *nr < program->nr_ops && (program->ops[i + *nr].flags & OP_ALONG))
		++*nr;
	return true;
}

static void finish(struct lockstep *ls)
{
	struct result *result = ls->result;
	const struct rule_set *hit;
	bool found = false;

	if (result->verdict == VERDICT_SKIPPED || result->verdict == VERDICT_INFRA)
		return;
	if (!ls->stop && (ls->caps & CAP_SPTE_EVENTS) && (ls->caps & CAP_SPTES) &&
	    (ls->options->explain || ls->runs % CROSS_CHECK_EVERY == 0))
		observe_cross_check(ls);
	hit = oracle_rules_hit(&ls->oracle);
	for (size_t i = 0; i < sizeof(hit->word) / sizeof(hit->word[0]); i++)
		result->rules_hit.word[i] |= hit->word[i];
	result->leaves_at_end = ls->leaves.nr;
	if (result->verdict == VERDICT_INFRA)
		return;
	for (unsigned i = 0; i < result->nr_findings; i++)
		found |= result->findings[i].rule < VR_FIRST_ADVISORY;
	if (result->other_paging && !result->why[0])
		snprintf(result->why, sizeof(result->why), "judged by the rules of %s, which the target's host has",
			 !ls->machine.tdp ? "shadow paging" : ls->machine.vendor == VENDOR_AMD ? "NPT" : "EPT");
	if (found) {
		result->verdict = VERDICT_FINDING;
	} else if (result->undefined) {
		result->verdict = VERDICT_UNDEFINED;
		snprintf(result->why, sizeof(result->why),
			 "target and rules differ only where the architecture is undefined (A.3)");
	}
}

void lockstep_run(struct lockstep *ls, const struct program *program,
		  const struct lockstep_options *options, struct result *result)
{
	struct timespec start = { 0 }, end;

	ls->program = program;
	ls->options = options;
	ls->result = result;
	ls->runs++;
	if (options->explain)
		clock_gettime(CLOCK_MONOTONIC, &start);
	if (begin(ls)) {
		for (unsigned v = 0; v < program->machine.nr_vcpus; v++)
			judge_regs(ls, v, VR_RESET_VALUE);
		for (unsigned i = 0, nr; i < program->nr_ops && !ls->stop; i += nr) {
			bool along = program->ops[i].flags & OP_ALONG;

			if (!along && options->last_step && ls->step == options->last_step)
				break;
			if (!along)
				watch(ls);
			ls->step += !along;
			nr = 1;
			if (unlikely(interleaved(ls, i, &nr)))
				together_run(ls, i, nr);
			else
				run_op(ls, &program->ops[i]);
			result->steps_run = ls->step;
		}
		watch(ls);
	}
	finish(ls);
	if (options->explain) {
		clock_gettime(CLOCK_MONOTONIC, &end);
		result->seconds = end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9;
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The comparison of two targets, op by op; see diff.h.
 *
 * The oracle runs along only to name what an op changed (its change class);
 * it judges nothing here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/lockstep/diff_state.h"

const char *const diff_what_names[NR_DIFF_WHATS] = {
	[DIFF_CRASH] = "crash", [DIFF_OUTCOME] = "outcome", [DIFF_VALUE] = "value",
	[DIFF_REGISTER] = "register", [DIFF_LEAF_MISSING] = "leaf-missing",
	[DIFF_LEAF_EXTRA] = "leaf-extra", [DIFF_LEVEL] = "level", [DIFF_MEMTYPE] = "memtype",
	[DIFF_WRITABLE] = "writable",
};

struct diff *diff_new(struct target *a, struct target *b)
{
	struct diff *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->side[0].target = a;
	d->side[1].target = b;
	d->caps = a->caps & b->caps;
	return d;
}

struct diff *diff_new_profiles(enum profile a, enum profile b)
{
	struct diff *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->profiles = true;
	d->side[0].profile = a;
	d->side[1].profile = b;
	return d;
}

void diff_free(struct diff *d)
{
	if (!d)
		return;
	for (unsigned s = 0; s < 2; s++) {
		free(d->side[s].leaves);
		free(d->side[s].present.faces);
		free(d->side[s].before.faces);
	}
	free(d);
}

void diff_set_ignore(struct diff *d, diff_ignore ignore, void *arg)
{
	d->ignore = ignore;
	d->ignore_arg = arg;
}

uint32_t diff_unseen(const struct diff *d)
{
	return d->profiles ? 0 : d->side[0].target->caps ^ d->side[1].target->caps;
}

void diff_end(struct diff *d, enum diff_verdict verdict, const char *why)
{
	if (d->result->nr == 0)
		d->result->verdict = verdict;
	snprintf(d->result->why, sizeof(d->result->why), "%s", why);
	d->stop = true;
}

/* --- Naming ------------------------------------------------------------------- */

/*
 * What the op did, without what differs between two programs for the same
 * cause. Outcomes are of an op, other differences of the change that it made.
 */
static void cause_text(const struct diff *d, enum diff_what what, char *buf, size_t size)
{
	const struct op *op = d->op;
	char name[64];

	if (!op) {
		snprintf(buf, size, "start");
		return;
	}
	if (what > DIFF_VALUE && d->change != CHANGE_NONE) {
		snprintf(buf, size, "%s", change_class_name(d->change));
		return;
	}
	snprintf(buf, size, "%s", op_kind_name(op->kind));
	if (op->kind != OP_WRMSR && op->kind != OP_RDMSR && op->kind != OP_SETMSR)
		return;
	/* "MTRRphysBase3": the kind of register, not its number. */
	if (!msr_name(op->arg, name, sizeof(name)))
		strcpy(name, "other");
	name[strcspn(name, "0123456789")] = '\0';
	snprintf(buf + strlen(buf), size - strlen(buf), ":%s", *name ? name : "other");
}

struct difference *differ(struct diff *d, enum diff_what what, const char *detail, bool is_leaf)
{
	struct diff_result *result = d->result;
	struct difference *new;
	char key[KEY_MAX], cause[64];

	cause_text(d, what, cause, sizeof(cause));
	snprintf(key, sizeof(key), "%s/%s/%.24s", diff_what_names[what], cause, detail);
	if (d->ignore && d->ignore(key, d->ignore_arg))
		return NULL;
	d->stop = true;
	result->verdict = DIFF_DIFFERS;
	for (unsigned i = 0; i < result->nr; i++) {
		if (!strcmp(result->differences[i].key, key)) {
			result->differences[i].leaves += is_leaf;
			return NULL;
		}
	}
	if (result->nr == MAX_DIFFERENCES)
		return NULL;
	new = &result->differences[result->nr++];
	*new = (struct difference){ .what = what, .step = d->step, .vcpu = -1, .leaves = is_leaf,
				    .op = d->op ? d->op - d->program->ops : 0 };
	strcpy(new->key, key);
	return new;
}

void differ_say(struct difference *new, unsigned s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(new->side[s], sizeof(new->side[s]), format, ap);
	va_end(ap);
}

const char *mt_pair_key(struct mt a, struct mt b, char buf[MT_PAIR_MAX])
{
	char text[2][MT_TEXT_MAX];

	snprintf(buf, MT_PAIR_MAX, "%s>%s", mt_text(a, text[0]), mt_text(b, text[1]));
	for (char *p = buf; *p; p++)
		if (*p >= 'A' && *p <= 'Z' )
			*p |= 0x20;
	return buf;
}

/* --- Outcomes, values and registers ---------------------------------------------- */

/* "gp", "errno22" */
static void outcome_text(const struct outcome *out, char *buf, size_t size)
{
	static const char *const names[] = {
		[OUT_OK] = "ok", [OUT_GP] = "gp", [OUT_UD] = "ud", [OUT_PF] = "pf",
		[OUT_MMIO] = "mmio", [OUT_ERRNO] = "errno", [OUT_BLOCKED] = "blocked",
		[OUT_ANY] = "any",
	};

	if (out->kind == OUT_ERRNO && out->has_value)
		snprintf(buf, size, "errno%u", (unsigned)out->value);
	else
		snprintf(buf, size, "%s", names[out->kind]);
}

void compare_outcomes(struct diff *d)
{
	const struct outcome *a = &d->side[0].out, *b = &d->side[1].out;
	char text[2][16], detail[40];
	struct difference *new;

	if (a->kind == OUT_ANY || b->kind == OUT_ANY)
		return;
	outcome_text(a, text[0], sizeof(text[0]));
	outcome_text(b, text[1], sizeof(text[1]));
	if (strcmp(text[0], text[1]) && (d->profiles || d->caps & CAP_FAULTS)) {
		snprintf(detail, sizeof(detail), "%s>%s", text[0], text[1]);
		new = differ(d, DIFF_OUTCOME, detail, false);
		for (unsigned s = 0; new && s < 2; s++)
			differ_say(new, s, "%s", text[s]);
	} else if (a->kind == OUT_OK && b->kind == OUT_OK && a->has_value && b->has_value &&
		   a->value != b->value &&
		   (d->profiles || d->caps & (d->op->kind == OP_RDMSR ? CAP_MSR_VALUES : CAP_CR_VALUES))) {
		new = differ(d, DIFF_VALUE, "differs", false);
		for (unsigned s = 0; new && s < 2; s++)
			differ_say(new, s, "0x%llx", (unsigned long long)d->side[s].out.value);
	}
}

static void compare_register(struct diff *d, unsigned vcpu, const char *name, const uint64_t now[2],
			     const uint64_t before[2])
{
	struct difference *new;

	if (now[0] == now[1] || (d->op && now[0] == before[0] && now[1] == before[1]))
		return;
	new = differ(d, DIFF_REGISTER, name, false);
	if (!new)
		return;
	new->vcpu = vcpu;
	for (unsigned s = 0; s < 2; s++)
		differ_say(new, s, "vcpu%u's %s is 0x%llx", vcpu, name, (unsigned long long)now[s]);
}

static void compare_registers(struct diff *d, unsigned vcpu)
{
	struct target_regs before[2], now[2];

	if (!(d->caps & CAP_REGS))
		return;
	for (unsigned s = 0; s < 2; s++) {
		struct side *side = &d->side[s];

		before[s] = side->regs[vcpu];
		now[s] = side->regs[vcpu] = side->target->ops->regs(side->target, vcpu);
	}
#define COMPARE(field) \
	compare_register(d, vcpu, #field, (uint64_t[2]){ now[0].field, now[1].field }, \
			 (uint64_t[2]){ before[0].field, before[1].field })
	COMPARE(cr0);
	COMPARE(cr3);
	COMPARE(cr4);
	COMPARE(efer);
	COMPARE(pat);
	COMPARE(def_type);
#undef COMPARE
}

/* --- Two targets ------------------------------------------------------------------ */

static const char *status_text(const struct side *side)
{
	if (side->status == TARGET_OK)
		return side->target->nr_warnings ? "warns" : "lives";
	return side->status == TARGET_CRASH ? "crash" : "hang";
}

/* What a side says of itself. */
static void say_status(struct difference *new, unsigned s, const struct side *side)
{
	const struct target_warning *w = &side->target->warnings[0];

	if (side->target->nr_warnings)
		differ_say(new, s, "%s: %s in %s()", status_text(side), w->text, w->function);
	else if (side->status != TARGET_OK)
		differ_say(new, s, "%s: %s", status_text(side), side->target->why);
	else
		differ_say(new, s, "lives");
}

/* True if both sides live on. */
static bool compare_status(struct diff *d)
{
	char detail[24];
	struct difference *new;

	for (unsigned s = 0; s < 2; s++) {
		const struct side *side = &d->side[s];

		if (side->status == TARGET_INFRA) {
			diff_end(d, DIFF_INFRA, side->target->why);
			return false;
		}
		if (side->status == TARGET_SKIPPED) {
			diff_end(d, d->op ? DIFF_CUT : DIFF_SKIPPED, side->target->why);
			return false;
		}
	}
	if (strcmp(status_text(&d->side[0]), status_text(&d->side[1]))) {
		snprintf(detail, sizeof(detail), "%s>%s", status_text(&d->side[0]),
			 status_text(&d->side[1]));
		new = differ(d, DIFF_CRASH, detail, false);
		for (unsigned s = 0; new && s < 2; s++)
			say_status(new, s, &d->side[s]);
	}
	if (d->side[0].status == TARGET_OK && d->side[1].status == TARGET_OK)
		return true;
	/* What died can tell no outcome, and that ends the run, unless it is to be ignored. */
	if (d->side[0].status != d->side[1].status)
		return !d->stop;
	diff_end(d, DIFF_CUT, "a target did not survive");
	return false;
}

static void compare_after(struct diff *d)
{
	if (!compare_status(d))
		return;
	if (d->op)
		compare_outcomes(d);
	compare_leaves(d);
	for (unsigned v = 0; v < d->program->machine.nr_vcpus; v++)
		if (!d->op || (op_has_vcpu(d->op) && d->op->vcpu == v))
			compare_registers(d, v);
	if (d->op && !d->stop && (d->side[0].out.kind == OUT_ANY || d->side[1].out.kind == OUT_ANY))
		diff_end(d, DIFF_CUT, "a target cannot tell what came of an op");
}

static void reset_targets(struct diff *d)
{
	for (unsigned s = 0; s < 2; s++) {
		struct side *side = &d->side[s];

		side->target->nr_events = side->target->nr_warnings = 0;
		side->present.nr = side->before.nr = 0;
		side->status = side->target->ops->reset(side->target, &d->program->machine);
	}
	if (!d->program->nr_switches)
		return compare_after(d);
	diff_end(d, DIFF_SKIPPED, "the program has sched=, and schedules are not compared");
}

/*
 * An op that one target cannot run, neither runs: the one that skips ops goes
 * first, so that the other has not run it yet. False: it went second, and the
 * program must begin anew.
 */
static bool step_targets(struct diff *d, bool *left_out)
{
	*left_out = false;
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &d->side[d->first ^ i];

		side->out = (struct outcome){ .kind = OUT_ANY };
		side->target->nr_events = side->target->nr_warnings = 0;
		side->status = side->target->ops->step(side->target, d->op, &side->out);
		if (side->status != TARGET_SKIPPED)
			continue;
		if (i)
			return false;
		*left_out = true;
		return true;
	}
	return true;
}

/* False: an op was skipped too late; see step_targets(). */
static bool try_targets(struct diff *d)
{
	const struct program *program = d->program;
	enum profile profile = PROFILE_LINUX_6_1;
	bool left_out;

	for (unsigned s = 0; s < 2; s++)
		if (d->side[s].target->profile != PROFILE_NONE)
			profile = d->side[s].target->profile;
	oracle_reset(&d->side[0].oracle, &program->machine, profile);
	reset_targets(d);
	for (unsigned i = 0; i < program->nr_ops && !d->stop; i++) {
		d->op = &program->ops[i];
		d->step += !(d->op->flags & OP_ALONG);
		if (!step_targets(d, &left_out))
			return false;
		d->result->ops_left_out += left_out;
		if (left_out)
			continue;
		oracle_step(&d->side[0].oracle, d->op, &d->side[0].oracle_result);
		d->change = d->side[0].oracle_result.change;
		d->result->ops_run++;
		compare_after(d);
	}
	return true;
}

/* --- Both ---------------------------------------------------------------------------- */

static void begin(struct diff *d)
{
	*d->result = (struct diff_result){ .verdict = DIFF_SAME };
	d->op = NULL;
	d->step = 0;
	d->change = CHANGE_NONE;
	d->stop = false;
}

void diff_run(struct diff *d, const struct program *program, struct diff_result *result)
{
	d->program = program;
	d->result = result;
	begin(d);
	if (d->profiles)
		return run_profiles(d);
	if (try_targets(d))
		return;
	/* Begin anew with the other one first. */
	d->first ^= 1;
	begin(d);
	if (!try_targets(d))
		diff_end(d, DIFF_CUT, "either target cannot run some op that the other can");
}

struct shrink {
	struct diff *d;
	const char *key;
	struct diff_result result;
};

static bool keeps_key(const struct program *candidate, void *arg)
{
	struct shrink *shrink = arg;

	diff_run(shrink->d, candidate, &shrink->result);
	for (unsigned i = 0; i < shrink->result.nr; i++)
		if (!strcmp(shrink->result.differences[i].key, shrink->key))
			return true;
	return false;
}

unsigned long diff_minimize(struct diff *d, struct program *program, const char *key,
			    unsigned long max_runs)
{
	struct shrink shrink = { .d = d, .key = key };

	if (!keeps_key(program, &shrink))
		return 0;
	return program_minimize(program, keeps_key, &shrink, max_runs) + 1;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock explain: what the rules say of every page of guest memory after a
 * step, and why. Runs the oracle alone; no target is asked.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "harness/cli/cli.h"
#include "oracle/state.h"
#include "reports/json.h"

/* A map that is longer than this helps nobody: holed masks can split memory into 2^40 ranges. */
#define MAX_RANGES 65536u

enum { KEY_STEP = KEY_COMMAND, KEY_GPA };

struct explain {
	bool has_step, has_gpa;
	uint64_t step, gpa;
	struct program *program;
	struct oracle *oracle;
	enum profile profile;
	const char *profile_why;
	/* After the step: */
	struct slot slots[MAX_SLOTS];
	uint8_t maxphyaddr[MAX_VCPUS];
	unsigned nr_vcpus, together;	/* together: groups met */
	struct outcome outcome;		/* of the step's last op */
};

#define MAX_CHAIN (MAX_WHY + NR_VAR_MTRR)

/* Gfns [start, end) of one memtype, for one reason. */
struct range {
	uint64_t start, end;
	struct mt mt;
	enum rule_id look;	/* R-LOOK.*: which MTRRs said so; NR_RULES: none were asked */
};

struct range_list {
	struct range *ranges;
	size_t nr;
};

static error_t parse_explain(int key, char *arg, struct argp_state *state)
{
	struct explain *explain = state->input;

	switch (key) {
	case KEY_STEP:
		if (!parse_number(arg, UINT32_MAX, &explain->step))
			argp_failure(state, EXIT_INPUT, 0, "--step wants a number, not `%s`", cli_shown(arg));
		explain->has_step = true;
		break;
	case KEY_GPA:
		if (!parse_number(arg, UINT64_MAX, &explain->gpa))
			argp_failure(state, EXIT_INPUT, 0, "--gpa wants an address, not `%s`", cli_shown(arg));
		explain->has_gpa = true;
	}
	return 0;
}

/* What the oracle does not show of its state: slots and MAXPHYADDR after an accepted @op. */
static void follow(struct explain *explain, const struct op *op)
{
	if (op->kind == OP_SLOT)
		explain->slots[op->arg] = (struct slot){ op->v[0], op->v[1], op->v[2] };
	if (op->kind == OP_SPLIT)
		explain->slots[op->arg].flags |= SLOT_DIRTY_LOG;
	if (op->kind == OP_COLLAPSE)
		explain->slots[op->arg].flags &= ~SLOT_DIRTY_LOG;
	if (op->kind == OP_SETCPUID && (op->arg & CPUID_MAXPHYADDR))
		explain->maxphyaddr[op->vcpu] = op->v[1];
}

static void run_oracle(struct explain *explain)
{
	const struct program *program = explain->program;
	struct oracle_result result;
	unsigned step = 0;

	for (unsigned s = 0; s < MAX_SLOTS; s++)
		explain->slots[s] = program->machine.slots[s];
	for (unsigned v = 0; v < MAX_VCPUS; v++)
		explain->maxphyaddr[v] = program->machine.maxphyaddr;
	explain->nr_vcpus = program->machine.nr_vcpus;
	oracle_reset(explain->oracle, &program->machine, explain->profile);
	for (unsigned i = 0; i < program->nr_ops; i++) {
		const struct op *op = &program->ops[i];

		step += !(op->flags & OP_ALONG);
		if (step > explain->step)
			break;
		explain->together += !!(op->flags & OP_TOGETHER);
		oracle_step(explain->oracle, op, &result);
		explain->outcome = result.outcome;
		if (result.outcome.kind == OUT_OK)
			follow(explain, op);
	}
}

/* The R-LOOK case in the chain behind @gfn. */
static enum rule_id look_of(struct explain *explain, unsigned vcpu, uint64_t gfn)
{
	struct why why[MAX_CHAIN];
	size_t nr = oracle_explain(explain->oracle, vcpu, gfn, why, MAX_CHAIN);

	for (size_t i = 0; i < nr; i++)
		if (why[i].rule >= RULE_LOOK_DISABLED && why[i].rule <= RULE_LOOK_UNDEFINED)
			return why[i].rule;
	return NR_RULES;
}

static bool same_reason(const struct range *a, const struct range *b)
{
	return a->mt.type == b->mt.type && a->mt.ipat == b->mt.ipat &&
	       a->mt.undefined == b->mt.undefined && a->mt.rule == b->mt.rule && a->look == b->look;
}

/* The map of @vcpu over [start, end) gfns; false when it has more than MAX_RANGES. */
static bool collect(struct explain *explain, unsigned vcpu, uint64_t start, uint64_t end,
		    struct range_list *list)
{
	list->nr = 0;
	while (start < end) {
		struct mt_run run = oracle_memtype(explain->oracle, vcpu, start, EPOCH_NOW);
		struct range range = { start, run.end < end ? run.end : end, run.mt,
				       look_of(explain, vcpu, start) };
		struct range *last = list->nr ? &list->ranges[list->nr - 1] : NULL;

		if (last && same_reason(last, &range))
			last->end = range.end;
		else if (list->nr == MAX_RANGES)
			return false;
		else
			list->ranges[list->nr++] = range;
		start = range.end;
	}
	return true;
}

/* The slot at @gpa, or -1; *end shrinks to where that answer ends. */
static int slot_at(const struct explain *explain, uint64_t gpa, uint64_t *end)
{
	int found = -1;

	for (unsigned s = 0; s < MAX_SLOTS; s++) {
		const struct slot *slot = &explain->slots[s];

		if (!slot->size)
			continue;
		if (slot->gpa > gpa && slot->gpa < *end)
			*end = slot->gpa;
		if (gpa < slot->gpa || gpa - slot->gpa >= slot->size)
			continue;
		found = s;
		if (slot->gpa + slot->size < *end)
			*end = slot->gpa + slot->size;
	}
	return found;
}

/* One row a range, cut where a slot begins or ends. */
static void print_ranges(const struct explain *explain, FILE *out, const struct range_list *list)
{
	char type[40], bounds[64], slot_text[40];

	for (size_t i = 0; i < list->nr; i++) {
		const struct range *range = &list->ranges[i];
		uint64_t stop = range->end << PAGE_SHIFT;

		for (uint64_t gpa = range->start << PAGE_SHIFT, end; gpa < stop; gpa = end) {
			int slot;

			end = stop;
			slot = slot_at(explain, gpa, &end);
			if (slot < 0)
				snprintf(slot_text, sizeof(slot_text), "no slot");
			else
				snprintf(slot_text, sizeof(slot_text), "slot %d%s%s", slot,
					 explain->slots[slot].flags & SLOT_READONLY ? " readonly" : "",
					 explain->slots[slot].flags & SLOT_DIRTY_LOG ? " dirty-log" : "");
			snprintf(bounds, sizeof(bounds), "[0x%" PRIx64 ", 0x%" PRIx64 ")", gpa, end);
			fprintf(out, "  %-34s %-14s %-16s %s%s%s\n", bounds,
				mt_print(range->mt, type, sizeof(type)), slot_text,
				rule_table[range->mt.rule].id, range->look < NR_RULES ? " " : "",
				range->look < NR_RULES ? rule_table[range->look].id : "");
		}
	}
}

static void print_chain(struct explain *explain, FILE *out, unsigned vcpu)
{
	uint64_t end = UINT64_MAX;
	struct mt_run run = oracle_memtype(explain->oracle, vcpu, explain->gpa >> PAGE_SHIFT, EPOCH_NOW);
	struct why why[MAX_CHAIN];
	size_t nr = oracle_explain(explain->oracle, vcpu, explain->gpa >> PAGE_SHIFT, why, MAX_CHAIN);
	int slot = slot_at(explain, explain->gpa, &end);
	char type[40], shown[256];

	fprintf(out, "  gpa 0x%" PRIx64 " (gfn 0x%" PRIx64 "), ", explain->gpa, explain->gpa >> PAGE_SHIFT);
	if (slot < 0)
		fputs("no slot", out);
	else
		fprintf(out, "slot %d", slot);
	fprintf(out, ": %s\n", mt_print(run.mt, type, sizeof(type)));
	for (size_t i = 0; i < nr; i++)
		fprintf(out, "    %-14s %s\n", rule_table[why[i].rule].id,
			escape_text(why[i].text, shown, sizeof(shown)));
}

static const char *outcome_text(const struct outcome *outcome)
{
	static const char *const texts[] = {
		[OUT_OK] = "accepted", [OUT_GP] = "#GP(0)", [OUT_UD] = "#UD", [OUT_PF] = "#PF",
		[OUT_MMIO] = "KVM_EXIT_MMIO", [OUT_ERRNO] = "the ioctl fails",
		[OUT_BLOCKED] = "the vCPU waits for SIPI", [OUT_ANY] = "not specified",
	};

	return texts[outcome->kind];
}

static void print_head(const struct explain *explain, FILE *out, const char *name)
{
	const struct machine *machine = &explain->program->machine;
	char raw[512], buf[1024];

	fprintf(out, "%s, step %" PRIu64 " of %u\n", escape_text(name, buf, sizeof(buf)), explain->step,
		program_steps(explain->program));
	if (explain->step)
		fprintf(out, "  after %s (%s)\n",
			escape_text(step_print(explain->program, explain->step, raw, sizeof(raw)), buf,
				    sizeof(buf)), outcome_text(&explain->outcome));
	fprintf(out, "  profile %s (%s), %s, %s\n", profile_table[explain->profile].name,
		explain->profile_why, machine->vendor == VENDOR_INTEL ? "intel" : "amd",
		!machine->tdp ? "shadow paging" : machine->vendor == VENDOR_INTEL ? "EPT" : "NPT");
	if (explain->together)
		fprintf(out, "  together groups: taken in listed order; other orders may end elsewhere\n");
}

static void print_vcpu(const struct explain *explain, FILE *out, unsigned vcpu)
{
	struct vcpu_regs regs = oracle_regs(explain->oracle, vcpu);

	fprintf(out, "vCPU %u: CR0.CD=%d, MTRRs %s (MTRRdefType 0x%" PRIx64 "), PAT 0x%" PRIx64 "%s%s\n",
		vcpu, !!(regs.cr0 & CR0_CD), regs.def_type & MTRR_DEF_TYPE_E ? "on" : "off",
		regs.def_type, regs.pat, regs.smm ? ", in SMM" : "",
		regs.waits_for_sipi ? ", waits for SIPI" : "");
}

static json_t *json_range(const struct range *range)
{
	json_t *rules = json_pack("[s]", rule_table[range->mt.rule].id);

	if (range->look < NR_RULES)
		json_array_append_new(rules, json_string(rule_table[range->look].id));
	return json_pack("{s:o, s:o, s:s, s:b, s:b, s:o}",
			 "start", json_hex(range->start << PAGE_SHIFT),
			 "end", json_hex(range->end << PAGE_SHIFT),
			 "type", memtype_name(range->mt.type), "ipat", range->mt.ipat,
			 "undefined", range->mt.undefined, "rules", rules);
}

static json_t *json_chain(struct explain *explain, unsigned vcpu)
{
	struct why why[MAX_CHAIN];
	size_t nr = oracle_explain(explain->oracle, vcpu, explain->gpa >> PAGE_SHIFT, why, MAX_CHAIN);
	json_t *list = json_array();

	for (size_t i = 0; i < nr; i++)
		json_array_append_new(list, json_pack("{s:s, s:o}", "rule", rule_table[why[i].rule].id,
						      "text", json_text(why[i].text)));
	return list;
}

/* Too many ranges are bad input, found before anything is printed. */
static int check_size(struct cli *cli, struct explain *explain, struct range_list *list)
{
	for (unsigned v = 0; v < explain->nr_vcpus && !explain->has_gpa; v++)
		if (!collect(explain, v, 0, 1ULL << (explain->maxphyaddr[v] - PAGE_SHIFT), list))
			return cli_bad_input(cli, "vCPU %u's MTRRs cut its memory into more than %u ranges "
					     "(holed masks); ask for one page with --gpa", v, MAX_RANGES);
	return EXIT_CLEAN;
}

static int print_explain(struct cli *cli, FILE *out, void *arg)
{
	struct explain *explain = arg;
	struct range_list list = { .ranges = malloc(MAX_RANGES * sizeof(*list.ranges)) };
	bool json = cli->format == FORMAT_JSON;
	json_t *vcpus = json_array();
	int code;

	code = list.ranges ? check_size(cli, explain, &list) : cli_infra(cli, "out of memory");
	if (code)
		goto out;
	if (!json)
		print_head(explain, out, cli->args[0]);
	for (unsigned v = 0; v < explain->nr_vcpus; v++) {
		uint64_t start = explain->has_gpa ? explain->gpa >> PAGE_SHIFT : 0;
		uint64_t end = explain->has_gpa ? start + 1 : 1ULL << (explain->maxphyaddr[v] - PAGE_SHIFT);
		json_t *ranges = json_array(), *vcpu;

		collect(explain, v, start, end, &list);
		if (json) {
			for (size_t i = 0; i < list.nr; i++)
				json_array_append_new(ranges, json_range(&list.ranges[i]));
			vcpu = json_pack("{s:i, s:O}", "vcpu", (int)v, "ranges", ranges);
			if (explain->has_gpa)
				json_object_set_new(vcpu, "why", json_chain(explain, v));
			json_array_append_new(vcpus, vcpu);
		} else {
			print_vcpu(explain, out, v);
			if (explain->has_gpa)
				print_chain(explain, out, v);
			else
				print_ranges(explain, out, &list);
		}
		json_decref(ranges);
	}
	if (json)
		json_print(json_pack("{s:o, s:I, s:s, s:O}", "program", json_text(cli->args[0]),
				     "step", (json_int_t)explain->step, "profile",
				     profile_table[explain->profile].name, "vcpus", vcpus), out, false);
out:
	json_decref(vcpus);
	free(list.ranges);
	return code;
}

/* --profile, else the target's, else the program's, else the default target's. */
static int choose_profile(struct cli *cli, struct explain *explain)
{
	struct target *target;

	explain->profile = cli->profile;
	explain->profile_why = "by --profile";
	if (explain->profile == PROFILE_NONE && cli->target) {
		target = cli_target(cli, cli->target);
		if (!target)
			return cli_target_code();
		explain->profile = target->profile;
		explain->profile_why = "the target's";
		target_close(target);
	}
	if (explain->profile == PROFILE_NONE) {
		explain->profile = explain->program->machine.profile;
		explain->profile_why = "the program's";
	}
	if (explain->profile == PROFILE_NONE) {
		explain->profile = PROFILE_LINUX_6_1;
		explain->profile_why = "by default, --profile changes it";
	}
	return EXIT_CLEAN;
}

static int explain_program(struct cli *cli, struct explain *explain)
{
	unsigned steps, widest;
	int code;

	code = cli_load(cli, explain->program, cli->args[0], NULL);
	if (!code)
		code = choose_profile(cli, explain);
	if (code)
		return code;
	steps = program_steps(explain->program);
	if (!explain->has_step)
		explain->step = steps;
	if (explain->step > steps)
		return cli_bad_input(cli, "there is no step %" PRIu64 ": the program has %u; 0 is before the "
				     "first", explain->step, steps);
	run_oracle(explain);
	widest = 0;
	for (unsigned v = 0; v < explain->nr_vcpus; v++)
		if (explain->maxphyaddr[v] > widest)
			widest = explain->maxphyaddr[v];
	if (explain->has_gpa && explain->gpa >> widest)
		return cli_bad_input(cli, "gpa 0x%" PRIx64 " is beyond the guest's MAXPHYADDR, %u bits",
				     explain->gpa, widest);
	return cli_report(cli, print_explain, explain);
}

int cmd_explain(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "step", KEY_STEP, "N", 0, "After step N, counted from 1; 0 is before the first (default: the "
		  "last)", 1 },
		{ "gpa", KEY_GPA, "A", 0, "Only the page at this address, with the chain of rules", 1 },
		{ 0 }
	};
	struct explain explain = { .program = malloc(sizeof(*explain.program)),
				   .oracle = malloc(sizeof(*explain.oracle)) };
	const struct command_args args = {
		.options = options,
		.parse = parse_explain,
		.input = &explain,
		.args_doc = "PROGRAM",
		.doc = "Print the memtype map of every vCPU's guest-physical memory after a step, or why one page "
		       "has the type it has.\v"
		       "Ranges are half-open, in bytes of gpa, and cover all of [0, 2^MAXPHYADDR). A row says what "
		       "a leaf SPTE that the vCPU faulted in now would have to carry, and the rule that decided. "
		       "Only the oracle runs.\n\n"
		       "Examples:\n"
		       "  zaplock explain a.zap\n"
		       "  zaplock explain a.zap --step 3 --profile linux-6.7\n"
		       "  zaplock explain a.zap --gpa 0xa0000",
		.formats = FORMATS_TABLE,
		.min_args = 1,
		.max_args = 1,
	};
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	if (explain.program && explain.oracle)
		code = explain_program(&cli, &explain);
	else
		code = cli_infra(&cli, "out of memory");
	cli_close(&cli);
	free(explain.program);
	free(explain.oracle);
	return code;
}

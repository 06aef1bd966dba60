// SPDX-License-Identifier: GPL-2.0-only
/*
 * The targets of this build, and `zaplock targets`, which prints them with
 * what each lets the engine compare.
 */
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/targets/kvm/kvm.h"
#include "harness/targets/model/model.h"
#include "harness/targets/ukvm/ukvm.h"
#include "harness/targets/unicorn/unicorn.h"
#include "reports/json.h"

const struct target_ops *const target_table[] = {
	&model_target_ops,
	&ukvm_target_ops,
	&kvm_target_ops,
	&unicorn_target_ops,
	NULL,
};

/* One "NAME:ARG" that this host has; emitted by the target's list(). */
struct listing {
	FILE *out;
	const struct target_ops *ops;
	json_t *json;		/* NULL: text */
};

static void list_instance(const char *arg, const char *note, void *ctx)
{
	struct listing *listing = ctx;
	char spec[128];

	snprintf(spec, sizeof(spec), "%s:%s", listing->ops->name, arg);
	if (listing->json)
		json_array_append_new(listing->json, json_pack("{s:s, s:s}", "target", spec,
				      "note", note ? note : ""));
	else
		fprintf(listing->out, "  %-24s %s\n", spec, note ? note : "");
}

static void keep_first(const char *arg, const char *note, void *ctx)
{
	char *first = ctx;

	if (!*first)
		snprintf(first, 64, "%s", arg);
}

/* What @ops shows, asked of its first instance. 0 when none can be opened here. */
static uint32_t target_caps(const struct target_ops *ops)
{
	char first[64] = "", spec[128], error[256];
	struct target *target;
	uint32_t caps = 0;

	if (ops->list)
		ops->list(keep_first, first);
	snprintf(spec, sizeof(spec), "%s:%s", ops->name, first);
	target = target_open(spec, error, sizeof(error));
	if (target)
		caps = target->caps;
	target_close(target);
	return caps;
}

/* Where `sched=` can leave an op, as many a line as fit. */
static void print_points(FILE *out, const char *const *points)
{
	const char *prefix = "    points";
	size_t column = 0;

	for (unsigned i = 0; i < SCHED_OWN_POINTS || points[i - SCHED_OWN_POINTS]; i++) {
		const char *point = i < SCHED_OWN_POINTS ? sched_point_names[i]
							 : points[i - SCHED_OWN_POINTS];

		if (column + strlen(point) >= 96)
			column = 0;
		if (!column)
			column = fprintf(out, "%s%-16s", i ? "\n" : "", prefix);
		prefix = "";
		column += fprintf(out, " %s", point);
	}
	fputc('\n', out);
}

static void print_text(FILE *out)
{
	for (unsigned i = 0; target_table[i]; i++) {
		const struct target_ops *ops = target_table[i];
		struct listing listing = { .out = out, .ops = ops };
		uint32_t caps = target_caps(ops);

		fprintf(out, "%s: %s\n", ops->usage, ops->summary);
		if (ops->list)
			ops->list(list_instance, &listing);
		for (unsigned bit = 0; target_cap_name(bit); bit++)
			fprintf(out, "    %-12s %-4s %s\n", target_cap_name(bit), caps >> bit & 1 ? "yes" : "no",
			       target_cap_sentence(bit));
		if (ops->points)
			print_points(out, ops->points);
	}
}

static json_t *points_json(const char *const *points)
{
	json_t *list = json_array();

	for (unsigned i = 0; points && i < SCHED_OWN_POINTS; i++)
		json_array_append_new(list, json_string(sched_point_names[i]));
	for (; points && *points; points++)
		json_array_append_new(list, json_string(*points));
	return list;
}

static void print_json(FILE *out)
{
	json_t *list = json_array();

	for (unsigned i = 0; target_table[i]; i++) {
		const struct target_ops *ops = target_table[i];
		struct listing listing = { .out = out, .ops = ops, .json = json_array() };
		json_t *caps = json_object();
		uint32_t bits = target_caps(ops);

		if (ops->list)
			ops->list(list_instance, &listing);
		for (unsigned bit = 0; target_cap_name(bit); bit++)
			json_object_set_new(caps, target_cap_name(bit), json_boolean(bits >> bit & 1));
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "name", ops->name,
				      "usage", ops->usage, "summary", ops->summary,
				      "instances", listing.json, "capabilities", caps,
				      "points", points_json(ops->points)));
	}
	json_print(list, out, true);
}

static int print_targets(struct cli *cli, FILE *out, void *arg)
{
	if (cli->format == FORMAT_JSON)
		print_json(out);
	else
		print_text(out);
	return EXIT_CLEAN;
}

int cmd_targets(int argc, char **argv)
{
	const struct command_args args = {
		.doc = "List what programs can run on, and what each target lets the engine compare.\v"
		       "What a target cannot show is not compared, and each verdict names it as `unseen`.\n\n"
		       "Examples:\n"
		       "  zaplock targets\n"
		       "  zaplock targets --format json | jq -r '.[].instances[].target'",
		.formats = FORMATS_TABLE,
	};

	return cli_simple(&args, argc, argv, print_targets, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock rules: the rules as data (oracle/rules.def), for people and for
 * scripts that turn an id into a sentence and a citation.
 */
#include "harness/cli/cli.h"
#include "reports/json.h"

static void print_text(FILE *out)
{
	for (unsigned r = 0; r < NR_RULES; r++) {
		const struct rule_info *rule = &rule_table[r];

		fprintf(out, "%-14s severity %s", rule->id, severity_name(rule->severity));
		for (unsigned p = PROFILE_NONE + 1; p < NR_PROFILES; p++)
			if (rule->profiles >> p & 1)
				fprintf(out, " %s", profile_table[p].name);
		fprintf(out, "\n    %s\n    (%s)\n", rule->sentence, rule->citation);
	}
}

static json_t *json_profiles(uint32_t profiles)
{
	json_t *list = json_array();

	for (unsigned p = PROFILE_NONE + 1; p < NR_PROFILES; p++)
		if (!profiles || (profiles >> p & 1))
			json_array_append_new(list, json_string(profile_table[p].name));
	return list;
}

static void print_json(FILE *out)
{
	json_t *list = json_array();

	for (unsigned r = 0; r < NR_RULES; r++) {
		const struct rule_info *rule = &rule_table[r];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", rule->id,
				      "sentence", rule->sentence, "citation", rule->citation,
				      "severity", severity_name(rule->severity),
				      "profiles", json_profiles(rule->profiles)));
	}
	json_print(list, out, true);
}

static int print_rules(struct cli *cli, FILE *out, void *arg)
{
	if (cli->format == FORMAT_JSON)
		print_json(out);
	else
		print_text(out);
	return EXIT_CLEAN;
}

int cmd_rules(int argc, char **argv)
{
	const struct command_args args = {
		.doc = "List the rules that the oracle judges by: id, sentence, citation, severity and the "
		       "profiles in which the rule speaks (none named: all).\v"
		       "Examples:\n"
		       "  zaplock rules\n"
		       "  zaplock rules --format json | jq -r '.[] | select(.id == \"R-LOOK\").citation'",
		.formats = FORMATS_TABLE,
	};

	return cli_simple(&args, argc, argv, print_rules, NULL);
}

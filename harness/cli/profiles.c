// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock profiles: the sets of KVM's memtype rules (rules B), from which
 * source the model of each was read, and the model's other policies that each
 * judges.
 */
#include "harness/cli/cli.h"
#include "harness/targets/model/model.h"
#include "reports/json.h"

/* The model of @profile that bears its name, or NULL. */
static const struct model_policy_info *model_of(enum profile profile)
{
	for (const struct model_policy_info *model = model_policy_table; model->name; model++)
		if (model->profile == profile && profile_by_name(model->name) == profile)
			return model;
	return NULL;
}

/* The next policy judged by @profile that is not its model, after @policy (NULL: the first). */
static const struct model_policy_info *next_policy(enum profile profile,
						   const struct model_policy_info *policy)
{
	for (policy = policy ? policy + 1 : model_policy_table; policy->name; policy++)
		if (policy->profile == profile && policy != model_of(profile))
			return policy;
	return NULL;
}

static int print_profiles(struct cli *cli, FILE *out, void *arg)
{
	json_t *list = json_array();

	for (unsigned p = PROFILE_NONE + 1; p < NR_PROFILES; p++) {
		const struct profile_info *profile = &profile_table[p];
		const struct model_policy_info *model = model_of(p), *policy = NULL;
		json_t *policies = json_array();

		if (cli->format == FORMAT_TEXT)
			fprintf(out, "%-14s %s\n    honors: %s\n    model:  %s\n", profile->name,
				profile->kernels, profile->sentence, model ? model->provenance : "none");
		while ((policy = next_policy(p, policy))) {
			if (cli->format == FORMAT_TEXT)
				fprintf(out, "    policy: %-13s %s\n", policy->name, policy->provenance);
			json_array_append_new(policies, json_pack("{s:s, s:s}", "name", policy->name,
					      "origin", policy->provenance));
		}
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?, s:o}", "name", profile->name,
				      "kernels", profile->kernels, "honors", profile->sentence,
				      "model", model ? model->provenance : NULL, "policies", policies));
	}
	if (cli->format == FORMAT_JSON)
		json_print(list, out, true);
	else
		json_decref(list);
	return EXIT_CLEAN;
}

int cmd_profiles(int argc, char **argv)
{
	const struct command_args args = {
		.doc = "List the profiles: named sets of KVM's memtype rules, the kernels that follow them, and the "
		       "source that the model of each was read from; and the model's policies that have no rules "
		       "of their own, with the mail, review or commit that they come from.\v"
		       "The target decides the profile, else the program's header; --profile overrides the "
		       "oracle's, never what the model does.\n\n"
		       "Examples:\n"
		       "  zaplock profiles\n"
		       "  zaplock run --target model:linux-6.1 --profile linux-6.7 a.zap   (6.1 judged by 6.7's rules)",
		.formats = FORMATS_TABLE,
	};

	return cli_simple(&args, argc, argv, print_profiles, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock defects: the bugs that can be injected into the model, to prove that
 * zaplock sees them.
 */
#include "harness/cli/cli.h"
#include "harness/targets/model/model.h"
#include "reports/json.h"

static const char *const kinds[] = {
	[MODEL_DEFECT_PLAIN] = "plain", [MODEL_DEFECT_ADVISORY] = "advisory",
	[MODEL_DEFECT_SCHEDULES] = "schedules", [MODEL_DEFECT_EQUIVALENT] = "equivalent",
};

/* What a reader of the list should know before wondering why nothing is found. */
static const char *const kind_notes[] = {
	[MODEL_DEFECT_PLAIN] = "",
	[MODEL_DEFECT_ADVISORY] = "; shows as an advisory",
	[MODEL_DEFECT_SCHEDULES] = "; needs schedules",
	[MODEL_DEFECT_EQUIVALENT] = "; equivalent: never shows",
};

static int print_defects(struct cli *cli, FILE *out, void *arg)
{
	json_t *list = json_array();

	for (const struct model_defect_info *defect = model_defect_table; defect->name; defect++) {
		if (cli->format == FORMAT_TEXT)
			fprintf(out, "%s\n    %s\n    (%s; %s%s)\n", defect->name, defect->sentence,
				defect->origin, defect->policy, kind_notes[defect->kind]);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", defect->name,
				      "sentence", defect->sentence, "origin", defect->origin,
				      "policy", defect->policy, "kind", kinds[defect->kind]));
	}
	if (cli->format == FORMAT_JSON)
		json_print(list, out, true);
	else
		json_decref(list);
	return EXIT_CLEAN;
}

int cmd_defects(int argc, char **argv)
{
	const struct command_args args = {
		.doc = "List the defects that can be injected into the model, each with the bug it is modelled on.\v"
		       "Examples:\n"
		       "  zaplock defects\n"
		       "  zaplock fuzz --time 10 --target model:linux-6.1,defect=$(zaplock defects --format json | "
		       "jq -r '.[0].name')",
		.formats = FORMATS_TABLE,
	};

	return cli_simple(&args, argc, argv, print_defects, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `zaplock corpus` and its merge share.
 */
#ifndef ZAPLOCK_CLI_CORPUS_H
#define ZAPLOCK_CLI_CORPUS_H

#include "harness/cli/cli.h"

struct corpus {
	const char *output;	/* -o FILE */
	bool binary;		/* --to binary */
	bool by_rule;
	struct path_list paths;
	struct program *program, *copy;
	struct result *result;
};

/* Runs the loaded program into corpus->result. 0 or an exit code. */
int corpus_run(struct cli *cli, struct corpus *corpus, struct coverage coverage);

/*
 * Writes @program into @dir under @path's base name, or one with a number
 * where another program has that name.
 */
int corpus_write_into(struct cli *cli, const char *dir, const char *path,
		      const struct program *program, bool binary);

int corpus_merge(struct cli *cli, struct corpus *corpus);

#endif

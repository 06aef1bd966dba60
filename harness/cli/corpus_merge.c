// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock corpus merge: of many programs those that reach something new. What
 * lies in --out is taken as it is; then the others, the smallest first, each
 * kept when it reaches a state, an SPTE transition or a rule that none before
 * it did.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/cli/corpus.h"

#define COVERAGE_SIZE (1u << 16)

struct candidate {
	const char *path;
	unsigned ops;
	bool present;		/* in --out already */
};

struct merge {
	struct candidate *candidates;
	size_t nr;
	unsigned kept;
	struct rule_set rules;
	uint8_t counters[COVERAGE_SIZE], seen[COVERAGE_SIZE];
};

/* How often a counter was bumped, as one bit in classes like libFuzzer's: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 on. */
static uint8_t bucket(uint8_t count)
{
	static const uint8_t least[8] = { 1, 2, 3, 4, 8, 16, 32, 128 };
	unsigned class = 8;

	while (class && count < least[class - 1])
		class--;
	return class ? 1u << (class - 1) : 0;
}

static int by_turn(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->present != y->present)
		return y->present - x->present;
	if (x->ops != y->ops)
		return x->ops > y->ops ? 1 : -1;
	return strcmp(x->path, y->path);
}

/* Runs the loaded program: does it reach something new? */
static int adds_coverage(struct cli *cli, struct corpus *corpus, struct merge *merge, bool *adds)
{
	const struct rule_set *hit = &corpus->result->rules_hit;
	int code;

	memset(merge->counters, 0, COVERAGE_SIZE);
	code = corpus_run(cli, corpus, (struct coverage){ merge->counters, COVERAGE_SIZE - 1 });
	if (code)
		return code;
	*adds = false;
	for (unsigned i = 0; i < COVERAGE_SIZE; i++) {
		uint8_t bits = bucket(merge->counters[i]);

		*adds |= bits & ~merge->seen[i];
		merge->seen[i] |= bits;
	}
	for (unsigned i = 0; i < sizeof(hit->word) / sizeof(hit->word[0]); i++) {
		*adds |= !!(hit->word[i] & ~merge->rules.word[i]);
		merge->rules.word[i] |= hit->word[i];
	}
	return EXIT_CLEAN;
}

/* Loads all once, to say what cannot be read before anything is written. */
static int add_candidates(struct cli *cli, struct corpus *corpus, struct merge *merge,
			  const struct path_list *paths, bool present)
{
	int code = EXIT_CLEAN;

	for (size_t i = 0; i < paths->nr; i++) {
		code = exit_worse(code, cli_load(cli, corpus->program, paths->paths[i], NULL));
		merge->candidates[merge->nr++] = (struct candidate){
			paths->paths[i], corpus->program->nr_ops, present,
		};
	}
	return code;
}

static int merge_all(struct cli *cli, struct corpus *corpus, struct merge *merge)
{
	int code = cli_make_out(cli);

	qsort(merge->candidates, merge->nr, sizeof(*merge->candidates), by_turn);
	for (size_t i = 0; i < merge->nr && !code; i++) {
		const struct candidate *candidate = &merge->candidates[i];
		bool adds = false;

		code = cli_load(cli, corpus->program, candidate->path, NULL);
		if (!code)
			code = adds_coverage(cli, corpus, merge, &adds);
		if (code || !adds || candidate->present)
			continue;
		code = corpus_write_into(cli, cli->out, candidate->path, corpus->program, false);
		merge->kept++;
	}
	return code;
}

int corpus_merge(struct cli *cli, struct corpus *corpus)
{
	struct merge *merge = calloc(1, sizeof(*merge));
	struct path_list present = { 0 };
	char *out = (char *)cli->out;
	struct stat st;
	int code = EXIT_CLEAN;

	if (!out)
		code = cli_bad_input(cli, "merge needs --out DIR, where the programs that it keeps go");
	else if (!stat(out, &st))
		code = paths_collect(cli, &out, 1, true, &present);
	if (code)
		goto out;
	if (merge)
		merge->candidates = calloc(corpus->paths.nr + present.nr, sizeof(*merge->candidates));
	if (!merge || !merge->candidates) {
		code = cli_infra(cli, "out of memory");
		goto out;
	}
	code = add_candidates(cli, corpus, merge, &present, true);
	code = exit_worse(code, add_candidates(cli, corpus, merge, &corpus->paths, false));
	if (!code)
		code = merge_all(cli, corpus, merge);
	if (!code)
		printf("corpus merge: %u of %zu programs reach something new and were kept\n",
		       merge->kept, corpus->paths.nr);
out:
	if (merge)
		free(merge->candidates);
	free(merge);
	paths_free(&present);
	return code;
}

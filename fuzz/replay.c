// SPDX-License-Identifier: GPL-2.0-only
/*
 * corpus-replay [--target T] [--binary DIR] PATH...: every program below PATH
 * through the core that engines call, without an engine. A program that crashes
 * the target ends the test; what it finds is for `zaplock gate` to judge. With
 * --binary each is also written to DIR as engines want it, a seed corpus.
 */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz_lockstep.h"

struct replay {
	struct fuzz_core *core;
	const char *binary;	/* directory to write to, or NULL */
	unsigned programs, too_long, broken;
	unsigned verdicts[NR_VERDICTS];
};

static int write_seed(const char *dir, const char *path, const uint8_t *data, size_t size)
{
	const char *name = strrchr(path, '/');
	char out[4096];

	snprintf(out, sizeof(out), "%s/%s.bin", dir, name ? name + 1 : path);
	return write_atomically(out, data, size);
}

static void replay_one(struct replay *r, const char *path)
{
	static struct program program;
	static uint8_t data[FUZZ_MAX_INPUT];
	struct parse_error error;
	char message[512];
	size_t size;

	if (program_load(&program, path, &error)) {
		parse_error_format(&error, message, sizeof(message));
		fprintf(stderr, "%s\n", message);
		r->broken++;
		return;
	}
	program_strip(&program);
	size = program_encode(&program, data, sizeof(data));
	if (size > sizeof(data)) {
		r->too_long++;
		return;
	}
	if (r->binary && write_seed(r->binary, path, data, size)) {
		fprintf(stderr, "%s: cannot write to %s\n", path, r->binary);
		r->broken++;
	}
	fuzz_core_run(r->core, data, size);
	r->verdicts[fuzz_core_result(r->core)->verdict]++;
	if (fuzz_core_result(r->core)->verdict == VERDICT_INFRA) {
		fprintf(stderr, "%s: %s\n", path, fuzz_core_result(r->core)->why);
		r->broken++;
	}
	r->programs++;
}

static void replay_below(struct replay *r, char *const *paths)
{
	FTS *fts = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	while (fts && (e = fts_read(fts))) {
		const char *dot = strrchr(e->fts_name, '.');

		if (e->fts_info == FTS_NS || e->fts_info == FTS_DNR) {
			fprintf(stderr, "%s: %s\n", e->fts_path, strerror(e->fts_errno));
			r->broken++;
		}
		if (e->fts_info == FTS_F && dot && !strcmp(dot, ".zap"))
			replay_one(r, e->fts_accpath);
	}
	if (fts)
		fts_close(fts);
}

int main(int argc, char **argv)
{
	static struct key_table keys;
	static struct fuzz_stats stats;
	struct fuzz_core_options options = {
		.target = "model:linux-6.1", .keys = &keys, .stats = &stats,
	};
	struct replay replay = { 0 };
	char error[512];

	for (; argc > 2 && argv[1][0] == '-'; argc -= 2, argv += 2) {
		if (!strcmp(argv[1], "--target"))
			options.target = argv[2];
		else if (!strcmp(argv[1], "--binary"))
			replay.binary = argv[2];
		else
			break;
	}
	if (argc < 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: corpus-replay [--target T] [--binary DIR] PATH...\n");
		return 2;
	}
	replay.core = fuzz_core_open(&options, error, sizeof(error));
	if (!replay.core) {
		fprintf(stderr, "%s\n", error);
		return 2;
	}
	replay_below(&replay, argv + 1);
	printf("%u programs on %s:", replay.programs, options.target);
	for (unsigned i = 0; i < NR_VERDICTS; i++)
		if (replay.verdicts[i])
			printf(" %u %s", replay.verdicts[i], verdict_names[i]);
	printf("%s\n", replay.programs ? "" : " none there");
	if (replay.too_long)
		printf("%u are too long for engines and were left out\n", replay.too_long);
	fuzz_core_close(replay.core);
	return replay.broken ? 1 : 0;
}

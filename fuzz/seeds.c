// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seeds: engines mutate binary programs, people write text ones. What is given
 * is brought into OUT/corpus, named by its contents as libFuzzer's own inputs
 * are, and never written to.
 */
#include <errno.h>
#include <fts.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/findings.h"
#include "fuzz/fuzz_lockstep.h"
#include "fuzz/seeds.h"

uint64_t content_hash(const uint8_t *data, size_t size)
{
	uint64_t hash = 14695981039346656037ULL;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 1099511628211ULL;
	return hash;
}

/* 1 brought in, 0 left out (too long to be mutated), or -errno. */
static int import_one(const char *corpus, struct program *program)
{
	static uint8_t data[FUZZ_MAX_INPUT];
	char path[4200];
	size_t size;
	int err;

	program_strip(program);
	size = program_encode(program, data, sizeof(data));
	if (size > sizeof(data))
		return 0;
	snprintf(path, sizeof(path), "%s/seed-%016llx", corpus,
		 (unsigned long long)content_hash(data, size));
	if (!access(path, R_OK))
		return 1;
	err = write_atomically(path, data, size);
	return err ? err : 1;
}

/* Programs by name; what libFuzzer or AFL++ named is binary and has no suffix. */
static bool is_seed(const FTSENT *e)
{
	const char *dot = strrchr(e->fts_name, '.');

	return e->fts_info == FTS_F && e->fts_name[0] != '.' &&
	       (e->fts_level == 0 || !dot || !strcmp(dot, ".zap"));
}

int seeds_import(const char *corpus, const char *const *paths, char *error, size_t size)
{
	static struct program program;
	struct parse_error parse;
	int nr = 0, ret;
	FTSENT *e;
	FTS *fts;

	if (!paths[0])
		return 0;
	fts = fts_open((char *const *)paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	if (!fts) {
		snprintf(error, size, "cannot read the corpus: %s", strerror(errno));
		return -EINVAL;
	}
	while (nr >= 0 && (e = fts_read(fts))) {
		if (e->fts_info == FTS_NS || e->fts_info == FTS_DNR || e->fts_info == FTS_ERR) {
			snprintf(error, size, "corpus %s: %s", e->fts_path, strerror(e->fts_errno));
			nr = -EINVAL;
			continue;
		}
		if (!is_seed(e))
			continue;
		if (program_load(&program, e->fts_accpath, &parse)) {
			parse_error_format(&parse, error, size);
			nr = -EINVAL;
			continue;
		}
		ret = corpus ? import_one(corpus, &program) : 1;
		if (ret < 0) {
			snprintf(error, size, "cannot write to %s: %s", corpus, strerror(-ret));
			nr = -EINVAL;
			continue;
		}
		nr += ret;
	}
	fts_close(fts);
	return nr;
}

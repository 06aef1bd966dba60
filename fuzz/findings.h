/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The triage keys that a campaign has seen, and the files that findings are
 * stored in. The table is plain memory, so that worker processes may share it.
 */
#ifndef ZAPLOCK_FUZZ_FINDINGS_H
#define ZAPLOCK_FUZZ_FINDINGS_H

#include <stdatomic.h>

#include "fuzz/fuzz.h"

#define KEY_TABLE_SIZE	4096u	/* a power of two, well above FUZZ_MAX_FINDINGS plus errata */

enum key_origin {
	KEY_NEW,	/* first seen in this campaign */
	KEY_BEFORE,	/* stored by an earlier campaign in the same OUT */
	KEY_ERRATUM,	/* an erratum explains it */
};

struct key_entry {
	_Atomic uint32_t state;		/* empty, being filled in, valid */
	_Atomic uint32_t stored;	/* minimized and on disk; in a campaign: in the store */
	_Atomic uint32_t filed;		/* as found, for somebody else to examine */
	_Atomic uint64_t count;		/* programs that showed it ... */
	uint64_t noted;			/* ... and those of them that the store knows of */
	uint8_t origin;			/* enum key_origin */
	uint8_t severity;
	uint8_t rule;			/* enum verdict_rule */
	bool shown;			/* by the supervisor, to options->enough */
	char key[KEY_MAX];
};

struct key_table {
	_Atomic uint32_t nr_new;
	_Atomic uint32_t beyond;	/* programs with a key for which there was no room */
	_Atomic int store_error;	/* errno of the last finding that could not be written */
	struct key_entry entries[KEY_TABLE_SIZE];
};

/*
 * The entry of @key, added as @origin where there is none (*added says so).
 * Safe against other threads and processes. NULL when the table is full, or
 * holds FUZZ_MAX_FINDINGS new keys and this would be one more.
 */
struct key_entry *key_table_add(struct key_table *table, const char *key, enum key_origin origin,
				bool *added);
const struct key_entry *key_table_find(const struct key_table *table, const char *key);

/* "OUT/findings/KEY.zap", with all but [A-Za-z0-9.+-] in the key replaced by '_'. */
void finding_path(const char *out, const char *key, char *path, size_t size);

/* Writes @length bytes to @path so that a reader sees all or nothing. 0 or -errno. */
int write_atomically(const char *path, const void *data, size_t length);

/*
 * Stores @program for @key: head comments, the steps, an expect line for each
 * rule in @result. @note: one more comment ("not minimized"), or NULL. 0 or -errno.
 */
int finding_store(const char *out, const char *key, const struct program *program,
		  const struct result *result, uint64_t seed, const char *note);

/* Adds the keys of what OUT/findings holds already. 0 or -errno. */
int findings_recall(struct key_table *table, const char *out);

/*
 * Runs the programs in @paths (NULL-terminated; directories are walked) that
 * explain themselves (`# why:`) and gives each to @learn that shows a finding
 * which it expects; others may stand beside it. Returns their number, or -EINVAL
 * with a sentence in @error.
 */
int errata_each(struct lockstep *ls, enum profile profile, const char *const *paths,
		void (*learn)(const char *path, const struct program *program,
			      const struct result *result, void *arg), void *arg,
		char *error, size_t size);

/* errata_each(), and their keys go to @table. */
int errata_learn(struct key_table *table, struct lockstep *ls, enum profile profile,
		 const char *const *paths, char *error, size_t size);

/* The keys of @result, which an erratum gave. */
void errata_add_keys(struct key_table *table, const struct result *result);

#endif

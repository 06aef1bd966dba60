// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys and files of findings. A finding is on disk before its worker goes on,
 * first as found, then minimized: kill -9 loses none (design 9).
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/findings.h"

enum { ENTRY_EMPTY, ENTRY_FILLING, ENTRY_VALID };

static uint32_t key_hash(const char *key)
{
	uint32_t hash = 2166136261u;

	while (*key)
		hash = (hash ^ (unsigned char)*key++) * 16777619u;
	return hash ^ hash >> 15;
}

static bool entry_is(struct key_entry *entry, const char *key)
{
	while (atomic_load_explicit(&entry->state, memory_order_acquire) == ENTRY_FILLING)
		sched_yield();
	return !strcmp(entry->key, key);
}

struct key_entry *key_table_add(struct key_table *table, const char *key, enum key_origin origin,
				bool *added)
{
	uint32_t at = key_hash(key);

	*added = false;
	for (uint32_t i = 0; i < KEY_TABLE_SIZE; i++) {
		struct key_entry *entry = &table->entries[(at + i) % KEY_TABLE_SIZE];
		uint32_t empty = ENTRY_EMPTY;

		if (atomic_load_explicit(&entry->state, memory_order_acquire) != ENTRY_EMPTY) {
			if (entry_is(entry, key))
				return entry;
			continue;
		}
		if (origin == KEY_NEW && atomic_load(&table->nr_new) >= FUZZ_MAX_FINDINGS) {
			atomic_fetch_add(&table->beyond, 1);
			return NULL;
		}
		if (!atomic_compare_exchange_strong(&entry->state, &empty, ENTRY_FILLING)) {
			if (entry_is(entry, key))
				return entry;
			continue;
		}
		entry->origin = origin;
		snprintf(entry->key, sizeof(entry->key), "%s", key);
		atomic_store_explicit(&entry->state, ENTRY_VALID, memory_order_release);
		if (origin == KEY_NEW)
			atomic_fetch_add(&table->nr_new, 1);
		*added = true;
		return entry;
	}
	return NULL;
}

const struct key_entry *key_table_find(const struct key_table *table, const char *key)
{
	uint32_t at = key_hash(key);

	for (uint32_t i = 0; i < KEY_TABLE_SIZE; i++) {
		const struct key_entry *entry = &table->entries[(at + i) % KEY_TABLE_SIZE];

		if (atomic_load_explicit(&entry->state, memory_order_acquire) != ENTRY_VALID)
			return NULL;
		if (!strcmp(entry->key, key))
			return entry;
	}
	return NULL;
}

/* -- files -------------------------------------------------------------- */

void finding_path(const char *out, const char *key, char *path, size_t size)
{
	size_t n = snprintf(path, size, "%s/findings/", out);

	for (; *key && n + 5 < size; key++, n++)
		path[n] = strchr("+-.", *key) || (*key >= '0' && *key <= '9') ||
			  ((*key | 0x20) >= 'a' && (*key | 0x20) <= 'z') ? *key : '_';
	if (n < size)
		snprintf(path + n, size - n, ".zap");
}

/* No fsync: kill -9 must lose nothing, a power cut may, and hundreds of them would stall a campaign. */
int write_atomically(const char *path, const void *data, size_t length)
{
	char temp[4096];
	const char *p = data;
	int fd, err = 0;

	snprintf(temp, sizeof(temp), "%s.tmp%d", path, (int)getpid());
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	while (length && !err) {
		ssize_t n = write(fd, p, length);

		if (n < 0 && errno != EINTR)
			err = -errno;
		if (n > 0) {
			p += n;
			length -= n;
		}
	}
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temp, path))
		err = -errno;
	if (err)
		unlink(temp);
	return err;
}

/* A head comment. What does not fit is left out: comments never cost a finding. */
static __attribute__((format(printf, 2, 3)))
void add_note(struct program *program, const char *format, ...)
{
	char *text = program->note_text + program->note_bytes;
	size_t room = sizeof(program->note_text) - program->note_bytes;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room || program->nr_notes == PROGRAM_MAX_NOTES)
		return;
	for (char *c = text; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	program->notes[program->nr_notes++] = (struct note){
		.place = NOTE_TOP, .op = HEAD_MACHINE, .text = program->note_bytes,
	};
	program->note_bytes += n + 1;
}

static const struct finding *finding_by_key(const struct result *result, const char *key)
{
	for (unsigned i = 0; i < result->nr_findings; i++)
		if (!strcmp(result->findings[i].key, key))
			return &result->findings[i];
	return NULL;
}

static void add_expects(struct program *program, const struct result *result)
{
	for (unsigned i = 0; i < result->nr_findings; i++) {
		const struct finding *f = &result->findings[i];
		struct expect *e = &program->expects[program->nr_expects];

		if (f->rule >= VR_FIRST_ADVISORY || program->nr_expects == PROGRAM_MAX_EXPECTS)
			continue;
		*e = (struct expect){ .step = f->step };
		snprintf(e->rule, sizeof(e->rule), "%s", verdict_rule_names[f->rule]);
		if (f->has_gfn) {
			e->has_gpa = true;
			e->gpa = f->gfn << PAGE_SHIFT;
		}
		snprintf(e->target, sizeof(e->target), "%.*s", (int)sizeof(e->target) - 1,
			 result->target);
		program->nr_expects++;
	}
}

int finding_store(const char *out, const char *key, const struct program *program,
		  const struct result *result, uint64_t seed, const char *note)
{
	static struct program annotated;
	const struct finding *f = finding_by_key(result, key);
	char path[4096], *text;
	size_t length;
	int err;

	program_copy(&annotated, program);
	program_strip(&annotated);
	add_note(&annotated, "# key: %s", key);
	add_note(&annotated, "# target: %s, judged by %s; zaplock fuzz, seed %llu", result->target,
		 profile_table[result->profile].name, (unsigned long long)seed);
	if (f) {
		add_note(&annotated, "# severity: %s; rule %s: %s", severity_name(f->severity),
			 rule_table[f->rule_id].id, rule_table[f->rule_id].sentence);
		if (f->message[0])
			add_note(&annotated, "# step %u: %s", f->step, f->message);
		for (unsigned i = 0; i < f->nr_why; i++)
			add_note(&annotated, "#   %s", f->why[i].text);
	}
	if (note)
		add_note(&annotated, "# %s", note);
	add_expects(&annotated, result);
	length = program_print(&annotated, NULL, 0);
	text = malloc(length + 1);
	if (!text)
		return -ENOMEM;
	program_print(&annotated, text, length + 1);
	finding_path(out, key, path, sizeof(path));
	err = write_atomically(path, text, length);
	free(text);
	return err;
}

/* -- what is known already ---------------------------------------------- */

static bool is_program(const FTSENT *e)
{
	return e->fts_info == FTS_F && e->fts_namelen > 4 &&
	       !strcmp(e->fts_name + e->fts_namelen - 4, ".zap");
}

int findings_recall(struct key_table *table, const char *out)
{
	static struct program program;
	char dir[4096], key[256];
	char *const paths[] = { dir, NULL };
	struct parse_error error;
	struct key_entry *entry;
	bool added;
	FTSENT *e;
	FTS *fts;

	snprintf(dir, sizeof(dir), "%s/findings", out);
	fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		return -errno;
	while ((e = fts_read(fts))) {
		if (!is_program(e) || program_load(&program, e->fts_accpath, &error) ||
		    !program_note_value(&program, "key", key, KEY_MAX))
			continue;
		entry = key_table_add(table, key, KEY_BEFORE, &added);
		if (entry)
			entry->stored = 1;
	}
	fts_close(fts);
	return 0;
}

void errata_add_keys(struct key_table *table, const struct result *result)
{
	for (unsigned i = 0; i < result->nr_findings; i++) {
		const struct finding *f = &result->findings[i];
		struct key_entry *entry;
		bool added;

		if (!f->foreseen)
			continue;
		entry = key_table_add(table, f->key, KEY_ERRATUM, &added);
		if (!entry)
			continue;
		entry->origin = KEY_ERRATUM;
		entry->severity = f->severity;
		entry->rule = f->rule;
	}
}

static bool shows_expected(const struct result *result)
{
	for (unsigned i = 0; i < result->nr_findings; i++) {
		if (result->findings[i].foreseen)
			return true;
	}
	return false;
}

int errata_each(struct lockstep *ls, enum profile profile, const char *const *paths,
		void (*learn)(const char *path, const struct program *program,
			      const struct result *result, void *arg), void *arg,
		char *error, size_t size)
{
	static struct program program;
	struct lockstep_options options = { .profile = profile };
	struct result *result;
	struct parse_error parse;
	char why[8];
	int nr = 0;
	FTSENT *e;
	FTS *fts;

	if (!paths || !paths[0])
		return 0;
	fts = fts_open((char *const *)paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	result = malloc(sizeof(*result));
	if (!fts || !result) {
		snprintf(error, size, "cannot read errata: %s", strerror(errno));
		nr = -EINVAL;
	}
	while (nr >= 0 && (e = fts_read(fts))) {
		if (e->fts_info == FTS_NS || e->fts_info == FTS_DNR || e->fts_info == FTS_ERR) {
			snprintf(error, size, "errata %s: %s", e->fts_path, strerror(e->fts_errno));
			nr = -EINVAL;
		} else if (is_program(e) || (e->fts_info == FTS_F && e->fts_level == 0)) {
			if (program_load(&program, e->fts_accpath, &parse)) {
				parse_error_format(&parse, error, size);
				nr = -EINVAL;
			} else if (program_note_value(&program, "why", why, sizeof(why))) {
				lockstep_run(ls, &program, &options, result);
				expect_evaluate(&program, result);
				if (shows_expected(result))
					learn(e->fts_path, &program, result, arg);
				nr++;
			}
		}
	}
	if (fts)
		fts_close(fts);
	free(result);
	return nr;
}

static void learn_keys(const char *path, const struct program *program, const struct result *result,
		       void *table)
{
	errata_add_keys(table, result);
}

int errata_learn(struct key_table *table, struct lockstep *ls, enum profile profile,
		 const char *const *paths, char *error, size_t size)
{
	return errata_each(ls, profile, paths, learn_keys, table, error, size);
}

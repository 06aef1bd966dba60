// SPDX-License-Identifier: GPL-2.0-only
/*
 * The findings store: opening, checking, writing.
 *
 * WAL lets reports read while a campaign writes; synchronous=FULL means that
 * what was committed is on the disk (https://sqlite.org/wal.html,
 * https://sqlite.org/pragma.html#pragma_synchronous).
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "reports/store_internal.h"

#define APPLICATION_ID	0x5a6c6b31	/* "Zlk1": PRAGMA application_id, shown by file(1) */
#define BUSY_MS		10000		/* another writer's transaction takes milliseconds */

const char *const finding_state_names[NR_FINDING_STATES] = { "new", "known", "fixed", "expired" };

static const char schema[] =
	"CREATE TABLE finding (\n"
	"	id INTEGER PRIMARY KEY,\n"
	"	key TEXT NOT NULL,\n"
	"	target TEXT NOT NULL,\n"
	"	profile TEXT NOT NULL,\n"
	"	kernel TEXT,\n"
	"	rule TEXT NOT NULL,\n"
	"	severity TEXT NOT NULL,\n"
	"	state TEXT NOT NULL CHECK (state IN ('new', 'known', 'fixed', 'expired')),\n"
	"	erratum TEXT,\n"
	"	first_seen INTEGER NOT NULL,\n"
	"	last_seen INTEGER NOT NULL CHECK (last_seen >= first_seen),\n"
	"	programs INTEGER NOT NULL,\n"
	"	program TEXT,\n"
	"	minimal TEXT,\n"
	"	shown INTEGER NOT NULL DEFAULT 0,\n"
	"	tries INTEGER NOT NULL DEFAULT 0 CHECK (shown <= tries),\n"
	"	detail TEXT,\n"
	"	note TEXT,\n"
	"	UNIQUE (key, target)\n"
	");\n"
	"CREATE TABLE run (\n"
	"	id INTEGER PRIMARY KEY,\n"
	"	started INTEGER NOT NULL,\n"
	"	ended INTEGER,\n"
	"	seconds REAL NOT NULL DEFAULT 0,\n"
	"	seed TEXT NOT NULL,\n"
	"	targets TEXT NOT NULL,\n"
	"	version TEXT NOT NULL,\n"
	"	ended_by TEXT,\n"
	"	minimized TEXT\n"
	");\n"
	"CREATE TABLE sample (\n"
	"	run INTEGER NOT NULL REFERENCES run (id),\n"
	"	seconds REAL NOT NULL,\n"
	"	instance TEXT NOT NULL,\n"
	"	engine TEXT NOT NULL,\n"
	"	target TEXT NOT NULL,\n"
	"	programs INTEGER NOT NULL,\n"
	"	ops INTEGER NOT NULL,\n"
	"	coverage INTEGER NOT NULL,\n"
	"	code INTEGER NOT NULL,\n"
	"	corpus INTEGER NOT NULL,\n"
	"	doing TEXT NOT NULL,\n"
	"	PRIMARY KEY (run, seconds, instance)\n"
	") WITHOUT ROWID;\n"
	"CREATE TABLE rule_hit (\n"
	"	run INTEGER NOT NULL REFERENCES run (id),\n"
	"	target TEXT NOT NULL,\n"
	"	rule TEXT NOT NULL,\n"
	"	PRIMARY KEY (run, target, rule)\n"
	") WITHOUT ROWID;\n";

const char *store_error(const struct store *store)
{
	return store->error;
}

static int sqlite_errno(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
		return -EIO;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return -EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	default:
		return -EINVAL;
	}
}

static const char *what_to_do(int error)
{
	switch (error) {
	case -ENOSPC:
		return "; the disk is full: make room, nothing that was stored is lost";
	case -EIO:
		return "; a full or failing disk, or a file size limit: nothing that was stored is lost";
	case -EACCES:
		return "; is the directory writable?";
	case -EBUSY:
		return "; another process writes to it";
	case -EINVAL:
		return "; the file is damaged: keep it, and try `sqlite3 FILE .recover`";
	default:
		return "";
	}
}

int store_fail(struct store *store)
{
	int code = sqlite3_extended_errcode(store->db);
	int error = sqlite_errno(code);

	snprintf(store->error, sizeof(store->error), "%s: %s (%s)%s", store->path,
		 sqlite3_errmsg(store->db), sqlite3_errstr(code), what_to_do(error));
	return error;
}

static sqlite3_stmt *query(struct store *store, const char *sql, const char *types, va_list ap)
{
	sqlite3_stmt *stmt;
	int err = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);

	for (int i = 1; !err && *types; i++, types++) {
		if (*types == 's')
			err = sqlite3_bind_text(stmt, i, va_arg(ap, const char *), -1,
						SQLITE_TRANSIENT);
		else if (*types == 'i')
			err = sqlite3_bind_int64(stmt, i, va_arg(ap, int64_t));
		else
			err = sqlite3_bind_double(stmt, i, va_arg(ap, double));
	}
	if (!err)
		return stmt;
	store_fail(store);
	sqlite3_finalize(stmt);
	return NULL;
}

sqlite3_stmt *store_query(struct store *store, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;

	va_start(ap, types);
	stmt = query(store, sql, types, ap);
	va_end(ap);
	return stmt;
}

static int finish(struct store *store, sqlite3_stmt *stmt)
{
	int err = 0;

	if (!stmt)
		return sqlite_errno(sqlite3_extended_errcode(store->db));
	if (sqlite3_step(stmt) != SQLITE_DONE)
		err = store_fail(store);
	sqlite3_finalize(stmt);
	return err;
}

int store_exec(struct store *store, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;

	va_start(ap, types);
	stmt = query(store, sql, types, ap);
	va_end(ap);
	return finish(store, stmt);
}

/* The one integer that @sql gives, or a negative errno in *@error. */
static int64_t pragma(struct store *store, const char *sql, int *error)
{
	sqlite3_stmt *stmt = store_query(store, sql, "");
	int64_t value = 0;

	*error = 0;
	if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	else
		*error = store_fail(store);
	sqlite3_finalize(stmt);
	return value;
}

static int refuse(struct store *store, const char *what)
{
	snprintf(store->error, sizeof(store->error), "%s: %s", store->path, what);
	return -EINVAL;
}

/* A damaged page is found now, not when its finding is wanted. */
static int check_pages(struct store *store)
{
	sqlite3_stmt *stmt = store_query(store, "PRAGMA quick_check(1)", "");
	const char *said = NULL;
	int err = 0;

	if (!stmt || sqlite3_step(stmt) != SQLITE_ROW)
		err = store_fail(store);
	else
		said = (const char *)sqlite3_column_text(stmt, 0);
	if (!err && (!said || strcmp(said, "ok"))) {
		snprintf(store->error, sizeof(store->error), "%s: damaged: %.200s%s", store->path,
			 said ? said : "?", what_to_do(-EINVAL));
		err = -EINVAL;
	}
	sqlite3_finalize(stmt);
	return err;
}

static int make_schema(struct store *store)
{
	char sql[sizeof(schema) + 200];

	snprintf(sql, sizeof(sql),
		 "BEGIN IMMEDIATE;\n%sPRAGMA application_id = %d;\nPRAGMA user_version = %d;\nCOMMIT;",
		 schema, APPLICATION_ID, STORE_VERSION);
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL)) {
		int err = store_fail(store);

		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		return err;
	}
	return 0;
}

/* What is in the file: nothing, ours, another version's, somebody else's. */
static int check_contents(struct store *store, enum store_mode mode)
{
	int err;
	int64_t application = pragma(store, "PRAGMA application_id", &err), version, tables;
	char what[200];

	if (err)
		return err;
	tables = pragma(store, "SELECT count(*) FROM sqlite_schema", &err);
	if (err)
		return err;
	if (!tables && !application)
		return mode == STORE_WRITE ? make_schema(store) :
					     refuse(store, "is empty: no campaign has stored anything yet");
	if (application != APPLICATION_ID)
		return refuse(store, "is no findings store of zaplock; name another directory");
	version = pragma(store, "PRAGMA user_version", &err);
	if (!err && version != STORE_VERSION) {
		snprintf(what, sizeof(what),
			 "is a findings store of version %lld, this zaplock reads version %d: use the zaplock "
			 "that wrote it, or name another directory", (long long)version, STORE_VERSION);
		return refuse(store, what);
	}
	return err ? err : check_pages(store);
}

static int open_file(struct store *store, enum store_mode mode)
{
	int flags = mode == STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE :
					  SQLITE_OPEN_READONLY;
	int err = sqlite3_open_v2(store->path, &store->db, flags | SQLITE_OPEN_EXRESCODE, NULL);

	if (err)
		return store->db ? store_fail(store) : -ENOMEM;
	sqlite3_busy_timeout(store->db, BUSY_MS);
	err = check_contents(store, mode);
	if (err || mode == STORE_READ)
		return err;
	if (sqlite3_exec(store->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
			 NULL, NULL, NULL))
		return store_fail(store);
	return 0;
}

/* SQLite wants to write beside a WAL store even to read it; where it may not, and nobody writes, it need not. */
static int open_immutable(struct store *store)
{
	char uri[4200], wal[4200];
	size_t n = snprintf(uri, sizeof(uri), "file:");

	snprintf(wal, sizeof(wal), "%s-wal", store->path);
	if (!access(wal, F_OK))
		return -EACCES;
	for (const char *p = store->path; *p && n + 20 < sizeof(uri); p++)
		n += snprintf(uri + n, sizeof(uri) - n, strchr("?#%", *p) ? "%%%02x" : "%c", *p);
	snprintf(uri + n, sizeof(uri) - n, "?immutable=1");
	sqlite3_close(store->db);
	if (sqlite3_open_v2(uri, &store->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE,
			    NULL))
		return store->db ? store_fail(store) : -ENOMEM;
	return check_contents(store, STORE_READ);
}

struct store *store_open(const char *dir, enum store_mode mode, char *error, size_t size)
{
	struct store *store = calloc(1, sizeof(*store));
	int err;

	if (!store) {
		snprintf(error, size, "no memory for the findings store");
		return NULL;
	}
	snprintf(store->path, sizeof(store->path), "%s/%s", dir, STORE_FILE);
	if (mode == STORE_READ && access(store->path, F_OK)) {
		snprintf(error, size, "%s: %s; `zaplock campaign --out %s` makes one", store->path,
			 strerror(errno), dir);
		free(store);
		return NULL;
	}
	err = open_file(store, mode);
	if (err == -EACCES && mode == STORE_READ)
		err = open_immutable(store);
	if (!err)
		return store;
	snprintf(error, size, "%s", store->error[0] ? store->error : strerror(-err));
	store_close(store);
	return NULL;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	sqlite3_close(store->db);
	free(store);
}

int store_begin(struct store *store)
{
	return store_exec(store, "BEGIN IMMEDIATE", "");
}

int store_commit(struct store *store)
{
	int err = store_exec(store, "COMMIT", "");

	if (err)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

int store_add(struct store *store, const struct stored_finding *f, int64_t *id, bool *added)
{
	static const char sql[] =
		"INSERT INTO finding (key, target, profile, kernel, rule, severity, state, erratum,"
		" first_seen, last_seen, programs, program)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, max(?9, ?10), ?11, ?12)"
		" ON CONFLICT (key, target) DO UPDATE SET profile = excluded.profile,"
		" kernel = coalesce(excluded.kernel, kernel), state = excluded.state,"
		" erratum = excluded.erratum, last_seen = max(last_seen, excluded.last_seen),"
		" programs = programs + excluded.programs, program = coalesce(program, excluded.program)"
		" RETURNING id";
	sqlite3_stmt *stmt;
	int64_t before = 0;
	int err = 0;

	stmt = store_query(store, "SELECT count(*) FROM finding WHERE key = ?1 AND target = ?2", "ss",
			   f->key, f->target);
	if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		before = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	stmt = store_query(store, sql, "ssssssssiiis", f->key, f->target, f->profile, f->kernel,
			   f->rule, f->severity, finding_state_names[f->state], f->erratum,
			   f->first_seen, f->last_seen, (int64_t)f->programs, f->program);
	if (!stmt)
		return sqlite_errno(sqlite3_extended_errcode(store->db));
	if (sqlite3_step(stmt) == SQLITE_ROW && id)
		*id = sqlite3_column_int64(stmt, 0);
	/* RETURNING gives its row before the statement is done; it is in force once it is. */
	if (sqlite3_step(stmt) != SQLITE_DONE)
		err = store_fail(store);
	sqlite3_finalize(stmt);
	if (!err && added)
		*added = !before;
	return err;
}

int store_examined(struct store *store, int64_t id, unsigned shown, unsigned tries,
		   const char *minimal, const char *detail, const char *note)
{
	return store_exec(store, "UPDATE finding SET shown = ?2, tries = ?3, minimal = coalesce(?4, minimal),"
			  " detail = coalesce(?5, detail), note = ?6 WHERE id = ?1", "iiisss", id,
			  (int64_t)shown, (int64_t)tries, minimal, detail, note);
}

int store_set_state(struct store *store, int64_t id, enum finding_state state, const char *erratum)
{
	return store_exec(store, "UPDATE finding SET state = ?2, erratum = ?3 WHERE id = ?1", "iss", id,
			  finding_state_names[state], erratum);
}

int store_run_begin(struct store *store, const struct stored_run *run, int64_t *id, unsigned *of_day)
{
	int64_t day = run->started - run->started % 86400;
	char seed[24];
	int err;

	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)run->seed);
	err = store_exec(store, "INSERT INTO run (started, seed, targets, version) VALUES (?1, ?2, ?3, ?4)",
			 "isss", run->started, seed, run->targets, run->version);
	*id = sqlite3_last_insert_rowid(store->db);
	if (!err) {
		sqlite3_stmt *stmt = store_query(store, "SELECT count(*) FROM run WHERE started >= ?1 AND"
						 " started < ?1 + 86400 AND id <= ?2", "ii", day, *id);

		*of_day = stmt && sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 1;
		sqlite3_finalize(stmt);
	}
	return err;
}

int store_run_seed(struct store *store, int64_t run, uint64_t seed)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)seed);
	return store_exec(store, "UPDATE run SET seed = ?2 WHERE id = ?1", "is", run, text);
}

int store_run_end(struct store *store, int64_t run, double seconds, const char *ended_by,
		  const char *minimized)
{
	return store_exec(store, "UPDATE run SET ended = max(started, ?2), seconds = ?3, ended_by = ?4,"
			  " minimized = ?5 WHERE id = ?1", "iidss", run, (int64_t)time(NULL), seconds,
			  ended_by, minimized);
}

int store_sample(struct store *store, const struct stored_sample *s)
{
	return store_exec(store, "INSERT OR REPLACE INTO sample VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
			  " ?10, ?11)", "idsssiiiiis", s->run, s->seconds, s->instance, s->engine,
			  s->target, (int64_t)s->programs, (int64_t)s->ops, (int64_t)s->coverage,
			  (int64_t)s->code, (int64_t)s->corpus, s->doing);
}

int store_rules(struct store *store, int64_t run, const char *target, const struct rule_set *hit)
{
	int err = 0;

	for (unsigned rule = 0; rule < NR_RULES && !err; rule++)
		if (rule_set_has(hit, rule))
			err = store_exec(store, "INSERT OR IGNORE INTO rule_hit VALUES (?1, ?2, ?3)", "iss",
					 run, target, rule_table[rule].id);
	return err;
}

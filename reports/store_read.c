// SPDX-License-Identifier: GPL-2.0-only
/* Reading the findings store: whole tables, as lists that hold their texts. */
#include <stdlib.h>
#include <string.h>

#include "reports/store_internal.h"

struct text {
	struct text *next;
	char bytes[];
};

/* Stands before a list's rows. */
struct list {
	struct text *texts;
	size_t nr, max;
	_Alignas(16) char rows[];
};

/* Room for one more row of @size bytes; NULL when memory is out. */
static void *list_row(struct list **list, size_t size)
{
	if (!*list || (*list)->nr == (*list)->max) {
		size_t max = *list ? (*list)->max * 2 : 64;
		struct list *more = realloc(*list, sizeof(*more) + max * size);

		if (!more)
			return NULL;
		if (!*list)
			*more = (struct list){ 0 };
		more->max = max;
		*list = more;
	}
	return memset((*list)->rows + (*list)->nr++ * size, 0, size);
}

/* The text in @column, kept by the list; "" where it is NULL or memory is out. */
static const char *list_text(struct list *list, sqlite3_stmt *stmt, int column)
{
	const char *value = (const char *)sqlite3_column_text(stmt, column);
	struct text *text = value ? malloc(sizeof(*text) + strlen(value) + 1) : NULL;

	if (!text)
		return "";
	strcpy(text->bytes, value);
	text->next = list->texts;
	list->texts = text;
	return text->bytes;
}

void store_free(void *rows)
{
	struct list *list = rows ? (struct list *)((char *)rows - offsetof(struct list, rows)) : NULL;

	while (list && list->texts) {
		struct text *text = list->texts;

		list->texts = text->next;
		free(text);
	}
	free(list);
}

/* Runs @stmt to its end, a row at a time through @fill. */
static void *collect(struct store *store, sqlite3_stmt *stmt, size_t size, size_t *nr,
		     void (*fill)(struct list *list, sqlite3_stmt *stmt, void *row))
{
	struct list *list = NULL;
	bool ok = stmt && list_row(&list, size);
	int err = SQLITE_DONE;

	*nr = 0;
	if (ok)
		list->nr = 0;	/* an empty list is no error */
	while (ok && (err = sqlite3_step(stmt)) == SQLITE_ROW) {
		void *row = list_row(&list, size);

		ok = row != NULL;
		if (ok)
			fill(list, stmt, row);
	}
	if (err != SQLITE_DONE && err != SQLITE_ROW)
		ok = store_fail(store) == 0;
	sqlite3_finalize(stmt);
	if (!ok) {
		store_free(list ? list->rows : NULL);
		return NULL;
	}
	*nr = list->nr;
	return list->rows;
}

static enum finding_state state_by_name(const char *name)
{
	enum finding_state state = STATE_NEW;

	while (state < NR_FINDING_STATES - 1 && strcmp(finding_state_names[state], name))
		state++;
	return state;
}

static void fill_finding(struct list *list, sqlite3_stmt *stmt, void *row)
{
	*(struct stored_finding *)row = (struct stored_finding){
		.id = sqlite3_column_int64(stmt, 0),
		.key = list_text(list, stmt, 1),
		.target = list_text(list, stmt, 2),
		.profile = list_text(list, stmt, 3),
		.kernel = list_text(list, stmt, 4),
		.rule = list_text(list, stmt, 5),
		.severity = list_text(list, stmt, 6),
		.state = state_by_name((const char *)sqlite3_column_text(stmt, 7)),
		.erratum = list_text(list, stmt, 8),
		.first_seen = sqlite3_column_int64(stmt, 9),
		.last_seen = sqlite3_column_int64(stmt, 10),
		.programs = sqlite3_column_int64(stmt, 11),
		.program = list_text(list, stmt, 12),
		.minimal = list_text(list, stmt, 13),
		.shown = sqlite3_column_int64(stmt, 14),
		.tries = sqlite3_column_int64(stmt, 15),
		.detail = list_text(list, stmt, 16),
		.note = list_text(list, stmt, 17),
	};
}

static unsigned severity_rank(const char *name)
{
	unsigned severity = 0;

	while (severity < NR_SEVERITIES && strcmp(severity_name(severity), name))
		severity++;
	return severity;
}

static int by_weight(const void *a, const void *b)
{
	const struct stored_finding *x = a, *y = b;
	int order = (int)severity_rank(x->severity) - (int)severity_rank(y->severity);

	if (order)
		return order;
	if (x->programs != y->programs)
		return x->programs < y->programs ? 1 : -1;
	return x->id > y->id ? 1 : -1;
}

#define FINDING_COLUMNS \
	"id, key, target, profile, kernel, rule, severity, state, erratum, first_seen, last_seen," \
	" programs, program, minimal, shown, tries, detail, note"

struct stored_finding *store_finding(struct store *store, int64_t id)
{
	size_t nr;
	struct stored_finding *list = collect(store, store_query(store,
		"SELECT " FINDING_COLUMNS " FROM finding WHERE id = ?1", "i", id),
		sizeof(*list), &nr, fill_finding);

	if (list && !nr) {
		store_free(list);
		list = NULL;
	}
	return list;
}

struct stored_finding *store_findings(struct store *store, size_t *nr)
{
	struct stored_finding *list = collect(store, store_query(store,
		"SELECT " FINDING_COLUMNS " FROM finding", ""), sizeof(*list), nr, fill_finding);

	if (list)
		qsort(list, *nr, sizeof(*list), by_weight);
	return list;
}

static void fill_run(struct list *list, sqlite3_stmt *stmt, void *row)
{
	const char *seed = list_text(list, stmt, 4);

	*(struct stored_run *)row = (struct stored_run){
		.id = sqlite3_column_int64(stmt, 0),
		.started = sqlite3_column_int64(stmt, 1),
		.ended = sqlite3_column_int64(stmt, 2),
		.seconds = sqlite3_column_double(stmt, 3),
		.seed = strtoull(seed, NULL, 0),
		.targets = list_text(list, stmt, 5),
		.version = list_text(list, stmt, 6),
		.ended_by = list_text(list, stmt, 7),
		.minimized = list_text(list, stmt, 8),
	};
}

struct stored_run *store_runs(struct store *store, size_t *nr)
{
	return collect(store, store_query(store, "SELECT id, started, ended, seconds, seed, targets, version,"
					  " ended_by, minimized FROM run ORDER BY id", ""),
		       sizeof(struct stored_run), nr, fill_run);
}

static void fill_sample(struct list *list, sqlite3_stmt *stmt, void *row)
{
	*(struct stored_sample *)row = (struct stored_sample){
		.run = sqlite3_column_int64(stmt, 0),
		.seconds = sqlite3_column_double(stmt, 1),
		.instance = list_text(list, stmt, 2),
		.engine = list_text(list, stmt, 3),
		.target = list_text(list, stmt, 4),
		.programs = sqlite3_column_int64(stmt, 5),
		.ops = sqlite3_column_int64(stmt, 6),
		.coverage = sqlite3_column_int64(stmt, 7),
		.code = sqlite3_column_int64(stmt, 8),
		.corpus = sqlite3_column_int64(stmt, 9),
		.doing = list_text(list, stmt, 10),
	};
}

struct stored_sample *store_samples(struct store *store, int64_t run, size_t *nr)
{
	return collect(store, store_query(store, "SELECT run, seconds, instance, engine, target, programs, ops,"
					  " coverage, code, corpus, doing FROM sample WHERE run = ?1"
					  " ORDER BY seconds, instance", "i", run),
		       sizeof(struct stored_sample), nr, fill_sample);
}

int store_rules_hit(struct store *store, int64_t run, const char *target, struct rule_set *hit)
{
	sqlite3_stmt *stmt = store_query(store, "SELECT rule FROM rule_hit WHERE run = ?1 AND target = ?2", "is",
					 run, target);
	int err = SQLITE_ERROR;

	memset(hit, 0, sizeof(*hit));
	while (stmt && (err = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *id = (const char *)sqlite3_column_text(stmt, 0);

		for (unsigned rule = 0; id && rule < NR_RULES; rule++)
			if (!strcmp(rule_table[rule].id, id))
				rule_set_add(hit, rule);
	}
	err = err == SQLITE_DONE ? 0 : store_fail(store);
	sqlite3_finalize(stmt);
	return err;
}

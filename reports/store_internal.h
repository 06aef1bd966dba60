/* SPDX-License-Identifier: GPL-2.0-only */
/* The findings store, below its interface; private to store*.c. */
#ifndef ZAPLOCK_REPORTS_STORE_INTERNAL_H
#define ZAPLOCK_REPORTS_STORE_INTERNAL_H

#include <sqlite3.h>

#include "reports/store.h"

struct store {
	sqlite3 *db;
	char path[4096];
	char error[5000];
};

/* Turns what SQLite says of the last call into a sentence and a negative errno. */
int store_fail(struct store *store);

/*
 * A prepared statement with its parameters bound, by letters: s text (NULL is NULL), i int64_t, d
 * double. NULL on error.
 */
sqlite3_stmt *store_query(struct store *store, const char *sql, const char *types, ...);
/* The same, run to its end, when it gives no rows. */
int store_exec(struct store *store, const char *sql, const char *types, ...);

#endif

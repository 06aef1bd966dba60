// SPDX-License-Identifier: GPL-2.0-only
/* The findings store of a build without SQLite: it says so. */
#include <errno.h>
#include <stdio.h>

#include "reports/store.h"

const char *const finding_state_names[NR_FINDING_STATES] = { "new", "known", "fixed", "expired" };

struct store *store_open(const char *dir, enum store_mode mode, char *error, size_t size)
{
	snprintf(error, size, "this zaplock was built without SQLite; install libsqlite3-dev, configure and build again");
	return NULL;
}

void store_close(struct store *store) {}
void store_free(void *list) {}
const char *store_error(const struct store *store) { return "no SQLite"; }
int store_begin(struct store *store) { return -ENOSYS; }
int store_commit(struct store *store) { return -ENOSYS; }

int store_add(struct store *store, const struct stored_finding *f, int64_t *id, bool *added)
{
	return -ENOSYS;
}

int store_examined(struct store *store, int64_t id, unsigned shown, unsigned tries,
		   const char *minimal, const char *detail, const char *note)
{
	return -ENOSYS;
}

int store_set_state(struct store *store, int64_t id, enum finding_state state, const char *erratum)
{
	return -ENOSYS;
}

int store_run_begin(struct store *store, const struct stored_run *run, int64_t *id, unsigned *of_day)
{
	return -ENOSYS;
}

int store_run_seed(struct store *store, int64_t run, uint64_t seed) { return -ENOSYS; }

int store_run_end(struct store *store, int64_t run, double seconds, const char *ended_by,
		  const char *minimized)
{
	return -ENOSYS;
}

int store_sample(struct store *store, const struct stored_sample *sample) { return -ENOSYS; }

int store_rules(struct store *store, int64_t run, const char *target, const struct rule_set *hit)
{
	return -ENOSYS;
}

int store_rules_hit(struct store *store, int64_t run, const char *target, struct rule_set *hit)
{
	return -ENOSYS;
}

struct stored_finding *store_findings(struct store *store, size_t *nr) { return NULL; }
struct stored_finding *store_finding(struct store *store, int64_t id) { return NULL; }
struct stored_run *store_runs(struct store *store, size_t *nr) { return NULL; }
struct stored_sample *store_samples(struct store *store, int64_t run, size_t *nr) { return NULL; }

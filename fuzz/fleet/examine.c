// SPDX-License-Identifier: GPL-2.0-only
/*
 * Examining a finding, in a process of its own that the clerk can do without:
 * run it again, minimize it, explain it. Each result is stored before the next
 * is begun.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/casualty.h"
#include "fuzz/fleet/internal.h"
#include "reports/json.h"

#define TRIES		5
#define CRASH_TRIES	3
#define MINIMIZE_RUNS	20000

struct examiner {
	struct fleet *f;
	struct lane *lane;
	struct store *store;
	struct target *target;
	struct lockstep *ls;
	struct lockstep_options run;
	struct program program;
	struct result result;
	int64_t id;		/* of a casualty's finding */
	struct casualty casualty;
};

static const struct finding *shows(const struct result *result, const char *key)
{
	for (unsigned i = 0; i < result->nr_findings; i++)
		if (!strcmp(result->findings[i].key, key))
			return &result->findings[i];
	return NULL;
}

static char *print_program(const struct program *program)
{
	size_t length = program_print(program, NULL, 0);
	char *text = malloc(length + 1);

	if (text)
		program_print(program, text, length + 1);
	return text;
}

static char *print_detail(const struct finding *finding)
{
	json_t *json = finding ? json_finding(finding) : NULL;
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	return text;
}

static int open_target(struct examiner *x)
{
	char error[512];

	x->target = target_open(x->lane->spec, error, sizeof(error));
	x->ls = x->target ? lockstep_new(x->target) : NULL;
	x->run.profile = x->f->options->profile;
	/* An advisory is only ever stored because it was asked for. */
	x->run.advisories = false;
	if (!x->ls)
		fprintf(stderr, "examine: %s\n", x->target ? "no memory" : error);
	return x->ls ? 0 : -1;
}

static unsigned reproduce(struct examiner *x, const char *key, unsigned tries)
{
	unsigned shown = 0;

	for (unsigned i = 0; i < tries; i++) {
		lockstep_run(x->ls, &x->program, &x->run, &x->result);
		shown += shows(&x->result, key) != NULL;
	}
	return shown;
}

static int minimize_and_explain(struct examiner *x, int64_t id, const char *key, unsigned shown,
				unsigned tries)
{
	const char *note = NULL;
	char *text, *detail;
	int err;

	if (!lockstep_minimize(x->ls, &x->program, key, &x->run, MINIMIZE_RUNS))
		note = "as found: minimizing lost it";
	x->run.explain = true;
	lockstep_run(x->ls, &x->program, &x->run, &x->result);
	/* The program itself says whose rules it was judged by, for whoever runs it. */
	x->program.machine.profile = x->result.profile;
	text = print_program(&x->program);
	detail = print_detail(shows(&x->result, key));
	err = store_examined(x->store, id, shown, tries, text, detail, note);
	if (!err)
		err = finding_store(x->lane->dir, key, &x->program, &x->result, x->f->seed, note);
	free(text);
	free(detail);
	return err;
}

static int examine(struct examiner *x, const struct stored_finding *row, bool again)
{
	const char *text = row->minimal[0] ? row->minimal : row->program;
	struct parse_error error;
	unsigned shown;
	int err;

	if (program_parse(&x->program, text, strlen(text), row->key, &error))
		return store_examined(x->store, row->id, row->shown, row->tries ? row->tries : 1, NULL, NULL,
				      "its program cannot be read");
	if (open_target(x))
		return -1;
	shown = reproduce(x, row->key, TRIES);
	if (again)
		return shown ? 0 : store_set_state(x->store, row->id, STATE_FIXED, NULL);
	err = store_examined(x->store, row->id, shown, TRIES, NULL, NULL,
			     shown ? NULL : "as found: it did not show again when run alone");
	return err || !shown ? err : minimize_and_explain(x, row->id, row->key, shown, TRIES);
}

int examine_finding(struct fleet *f, int64_t id, bool again)
{
	struct examiner *x = calloc(1, sizeof(*x));
	struct stored_finding *row;
	char error[8192];
	int err = -1;

	if (!x)
		return -1;
	x->f = f;
	x->store = store_open(f->out, STORE_WRITE, error, sizeof(error));
	row = x->store ? store_finding(x->store, id) : NULL;
	x->lane = row ? lane_by_name(f, row->target) : NULL;
	if (x->lane)
		err = examine(x, row, again);
	store_free(row);
	store_close(x->store);
	return err;
}

/* -- what killed an instance -------------------------------------------- */

static bool store_casualty(const struct program *program, const struct result *result, const char *note,
			   bool last, void *arg)
{
	struct examiner *x = arg;
	const struct finding *f = &result->findings[0];
	char *text = print_program(program), *detail = print_detail(f);
	char rule[24];
	struct stored_finding row = finding_of(x->lane, f->key, rule);
	bool added = true;
	int err = 0;

	row.program = text;
	/* As found comes first. */
	if (note) {
		err = store_add(x->store, &row, &x->id, &added);
	} else {
		unsigned shown = 0;

		for (unsigned i = 0; i < CRASH_TRIES; i++)
			shown += casualty_dies_alike(program, &x->casualty);
		err = store_examined(x->store, x->id, shown, CRASH_TRIES, text, detail, NULL);
	}
	if (!err && note && last && added)
		err = store_examined(x->store, x->id, 0, 1, text, detail, note);
	if (!err && added)
		err = finding_store(x->lane->dir, f->key, program, result, x->f->seed, note);
	free(text);
	free(detail);
	return !err && added;
}

/* A hang that AFL++ saw may be a busy machine's; one that a worker was killed for stood for 20 s. */
static bool is_real(struct examiner *x, const char *path, const uint8_t *data, size_t size)
{
	int status;

	if (!x->casualty.hung || !strstr(path, "/afl-"))
		return true;
	program_decode(&x->program, data, size);
	program_strip(&x->program);
	status = casualty_try(&x->casualty, &x->program);
	return status > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
}

int examine_casualty(struct fleet *f, unsigned lane, const char *path)
{
	static uint8_t data[FUZZ_MAX_INPUT];
	struct examiner *x = calloc(1, sizeof(*x));
	const char *tail = strstr(path, ",status=");
	char error[8192], log[64];
	int status, hung;
	size_t size;
	FILE *file = fopen(path, "r");

	if (!x || !file || !tail || sscanf(tail, ",status=%d,hung=%d,size=", &status, &hung) != 2)
		return -1;
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	x->f = f;
	x->lane = &f->lanes[lane];
	snprintf(log, sizeof(log), "the log of %.40s", strrchr(path, '/') + 1);
	x->casualty = (struct casualty){
		.target = x->lane->spec, .profile = f->options->profile, .target_name = x->lane->name,
		.judged_by = x->lane->profile, .status = status, .hung = hung, .log = log,
		.store = store_casualty, .arg = x,
	};
	x->store = store_open(f->out, STORE_WRITE, error, sizeof(error));
	if (!x->store)
		return -1;
	if (is_real(x, path, data, size))
		casualty_examine(&x->casualty, data, size);
	store_close(x->store);
	return 0;
}

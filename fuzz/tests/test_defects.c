// SPDX-License-Identifier: GPL-2.0-only
/*
 * The catalogue of the model's defects: each one that shows without schedules
 * has a shortest known program, which shows it, from which no op can go, and
 * which is as long as the catalogue says. A campaign finds one of each kind
 * from an empty corpus and minimizes it; `zaplock bench defects` hunts them all.
 *
 * A finding is the defect's when the model without it does not show the same
 * key on the same program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/fuzz.h"
#include "harness/targets/model/model.h"

#define SECONDS 60	/* given up after so long; found takes a second or two */

struct hunt {
	struct target *sound, *broken;
	struct lockstep *on_sound, *on_broken;
	bool advisories;
	char key[KEY_MAX];
	struct program program;
	struct result result, before;
};

static bool has_key(const struct result *result, const char *key)
{
	for (unsigned i = 0; i < result->nr_findings; i++)
		if (!strcmp(result->findings[i].key, key))
			return true;
	return false;
}

static void run(struct hunt *h, struct lockstep *ls, const struct program *p, struct result *result)
{
	struct lockstep_options options = { .advisories = h->advisories };

	lockstep_run(ls, p, &options, result);
}

/* A key that @p shows with the defect alone; NULL if there is none. Good until the next run. */
static const char *telling_key(struct hunt *h, const struct program *p)
{
	run(h, h->on_broken, p, &h->result);
	run(h, h->on_sound, p, &h->before);
	for (unsigned i = 0; i < h->result.nr_findings; i++)
		if (!has_key(&h->before, h->result.findings[i].key))
			return h->result.findings[i].key;
	return NULL;
}

static void hunt_open(struct hunt *h, const struct model_defect_info *d)
{
	char spec[160], error[256];

	h->key[0] = '\0';
	h->advisories = d->kind == MODEL_DEFECT_ADVISORY;
	snprintf(spec, sizeof(spec), "model:%s", d->policy);
	h->sound = target_open(spec, error, sizeof(error));
	snprintf(spec, sizeof(spec), "model:%s,defect=%s", d->policy, d->name);
	h->broken = target_open(spec, error, sizeof(error));
	if (!h->sound || !h->broken)
		fail_msg("%s", error);
	h->on_sound = lockstep_new(h->sound);
	h->on_broken = lockstep_new(h->broken);
	assert_true(h->on_sound && h->on_broken);
}

static void hunt_close(struct hunt *h)
{
	lockstep_free(h->on_sound);
	lockstep_free(h->on_broken);
	target_close(h->sound);
	target_close(h->broken);
}

/* -- the catalogue ------------------------------------------------------- */

static bool known_program(struct hunt *h, const char *name)
{
	const char *root = getenv("ZAPLOCK_SOURCE_DIR");
	struct parse_error error;
	char path[4096], text[512];

	snprintf(path, sizeof(path), "%s/harness/targets/model/defects/%s.zap", root ? root : ".", name);
	if (!program_load(&h->program, path, &error))
		return true;
	parse_error_format(&error, text, sizeof(text));
	print_error("%s\n", text);
	return false;
}

/* The index of an op that can go; -1 if none can. */
static int needless_op(struct hunt *h, const char *key)
{
	static struct program shorter;

	for (unsigned i = 0; i < h->program.nr_ops; i++) {
		program_copy(&shorter, &h->program);
		program_strip(&shorter);
		shorter.nr_ops--;
		memmove(&shorter.ops[i], &shorter.ops[i + 1],
			(shorter.nr_ops - i) * sizeof(shorter.ops[0]));
		program_repair(&shorter);
		run(h, h->on_broken, &shorter, &h->result);
		run(h, h->on_sound, &shorter, &h->before);
		if (has_key(&h->result, key) && !has_key(&h->before, key))
			return i;
	}
	return -1;
}

static void test_shortest_known(void **state)
{
	static struct hunt hunt;
	unsigned wrong = 0;

	for (const struct model_defect_info *d = model_defect_table; d->name; d++) {
		const char *key = NULL;

		if (d->kind == MODEL_DEFECT_SCHEDULES || d->kind == MODEL_DEFECT_EQUIVALENT)
			continue;
		hunt_open(&hunt, d);
		if (!known_program(&hunt, d->name)) {
			wrong++;
		} else if (!(key = telling_key(&hunt, &hunt.program))) {
			print_error("%s: its program does not show it\n", d->name);
			wrong++;
		} else if (hunt.program.nr_ops != d->shortest) {
			print_error("%s: its program has %u ops, the catalogue says %u\n", d->name,
				    hunt.program.nr_ops, d->shortest);
			wrong++;
		} else {
			snprintf(hunt.key, sizeof(hunt.key), "%s", key);
			if (needless_op(&hunt, hunt.key) >= 0) {
				print_error("%s: an op of its program can go\n", d->name);
				wrong++;
			}
		}
		hunt_close(&hunt);
	}
	assert_int_equal(wrong, 0);
}

/* -- campaigns ----------------------------------------------------------- */

static bool is_the_defect(const char *key, const char *path, void *arg)
{
	struct parse_error error;
	struct hunt *h = arg;

	if (program_load(&h->program, path, &error))
		return false;
	run(h, h->on_sound, &h->program, &h->before);
	if (has_key(&h->before, key))
		return false;
	snprintf(h->key, sizeof(h->key), "%s", key);
	return true;
}

static void seek(const struct model_defect_info *d)
{
	static struct hunt hunt;
	char spec[160], out[] = "/tmp/zaplock-defect-XXXXXX", command[64];
	struct fuzz_summary summary;
	struct fuzz_options options = {
		.target = spec, .out = mkdtemp(out), .seconds = SECONDS, .seed = 1, .quiet = true,
		.enough = is_the_defect, .enough_arg = &hunt, .summary = &summary,
	};

	assert_non_null(options.out);
	hunt_open(&hunt, d);
	options.advisories = hunt.advisories;
	snprintf(spec, sizeof(spec), "model:%s,defect=%s", d->policy, d->name);
	zaplock_fuzz(&options);
	if (!hunt.key[0])
		fail_msg("%s was not found in %d s", d->name, SECONDS);
	assert_int_equal(needless_op(&hunt, hunt.key), -1);
	hunt_close(&hunt);
	snprintf(command, sizeof(command), "rm -rf %s", out);
	assert_int_equal(system(command), 0);
}

static void test_campaigns(void **state)
{
	static const char *const some[] = {
		"no-zap-var", "no-flush-zap", "mmio-not-uc", "init-pat", "slot-keeps-leaves", "over-zap",
	};

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		const struct model_defect_info *d = model_defect_table;

		while (d->name && strcmp(d->name, some[i]))
			d++;
		assert_non_null(d->name);
		seek(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shortest_known),
		cmocka_unit_test(test_campaigns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

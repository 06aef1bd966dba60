// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every defect that can be injected into the model is found by a campaign from
 * an empty corpus, and minimized to a program from which no op can go.
 *
 * A finding is the defect's when the model without it does not show the same
 * key on the same program.
 *
 *	test_defects [NAME...]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fuzz/fuzz.h"
#include "harness/targets/model/model.h"

#define SECONDS 60	/* given up after so long; found takes a second or two */

/*
 * Kernels on which a defect is sought, in order: one that has no zap on DMA
 * start cannot lose it, one that splits at once write-protects no huge leaf.
 */
static const char *const policies[] = { "linux-6.1", "linux-6.7", "linux-5.15", "linux-6.16", "yan-v4" };
#define NR_POLICIES (sizeof(policies) / sizeof(policies[0]))

/* Seen only under schedules, which the generator does not make. */
static const char *const unseen[] = { "no-seq", NULL };

/* Zap too much, and nothing else. */
static const char *const advisory[] = { "over-zap", "zap-disabled", NULL };

static char **chosen;

struct hunt {
	struct target *plain, *broken;
	struct lockstep *on_plain, *on_broken;
	bool advisories;
	char key[KEY_MAX];
	struct program program;
	struct result result;
};

static bool listed(const char *const *list, const char *name)
{
	while (*list && strcmp(*list, name))
		list++;
	return *list;
}

static bool shows(struct hunt *h, struct lockstep *ls, const struct program *p, const char *key)
{
	struct lockstep_options options = { .advisories = h->advisories };

	lockstep_run(ls, p, &options, &h->result);
	for (unsigned i = 0; i < h->result.nr_findings; i++)
		if (!strcmp(h->result.findings[i].key, key))
			return true;
	return false;
}

static bool is_the_defect(const char *key, const char *path, void *arg)
{
	struct parse_error error;
	struct hunt *h = arg;

	if (program_load(&h->program, path, &error) || shows(h, h->on_plain, &h->program, key))
		return false;
	snprintf(h->key, sizeof(h->key), "%s", key);
	return true;
}

static void assert_minimal(struct hunt *h)
{
	static struct program shorter;

	assert_true(shows(h, h->on_broken, &h->program, h->key));
	for (unsigned i = 0; i < h->program.nr_ops; i++) {
		program_copy(&shorter, &h->program);
		program_strip(&shorter);
		shorter.nr_ops--;
		memmove(&shorter.ops[i], &shorter.ops[i + 1],
			(shorter.nr_ops - i) * sizeof(shorter.ops[0]));
		program_repair(&shorter);
		if (shows(h, h->on_broken, &shorter, h->key))
			fail_msg("%s: op %u of the minimized program can go", h->key, i);
	}
}

/* Seconds until found on @policy; negative if not. */
static double seek(struct hunt *h, const char *policy, const char *defect, double seconds)
{
	char spec[128], out[] = "/tmp/zaplock-defect-XXXXXX", command[64], error[256];
	struct fuzz_summary summary;
	struct fuzz_options options = {
		.target = spec, .out = mkdtemp(out), .seconds = seconds, .seed = 1, .quiet = true,
		.advisories = h->advisories, .enough = is_the_defect, .enough_arg = h,
		.summary = &summary,
	};

	assert_non_null(options.out);
	h->key[0] = '\0';
	snprintf(spec, sizeof(spec), "model:%s", policy);
	h->plain = target_open(spec, error, sizeof(error));
	snprintf(spec, sizeof(spec), "model:%s,defect=%s", policy, defect);
	h->broken = target_open(spec, error, sizeof(error));
	if (!h->plain || !h->broken)
		fail_msg("%s", error);
	h->on_plain = lockstep_new(h->plain);
	h->on_broken = lockstep_new(h->broken);
	assert_true(h->on_plain && h->on_broken);
	zaplock_fuzz(&options);
	if (h->key[0])
		assert_minimal(h);
	lockstep_free(h->on_plain);
	lockstep_free(h->on_broken);
	target_close(h->plain);
	target_close(h->broken);
	snprintf(command, sizeof(command), "rm -rf %s", out);
	assert_int_equal(system(command), 0);
	return h->key[0] ? summary.seconds : -1;
}

static void test_defects(void **state)
{
	static struct hunt hunt;
	unsigned missed = 0, nr = 0;
	double slowest = 0;

	for (const struct model_defect_info *d = model_defect_table; d->name; d++) {
		double seconds = -1;
		unsigned policy = 0;

		if (listed(unseen, d->name) || (chosen[0] && !listed((const char **)chosen, d->name)))
			continue;
		hunt.advisories = listed(advisory, d->name);
		/* A little of everything first: most show on the first. */
		for (unsigned i = 0; i < 2 * NR_POLICIES && seconds < 0; i++) {
			policy = i % NR_POLICIES;
			seconds = seek(&hunt, policies[policy], d->name,
				       i < NR_POLICIES ? 4 : SECONDS / NR_POLICIES);
		}
		fprintf(stderr, "%-20s %s %.1f s, %u ops: %s\n", d->name,
			seconds < 0 ? "NOT FOUND" : policies[policy], seconds, hunt.program.nr_ops,
			hunt.key);
		missed += seconds < 0;
		nr++;
		if (seconds > slowest)
			slowest = seconds;
	}
	fprintf(stderr, "%u defects sought, %u not found, the slowest took %.1f s\n", nr, missed,
		slowest);
	assert_int_equal(missed, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_defects) };

	chosen = argv + 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

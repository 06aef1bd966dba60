// SPDX-License-Identifier: GPL-2.0-only
/*
 * A target that misbehaves when told to: `fake:crash` dies of SIGSEGV at
 * WBINVD, `fake:exit` leaves with status 77 there (as sanitizers do),
 * `fake:hang` never comes back from it, `fake:wrong` announces ten variable
 * pairs, `fake:broken` is of no use at all, `fake:fine` does nothing wrong.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/tests/fake_target.h"

static struct target *fake_open(const char *arg, char *error, size_t size)
{
	struct target *t = calloc(1, sizeof(*t));

	if (!t || (strcmp(arg, "crash") && strcmp(arg, "exit") && strcmp(arg, "hang") &&
		   strcmp(arg, "wrong") && strcmp(arg, "broken") && strcmp(arg, "fine"))) {
		snprintf(error, size, "fake:%s: no such way to fail", arg);
		free(t);
		return NULL;
	}
	t->ops = &fake_target_ops;
	t->caps = CAP_FAULTS | CAP_MSR_VALUES | CAP_VCPUS;
	t->profile = PROFILE_LINUX_6_1;
	snprintf(t->name, sizeof(t->name), "fake:%s", arg);
	return t;
}

/* A vCPU that waits for SIPI answers nothing: after the first INIT, neither do we; nor for vCPUs that start so. */
static bool inits;

static enum target_status fake_reset(struct target *t, const struct machine *machine)
{
	inits = false;
	return TARGET_OK;
}

static void misbehave(const char *how)
{
	if (!strcmp(how, "crash")) {
		signal(SIGSEGV, SIG_DFL);	/* cmocka's handler would go on with the next test */
		raise(SIGSEGV);
	} else if (!strcmp(how, "exit"))
		_exit(77);
	while (!strcmp(how, "hang"))
		pause();
}

static enum target_status fake_step(struct target *t, const struct op *op, struct outcome *out)
{
	const char *how = strchr(t->name, ':') + 1;

	if (!strcmp(how, "broken")) {
		snprintf(t->why, sizeof(t->why), "broken as ordered");
		return TARGET_INFRA;
	}
	if (op->kind == OP_WBINVD)
		misbehave(how);
	*out = (struct outcome){ .kind = OUT_ANY };
	inits |= op->kind == OP_INIT;
	if (!inits && !op->vcpu && op->kind == OP_RDMSR && op->arg == MSR_MTRRCAP)
		*out = (struct outcome){
			.kind = OUT_OK, .has_value = true,
			.value = strcmp(how, "wrong") ? MTRRCAP_KVM : MTRRCAP_KVM + 2,
		};
	return TARGET_OK;
}

static void fake_close(struct target *t)
{
	free(t->events);
	free(t);
}

const struct target_ops fake_target_ops = {
	.name = "fake", .summary = "fails as told", .usage = "fake:HOW",
	.open = fake_open, .reset = fake_reset, .step = fake_step, .close = fake_close,
};

const struct target_ops *const target_table[] = { &fake_target_ops, NULL };

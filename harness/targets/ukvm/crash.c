// SPDX-License-Identifier: GPL-2.0-only
/* See crash.h. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/targets/ukvm/crash.h"

_Thread_local struct crash *crash_current;

void crash_clear(struct crash *crash)
{
	crash->happened = crash->blame_shim = false;
	crash->text[0] = 0;
	crash->depth = 0;
}

void crash_happens(struct crash *crash, bool blame_shim, const char *text)
{
	if (crash_current != crash) {
		fprintf(stderr, "ukvm: %s outside any step\n", text);
		abort();
	}
	crash->happened = true;
	crash->blame_shim = blame_shim;
	snprintf(crash->text, sizeof(crash->text), "%s", text);
	_longjmp(crash->env, 1);
}

static void on_signal(int signo, siginfo_t *info, void *context)
{
	char what[96];
	sigset_t set;

	if (!crash_current) {
		signal(signo, SIG_DFL);
		raise(signo);
		return;
	}
	/* _longjmp() leaves the mask alone; the handler's own signal is blocked now. */
	sigemptyset(&set);
	sigaddset(&set, signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	snprintf(what, sizeof(what), "%s, address %p", strsignal(signo), info->si_addr);
	crash_current->depth = stack_capture(crash_current->stack);
	crash_happens(crash_current, false, what);
}

void crash_init(struct crash *crash)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	static bool done;

	crash_clear(crash);
	if (done)
		return;
	done = true;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction old;

		/* Somebody else's handler (a sanitizer's, libFuzzer's) stays. */
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
	}
}

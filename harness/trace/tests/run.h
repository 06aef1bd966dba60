/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Auditing text that a test holds in memory.
 */
#ifndef ZAPLOCK_TRACE_TESTS_RUN_H
#define ZAPLOCK_TRACE_TESTS_RUN_H

#include "harness/trace/trace.h"

/* Audits @length bytes; further arguments are KEY=VALUE, ended by NULL. */
int run_audit(struct audit_result *result, const char *text, size_t length, ...);
/* Message of the last run_audit() that failed. */
extern char run_error[512];

/* A recording of corpus/traces, allocated; the test fails when it is not there. */
char *load_recording(const char *name, size_t *length);

/* The finding whose key begins with @key, or NULL. */
const struct audit_finding *find_key(const struct audit_result *result, const char *key);

#endif

// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/trace/tests/run.h"

char run_error[512];

int run_audit(struct audit_result *result, const char *text, size_t length, ...)
{
	const char *assume[16];
	struct audit_options options = { .assume = assume, .advisories = true, .explain = true };
	const char *pair;
	va_list args;
	FILE *in;
	int status;

	va_start(args, length);
	while ((pair = va_arg(args, const char *)))
		assume[options.nr_assume++] = pair;
	va_end(args);
	/* fmemopen() refuses an empty buffer. */
	in = length ? fmemopen((void *)text, length, "r") : fopen("/dev/null", "r");
	if (!in)
		abort();
	status = audit_trace(in, "trace", &options, result, run_error, sizeof(run_error));
	fclose(in);
	return status;
}

char *load_recording(const char *name, size_t *length)
{
	const char *source = getenv("ZAPLOCK_SOURCE_DIR");
	char path[512], *text;
	FILE *in;

	snprintf(path, sizeof(path), "%s/corpus/traces/%s", source ? source : ".", name);
	in = fopen(path, "r");
	if (!in) {
		fprintf(stderr, "%s: cannot be opened; set ZAPLOCK_SOURCE_DIR\n", path);
		abort();
	}
	text = malloc(1 << 20);
	if (!text)
		abort();
	*length = fread(text, 1, (1 << 20) - 1, in);
	text[*length] = '\0';
	fclose(in);
	return text;
}

const struct audit_finding *find_key(const struct audit_result *result, const char *key)
{
	for (unsigned i = 0; i < result->nr_findings; i++)
		if (!strncmp(result->findings[i].finding.key, key, strlen(key)))
			return &result->findings[i];
	return NULL;
}

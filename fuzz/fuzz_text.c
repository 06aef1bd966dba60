// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer on the text parser (with -dict=fuzz/zaplock.dict): whatever parses
 * prints to a text that parses to the same program; whatever does not says where.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/program/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct program program, again;
	static char text[2 * PROGRAM_MAX_TEXT];
	struct parse_error error = { .line = 0 };
	size_t length;

	if (program_parse(&program, (const char *)data, size, "fuzz", &error)) {
		if (!error.expected[0])
			abort();
		return 0;
	}
	length = program_print(&program, text, sizeof(text));
	if (length >= sizeof(text))
		return 0;
	if (program_parse(&again, text, length, "printed", &error) ||
	    !program_equal(&program, &again))
		abort();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the binary decoder. Any bytes make a valid program that encode,
 * decode, print and parse all keep.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/program/tests/fuzz.h"

/* Random bytes get everywhere; one seed with groups, schedule, expectation and comment helps. */
const char *const fuzz_seeds[] = {
	"\x28\x10\x09\x10\x03\x10\x20\x90\x02\x03\xb0\x01\x90\x02\x02"
	"\x02\x28\xb0\x01\x0b\x02\x39\x0b\x02"
	"\x01\x02\x01\x03" "abc\x01\x0amissed-zap\x01\x01\x02\x07model:*\x02p*"
	"\x02\x01\x01\x05# one\x02\x01\x05# two",
	NULL,
};

static struct program first, second;
static char text[PROGRAM_MAX_TEXT + 1];
static uint8_t bytes[PROGRAM_MAX_TEXT], again[PROGRAM_MAX_TEXT];

static void check(const uint8_t *data, size_t size)
{
	struct parse_error error;
	size_t length;

	program_decode(&first, data, size);
	must_be_valid(&first);

	length = program_encode(&first, bytes, sizeof(bytes));
	must(length <= sizeof(bytes));
	program_decode(&second, bytes, length);
	must(program_equal(&first, &second));
	must(program_encode(&second, again, sizeof(again)) == length);
	must(!memcmp(bytes, again, length));

	length = program_print(&first, text, sizeof(text));
	must(length < sizeof(text));
	must(!program_parse(&second, text, length, "printed", &error));
	must(program_equal(&first, &second));
}

/* The bytes as the whole of a program, and as body and tail of a file that is cut anywhere. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t file[4096 + 12] = { 0x89, 'Z', 'L', PROGRAM_VERSION };

	check(data, size);
	if (!size || size > 4096)
		return 0;
	memcpy(file + 12, data + 1, size - 1);
	file[8] = data[0];
	check(file, 12 + size - 1);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzz target without an engine: `fuzz_x COUNT` runs COUNT random and mutated
 * inputs, `fuzz_x FILE...` replays files.
 */
#include <string.h>

#include "harness/program/tests/fuzz.h"
#include "harness/program/tests/random.h"

static uint8_t input[4096];

static size_t random_bytes(void)
{
	size_t size = random_below(512);

	for (size_t i = 0; i < size; i++)
		input[i] = random_u64();
	return size;
}

/* A seed with up to eight bytes changed, removed or doubled, or pieces exchanged. */
static size_t mutated_seed(void)
{
	unsigned nr = 0;
	const char *seed;
	size_t size;

	while (fuzz_seeds[nr])
		nr++;
	seed = fuzz_seeds[random_below(nr)];
	size = strlen(seed);
	memcpy(input, seed, size);
	for (unsigned edits = random_below(8); edits && size > 1; edits--) {
		size_t at = random_below(size), from = random_below(size);
		size_t room = size - (at > from ? at : from);
		size_t n = 1 + random_below(room);

		switch (random_below(5)) {
		case 0:
			input[at] = random_u64();
			break;
		case 1:
			input[at] ^= 1u << random_below(8);
			break;
		case 2:
			memmove(input + at, input + at + 1, size - at - 1);
			size--;
			break;
		case 3:
			memmove(input + at, input + from, n);
			break;
		case 4:
			n = n < sizeof(input) - size ? n : sizeof(input) - size;
			memmove(input + at + n, input + at, size - at);
			size += n;
			break;
		}
	}
	return size;
}

static void replay_file(const char *path)
{
	static uint8_t buf[PROGRAM_MAX_TEXT + 2];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		perror(path);
		exit(2);
	}
	size = fread(buf, 1, sizeof(buf), file);
	fclose(file);
	LLVMFuzzerTestOneInput(buf, size);
}

int main(int argc, char **argv)
{
	char *end = "";
	unsigned long count = argc == 2 ? strtoul(argv[1], &end, 0) : 0;

	if (argc < 2 || *end || argc > 2) {
		for (int i = 1; i < argc; i++)
			replay_file(argv[i]);
		return argc < 2 ? 2 : 0;
	}
	random_seed(argv[0]);
	for (unsigned long i = 0; i < count; i++)
		LLVMFuzzerTestOneInput(input, i & 1 ? random_bytes() : mutated_seed());
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs LLVMFuzzerTestOneInput() without an engine: on each file named, behind
 * each first byte that means something to it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	const size_t max = 1 << 20;
	uint8_t *data = malloc(max);

	for (int i = 1; i < argc && data; i++) {
		FILE *in = fopen(argv[i], "r");
		size_t size;

		if (!in) {
			perror(argv[i]);
			return 2;
		}
		size = fread(data + 1, 1, max - 1, in) + 1;
		fclose(in);
		for (unsigned first = 0; first < 128; first++) {
			data[0] = first;
			LLVMFuzzerTestOneInput(data, size);
		}
		printf("%s: %zu bytes, 128 ways\n", argv[i], size - 1);
	}
	free(data);
	return 0;
}

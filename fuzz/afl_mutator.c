// SPDX-License-Identifier: GPL-2.0-only
/* AFL++'s custom mutator interface on the one mutator: libzaplock-mutator.so. */
#include <stdlib.h>

#include "fuzz/fuzz_lockstep.h"
#include "fuzz/mutator.h"

struct afl_mutator {
	struct rng rng;
	struct gen_options options;
	uint8_t out[FUZZ_MAX_INPUT];
};

/* AFL++ declares these in no header of its own (docs/custom_mutators.md). */
void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add,
		       size_t add_size, size_t max_size);
void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct afl_mutator *m = calloc(1, sizeof(*m));
	const char *profile = getenv("ZAPLOCK_PROFILE");

	if (!m)
		return NULL;
	rng_seed(&m->rng, seed);
	m->options.profile = profile ? profile_by_name(profile) : PROFILE_NONE;
	return m;
}

size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add,
		       size_t add_size, size_t max_size)
{
	struct afl_mutator *m = data;
	size_t max = max_size < sizeof(m->out) ? max_size : sizeof(m->out);

	*out = m->out;
	if (size > sizeof(m->out))
		size = sizeof(m->out);
	if (add && add_size && !rng_below(&m->rng, 6))
		return cross_bytes(buf, size, add, add_size, m->out, max, rng_next(&m->rng));
	__builtin_memcpy(m->out, buf, size);
	return mutate_bytes(m->out, size, max, rng_next(&m->rng), &m->options);
}

void afl_custom_deinit(void *data)
{
	free(data);
}

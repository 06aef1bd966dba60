/* SPDX-License-Identifier: GPL-2.0-only */
/* Bringing programs into a corpus directory, as engines want them. */
#ifndef ZAPLOCK_FUZZ_SEEDS_H
#define ZAPLOCK_FUZZ_SEEDS_H

#include <stddef.h>
#include <stdint.h>

/* What an input is named by. */
uint64_t content_hash(const uint8_t *data, size_t size);

/*
 * Brings the programs below @paths (NULL-terminated), text or binary, into the
 * directory @corpus as binary; NULL: only reads them all. Number, or -EINVAL with @error.
 */
int seeds_import(const char *corpus, const char *const *paths, char *error, size_t size);

#endif

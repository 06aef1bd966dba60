/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding and loading libraries that ukvm-build made. */
#ifndef ZAPLOCK_UKVM_LOAD_H
#define ZAPLOCK_UKVM_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/targets/ukvm/abi.h"

/*
 * The library of @kernel: "6.1", or a tree's folder. False when it is not
 * built; then @path says where it was looked for last.
 */
bool ukvm_find(const char *kernel, char *path, size_t size);
/* The script that builds libraries. */
void ukvm_build_script(char *path, size_t size);
/* The command that builds it. */
void ukvm_build_command(const char *kernel, char *command, size_t size);

/*
 * A copy of the library with variables of its own. NULL with one sentence in
 * @error. *handle is for ukvm_unload().
 */
const struct ukvm_api *ukvm_load(const char *path, void **handle, char *error, size_t size);
void ukvm_unload(void *handle);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The target ukvm (target.c). */
#ifndef ZAPLOCK_UKVM_UKVM_H
#define ZAPLOCK_UKVM_UKVM_H

#include "harness/lockstep/target.h"

extern const struct target_ops ukvm_target_ops;

/*
 * Lets KVM destroy the VM of the last program. Returns how many pages, objects
 * and page references KVM still holds then, which is 0 unless it leaks
 * (under a sanitizer objects are left to its leak checker), or -1 and
 * target->why when KVM does not survive it.
 */
long ukvm_destroy_vm(struct target *t);

#endif

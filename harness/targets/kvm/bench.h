/* SPDX-License-Identifier: GPL-2.0-only */
/* `zaplock bench --target kvm`: what lockstep costs on a real KVM. */
#ifndef ZAPLOCK_KVM_BENCH_H
#define ZAPLOCK_KVM_BENCH_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Steps a second of a program in lockstep on @target (opened as `kvm`), and of
 * a bare loop of the same ioctls with the same events on, in rounds that
 * alternate; prints medians to @out. Exit code: 0, or 3 when a run broke.
 */
struct target;
int kvm_bench(struct target *target, double seconds, bool json, FILE *out);

#endif

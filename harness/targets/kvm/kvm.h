/* SPDX-License-Identifier: GPL-2.0-only */
/* The target `kvm`: this host's own /dev/kvm. */
#ifndef ZAPLOCK_TARGETS_KVM_H
#define ZAPLOCK_TARGETS_KVM_H

#include "harness/lockstep/target.h"

extern const struct target_ops kvm_target_ops;

#endif

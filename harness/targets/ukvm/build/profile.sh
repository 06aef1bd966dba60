#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# profile.sh TREE: prints which profile of memtype rules the tree follows and the
# fact that decides it, a line each. Decided by what is not under test: quirks
# and whole features, never a zap (rules B).
set -eu
tree=$1
has() { # PATTERN FILE...
	pattern=$1; shift
	for file in "$@"; do
		[ -e "$tree/$file" ] && grep -q "$pattern" "$tree/$file" && return 0
	done
	return 1
}
say() { printf '%s\n%s\n' "$1" "$2"; }

if has KVM_X86_QUIRK_IGNORE_GUEST_PAT arch/x86/include/uapi/asm/kvm.h; then
	say linux-6.16 "uapi/asm/kvm.h has KVM_X86_QUIRK_IGNORE_GUEST_PAT"
elif ! has kvm_mtrr_get_guest_memory_type arch/x86/kvm/mtrr.c; then
	if has X86_FEATURE_SELFSNOOP arch/x86/kvm/vmx/vmx.c arch/x86/kvm/mmu/mmu.c; then
		say linux-6.11-rc "mtrr.c has no look-up, KVM asks for X86_FEATURE_SELFSNOOP"
	else
		say linux-6.11 "mtrr.c has no kvm_mtrr_get_guest_memory_type()"
	fi
elif has kvm_mmu_honors_guest_mtrrs arch/x86/kvm/mmu.h; then
	say linux-6.7 "mmu.h has kvm_mmu_honors_guest_mtrrs()"
elif has 'shadow_memtype_mask' arch/x86/kvm/mmu/spte.h; then
	say linux-6.1 "mtrr.c has a look-up, spte.h has shadow_memtype_mask"
elif has kvm_mtrr_get_guest_memory_type arch/x86/kvm/vmx/vmx.c; then
	say linux-5.15 "mtrr.c has a look-up, spte.h lacks shadow_memtype_mask"
else
	say "" "no profile's facts hold; say --profile"
fi

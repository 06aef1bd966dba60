# why: KVM_PRE_FAULT_MEMORY on a page that is mapped already sets its SPTE anew with make_spte(), and from
# why: leaf to leaf nothing is flushed (tdp_mmu_map_handle_target_level() of 6.12.117; 7.3 returns early as
# why: spurious). R-FLUSH: the type of a leaf that the quirk made stale changes in the table and not in the
# why: TLB. A VMM that disables IGNORE_GUEST_PAT after its guest ran, and prefaults, meets it.
# kernels: 6.12.y; gone by v7.3
# until: 2027-11-30
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0
host quirk ignore-guest-pat off
host prefault vcpu0 0x0 0x1000
vcpu0 wbinvd
expect missed-zap step=2 profile=linux-6.16
expect missed-flush step=4 profile=linux-6.16

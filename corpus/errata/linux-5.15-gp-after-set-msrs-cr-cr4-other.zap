# why: kvm_mtrr_valid() injects #GP itself when a PHYSBASE or PHYSMASK has reserved bits set (5.10:
# why: mtrr.c), also for KVM_SET_MSRS: the next op of the guest faults, here one of another kind. R-MSR:
# why: host writes are refused without a trace in the guest (rules E, row 17). A VMM that probes values
# why: crashes its guest.
# kernels: v4.2 .. v5.19; gone in v6.0
# until: 2027-11-30
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
---
host setmsr vcpu0 MTRRphysMask0 0x1000000000
vcpu0 cr4 +pvi
expect cr-fault step=2 profile=linux-5.15

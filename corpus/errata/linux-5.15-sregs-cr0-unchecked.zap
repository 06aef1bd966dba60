# why: kvm_valid_sregs() up to v5.19 looks at no bit of CR0 (5.10: x86.c), so KVM_SET_SREGS takes NW=1 with
# why: CD=0 and PG=1 with PE=0. R-CR and later kernels (kvm_is_valid_cr0()) answer EINVAL. A VMM that
# why: passes on what it read from a broken snapshot meets it; the VM entry then fails.
# kernels: v4.2 .. v5.19
# until: 2027-11-30
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
host sregs vcpu0 cr0=0xa0000031
expect cr-fault step=1 profile=linux-5.15

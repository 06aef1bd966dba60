# why: KVM_SET_SREGS takes CR0.ET=0 (kvm_is_valid_cr0() does not look at it), and a MOV to CR0 that changes
# why: no bit of the read shadow does not exit, so kvm_set_cr0() never sets ET and the guest reads 0 on.
# why: SDM vol 3A 2.5: ET is hardcoded to 1. Only a VMM that clears it gets there; nothing depends on it.
# kernels: v6.1, v6.12
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=real
slot 0 gpa=0x0 size=0x200000
---
host sregs vcpu0 cr0=0x0
vcpu0 cr0 -cd
vcpu0 cr4 +pge
expect cr-value step=2 target=ukvm:*
expect cr-value step=3 target=ukvm:*

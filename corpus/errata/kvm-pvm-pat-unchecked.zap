# why: kvm_pvm takes any value for IA32_PAT, reserved types and bits too, from the guest and from KVM_SET_MSRS; the
# why: rules (A.7) and every other KVM (kvm_pat_valid()) refuse them. PVM is not in mainline: its source was not read. Seen on 6.18.44.
# kernels: v6.18
# until: 2027-11-30
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
---
vcpu0 wrmsr PAT 0x200
expect msr-fault step=1 target=kvm:kvm_pvm

# why: kvm_pvm lets a guest set CR4.PKE though its CPUID has no protection keys; the SDM (vol 3A 2.5) makes that a
# why: #GP, and mainline's kvm_is_valid_cr4() refuses it. PVM is not in mainline: its source was not read. Seen on 6.18.44.
# kernels: v6.18
# until: 2027-11-30
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
---
vcpu0 cr4 +pke
expect cr-fault step=1 target=kvm:kvm_pvm

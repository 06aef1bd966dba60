zaplock 1
# model:linux-6.1,defect=sregs-cr0: KVM_SET_SREGS takes any CR0
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
host sregs vcpu0 cr0=0x80000000

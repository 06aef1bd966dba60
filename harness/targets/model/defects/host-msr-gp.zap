zaplock 1
# model:linux-6.1,defect=host-msr-gp: a refused KVM_SET_MSRS queues a #GP for the guest
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
host setmsr vcpu0 MTRRphysMask0 0x10000000000
vcpu0 rsm

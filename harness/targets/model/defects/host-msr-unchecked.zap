zaplock 1
# model:linux-6.1,defect=host-msr-unchecked: KVM_SET_MSRS takes any MTRR value
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
host setmsr vcpu0 MTRRdefType 0x2

zaplock 1
# model:linux-6.1,defect=cpuid-after-run: KVM_SET_CPUID2 changes a vCPU that has run
machine vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 read 0x0
host cpuid vcpu0 maxphyaddr=37
vcpu0 wrmsr MTRRphysMask0 0x1000000000

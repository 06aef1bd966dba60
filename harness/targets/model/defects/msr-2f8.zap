zaplock 1
# model:linux-6.1,defect=msr-2f8: WRMSR to 0x2f8 is accepted
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr 0x2f8 0x0

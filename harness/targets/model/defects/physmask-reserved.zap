zaplock 1
# model:linux-6.1,defect=physmask-reserved: PHYSMASK accepts bits 10:0
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr MTRRphysMask0 0x8000000008

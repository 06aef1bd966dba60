zaplock 1
# model:linux-6.1,defect=mask-readback: PHYSMASK reads back with its reserved bits set
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 rdmsr MTRRphysMask0

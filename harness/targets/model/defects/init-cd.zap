zaplock 1
# model:linux-6.1,defect=init-cd: INIT sets CR0.CD and NW instead of keeping them
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 init

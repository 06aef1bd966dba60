zaplock 1
# model:linux-6.1,defect=nw-without-cd: CR0.NW=1 with CD=0 is accepted
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr0 +nw

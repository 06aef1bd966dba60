zaplock 1
# model:linux-6.1,defect=pg-without-pe: CR0.PG=1 with PE=0 is accepted
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr0 -pe

zaplock 1
# model:linux-6.1,defect=cr0-et: CR0.ET can be cleared
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr0 -et

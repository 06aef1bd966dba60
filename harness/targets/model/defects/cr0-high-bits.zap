zaplock 1
# model:linux-6.1,defect=cr0-high-bits: CR0 bits 63:32 are accepted
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr0 +bit32

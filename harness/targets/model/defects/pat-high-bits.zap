zaplock 1
# model:linux-6.1,defect=pat-high-bits: PAT accepts the upper five bits of its fields
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr PAT 0x80000

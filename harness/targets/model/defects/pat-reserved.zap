zaplock 1
# model:linux-6.1,defect=pat-reserved: PAT accepts types 2 and 3
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr PAT 0x200

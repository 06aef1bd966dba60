zaplock 1
# model:linux-6.1,defect=lme-paging: EFER.LME changes under paging
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr EFER 0x0

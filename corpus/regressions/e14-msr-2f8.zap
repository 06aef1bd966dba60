# Rules E, row 14: CVE-2016-3713, MSR 0x2f8 indexed beyond the variable MTRRs.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr 0x2f8 0x0
expect msr-fault step=1 target=model:*,defect=msr-2f8

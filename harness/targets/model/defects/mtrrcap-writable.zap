zaplock 1
# model:linux-6.1,defect=mtrrcap-writable: WRMSR to MTRRcap is accepted
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr MTRRcap 0x0

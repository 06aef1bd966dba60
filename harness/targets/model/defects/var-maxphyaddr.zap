zaplock 1
# model:linux-6.1,defect=var-maxphyaddr: variable MTRRs accept bits above MAXPHYADDR
machine vendor=intel vcpus=1 maxphyaddr=39 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr MTRRphysMask0 0x8000000000

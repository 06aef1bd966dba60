zaplock 1
# model:linux-6.1,defect=mtrr-type-ucminus: MTRRs accept type 7, which only PAT has
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr MTRRdefType 0x7

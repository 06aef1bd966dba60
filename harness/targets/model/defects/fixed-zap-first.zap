zaplock 1
# model:linux-6.1,defect=fixed-zap-first: fixed-range writes zap the first of eight sub-ranges
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x20000
---
vcpu0 read 0x10000
vcpu0 wrmsr MTRRdefType 0xc00
host dma on
vcpu0 wrmsr MTRRfix64K_00000 0x400

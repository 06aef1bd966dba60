zaplock 1
# model:linux-6.1,defect=fixed-lookup: the fixed segment search asks start >= addr
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x100000
---
vcpu0 wrmsr MTRRdefType 0xc04
host dma on
vcpu0 read 0xc1000

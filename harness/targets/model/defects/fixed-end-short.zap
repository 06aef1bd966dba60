zaplock 1
# model:linux-6.1,defect=fixed-end-short: the last page below 1 MiB has no fixed range
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x100000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc04
vcpu0 read 0xff000

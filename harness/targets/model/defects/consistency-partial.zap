zaplock 1
# model:linux-6.1,defect=consistency-partial: a range that pairs cover in part counts as uniform
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc01
vcpu0 read 0x0

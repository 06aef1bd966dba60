zaplock 1
# model:linux-6.1,defect=no-flush-replace: a table that gives way to a huge leaf is not flushed
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc04
vcpu0 read 0x0
host dma off
vcpu0 read 0x4000

zaplock 1
# model:linux-6.1,defect=consistency-first-2m: of a 1G leaf only the first 2M are asked to be uniform
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x40000000
---
host dma on
vcpu0 wrmsr MTRRphysMask0 0xffe0000800
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 read 0x0

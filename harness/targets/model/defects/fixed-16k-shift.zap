zaplock 1
# model:linux-6.1,defect=fixed-16k-shift: the 16K fixed ranges are looked up as if they were of 64K
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x100000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 wrmsr MTRRfix16K_A0000 0x4
vcpu0 read 0xa0000

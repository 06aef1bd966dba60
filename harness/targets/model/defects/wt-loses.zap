zaplock 1
# model:linux-6.1,defect=wt-loses: of overlapping WT and WB ranges WB wins
machine vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0x800000800
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase1 0x4
vcpu0 wrmsr MTRRphysMask1 0x800000800
vcpu0 read 0x0

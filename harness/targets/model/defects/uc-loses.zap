zaplock 1
# model:linux-6.1,defect=uc-loses: of overlapping variable ranges UC does not win
machine vendor=intel vcpus=1 maxphyaddr=39 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRphysMask1 0x4000000800
vcpu0 wrmsr MTRRphysBase0 0x1
vcpu0 wrmsr MTRRphysMask0 0x4000000800
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 read 0x0

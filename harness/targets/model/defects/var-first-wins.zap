zaplock 1
# model:linux-6.1,defect=var-first-wins: of overlapping variable ranges the first one decides
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRphysMask1 0x8000000800
vcpu0 wrmsr MTRRphysMask0 0x8000000800
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 read 0x0

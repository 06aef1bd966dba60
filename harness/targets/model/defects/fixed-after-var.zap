zaplock 1
# model:linux-6.1,defect=fixed-after-var: variable ranges win over fixed ones
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0x100800
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 read 0x0

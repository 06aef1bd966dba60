zaplock 1
# model:linux-6.1,defect=mask-raw: PHYSMASK is stored without the bits above MAXPHYADDR, so that ranges reach too far
machine vendor=intel vcpus=1 maxphyaddr=39 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xff000 size=0x2000
---
host dma on
vcpu0 wrmsr MTRRphysMask0 0x7ffff00800
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 read 0x100000

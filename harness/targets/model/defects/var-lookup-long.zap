zaplock 1
# model:linux-6.1,defect=var-lookup-long: the page behind a variable range is inside
machine vendor=intel vcpus=1 maxphyaddr=46 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x40000000 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0x3fffc0000800
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 read 0x40000000

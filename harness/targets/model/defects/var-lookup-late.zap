zaplock 1
# model:linux-6.1,defect=var-lookup-late: a variable range's first page is outside
machine vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRphysMask0 0x800000800
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 read 0x0

zaplock 1
# model:yan-v4,defect=yan-no-fixed: CR0.CD toggles forget the fixed ranges
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 read 0x0
vcpu0 cr0 +cd

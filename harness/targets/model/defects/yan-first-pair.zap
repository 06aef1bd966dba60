zaplock 1
# model:yan-v4,defect=yan-first-pair: CR0.CD toggles queue the first variable range only
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRphysMask0 0x8000000800
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x200000
vcpu0 wrmsr MTRRphysMask1 0xffffe00800
vcpu0 cr0 +cd

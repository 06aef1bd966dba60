zaplock 1
# model:yan-v4,defect=yan-dup-length: a queued range of the same length counts as a duplicate
machine vendor=intel vcpus=1 maxphyaddr=39 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x100000
vcpu0 wrmsr MTRRphysMask0 0x7fffe00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x100000
vcpu0 cr0 +cd

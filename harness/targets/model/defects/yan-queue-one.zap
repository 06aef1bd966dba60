zaplock 1
# model:yan-v4,defect=yan-queue-one: who runs the queue zaps its head and drops the rest
machine vendor=intel vcpus=1 maxphyaddr=46 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x400000 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRphysMask0 0x200000000800
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x400000
vcpu0 cr0 +cd

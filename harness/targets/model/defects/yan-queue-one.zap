zaplock 1
# model:yan-v4,defect=yan-queue-one: who runs the queue zaps its head and drops the rest
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x10000
---
vcpu0 wrmsr MTRRdefType 0xc06
host dma on
vcpu0 read 0x8000
vcpu0 wrmsr MTRRphysMask0 0xffffff8800
vcpu0 cr0 +cd

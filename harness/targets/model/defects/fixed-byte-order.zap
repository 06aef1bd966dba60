zaplock 1
# model:linux-6.1,defect=fixed-byte-order: a fixed MSR's bytes are taken from the high end
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x80000
---
host dma on
vcpu0 wrmsr MTRRfix64K_00000 0x1
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 read 0x70000

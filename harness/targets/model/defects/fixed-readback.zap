zaplock 1
# model:linux-6.1,defect=fixed-readback: MTRRfix16K_A0000 reads back as MTRRfix16K_80000
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr MTRRfix16K_A0000 0x4
vcpu0 rdmsr MTRRfix16K_A0000

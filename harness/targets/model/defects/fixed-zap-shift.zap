zaplock 1
# model:linux-6.1,defect=fixed-zap-shift: fixed-range writes zap one page too high
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 read 0xc0000
vcpu0 wrmsr MTRRfix4K_C0000 0x1

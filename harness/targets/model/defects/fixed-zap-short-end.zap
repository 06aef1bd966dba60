zaplock 1
# model:linux-6.1,defect=fixed-zap-short-end: fixed-range writes spare their last page
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x100000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 read 0xff000
vcpu0 wrmsr MTRRfix4K_F8000 0x100000000000000

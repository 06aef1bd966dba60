zaplock 1
# model:linux-6.1,defect=zap-long-end: range zaps end one page late
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x100000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 read 0xc8000
vcpu0 wrmsr MTRRfix4K_C0000 0x0

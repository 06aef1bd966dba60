zaplock 1
# model:linux-6.1,defect=zap-below-4g: range zaps end at 4G whatever the guest can address
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x100000000 size=0x1000
---
host dma on
vcpu0 read 0x100000000
vcpu0 wrmsr MTRRdefType 0x804

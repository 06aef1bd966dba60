zaplock 1
# model:linux-6.7,defect=dma-zap-every: every change of the DMA count zaps, not the first and last alone
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
host dma on

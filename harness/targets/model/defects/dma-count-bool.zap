zaplock 1
# model:linux-6.1,defect=dma-count-bool: the last of two non-coherent devices is forgotten with the first
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
host dma on
host dma on
host dma off
host dma off

# Rules E, row 21: 362ff6dca541 (v6.7) zaps when non-coherent DMA starts and stops: a device that comes without memslots
# changes the type of everything.
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0
host dma on
vcpu0 read 0x0
host dma off
expect missed-zap step=2 profile=linux-5.15
expect missed-zap step=2 profile=linux-6.1
expect missed-zap step=2 target=model:linux-6.7,defect=no-zap-dma
expect missed-zap step=2 target=model:linux-6.11,defect=no-zap-dma
expect missed-zap step=2 target=model:linux-6.16,defect=no-zap-dma
expect missed-zap step=2 target=model:yan-v4,defect=no-zap-dma
expect missed-zap step=4 target=model:linux-6.7,defect=no-zap-dma-stop
expect missed-zap step=4 target=model:linux-6.11,defect=no-zap-dma-stop
expect missed-zap step=4 target=model:linux-6.16,defect=no-zap-dma-stop
expect missed-zap step=4 target=model:yan-v4,defect=no-zap-dma-stop

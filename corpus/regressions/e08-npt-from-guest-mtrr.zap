# Rules E, row 8: 3c2e7f7de324 took NPT attributes from guest MTRRs, reverted by fc07e76ac7ff (slow boots, bug 103321).
# With MTRRs off and non-coherent DMA a nested leaf is WB.
zaplock 1
machine profile=linux-6.1 vendor=amd vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
expect fresh-memtype step=2 target=model:linux-5.15,defect=npt-mtrr
expect fresh-memtype step=2 target=model:linux-6*,defect=npt-mtrr
expect fresh-memtype step=2 target=model:yan-v4,defect=npt-mtrr

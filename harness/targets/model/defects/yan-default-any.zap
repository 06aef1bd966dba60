zaplock 1
# model:yan-v4,defect=yan-default-any: CR0.CD toggles trust a default type that is not WB
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
vcpu0 cr0 +cd

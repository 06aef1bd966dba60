zaplock 1
# model:linux-6.1,defect=disabled-wb: DEF_TYPE.E=0 means WB although CPUID has MTRR
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0

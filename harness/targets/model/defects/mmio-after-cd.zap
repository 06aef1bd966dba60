zaplock 1
# model:linux-6.1,defect=mmio-after-cd: with CR0.CD=1 host MMIO takes its type
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset
slot 0 gpa=0x0 size=0x1000
---
host dma on
host backing 0x0 0x1000 mmio
vcpu0 read 0x0

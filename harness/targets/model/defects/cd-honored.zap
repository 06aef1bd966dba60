zaplock 1
# model:linux-6.11,defect=cd-honored: CR0.CD=1 still maps UC
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0

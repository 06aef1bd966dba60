zaplock 1
# model:linux-6.1,defect=cd-quirk-uc: CR0.CD=1 maps UC although the quirk is on
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0

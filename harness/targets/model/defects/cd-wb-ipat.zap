zaplock 1
# model:linux-6.7,defect=cd-wb-ipat: CR0.CD=1 with the quirk on maps WB with IPAT
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0

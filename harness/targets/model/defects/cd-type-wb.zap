zaplock 1
# model:linux-6.1,defect=cd-type-wb: CR0.CD=1 with the quirk off maps WB instead of UC
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0

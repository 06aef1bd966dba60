zaplock 1
# model:yan-v4,defect=yan-quirk-ignored: CR0.CD toggles take CD=1 for WB with the quirk off too
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=off tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
vcpu0 cr0 +cd

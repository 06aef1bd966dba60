zaplock 1
# model:linux-6.7,defect=no-zap-cd-clear: CR0.CD 1 to 0 zaps nothing
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 cr0 +cd
vcpu0 read 0x0
vcpu0 cr0 -cd

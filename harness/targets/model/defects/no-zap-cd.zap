zaplock 1
# model:linux-6.1,defect=no-zap-cd: CR0.CD toggles zap nothing, whatever the quirk says
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
vcpu0 cr0 +cd

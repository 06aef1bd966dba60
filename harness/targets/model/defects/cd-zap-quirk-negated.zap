zaplock 1
# model:linux-6.7,defect=cd-zap-quirk-negated: CR0.CD toggles zap only with the quirk on
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
vcpu0 cr0 +cd

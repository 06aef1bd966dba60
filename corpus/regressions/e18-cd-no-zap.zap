# Rules E, row 18: 879ae1880449 (v4.2) took the zap on CD toggles away where the quirk is on; here it is off, and the zap
# must be there. See row 1 for the other half.
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 cr0 +cd
vcpu0 read 0x0
vcpu0 cr0 -cd
expect missed-zap step=4 target=model:linux-5.15,defect=no-zap-cd
expect missed-zap step=4 target=model:linux-6.[17],defect=no-zap-cd
expect missed-zap step=4 target=model:yan-v4,defect=no-zap-cd

# Rules E, row 19: b18d5431acc7 made memory UC while CR0.CD=1: firmware that runs so for long crawled. With the quirk
# it is WB (fb279950ba02).
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 cr0 +cd
vcpu0 read 0x0
expect fresh-memtype step=3 target=model:linux-5.15,defect=cd-quirk-uc
expect fresh-memtype step=3 target=model:linux-6.[17],defect=cd-quirk-uc
expect fresh-memtype step=3 target=model:yan-v4,defect=cd-quirk-uc

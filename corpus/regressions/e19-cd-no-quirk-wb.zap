# Rules E, row 19, the other half: who turns the quirk off gets UC (fb279950ba02).
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 cr0 +cd
vcpu0 read 0x0
expect fresh-memtype step=3 target=model:linux-5.15,defect=cd-type-wb
expect fresh-memtype step=3 target=model:linux-6.[17],defect=cd-type-wb
expect fresh-memtype step=3 target=model:yan-v4,defect=cd-type-wb

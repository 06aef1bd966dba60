# Rules E, row 20: until c9f65a3f2d92 (v6.7) CD=1 with the quirk forced WB over guest PAT. The profiles before have IPAT
# by their rules; from v6.7 on it is wrong.
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 cr0 +cd
vcpu0 read 0x0
expect fresh-memtype step=3 target=model:linux-6.7,defect=ipat-always
expect fresh-memtype step=3 target=model:linux-6.11*,defect=ipat-always
expect fresh-memtype step=3 target=model:linux-6.16,defect=ipat-always
expect fresh-memtype step=3 target=model:yan-v4,defect=ipat-always

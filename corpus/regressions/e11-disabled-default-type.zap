# Rules E, row 11: v4.2-rc returned the default type with MTRRs off; it is UC then (10dc331ff5e7).
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x6
vcpu0 read 0x0
expect fresh-memtype step=3 target=model:linux-5.15,defect=disabled-default
expect fresh-memtype step=3 target=model:linux-6.[17],defect=disabled-default
expect fresh-memtype step=3 target=model:yan-v4,defect=disabled-default

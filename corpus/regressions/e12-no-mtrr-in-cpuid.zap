# Rules E, row 12: before e24dea2afc6a a guest without MTRRs in CPUID, which cannot enable them, was UC all over.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=off tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
expect fresh-memtype step=2 target=model:linux-5.15,defect=cpuid-ignored
expect fresh-memtype step=2 target=model:linux-6.[17],defect=cpuid-ignored
expect fresh-memtype step=2 target=model:yan-v4,defect=cpuid-ignored

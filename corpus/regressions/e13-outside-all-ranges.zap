# Rules E, row 13: "Use default type for non-MTRR-covered gfn before WARN_ON" (v4.3): a page that no range covers.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x0
expect fresh-memtype step=3 target=model:linux-5.15,defect=default-uc
expect fresh-memtype step=3 target=model:linux-6.[17],defect=default-uc
expect fresh-memtype step=3 target=model:yan-v4,defect=default-uc

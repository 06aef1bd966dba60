# Rules E, row 27: 524a1e4e381f (v5.14) bounded zaps of everything by the wrong last gfn. The last page of the guest.
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xffffff000 size=0x1000
---
host dma on
vcpu0 read 0xffffff000
vcpu0 wrmsr MTRRdefType 0x806
expect missed-zap step=3 target=model:linux-5.15,defect=zap-short-end
expect missed-zap step=3 target=model:linux-6.[17],defect=zap-short-end
expect missed-zap step=3 target=model:yan-v4,defect=zap-short-end

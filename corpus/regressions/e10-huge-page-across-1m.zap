# Rules E, row 10: v4.2-rc followed a garbage pointer when a range went on from fixed to variable MTRRs (30b072ce0356).
# A 2M leaf at 0 asks that question; answered "uniform" it would mix types.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRfix64K_00000 0x0606060606060606
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 read 0x100000
expect mixed-hugepage step=4 target=model:linux-5.15,defect=consistency-true
expect mixed-hugepage step=4 target=model:linux-6.[17],defect=consistency-true
expect mixed-hugepage step=4 target=model:yan-v4,defect=consistency-true

# Rules E, row 9: v4.2-rc looked fixed segments up by start >= addr (a7f2d7865720): any page but the first of a segment
# took the type of variable ranges.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x10000 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRfix64K_00000 0x600
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 read 0x10000
expect fresh-memtype step=4 target=model:linux-5.15,defect=fixed-lookup
expect fresh-memtype step=4 target=model:linux-6.[17],defect=fixed-lookup
expect fresh-memtype step=4 target=model:yan-v4,defect=fixed-lookup

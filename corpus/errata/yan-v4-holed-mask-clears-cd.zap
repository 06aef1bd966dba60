# why: Patch 10 of the series queues, on a CD toggle with the quirk on and a default of WB, only [base,
# why: (base | ~mask) + 1) of the pairs of other types, whatever holes the masks have and wherever the
# why: bases lie. R-ZAPMIN: pages that a holed mask matches beyond that change too. Severity nonconforming:
# why: the SDM asks for V=0 (or E=0) while a pair changes (11.11.7.2) and for power-of-two, naturally
# why: aligned ranges (11.11.4).
# kernels: a proposal: 20230714064656.20147-1-yan.y.zhao@intel.com, not merged
# until: 2027-11-30
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x40000000 size=0x200000
---
vcpu0 wrmsr MTRRphysBase0 0x200000000
vcpu0 wrmsr MTRRphysMask0 0x2800
vcpu0 wrmsr MTRRdefType 0x806
host dma on
vcpu0 read 0x40000000
vcpu0 cr0 +cd
vcpu0 cr0 -cd
expect mixed-hugepage step=5 profile=linux-5.15
expect mixed-hugepage step=5 profile=linux-6.1
expect mixed-hugepage step=5 profile=linux-6.7
expect mixed-hugepage step=5 profile=yan-v4
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap step=7 profile=yan-v4

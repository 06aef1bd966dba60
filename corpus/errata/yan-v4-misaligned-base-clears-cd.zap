# why: Patch 10 of the series queues, on a CD toggle with the quirk on and a default of WB, only [base,
# why: (base | ~mask) + 1) of the pairs of other types, whatever holes the masks have and wherever the
# why: bases lie. R-ZAPMIN: below an unaligned base lie pages that change too. Severity nonconforming: the
# why: SDM asks for V=0 (or E=0) while a pair changes (11.11.7.2) and for power-of-two, naturally aligned
# why: ranges (11.11.4).
# kernels: a proposal: 20230714064656.20147-1-yan.y.zhao@intel.com, not merged
# until: 2027-11-30
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x100000 size=0x100000
slot 1 gpa=0x200000 size=0x100000
slot 2 gpa=0x300000 size=0x100000
slot 3 gpa=0x400000 size=0x100000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 wrmsr MTRRdefType 0x806
vcpu0 cr0 +cd
vcpu0 wrmsr MTRRphysBase0 0x180000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRphysBase1 0x280001
vcpu0 wrmsr MTRRphysMask1 0xffff00800
vcpu0 wrmsr MTRRphysBase2 0x380004
vcpu0 wrmsr MTRRphysMask2 0xffff00800
vcpu0 wrmsr MTRRphysBase3 0x480005
vcpu0 wrmsr MTRRphysMask3 0xffff00800
vcpu0 read 0x100000
vcpu0 read 0x200000
vcpu0 read 0x300000
vcpu0 read 0x400000
vcpu0 cr0 -cd
expect missed-zap step=17 profile=linux-5.15
expect missed-zap step=17 profile=linux-6.1
expect missed-zap step=17 profile=linux-6.7
expect missed-zap step=17 profile=yan-v4

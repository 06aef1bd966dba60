# why: kvm_mtrr_get_guest_memory_type() and update_mtrr() take a pair as [base, (base | ~mask) + 1)
# why: (var_mtrr_range()), whatever holes the mask has and wherever the base lies. Clearing V zaps from the
# why: base on and leaves the leaves below it, which the pair matched too (R-HUGE, R-ZAPMIN). Severity
# why: nonconforming: the SDM asks for V=0 (or E=0) while a pair changes (11.11.7.2) and for power-of-two,
# why: naturally aligned ranges (11.11.4).
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
vcpu0 wrmsr MTRRdefType 0xc04
host dma on
vcpu0 wrmsr MTRRphysMask0 0x800000800
vcpu1 read 0x0
vcpu0 wrmsr MTRRphysBase0 0x200000
vcpu0 wrmsr MTRRphysMask0 0x0
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap profile=yan-v4

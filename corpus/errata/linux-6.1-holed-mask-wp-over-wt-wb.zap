# why: kvm_mtrr_get_guest_memory_type() and update_mtrr() take a pair as [base, (base | ~mask) + 1)
# why: (var_mtrr_range()), whatever holes the mask has and wherever the base lies. In a hole of a WP pair
# why: KVM says WP, since it misses two unaligned pairs; the SDM (11.11.4.1) and R-LOOK fold those, WT and
# why: WB, to WT. Severity nonconforming: the SDM asks for V=0 (or E=0) while a pair changes (11.11.7.2)
# why: and for power-of-two, naturally aligned ranges (11.11.4).
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=52 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x80000
---
host dma on
vcpu0 wrmsr MTRRphysBase1 0x5
vcpu0 wrmsr MTRRphysBase0 0x800006
vcpu0 wrmsr MTRRphysMask1 0x40800
vcpu0 wrmsr MTRRphysBase2 0x10000000004
vcpu0 wrmsr MTRRphysMask2 0x8000000000800
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysMask0 0x8000000000800
vcpu0 read 0x40000
expect fresh-memtype step=9 profile=linux-5.15
expect fresh-memtype step=9 profile=linux-6.1
expect fresh-memtype step=9 profile=linux-6.7
expect fresh-memtype step=9 profile=yan-v4

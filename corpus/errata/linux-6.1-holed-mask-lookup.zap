# why: kvm_mtrr_get_guest_memory_type() and update_mtrr() take a pair as [base, (base | ~mask) + 1)
# why: (var_mtrr_range()), whatever holes the mask has and wherever the base lies. By the formula of the
# why: SDM (11.11.2.3) and R-LOOK a page in a hole of the mask does not match. Severity nonconforming: the
# why: SDM asks for V=0 (or E=0) while a pair changes (11.11.7.2) and for power-of-two, naturally aligned
# why: ranges (11.11.4).
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x180000 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x1
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x5
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x5
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x1
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x5
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x1
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x1
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x5
vcpu0 wrmsr MTRRphysMask0 0xfff880800
vcpu0 read 0x180000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
expect fresh-memtype profile=linux-5.15
expect fresh-memtype profile=linux-6.1
expect fresh-memtype profile=linux-6.7
expect fresh-memtype profile=yan-v4

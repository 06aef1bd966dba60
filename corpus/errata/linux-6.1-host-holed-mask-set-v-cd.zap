# why: kvm_mtrr_get_guest_memory_type() and update_mtrr() take a pair as [base, (base | ~mask) + 1)
# why: (var_mtrr_range()), whatever holes the mask has and wherever the base lies. Enabling a pair whose
# why: mask has a hole leaves leaves that it matches in part (R-HUGE, R-ZAPMIN). A VMM that restores MTRRs
# why: into a vCPU that ran meets it.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x400000 size=0x200000
---
host dma on
vcpu1 cr0 +cd
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x700006
vcpu1 read 0x400000
host setmsr vcpu0 MTRRphysMask0 0xfffd00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x700000
vcpu1 read 0x400000
host setmsr vcpu0 MTRRphysMask0 0xfffd00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x700000
vcpu1 read 0x400000
host setmsr vcpu0 MTRRphysMask0 0xfffd00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x700000
vcpu1 read 0x400000
host setmsr vcpu0 MTRRphysMask0 0xfffd00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x700000
vcpu1 read 0x400000
host setmsr vcpu0 MTRRphysMask0 0xfffd00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap profile=yan-v4

# why: Of an edited pair only the range after the edit is zapped: update_mtrr() reads base and mask after
# why: the write. A KVM_SET_MSRS that clears V and narrows the mask in one leaves the leaves of the old
# why: range (R-ZAPMIN). A VMM that restores MTRRs into a vCPU that ran meets it.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x100000 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x1
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x5
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x5
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x1
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x5
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x1
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x1
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x4
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x5
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 read 0x100000
host setmsr vcpu0 MTRRphysMask0 0xffffff000
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap profile=yan-v4

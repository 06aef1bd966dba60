# why: kvm_arch_register_noncoherent_dma() and its opposite only count; v6.7 zaps in them (362ff6dca541).
# why: Rules: B.4 row 7, R-ZAPMIN. Leaves of an earlier assignment, stale since it ended, are wrong in new
# why: ways after the MTRRs changed meanwhile. A guest that left no-fill mode between two hot-plugs meets
# why: it.
# kernels: v4.2 .. v6.6; fixed by 362ff6dca541 (v6.7)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0xc0000 size=0x20000
slot 1 gpa=0x200000 size=0xa00000
---
vcpu0 cr0 +cd
host dma on
vcpu0 read 0xc0000
vcpu0 read 0xc1000
vcpu0 read 0xc2000
vcpu0 read 0xc3000
vcpu0 read 0xc4000
vcpu0 read 0x200000
host dma off
vcpu0 cr0 -cd
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRphysBase0 0x200000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRdefType 0xc06
host dma on
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1

# why: With quirk CD_NW_CLEARED on, its default, a toggle of CR0.CD zaps nothing: kvm_post_set_cr0() has
# why: asked for the quirk to be off since 879ae1880449 (v4.2). Leaves faulted in with CD=1 are WB, up to
# why: v6.6 with IPAT; after CD=0 the rules (B.4 row 7, R-ZAPMIN) say what the MTRRs say. A guest with an
# why: assigned device whose DMA does not snoop, on EPT, meets it whenever firmware or an OS touches memory
# why: on one side of its MTRR update and uses it on the other (rules E, row 1). The same where a pair that
# why: is not aligned to its size reaches the pages, which makes it nonconforming (SDM 11.11.4); the cause
# why: is the missing zap all the same.
# kernels: v4.2 .. v6.10; v6.11 ignores CR0.CD (e1548088ff54)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
slot 1 gpa=0x200000 size=0xa00000
---
vcpu0 wrmsr MTRRphysBase7 0x1006
vcpu0 wrmsr MTRRphysMask7 0xffff00800
host dma on
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRphysBase0 0x201000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 cr0 +cd
vcpu0 wrmsr MTRRdefType 0xc06
vcpu1 cr0 +cd
vcpu0 read 0xc0000
vcpu0 read 0xc1000
vcpu0 read 0xc2000
vcpu0 read 0xc3000
vcpu0 read 0xc4000
vcpu1 read 0x200000
vcpu0 cr0 -cd
expect missed-zap step=16 profile=linux-5.15
expect missed-zap step=16 profile=linux-6.1
expect missed-zap step=16 profile=linux-6.7

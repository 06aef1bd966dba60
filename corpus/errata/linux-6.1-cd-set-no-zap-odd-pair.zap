# why: With quirk CD_NW_CLEARED on, its default, a toggle of CR0.CD zaps nothing: kvm_post_set_cr0() has
# why: asked for the quirk to be off since 879ae1880449 (v4.2). Leaves with the types of the MTRRs outlive
# why: CD=1, for which the rules (B.4 row 3, R-ZAPMIN) say WB, up to v6.6 with IPAT. Nobody is hurt but by
# why: speed: firmware that runs with CD=1 on leaves that were UC (slow OVMF boots, fb279950ba02). The same
# why: where a pair that is not aligned to its size reaches the pages, which makes it nonconforming (SDM
# why: 11.11.4); the cause is the missing zap all the same.
# kernels: v4.2 .. v6.10; v6.11 ignores CR0.CD (e1548088ff54)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
vcpu0 wrmsr MTRRphysBase7 0x1006
vcpu0 wrmsr MTRRphysMask7 0xffff00800
host dma on
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 read 0xc0000
vcpu0 read 0xc1000
vcpu0 read 0xc2000
vcpu0 read 0xc3000
vcpu0 read 0xc4000
vcpu0 cr0 +cd
expect missed-zap step=11 profile=linux-5.15
expect missed-zap step=11 profile=linux-6.1
expect missed-zap step=11 profile=linux-6.7

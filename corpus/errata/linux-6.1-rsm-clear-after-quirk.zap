# why: With quirk CD_NW_CLEARED on, its default, a toggle of CR0.CD zaps nothing: kvm_post_set_cr0() has
# why: asked for the quirk to be off since 879ae1880449 (v4.2). Leaves that a change of the quirk by the
# why: VMM had left behind. Rules: B.4 row 7, R-ZAPMIN. A VMM that gives the quirk back to a guest that ran
# why: meets it.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0xc0000 size=0x20000
slot 1 gpa=0x200000 size=0xa00000
---
host dma on
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRphysBase0 0x200000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRdefType 0xc06
vcpu1 cr0 +cd
vcpu0 smi
vcpu0 cr0 +cd
vcpu1 read 0xc0000
vcpu1 read 0xc1000
vcpu1 read 0xc2000
vcpu1 read 0xc3000
vcpu1 read 0xc4000
vcpu1 read 0x200000
host quirk cd-nw-cleared on
vcpu0 rsm
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap profile=yan-v4

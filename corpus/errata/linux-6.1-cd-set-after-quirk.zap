# why: With quirk CD_NW_CLEARED on, its default, a toggle of CR0.CD zaps nothing: kvm_post_set_cr0() has
# why: asked for the quirk to be off since 879ae1880449 (v4.2). Leaves that a change of the quirk by the
# why: VMM had left behind. Rules: B.4 row 3, R-ZAPMIN. A VMM that gives the quirk back to a guest that ran
# why: meets it.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0xc0000 size=0x20000
---
host dma on
vcpu0 cr0 +cd
vcpu0 read 0xc0000
host quirk cd-nw-cleared on
vcpu0 cr0 -cd
vcpu0 cr0 +cd
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap profile=yan-v4

# why: RSM brings back the CR0.CD of before the SMI through kvm_set_cr0() (em_rsm(),
# why: rsm_enter_protected_mode()), and with quirk CD_NW_CLEARED on kvm_post_set_cr0() zaps nothing. Leaves
# why: with the types of the MTRRs outlive the CD=1 that comes back (B.4 row 3, R-ZAPMIN). SMM firmware
# why: that clears CD of an OS in the middle of its own MTRR update meets it. The same where a pair that is
# why: not aligned to its size reaches the pages, which makes it nonconforming (SDM 11.11.4); the cause is
# why: the missing zap all the same.
# kernels: v4.2 .. v6.10; v6.11 ignores CR0.CD (e1548088ff54)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
vcpu0 wrmsr MTRRphysBase7 0x1006
vcpu0 wrmsr MTRRphysMask7 0xffff00800
host dma on
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 cr0 +cd
vcpu0 smi
vcpu0 cr0 -cd
vcpu1 wrmsr MTRRfix4K_C0000 0x605040100
vcpu1 wrmsr MTRRdefType 0xc06
vcpu1 read 0xc0000
vcpu1 read 0xc1000
vcpu1 read 0xc2000
vcpu1 read 0xc3000
vcpu1 read 0xc4000
vcpu0 rsm
expect missed-zap step=16 profile=linux-5.15
expect missed-zap step=16 profile=linux-6.1
expect missed-zap step=16 profile=linux-6.7

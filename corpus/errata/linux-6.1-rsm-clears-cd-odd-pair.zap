# why: RSM brings back the CR0.CD of before the SMI through kvm_set_cr0() (em_rsm(),
# why: rsm_enter_protected_mode()), and with quirk CD_NW_CLEARED on kvm_post_set_cr0() zaps nothing. Leaves
# why: of before are judged by the vCPU whose CD went (R-ZAPMIN). SMM firmware that sets CD for its own
# why: MTRR changes meets it. The same where a pair that is not aligned to its size reaches the pages,
# why: which makes it nonconforming (SDM 11.11.4); the cause is the missing zap all the same.
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
vcpu1 wrmsr MTRRfix4K_C0000 0x101010100000000
vcpu1 wrmsr MTRRfix4K_C8000 0x505050504040404
vcpu1 wrmsr MTRRfix4K_D0000 0x6060606
vcpu1 wrmsr MTRRphysBase0 0x200000
vcpu1 wrmsr MTRRphysMask0 0xfffe00800
vcpu1 wrmsr MTRRphysBase1 0x400001
vcpu1 wrmsr MTRRphysMask1 0xfffe00800
vcpu1 wrmsr MTRRphysBase2 0x600004
vcpu1 wrmsr MTRRphysMask2 0xfffe00800
vcpu1 wrmsr MTRRphysBase3 0x800005
vcpu1 wrmsr MTRRphysMask3 0xfffe00800
vcpu1 wrmsr MTRRphysBase4 0xa00006
vcpu1 wrmsr MTRRphysMask4 0xfffe00800
vcpu1 wrmsr MTRRdefType 0xc06
vcpu0 wrmsr MTRRfix4K_C0000 0x605040006050401
vcpu0 wrmsr MTRRfix4K_C8000 0x604010006050100
vcpu0 wrmsr MTRRfix4K_D0000 0x5040100
vcpu0 wrmsr MTRRphysBase0 0x201000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRphysBase1 0x401000
vcpu0 wrmsr MTRRphysMask1 0xffff00800
vcpu0 wrmsr MTRRphysBase2 0x601000
vcpu0 wrmsr MTRRphysMask2 0xffff00800
vcpu0 wrmsr MTRRphysBase3 0x801000
vcpu0 wrmsr MTRRphysMask3 0xffff00800
vcpu0 wrmsr MTRRphysBase4 0xa01000
vcpu0 wrmsr MTRRphysMask4 0xffff00800
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 smi
vcpu0 cr0 +cd
vcpu1 read 0xc0000
vcpu1 read 0xc1000
vcpu1 read 0xc2000
vcpu1 read 0xc3000
vcpu1 read 0xc4000
vcpu1 read 0xc5000
vcpu1 read 0xc6000
vcpu1 read 0xc7000
vcpu1 read 0xc8000
vcpu1 read 0xc9000
vcpu1 read 0xca000
vcpu1 read 0xcb000
vcpu1 read 0xcc000
vcpu1 read 0xcd000
vcpu1 read 0xce000
vcpu1 read 0xcf000
vcpu1 read 0xd0000
vcpu1 read 0xd1000
vcpu1 read 0xd2000
vcpu1 read 0xd3000
vcpu1 read 0x200000
vcpu1 read 0x400000
vcpu1 read 0x600000
vcpu1 read 0x800000
vcpu1 read 0xa00000
vcpu0 rsm
expect missed-zap step=59 profile=linux-5.15
expect missed-zap step=59 profile=linux-6.1
expect missed-zap step=59 profile=linux-6.7

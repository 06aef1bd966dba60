# why: RSM brings back the CR0.CD of before the SMI through kvm_set_cr0() (em_rsm(),
# why: rsm_enter_protected_mode()), and with quirk CD_NW_CLEARED on kvm_post_set_cr0() zaps nothing. Leaves
# why: that another vCPU with CD=1 faulted in are WB, up to v6.6 with IPAT, where the first one's MTRRs say
# why: other types (R-ZAPMIN). SMM firmware that sets CD for its own MTRR changes meets it. The same where
# why: a pair that is not aligned to its size reaches the pages, which makes it nonconforming (SDM
# why: 11.11.4); the cause is the missing zap all the same.
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
vcpu1 cr0 +cd
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 smi
vcpu0 cr0 +cd
vcpu1 read 0xc0000
vcpu1 read 0xc1000
vcpu1 read 0xc2000
vcpu1 read 0xc3000
vcpu1 read 0xc4000
vcpu1 read 0x200000
vcpu0 rsm
expect missed-zap step=17 profile=linux-5.15
expect missed-zap step=17 profile=linux-6.1
expect missed-zap step=17 profile=linux-6.7

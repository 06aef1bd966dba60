# why: KVM_SET_SREGS writes CR0 through the vendor hook (__set_sregs_common()) and never reaches
# why: kvm_post_set_cr0(), so CD changes without a zap. Leaves of CD=1 stay where the MTRRs say other types
# why: again (B.4 row 7, R-ZAPMIN). A VMM that restores CR0 into a vCPU that ran meets it, as on a reset
# why: that it does by SET_SREGS.
# kernels: v4.2 .. v6.10; v6.11 ignores CR0.CD (e1548088ff54)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
slot 1 gpa=0x200000 size=0xa00000
---
host dma on
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRphysBase0 0x200000
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
host sregs vcpu0 cr0=0x80000031
expect missed-zap step=14 profile=linux-5.15
expect missed-zap step=14 profile=linux-6.1
expect missed-zap step=14 profile=linux-6.7
expect missed-zap step=14 profile=yan-v4

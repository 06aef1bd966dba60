# why: KVM_SET_SREGS writes CR0 through the vendor hook (__set_sregs_common()) and never reaches
# why: kvm_post_set_cr0(), so CD changes without a zap. Leaves that a change of the quirk left behind are
# why: wrong in a new way (B.4 rows 3, 4, R-ZAPMIN). A VMM that restores CR0 into a vCPU that ran meets it,
# why: as on a reset that it does by SET_SREGS.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
vcpu1 cr0 +cd
vcpu0 cr0 +cd
host dma on
vcpu0 read 0xc0000
host quirk cd-nw-cleared off
host sregs vcpu0 cr0=0x80000031
host sregs vcpu0 cr0=0xc0000031
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap profile=yan-v4

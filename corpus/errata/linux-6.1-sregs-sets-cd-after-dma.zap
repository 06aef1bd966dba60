# why: KVM_SET_SREGS writes CR0 through the vendor hook (__set_sregs_common()) and never reaches
# why: kvm_post_set_cr0(), so CD changes without a zap. Leaves of before the first non-coherent device are
# why: stale already and wrong in a new way (B.4 rows 3, 4, R-ZAPMIN). A VMM that restores CR0 into a vCPU
# why: that ran meets it, as on a reset that it does by SET_SREGS.
# kernels: v4.2 .. v6.6; fixed by 362ff6dca541 (v6.7)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
vcpu0 read 0xc0000
vcpu1 read 0xc1000
host dma on
host sregs vcpu0 cr0=0xc0000031
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1

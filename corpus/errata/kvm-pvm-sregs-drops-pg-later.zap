# why: kvm_pvm answers KVM_SET_SREGS with success and leaves CR0.PG clear where EFER.LME is clear: 32-bit paging by
# why: the back door. The rules (B.3), and mainline's __set_sregs(), store what was given. Only a VMM gets there.
# why: PVM is not in mainline: its source was not read. Seen on 6.18.44.
# kernels: v6.18
# until: 2027-11-30
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
---
vcpu1 init
host sregs vcpu1 cr0=0x80000031
vcpu1 cr0 -cd
expect cr-value step=2 target=kvm:kvm_pvm
expect cr-value step=3 target=kvm:kvm_pvm

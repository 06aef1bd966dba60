# why: where MOV to CR0 and CR4 is emulated, KVM's emulator_set_cr() passes on 32 bits of the value and keeps the
# why: upper half of the old one (mk_cr_64() in x86.c, read in 6.1 and 6.12), so reserved bits 63:32 raise no #GP; the SDM
# why: (vol 2B, MOV CR) asks for one in 64-bit mode. KVM of the PVM kind emulates all code at CPL0;
# why: kvm_amd emulates MOV CR where the CPU has no decode assists (QEMU TCG). Seen on kvm_pvm of 6.18.44 and kvm_amd of 6.1.192.
# kernels: v5.15 .. v6.18
# until: 2027-11-30
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
---
vcpu0 cr0 +bit33
expect cr-fault step=1 target=kvm:kvm_pvm
expect cr-fault step=1 target=lab:amd-*

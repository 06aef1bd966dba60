# why: KVM_CAP_DISABLE_QUIRKS2 only stores the mask (kvm_vm_ioctl_enable_cap()); nothing zaps. With
# why: CR0.CD=1 the rules go from WB to UC with IPAT (B.4 rows 3, 4), past leaves that KVM_SET_SREGS had
# why: left behind. A VMM that changes quirks after its guest ran meets it, and none does.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
host dma on
vcpu1 cr0 +cd
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 read 0xc0000
vcpu0 read 0xc1000
vcpu0 read 0xc2000
vcpu0 read 0xc3000
vcpu0 read 0xc4000
host sregs vcpu0 cr0=0xc0000031
host quirk cd-nw-cleared off
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap profile=yan-v4

# why: KVM_CAP_DISABLE_QUIRKS2 only stores the mask (kvm_vm_ioctl_enable_cap()); nothing zaps. With
# why: CR0.CD=1 the rules change from WB to UC with IPAT (B.4 rows 3, 4). A VMM that changes quirks after
# why: its guest ran meets it, and none does.
# kernels: v4.2 .. v6.10; gone with e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
host dma on
vcpu0 cr0 +cd
vcpu0 read 0xc0000
host quirk cd-nw-cleared off
expect missed-zap step=4 profile=linux-5.15
expect missed-zap step=4 profile=linux-6.1
expect missed-zap step=4 profile=linux-6.7
expect missed-zap step=4 profile=yan-v4

# why: KVM_CAP_DISABLE_QUIRKS2 only stores the mask (kvm_vm_ioctl_enable_cap()); nothing zaps. Disabling
# why: IGNORE_GUEST_PAT after leaves exist leaves them with IPAT, where the rules say none (B.9 rows 2, 3).
# why: A VMM that disables it before the first KVM_RUN, as the api.rst advises for quirks, never meets it.
# kernels: v6.16 .. v7.3, 6.12.y late
# until: 2027-11-30
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
vcpu0 read 0xc0000
host quirk ignore-guest-pat off
expect missed-zap step=2 profile=linux-6.16

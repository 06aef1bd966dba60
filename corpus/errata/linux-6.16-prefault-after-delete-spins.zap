# why: kvm_mmu_reload() in 6.12 looks only whether there is a root, not whether it is obsolete, and
# why: KVM_PRE_FAULT_MEMORY never enters the guest, which alone frees it (kvm_arch_vcpu_pre_fault_memory(),
# why: kvm_tdp_map_page()): after a memslot is gone every fault is a retry, until a signal ends the loop
# why: with EINTR. R-SLOT.prefault and api.rst 4.143 promise the page, or ENOENT where no memslot is. A VMM
# why: that re-creates memslots and prefaults before the next KVM_RUN hangs in the ioctl.
# kernels: v6.11 .. v6.15, 6.12.117; read to be fixed by 20a6cff3b283 (v6.15, unverified)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
vcpu0 wbinvd
host slot 0 delete
host slot 0 gpa=0xc0000 size=0x20000
host prefault vcpu0 0xc0000 0x1000
expect slot-rule step=4 target=model:* profile=linux-6.16
expect hang step=4 target=ukvm:*

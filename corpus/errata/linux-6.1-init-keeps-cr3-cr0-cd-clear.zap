# why: Without paging, KVM writes GUEST_CR3 only when it loads a root (vmx_load_mmu_pgd()), and INIT of a
# why: vCPU that was not paging loads none: arch.cr3 becomes 0, the VMCS keeps the old value, and after the
# why: next VM entry KVM reads that back. SDM table 9-1: INIT clears CR3, so the guest must read 0.
# kernels: v6.1, v6.12
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
vcpu0 init
vcpu0 cr3 0x1
vcpu0 cr0 +cd
vcpu0 init
vcpu0 cr0 -cd
expect cr-value step=5 target=ukvm:*

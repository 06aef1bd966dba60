# why: Under shadow paging a MOV CR3 that flushes a PCID syncs the root that it loads, and no other cached root
# why: of that PCID (kvm_mmu_new_pgd()); one of them comes back out of sync by a NOFLUSH load. R-ROLE.root: what
# why: was flushed must not be used. A guest that uses one PCID for several page tables.
# kernels: v5.10 .. v5.15; 21823fbda552 (v5.16) frees the PCID's roots
# until: 2027-11-30
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
vcpu0 cr3 0x0
vcpu0 cr4 +pcide
vcpu0 cr3 0x1001
vcpu0 map va=0x10000000 gpa=0x1000 size=4k pat=0
vcpu0 read va=0x10000000
vcpu0 map va=0x10000000 gpa=0x2000 size=4k pat=0
vcpu0 cr3 0x5001
vcpu0 cr3 0x1001 noflush
vcpu0 read va=0x10000000
expect stale-root step=9 profile=linux-5.15

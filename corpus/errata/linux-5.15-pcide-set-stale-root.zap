# why: Under shadow paging setting CR4.PCIDE does nothing to roots that are cached (kvm_post_set_cr4()); one of
# why: them, out of sync with a PTE written before a MOV CR3 that flushed, comes back by the NOFLUSH load that
# why: PCIDE makes possible. R-ROLE.root: what was flushed must not be used. A guest that turns PCIDE on late.
# kernels: v5.10 .. v5.15; 552617382c19 (v5.16) reloads all roots
# until: 2027-11-30
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
vcpu0 map va=0x10000000 gpa=0x1000 size=4k pat=0
vcpu0 read va=0x10000000
vcpu0 map va=0x10000000 gpa=0x2000 size=4k pat=0
vcpu0 cr3 0x5000
vcpu0 cr4 +pcide
vcpu0 cr3 0xf7401000 noflush
vcpu0 read va=0x10000000
expect stale-root step=7 profile=linux-5.15

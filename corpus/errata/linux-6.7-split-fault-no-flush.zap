# why: A write fault on a write-protected huge leaf splits it and sets the 4K SPTE anew with make_spte(),
# why: whose memtype is that of the faulting vCPU (tdp_mmu_map_handle_target_level(), since c4b33d28ea3c,
# why: v6.3); from leaf to leaf nothing is flushed. R-FLUSH: at its next entry the other vCPU still holds
# why: the type of before. vCPUs whose MTRRs or CD differ while dirty logging is on, and a leaf that eager
# why: splitting did not reach.
# kernels: v6.3 .. v6.10; from v6.11 no vCPU decides a memtype
# until: 2027-11-30
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 cr0 +cd
vcpu0 read 0x0
vcpu0 read 0x200000
host split 0
vcpu0 read 0x200000
vcpu1 write 0x200000
vcpu0 read 0x0
expect missed-flush step=8 profile=linux-6.7
expect missed-flush step=8 profile=yan-v4

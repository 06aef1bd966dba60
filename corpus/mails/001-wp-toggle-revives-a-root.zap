# why: Shadow paging, PCIDE=0. With the reset that unloads nothing CR0.WP 1 to 0 caches root A of WP=1. The PTE
# why: is written and MOV CR3 flushes, but kvm_invalidate_pcid() syncs the root in use alone (with PCIDE=0
# why: "no need to free prev_roots"), and WP 0 to 1 brings A back as it is, by kvm_mmu_new_pgd(). What was merged
# why: unloads all roots. A WP toggle itself demands no flush (C.1).
# on: model:linux-5.15 model:linux-5.16 model:linux-5.18 model:paolo-v1 model:paolo-v2
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
vcpu0 map va=0x10000000 gpa=0x1000 size=4k pat=0
vcpu0 cr0 +wp
vcpu0 read va=0x10000000
vcpu0 cr0 -wp
vcpu0 map va=0x10000000 gpa=0x2000 size=4k pat=0
vcpu0 cr3 0xf7401000
vcpu0 cr0 +wp
vcpu0 read va=0x10000000
expect stale-root step=8 target=model:paolo-v1
expect stale-root step=8 target=model:paolo-v2

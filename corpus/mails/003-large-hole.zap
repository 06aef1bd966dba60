# why: One topup fills a memory cache with 40 objects at most and guarantees one translation (8 pages, 4 headers in
# why: v5.7). Mapping a slot of 96M takes 48 tables of 2M each, and one above them: "looping wantonly on
# why: __direct_map() will eventually trigger the BUG_ON() in mmu_memory_cache_alloc()" (review). The gate for
# why: writes does not help, emulating does. PCI config space with MMCONFIG is 256M.
# on: model:linux-5.15 model:vitaly-rfc model:vitaly-rfc-ro model:seanjc-allones
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 1 gpa=0xb0000000 size=0x6000000 readonly
---
vcpu0 read 0xb0000000
expect cache-overrun step=1 target=model:vitaly-rfc
expect cache-overrun step=1 target=model:vitaly-rfc-ro

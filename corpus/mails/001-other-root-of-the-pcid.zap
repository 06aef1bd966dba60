# why: Shadow paging, PCIDE=1. A load of B with the PCID of A flushes that PCID, so what root A translated is
# why: gone too. Up to v5.15 only the root that is loaded is synced, and a NOFLUSH load brings A back as it is;
# why: 21823fbda552 (v5.16) frees every cached root of the PCID.
# on: model:linux-5.15 model:linux-5.16 model:linux-5.18 model:paolo-v1 model:paolo-v2
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
expect stale-root step=9 target=model:linux-5.15

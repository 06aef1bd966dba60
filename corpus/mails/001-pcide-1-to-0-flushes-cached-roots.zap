# why: Shadow paging. PCIDE 1 to 0 flushes all PCIDs: a root that is cached, and out of sync, must not come back by a
# why: NOFLUSH load. Unloading all roots does it, and so does syncing them (a91a7c709600); TDP needs a flush alone.
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
vcpu0 cr3 0x5002
vcpu0 map va=0x10000000 gpa=0x2000 size=4k pat=0
vcpu0 cr4 -pcide
vcpu0 cr4 +pcide
vcpu0 cr3 0x1001 noflush
vcpu0 read va=0x10000000

# why: Shadow paging, CR0.PG, LA57 and PAE where they can change (outside of long mode), WP, SMEP, SMAP, NX; the PTE
# why: is written before each change that must flush, and read after it.
# on: model:linux-5.15 model:linux-5.16 model:linux-5.18 model:paolo-v1 model:paolo-v2 model:linux-6.1
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on start=pae32
slot 0 gpa=0x0 size=0x400000
---
vcpu0 map va=0x10000000 gpa=0x1000 size=4k pat=0
vcpu0 read va=0x10000000
vcpu0 map va=0x10000000 gpa=0x2000 size=4k pat=0
vcpu0 cr4 +la57 +smep
vcpu0 read va=0x10000000
vcpu0 map va=0x10000000 gpa=0x3000 size=4k pat=0
vcpu0 cr0 -pg
vcpu0 read 0x1000
vcpu0 cr0 +pg
vcpu0 read va=0x10000000
vcpu0 map va=0x10000000 gpa=0x4000 size=4k pat=0
vcpu0 cr4 -pae -la57
vcpu0 read va=0x10000000
vcpu0 map va=0x10000000 gpa=0x5000 size=4k pat=0
vcpu0 wrmsr EFER 0x800
vcpu0 cr4 +smap
vcpu0 cr0 +wp
vcpu0 cr3 0xf7401000
vcpu0 read va=0x10000000

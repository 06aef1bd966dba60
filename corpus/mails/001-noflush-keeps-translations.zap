# why: Shadow paging, PCIDE=1. A load of another PCID flushes that one alone, and a NOFLUSH load of A may go on
# why: with what was translated under A's PCID: keeping it is right, in every version.
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
vcpu0 cr3 0x5002
vcpu0 cr3 0x1001 noflush
vcpu0 read va=0x10000000
vcpu0 cr3 0x1001
vcpu0 read va=0x10000000

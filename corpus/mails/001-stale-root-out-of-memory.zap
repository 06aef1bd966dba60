# why: The same as 001-other-root-of-the-pcid, but what the stale root leads to is outside of every memslot: the
# why: guest's read of RAM exits as MMIO. It is the root that is wrong, not the memslot.
# on: model:linux-5.15 model:linux-5.16 model:linux-5.18 model:paolo-v1 model:paolo-v2
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 0 gpa=0x80000000 size=0x1000
---
vcpu0 cr4 +pcide
vcpu0 map va=0x600000 gpa=0x0 size=4k pat=0
vcpu0 read va=0x600000
vcpu0 map va=0x600000 gpa=0x80000000 size=4k pat=0
vcpu0 cr3 0x0
vcpu0 cr3 0xf7401000 noflush
vcpu0 read va=0x600000
expect stale-root step=7 target=model:linux-5.15

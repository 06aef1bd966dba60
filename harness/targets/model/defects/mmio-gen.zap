zaplock 1
# model:linux-6.1,defect=mmio-gen: MMIO SPTEs survive memslot changes
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 read 0xf000
host slot 0 gpa=0x0 size=0x10000
vcpu0 read 0xf000

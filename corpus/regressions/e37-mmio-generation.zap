# Rules E, row 37: an MMIO SPTE whose generation is not looked at, or has wrapped, hides the memslot that came meanwhile.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 read 0x0
host slot 0 gpa=0x0 size=0x1000
vcpu0 read 0x0
expect slot-rule step=3 target=model:*,defect=mmio-gen

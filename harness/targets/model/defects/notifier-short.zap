zaplock 1
# model:linux-6.1,defect=notifier-short: an MMU notifier invalidation spares its last page
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x40000
---
vcpu0 read 0x3f000
host backing 0x0 0x40000 mmio

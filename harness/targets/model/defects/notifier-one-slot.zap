zaplock 1
# model:linux-6.1,defect=notifier-one-slot: an MMU notifier invalidation ends with its first slot
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
slot 1 gpa=0x80000 size=0x1000
---
vcpu0 read 0x80000
host backing 0x0 0x100000 2m

zaplock 1
# model:linux-6.1,defect=no-flush-notifier: invalidations do not flush remote TLBs
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0
host backing 0x0 0x1000 2m
vcpu0 read 0x0

zaplock 1
# model:linux-6.1,defect=no-flush-open: a huge leaf that gives way to a table is not flushed
machine vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
vcpu0 read 0x0
host split 0
vcpu1 read 0x0
vcpu0 write 0x0
vcpu1 cr0 -nw

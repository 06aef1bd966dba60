zaplock 1
# model:linux-5.15,defect=dirty-writable: dirty logging leaves huge leaves writable
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
vcpu0 read 0x0
host split 0

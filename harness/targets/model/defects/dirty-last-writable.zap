zaplock 1
# model:linux-6.1,defect=dirty-last-writable: dirty logging leaves a slot's last page writable
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0
host split 0

zaplock 1
# model:linux-6.1,defect=split-memtype: children of a split huge leaf lose the memtype bits
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
vcpu0 read 0x0
host split 0

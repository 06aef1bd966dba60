zaplock 1
# model:linux-6.1,defect=zap-first-leaf: a range zap ends at its first leaf in each root
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x2000
---
vcpu0 read 0x0
vcpu0 read 0x1000
host invalidate 0x0 0x2000

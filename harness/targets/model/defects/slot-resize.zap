zaplock 1
# model:linux-6.1,defect=slot-resize: a slot's size can change
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x2000
---
host slot 0 gpa=0x0 size=0x1000

zaplock 1
# model:linux-6.1,defect=slot-overlap: slots may overlap
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host slot 1 gpa=0x0 size=0x1000

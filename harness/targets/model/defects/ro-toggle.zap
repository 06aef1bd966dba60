zaplock 1
# model:linux-6.1,defect=ro-toggle: a slot's readonly flag can change
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host slot 0 gpa=0x0 size=0x400000 readonly

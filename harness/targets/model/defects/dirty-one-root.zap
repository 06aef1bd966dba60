zaplock 1
# model:linux-6.1,defect=dirty-one-root: dirty logging protects no leaf of SMM's root
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 smi
vcpu0 read 0x0
host split 0

zaplock 1
# model:linux-6.1,defect=smi-clears-cd: SMM is entered with CR0.CD and NW clear
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset
---
vcpu0 smi

zaplock 1
# model:linux-6.1,defect=mtrrcap-vcnt: MTRRcap announces 10 variable pairs
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 rdmsr MTRRcap

zaplock 1
# model:linux-6.1,defect=rsm-keeps-cd: RSM keeps SMM's CR0.CD
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset
---
vcpu0 smi
vcpu0 rsm

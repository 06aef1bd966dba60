zaplock 1
# model:linux-6.1,defect=cr4-pae-long: long mode lets CR4.PAE go
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr4 -pae

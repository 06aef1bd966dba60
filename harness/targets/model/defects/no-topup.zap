zaplock 1
# model:linux-6.1,defect=no-topup: faults do not fill the memory caches first
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 read 0x0

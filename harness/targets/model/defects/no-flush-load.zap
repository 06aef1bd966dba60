zaplock 1
# model:linux-5.15,defect=no-flush-load: a root is loaded without a flush
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
---
vcpu0 cr4 +pge
vcpu0 read 0x0

zaplock 1
# model:linux-6.1,defect=no-flush-init: INIT flushes no guest TLB
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset
---
vcpu0 read 0x0
vcpu0 init
vcpu0 cr0 -cd

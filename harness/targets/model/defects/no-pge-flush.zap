zaplock 1
# model:linux-6.1,defect=no-pge-flush: toggling CR4.PGE flushes no guest TLB
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wbinvd
vcpu0 cr4 +pge
vcpu0 read 0x0

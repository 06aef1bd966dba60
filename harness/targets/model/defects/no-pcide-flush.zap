zaplock 1
# model:linux-6.1,defect=no-pcide-flush: clearing CR4.PCIDE flushes nothing
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr4 +pcide
vcpu0 cr4 -pcide
vcpu0 read 0x0

zaplock 1
# model:linux-6.1,defect=no-cr3-flush: MOV CR3 never flushes the current PCID
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 read 0x0
vcpu0 cr3 0x0
vcpu0 read 0x0

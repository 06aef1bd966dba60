zaplock 1
# model:linux-6.1,defect=noflush-without-pcide: CR3's bit 63 spares the flush with PCIDE=0 too
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr3 0x0 noflush

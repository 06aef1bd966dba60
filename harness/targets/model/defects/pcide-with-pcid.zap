zaplock 1
# model:linux-6.1,defect=pcide-with-pcid: CR4.PCIDE can be set while CR3 has a PCID
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr3 0x1
vcpu0 cr4 +pcide

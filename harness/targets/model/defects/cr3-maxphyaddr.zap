zaplock 1
# model:linux-6.1,defect=cr3-maxphyaddr: CR3 takes addresses above MAXPHYADDR
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr3 0x0 noflush

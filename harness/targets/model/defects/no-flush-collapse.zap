zaplock 1
# model:linux-6.1,defect=no-flush-collapse: collapsing small leaves does not flush remote TLBs
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000 dirty-log
---
vcpu0 read 0x0
host collapse 0
vcpu0 cr0 +cd

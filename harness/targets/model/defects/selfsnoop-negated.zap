zaplock 1
# model:linux-6.11-rc,defect=selfsnoop-negated: guest PAT is honored where the CPU does not snoop itself
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0

zaplock 1
# model:linux-6.1,defect=fast-fault-any: a fast page fault makes any leaf writable, readonly slots' too
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000 readonly
---
vcpu0 read 0x0
vcpu0 write 0x0

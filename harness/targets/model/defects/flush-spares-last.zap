zaplock 1
# model:linux-6.1,defect=flush-spares-last: remote flushes forget the last vCPU
machine vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu1 read 0x0
host backing 0x0 0x1000 4k
vcpu1 wbinvd

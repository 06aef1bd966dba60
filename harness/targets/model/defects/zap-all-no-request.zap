zaplock 1
# model:linux-6.1,defect=zap-all-no-request: no vCPU is told that its root is obsolete
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 cr4 -pge
host slot 0 delete
vcpu0 read 0x0

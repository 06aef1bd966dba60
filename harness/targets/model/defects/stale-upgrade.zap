zaplock 1
# model:linux-6.1,defect=stale-upgrade: a write-permission upgrade changes the memtype without a flush
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
host split 0
vcpu0 cr0 +cd
vcpu0 write 0x0
vcpu0 cr0 -cd

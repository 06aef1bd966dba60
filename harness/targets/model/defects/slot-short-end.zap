zaplock 1
# model:linux-6.16,defect=slot-short-end: deleting a slot's leaves spares its last page
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk slot-zap-all off
slot 0 gpa=0x0 size=0xa0000
---
vcpu0 read 0x9f000
host slot 0 delete

zaplock 1
# model:linux-6.16,defect=slot-shadow-kept: shadow paging keeps a deleted slot's leaves without SLOT_ZAP_ALL
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
vcpu0 read 0x0
host quirk slot-zap-all off
host slot 0 gpa=0x80000000 size=0x200000

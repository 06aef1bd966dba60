# Rules E, row 36: with quirk SLOT_ZAP_ALL off, shadow paging kept what mapped a deleted slot until fcd1ec9cb59c (v6.12).
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
quirk slot-zap-all off
slot 0 gpa=0x200000 size=0x200000
---
vcpu0 read 0x200000
host slot 0 delete
expect slot-rule step=2 target=model:*,defect=slot-keeps-leaves

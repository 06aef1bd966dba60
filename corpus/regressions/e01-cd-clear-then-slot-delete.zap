# Rules E, row 1: 4e103134b862 "Zap only the relevant pages when removing a memslot" (v5.1), reverted by d012a06ab1d2.
# CD=1 faults pages in as WB, CD=0 zaps nothing with the quirk on, and deleting some other slot no longer hides that.
# The first finding is the cause, found in 2024; the second is the slot zap done wrong.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x40000000 size=0x1000
slot 1 gpa=0x80000000 size=0x1000
---
host dma on
vcpu0 cr0 +cd
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 write 0x40000000
vcpu0 cr0 -cd
vcpu0 read 0x80000000
host slot 1 delete
vcpu0 read 0x40000000
expect missed-zap step=5 profile=linux-5.15
expect missed-zap step=5 profile=linux-6.1
expect missed-zap step=5 profile=linux-6.7
expect missed-zap step=5 target=model:yan-v4,defect=no-zap-cd
expect slot-rule step=7 target=model:*,defect=slot-keeps-leaves

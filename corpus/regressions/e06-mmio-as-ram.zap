# Rules E, row 6: before 2aaf69dcee86 "Map device MMIO as UC in EPT" host MMIO was WB if the guest said so,
# here by being assigned no type at all.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host backing 0x0 0x1000 mmio
vcpu0 read 0x0
expect fresh-memtype step=2 target=model:*,defect=mmio-not-uc

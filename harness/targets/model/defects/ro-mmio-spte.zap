zaplock 1
# model:linux-6.1,defect=ro-mmio-spte: a write to a readonly slot installs an MMIO SPTE
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000 readonly
---
vcpu0 write 0x0

zaplock 1
# model:linux-5.15,defect=no-flush-load: a root is loaded without a flush
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0
host slot 0 delete
vcpu0 wrmsr MTRRdefType 0x0

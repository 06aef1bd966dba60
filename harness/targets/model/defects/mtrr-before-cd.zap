zaplock 1
# model:linux-6.1,defect=mtrr-before-cd: enabled MTRRs win over CR0.CD=1
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=reset
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 read 0x0

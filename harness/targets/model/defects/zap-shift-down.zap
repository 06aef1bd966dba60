zaplock 1
# model:linux-6.1,defect=zap-shift-down: range zaps begin and end one page early
machine vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xffffff000 size=0x1000
---
host dma on
vcpu0 read 0xffffff000
vcpu0 wrmsr MTRRdefType 0x804

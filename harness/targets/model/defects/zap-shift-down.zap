zaplock 1
# model:linux-6.1,defect=zap-shift-down: range zaps begin and end one page early
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x100000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 read 0x9f000
host setmsr vcpu0 MTRRfix16K_80000 0x100000000000000

zaplock 1
# model:linux-6.1,defect=flush-last-root: only the last root's leaves make a range zap flush
machine vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 smi
vcpu0 read 0x0
vcpu1 wrmsr MTRRdefType 0x0
vcpu0 cr0 +cd

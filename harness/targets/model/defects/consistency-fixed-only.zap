zaplock 1
# model:linux-6.1,defect=consistency-fixed-only: uniform is asked of fixed ranges alone where they begin
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc01
vcpu0 read 0x0

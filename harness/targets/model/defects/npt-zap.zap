zaplock 1
# model:linux-6.7,defect=npt-zap: MTRR writes zap NPT leaves, which have no memtype
machine vendor=amd vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
vcpu0 wrmsr MTRRdefType 0x0

zaplock 1
# model:linux-6.1,defect=ipat-never: no leaf carries IPAT, guest PAT reaches RAM without non-coherent DMA
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0
